"""Where check-ins are kept. Every verb raises `NotWhileStorageAway` while the journal stands in, unless it says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_in_figures import Course, DayCount, StreetReached
from callcenter.domain.check_in_rounds import Round
from callcenter.domain.check_ins import CheckIn, CheckInPlan, CheckInState, Hold, PlanToPlace
from callcenter.domain.visits import VisitTask


class CheckIns(Protocol):
    """平安问候: plans, each day's rows, and the calls that were made."""

    def add_plan(self, plan: CheckInPlan) -> None:
        """Raises `ElderUnknown`."""

    def save_plan(self, plan: CheckInPlan) -> None:
        """Raises `CheckInPlanUnknown`."""

    def plan(self, plan: UUID) -> CheckInPlan | None: ...
    def plans_of(self, elder: UUID) -> list[CheckInPlan]: ...
    def unplanned(self, after: UUID | None, day: date, page: int) -> tuple[list[PlanToPlace], UUID | None]:
        """Of about `page` plans of the next elders by id, those that call on that day, have no row of it, and whose
        elder is not on leave and may be called; and the last elder, to go on after her, None at the end."""

    def plans_for_round(self, wanted: Round, after: UUID | None, page: int) -> list[CheckInPlan]:
        """The usual plans of those whom the round means and who have no plan of it yet, by id after this one."""

    def end_round(self, name: str, day: date, *, by: str) -> int:
        """Ends the day's plans of a round; what is due by them is not rung. How many there were."""

    def minutes_taken(self, day: date) -> Counter[int]:
        """How many are due in each minute of that day."""

    def add(self, check_in: CheckIn) -> None:
        """An elder has one for each plan and day, which is a rule of the database: look first."""

    def add_missing(self, some: Sequence[CheckIn]) -> int:
        """Those whose elder has none for that plan and day; how many these were."""

    def get(self, check_in: UUID) -> CheckIn | None:
        """Locks the row until the transaction ends, where the database can."""

    def save(self, check_in: CheckIn) -> None: ...
    def claim_due(self, now: datetime, until: datetime, limit: int, states: Sequence[CheckInState]) -> list[CheckIn]:
        """Takes what is due: nobody else finds it before `until`. As they were before they were taken."""

    def open_of_elder(self, elder: UUID, day: date) -> list[CheckIn]: ...
    def how_many_open(self, day: date) -> int:
        """Those of that day that are not settled."""

    def of_day(self, day: date, limit: int) -> list[CheckIn]: ...
    def of_elder(self, elder: UUID, limit: int) -> list[CheckIn]:
        """The newest day first."""

    def add_attempt(self, attempt: Attempt) -> None: ...
    def save_attempt(self, attempt: Attempt) -> None: ...
    def attempt(self, attempt: UUID) -> Attempt | None: ...
    def attempts_of(self, check_in: UUID) -> list[Attempt]:
        """Oldest first."""

    def open_attempts(self, node: str) -> list[Attempt]:
        """Calls of this node whose legs have not ended."""

    def calls_now(self, node: str) -> int:
        """How many these are."""

    def elder_of_leg(self, leg: UUID) -> UUID | None:
        """Whom this leg of ours rings because of a check-in. None while the journal stands in."""


class CheckInFigures(Protocol):
    """Reading only."""

    def of_day(self, day: date) -> list[DayCount]: ...
    def missed(self, day: date, limit: int) -> list[CheckIn]:
        """Open ones that somebody should look at: a door to knock on, contacts being asked, no answer yet; in this
        order."""

    def handled(self, day: date, limit: int) -> list[CheckIn]:
        """Settled ones whose elder did not say herself that all is well; the latest first."""

    def courses(self, some: Sequence[CheckIn]) -> list[Course]:
        """What was done about each of these."""

    def opted_out(self, day: date, limit: int) -> list[CheckInPlan]:
        """Plans of who pressed 9, that nobody has ended yet; oldest wish first."""

    def reached(self, begins: date, ends: date, district: str = "") -> list[StreetReached]:
        """探访率 from one day to before another, by district and street; of one district, if it is named."""

    def visits_overdue(self, now: datetime) -> int: ...


class Holds(Protocol):
    """请假."""

    def add(self, hold: Hold) -> None:
        """Raises `ElderUnknown`."""

    def save(self, hold: Hold) -> None: ...
    def of(self, elder: UUID) -> list[Hold]: ...
    def covering(self, elder: UUID, day: date) -> Hold | None: ...


class Visits(Protocol):
    """上门任务."""

    def add(self, visit: VisitTask) -> None:
        """A check-in has one at most."""

    def get(self, visit: UUID) -> VisitTask | None: ...
    def of_check_in(self, check_in: UUID) -> VisitTask | None: ...
    def save(self, visit: VisitTask) -> None:
        """Raises `VisitClosed`."""

    def open(self, limit: int) -> list[VisitTask]:
        """Oldest first."""
