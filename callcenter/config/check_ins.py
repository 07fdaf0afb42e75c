"""平安问候: when elders are rung, on how many channels, and what follows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from callcenter.config.values import Seconds, Section
from callcenter.domain.check_ins import RetryRules
from callcenter.domain.dial_hours import DialHours, Span

TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]


def minute_of(time_of_day: str) -> int:
    """Minutes from midnight of "HH:MM"."""
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


class SpanSection(Section):
    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def _in_order(self) -> SpanSection:
        if minute_of(self.begins) >= minute_of(self.ends):
            raise ValueError("begins must be before ends")
        return self

    def span(self) -> Span:
        return Span(begins=minute_of(self.begins), ends=minute_of(self.ends))


class CheckIns(Section):
    enabled: bool = False
    calls: SpanSection = SpanSection(begins="08:00", ends="20:00")  #: of the day, in China
    quiet: tuple[SpanSection, ...] = (SpanSection(begins="12:00", ends="14:30"),)  #: the noon rest
    contacts: SpanSection = SpanSection(begins="07:00", ends="21:30")  #: contacts are asked then, not at night
    channels: Annotated[int, Field(ge=0, le=10_000)] = 10  #: of the trunk's; the others are the emergencies'
    channels_free_for_emergencies: Annotated[int, Field(ge=0, le=10_000)] = 4
    trunk_channels: Annotated[int, Field(ge=1, le=20_000)] = 30  #: what the trunk carries in all
    call_seconds: Seconds = 60.0  #: a call of this kind takes so long, ringing and all; for the day's plan
    ring_seconds: Seconds = 35.0
    talk_at_most_seconds: Seconds = 300.0  #: later a call whose end nobody told is taken for lost
    gap_seconds: Seconds = 60.0  #: at least between two attempts
    trunk_first_seconds: Seconds = 15.0  #: wait after the trunk's first failure, doubled each time
    trunk_at_most_seconds: Seconds = 300.0
    machine_hint: bool = True  #: on mobiles; who is silent there after a long greeting is rung again before an agent is
    questions: Annotated[int, Field(ge=1, le=5)] = 2  #: silence so often is answered_silent
    contact_ring_seconds: Seconds = 30.0
    contacts_again_seconds: Seconds = 60.0  #: until the next contact is asked
    visit_within_seconds: Annotated[float, Field(gt=0, le=604800)] = 7200.0  #: then a visit is overdue
    look_every_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    plan_every_seconds: Seconds = 60.0
    plan_page: Annotated[int, Field(ge=100, le=100_000)] = 5000  #: plans looked at in one reading
    plan_read_within_seconds: Seconds = 5.0
    plan_chunk: Annotated[int, Field(ge=1, le=1000)] = 500  #: plans in one transaction: 20 to 30 ms
    dial_at_once: Annotated[int, Field(ge=1, le=100)] = 5  #: calls begun in one look
    line_destination: str = Field(
        default="PJSIP/{number}@trunk", pattern=r"^PJSIP/[A-Za-z0-9_.@+-]*\{number\}[A-Za-z0-9_.@+-]*$"
    )

    @model_validator(mode="after")
    def _emergencies_keep_theirs(self) -> CheckIns:
        if self.channels + self.channels_free_for_emergencies > self.trunk_channels:
            raise ValueError("channels and channels_free_for_emergencies together must fit into trunk_channels")
        return self

    def hours(self) -> DialHours:
        return DialHours(open=self.calls.span(), quiet=tuple(quiet.span() for quiet in self.quiet))

    def contact_hours(self) -> DialHours:
        return DialHours(open=self.contacts.span())

    def per_minute(self) -> int:
        """How many calls may begin in a minute, so that they fit into `channels`."""
        return int(self.channels * 60 / self.call_seconds)

    def rules(self) -> RetryRules:
        return RetryRules(
            hours=self.hours(),
            gap_seconds=self.gap_seconds,
            trunk_first_seconds=self.trunk_first_seconds,
            trunk_at_most_seconds=self.trunk_at_most_seconds,
        )
