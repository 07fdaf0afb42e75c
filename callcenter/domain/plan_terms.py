"""What a 问候方案 says, whosever it is: what a list's row and a form have in common. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from callcenter.domain.check_ins import AfterLast, CheckInPlan, Confirmation, Frequency, Risk
from callcenter.domain.dial_hours import Span


@dataclass(frozen=True, kw_only=True)
class PlanTerms:
    """As in `CheckInPlan`."""

    group: str
    risk: Risk
    every: Frequency
    days: frozenset[int]
    window: Span
    offsets_seconds: tuple[int, ...]
    confirmation: Confirmation
    after_last: AfterLast

    def plan(self, id_: UUID, elder: UUID, starts_on: date) -> CheckInPlan:
        """Until further notice."""
        return CheckInPlan(id=id_, elder=elder, starts_on=starts_on, **vars(self))

    def said(self) -> str:
        """For a history, which keeps texts: `week 135 08:30-11:00 0,10,30 either contacts_then_visit high 独居`."""
        days = "".join(map(str, sorted(self.days)))
        window = f"{clock_of(self.window.begins)}-{clock_of(self.window.ends)}"
        words = (self.every, days, window, self.minutes(), self.confirmation, self.after_last, self.risk, self.group)
        return " ".join(filter(None, words))

    def minutes(self) -> str:
        """Of each attempt from the first, as people type them."""
        return ",".join(f"{seconds / 60:g}" for seconds in self.offsets_seconds)


def terms_of(plan: CheckInPlan) -> PlanTerms:
    return PlanTerms(
        group=plan.group,
        risk=plan.risk,
        every=plan.every,
        days=plan.days,
        window=plan.window,
        offsets_seconds=plan.offsets_seconds,
        confirmation=plan.confirmation,
        after_last=plan.after_last,
    )


def usual_plan(plans: Sequence[CheckInPlan]) -> CheckInPlan | None:
    """The one in force until further notice, of all that an elder has had; an extra round is of a day, and none."""
    return next((plan for plan in reversed(plans) if plan.ends_on is None), None)


def clock_of(minute: int) -> str:
    """08:30 for 510."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
