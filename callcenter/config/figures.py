"""大屏 and 统计: what is promised, how often it is counted, and how much of the past a report takes."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from callcenter.config.values import Seconds, Section
from callcenter.domain.answering import Target

Percent = Annotated[float, Field(gt=0, le=100)]


class TargetSection(Section):
    within_seconds: Seconds
    percent: Percent

    def target(self) -> Target:
        return Target(within_seconds=self.within_seconds, percent=self.percent)


def _red_key() -> tuple[TargetSection, ...]:
    return tuple(TargetSection(within_seconds=within, percent=of) for within, of in ((10, 90), (20, 97.5), (60, 99)))


class Figures(Section):
    red_key_targets: tuple[TargetSection, ...] = Field(default_factory=_red_key, min_length=1, max_length=9)
    hotline_target: TargetSection = TargetSection(within_seconds=15, percent=95)  #: of all calls
    refresh_seconds: Annotated[float, Field(ge=1, le=60)] = 2.0  #: of the wallboard
    age_limits_seconds: tuple[Seconds, ...] = Field(default=(60.0, 300.0, 1800.0), min_length=1, max_length=9)
    report_within_seconds: Seconds = 10.0  #: a month is 31 readings; later the page says that it took too long
    look_at_trunks_every_seconds: Seconds = 10.0

    @field_validator("age_limits_seconds")
    @classmethod
    def _ascends(cls, limits: tuple[float, ...]) -> tuple[float, ...]:
        if list(limits) != sorted(set(limits)):
            raise ValueError("must ascend")
        return limits
