"""平安问候: the daily call, its plan and what became of it. Standard library only.

    due --> dialling --> settled: confirmed, or an emergency that was opened in the same call
     ^          |
     +--retry---+--> contacts --> visit --> settled: somebody says what was found

Only a final state settles one, and each one has an outcome by then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from callcenter.domain.calls import LegOutcome
from callcenter.domain.dial_hours import DialHours, Span


class CheckInOutcome(StrEnum):
    """What one call, and in the end the day, has told us."""

    CONFIRMED = "confirmed"  #: 平安
    ASKED_FOR_HELP = "asked_for_help"  #: 求助
    ANSWERED_SILENT = "answered_silent"  #: 接通无应答, more urgent than no answer
    UNCLEAR = "unclear"  #: 答复不清
    MACHINE = "machine"  #: 留言机: a hint, never "fine"
    BUSY = "busy"  #: 占线
    NO_ANSWER = "no_answer"  #: 无人接听
    REJECTED = "rejected"  #: 拒接
    UNREACHABLE = "unreachable"  #: 打不通
    TRUNK_FAILURE = "trunk_failure"  #: 线路故障: ours, never hers


class CheckInState(StrEnum):
    DUE = "due"  #: 待拨
    DIALLING = "dialling"  #: 正在问候
    CONTACTS = "contacts"  #: 正在联系家属
    VISIT = "visit"  #: 待上门
    SETTLED = "settled"  #: 已完成


class AfterLast(StrEnum):
    """What follows the last attempt."""

    CONTACTS_THEN_VISIT = "contacts_then_visit"
    VISIT = "visit"
    CONTACTS_THEN_EMERGENCY = "contacts_then_emergency"


class Notice(StrEnum):
    """What she is told once she has said that she is well."""

    MEDICINE = "medicine"  #: 用药提醒
    HEAT = "heat"  #: 高温
    COLD = "cold"  #: 寒潮
    TYPHOON = "typhoon"  #: 台风
    POWER_CUT = "power_cut"  #: 停电


class Confirmation(StrEnum):
    """What counts as a yes; 2, words of distress and silence count with each of them."""

    KEY = "key"
    EITHER = "either"


class Risk(StrEnum):
    """Of an elder who is left alone; the higher, the earlier in her window she is called."""

    GENERAL = "general"  #: 一般
    PRIORITY = "priority"  #: 重点
    HIGH = "high"  #: 高风险


class Frequency(StrEnum):
    """In which weeks a plan calls, on its days of the week."""

    WEEK = "week"  #: 每周
    MONTH = "month"  #: 每月: the first of each
    QUARTER = "quarter"  #: 每季: the first of each

    @staticmethod
    def calling_on(day: date) -> tuple[Frequency, ...]:
        """Those whose week this is."""
        if day.day > _WEEK:
            return (Frequency.WEEK,)
        return tuple(Frequency) if day.month % 3 == 1 else (Frequency.WEEK, Frequency.MONTH)


_WEEK: Final = 7
#: Days on which a plan calls, as `date.isoweekday` numbers them.
EVERY_DAY = frozenset(range(1, 8))


@dataclass(frozen=True, kw_only=True)
class CheckInPlan:
    """问候方案 of one elder."""

    id: UUID
    elder: UUID
    group: str = ""  #: 独居, 空巢, 留守, 失能 …
    risk: Risk = Risk.GENERAL
    every: Frequency = Frequency.WEEK
    days: frozenset[int] = EVERY_DAY
    window: Span
    offsets_seconds: tuple[int, ...] = (0, 600, 1800)  #: of each attempt from the first
    confirmation: Confirmation = Confirmation.EITHER
    after_last: AfterLast = AfterLast.CONTACTS_THEN_VISIT
    starts_on: date
    ends_on: date | None = None  #: the last day; None: until further notice
    opted_out_at: datetime | None = None  #: she pressed 9; a human confirms it by ending the plan
    notices: tuple[Notice, ...] = ()
    ended_by: str = ""  #: who ended it, or put another in its place

    def __post_init__(self) -> None:
        if not self.offsets_seconds or self.offsets_seconds[0] != 0:
            raise ValueError("the first attempt is at 0 seconds")
        if sorted(set(self.offsets_seconds)) != list(self.offsets_seconds):
            raise ValueError("each attempt is later than the one before")
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError("days are 1 (Monday) to 7")
        if self.every is not Frequency.WEEK and len(self.days) != 1:
            raise ValueError("a plan of each month or quarter has one day of the week")

    @property
    def last_offset_seconds(self) -> int:
        return self.offsets_seconds[-1]

    def calls_on(self, day: date) -> bool:
        in_force = self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
        return in_force and day.isoweekday() in self.days and self.every in Frequency.calling_on(day)


class PlanToPlace(NamedTuple):
    """As much of a plan as its place in a day takes: a county has half a million of them to place each night."""

    id: UUID
    elder: UUID
    window: Span
    last_offset_seconds: int
    risk: Risk
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class Hold:
    """请假: she is not called from `begins` on; it ends by itself, and she is called on the day of return."""

    id: UUID
    elder: UUID
    begins: date
    returns: date | None  #: the first day on which she is called again; None: in hospital, moved, deceased
    reason: str
    set_by: str
    set_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    def covers(self, day: date) -> bool:
        return self.ended_at is None and self.begins <= day and (self.returns is None or day < self.returns)


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """One elder, one plan, one day."""

    id: UUID
    plan: UUID
    elder: UUID
    day: date
    state: CheckInState = CheckInState.DUE
    outcome: CheckInOutcome | None = None  #: the latest; settled, the day's
    due_at: datetime | None  #: the next step, or the look whether the last one was lost; None once settled
    first_at: datetime | None = None  #: when the first attempt rang
    tries: int = 0  #: attempts that counted
    trunk_failures: int = 0  #: in a row; they count for nothing else
    contact: int = 0  #: which contact is asked next
    emergency: UUID | None = None
    settled_by: str = ""  #: key, words, ring_back, hold, visit …
    settled_at: datetime | None = None
    asked_by: str = ""  #: who has her called now, whatever her window; until it is dialled

    @property
    def open(self) -> bool:
        return self.state is not CheckInState.SETTLED

    def settled(
        self, outcome: CheckInOutcome | None, *, by: str, now: datetime, emergency: UUID | None = None
    ) -> CheckIn:
        return replace(
            self,
            state=CheckInState.SETTLED,
            outcome=outcome or self.outcome,
            due_at=None,
            emergency=emergency or self.emergency,
            settled_by=by,
            settled_at=now,
        )

    def dialled(self, now: datetime, look_again_at: datetime) -> CheckIn:
        """It rings. `look_again_at` is later than any outcome: if none has come, the leg was lost."""
        return replace(
            self, state=CheckInState.DIALLING, due_at=look_again_at, first_at=self.first_at or now, asked_by=""
        )

    def again_at(self, moment: datetime) -> CheckIn:
        """The same attempt once more: it was lost, or could not be made."""
        return replace(self, state=CheckInState.DUE, due_at=moment)


@dataclass(frozen=True, kw_only=True)
class RetryRules:
    """Our own limits, beside a plan's."""

    hours: DialHours
    gap_seconds: float  #: at least between two attempts
    trunk_first_seconds: float  #: wait after the first failure of the trunk; doubled each time
    trunk_at_most_seconds: float


