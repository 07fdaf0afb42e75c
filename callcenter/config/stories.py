"""The hotline itself, what a conversation may last, what can be ordered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from callcenter.config.values import Number, Seconds, Section
from callcenter.domain.orders import ServiceItem


class Hotline(Section):
    name: str = Field(default="平安热线", min_length=1, max_length=20)
    red_numbers: tuple[Number, ...] = ("120001",)
    green_numbers: tuple[Number, ...] = ("120002",)
    landline_numbers: tuple[Number, ...] = ("12349",)
    caller_number: Number = "12349"  #: shown when we ring somebody
    country: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    area_code: str = Field(default="", pattern=r"^(0[0-9]{2,3})?$")  #: of local numbers sent without one
    ring_first_seconds: Annotated[float, Field(ge=0, le=0.5)] = 0.3
    join_within_seconds: Seconds = 86400.0

    @model_validator(mode="after")
    def _each_number_once(self) -> Hotline:
        numbers = [*self.red_numbers, *self.green_numbers, *self.landline_numbers]
        twice = {n for n in numbers if numbers.count(n) > 1}
        if twice:
            raise ValueError(f"red, green and landline numbers must differ; twice: {', '.join(sorted(twice))}")
        return self


class DialogueSection(Section):
    """How questions are asked, and when they give way to a person."""

    look_up_within_seconds: Annotated[float, Field(gt=0, le=1)] = 1.0  #: who is calling; later she is unknown
    attempts: Annotated[int, Field(ge=1, le=5)] = 3  #: silence or rubbish so often leads to a person
    repeats_at_most: Annotated[int, Field(ge=0, le=10)] = 3  #: at her wish, in one question; more count as attempts
    answer_seconds: Annotated[float, Field(ge=2, le=30)] = 6.0  #: to begin an answer, after the question
    slower_factor: Annotated[float, Field(ge=1, le=5)] = 1.5  #: so much longer for who asked us to speak slowly
    louder_gain: Annotated[int, Field(ge=1, le=5)] = 2  #: what she hears is multiplied by this
    sentence_within_seconds: Annotated[float, Field(gt=0, le=5)] = 2.0  #: to make a sentence with a name in it
    keys_only_needs: tuple[str, ...] = ("hearing_impaired", "speech_impaired", "听障", "语障")  #: of `Elder.needs`
    slow_needs: tuple[str, ...] = ("hearing_impaired", "听障")  #: spoken to slower and louder from the beginning
    choices_at_most: Annotated[int, Field(ge=2, le=9)] = 4  #: names read out to find out who is calling
    triage: bool = True
    triage_after_seconds: Seconds = 15.0  #: of waiting for a person; then two short questions are asked


class OrdersSection(Section):
    items: dict[Annotated[str, Field(pattern=r"^[1-9]$")], ServiceItem] = Field(
        default={str(key): item for key, item in enumerate(ServiceItem, start=1)}, min_length=1
    )

    @model_validator(mode="after")
    def _each_item_once(self) -> OrdersSection:
        if len(set(self.items.values())) != len(self.items):
            raise ValueError("items: each service has one key")
        return self