def after_call(
    check_in: CheckIn, plan: CheckInPlan, outcome: CheckInOutcome, rules: RetryRules, now: datetime
) -> CheckIn:
    """What follows a call that neither confirmed nor needs a person at once.

    A further attempt, if one is left and the window has room for it; otherwise whoever comes after the last. A trunk's
    failure is no attempt: it is tried again, later each time, as long as the window is open.
    """
    if outcome is CheckInOutcome.TRUNK_FAILURE:
        failures = check_in.trunk_failures + 1
        wait = min(rules.trunk_at_most_seconds, rules.trunk_first_seconds * 2.0 ** min(failures - 1, 30))
        noted = replace(check_in, outcome=check_in.outcome or outcome, trunk_failures=failures)
        wanted = now + timedelta(seconds=wait)
    else:
        tries = check_in.tries + 1
        noted = replace(check_in, outcome=outcome, tries=tries, trunk_failures=0)
        if tries >= len(plan.offsets_seconds):
            return _after_last(noted, plan, now)
        offset = timedelta(seconds=plan.offsets_seconds[tries])
        wanted = max((check_in.first_at or now) + offset, now + timedelta(seconds=rules.gap_seconds))
    moment = rules.hours.next_moment(plan.window, check_in.day, wanted)
    return _after_last(noted, plan, now) if moment is None else noted.again_at(moment)


def _after_last(check_in: CheckIn, plan: CheckInPlan, now: datetime) -> CheckIn:
    visit = plan.after_last is AfterLast.VISIT
    return replace(check_in, state=CheckInState.VISIT if visit else CheckInState.CONTACTS, due_at=now)


def outcome_of_leg(outcome: LegOutcome) -> CheckInOutcome:
    """Of a leg that ended without a word from its story: answered and hung up is unclear, never fine."""
    match outcome:
        case LegOutcome.BUSY:
            return CheckInOutcome.BUSY
        case LegOutcome.NO_ANSWER:
            return CheckInOutcome.NO_ANSWER
        case LegOutcome.REJECTED:
            return CheckInOutcome.REJECTED
        case LegOutcome.UNREACHABLE:
            return CheckInOutcome.UNREACHABLE
        case LegOutcome.TRUNK_FAILURE | LegOutcome.CANCELLED | LegOutcome.LOST:
            return CheckInOutcome.TRUNK_FAILURE
        case _:
            return CheckInOutcome.UNCLEAR
