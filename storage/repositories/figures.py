"""What is counted: by the time alone, from columns that name nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.answering import Press
from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.check_ins import CheckInState
from callcenter.domain.emergencies import Step
from callcenter.domain.periods import span
from callcenter.domain.report import Case, DayFacts
from callcenter.errors import NotWhileStorageAway
from storage.mapping import Row
from storage.prepared import Prepared
from storage.tables import calls, check_in_plans, check_ins, elders, emergencies, households, offers, orders, timeline
from storage.transaction import Transaction

_SINCE: Final = emergencies.c.opened_at >= sa.bindparam("since")
_WITHIN: Final = sa.and_(_SINCE, emergencies.c.opened_at < sa.bindparam("until"))
_THEIRS: Final = sa.select(emergencies.c.id).where(_WITHIN)
_PRESSES: Final = Prepared(
    sa.select(emergencies.c.key, emergencies.c.opened_at, emergencies.c.first_claimed_at).where(_SINCE)
)
_CASES: Final = (
    sa.select(
        *(emergencies.c[name] for name in ("id", "elder", "key", "opened_at", "first_claimed_at", "closed_at")),
        emergencies.c.disposition,
        households.c.street,
        elders.c.born,
    )
    .join(elders, elders.c.id == emergencies.c.elder, isouter=True)
    .join(households, households.c.id == elders.c.household, isouter=True)
    .where(_WITHIN)
)
_CALLS: Final = (
    sa.select(calls.c.emergency, calls.c.inbound, calls.c.started_at, calls.c.ended_at)
    .where(calls.c.emergency.in_(_THEIRS))
    .order_by(calls.c.started_at, calls.c.id)
)
_CLAIMS: Final = (
    sa.select(offers.c.emergency, offers.c.target)
    .where(
        offers.c.emergency.in_(_THEIRS), offers.c.role == Role.AGENT.value, offers.c.outcome == LegOutcome.CLAIMED.value
    )
    .order_by(offers.c.started_at.desc(), offers.c.id.desc())
)
_WITH_120: Final = (
    sa.select(timeline.c.emergency, sa.func.min(timeline.c.at))
    .where(
        timeline.c.emergency.in_(_THEIRS),
        timeline.c.step == Step.ENTERED_ROOM.value,
        timeline.c.who.startswith(f"{Role.DISPATCHER}:"),
    )
    .group_by(timeline.c.emergency)
)
_GROUPS: Final = (
    sa.select(check_in_plans.c.elder, check_in_plans.c.group)
    .where(
        check_in_plans.c.elder.in_(sa.select(emergencies.c.elder).where(_WITHIN, emergencies.c.elder.is_not(None))),
        check_in_plans.c.group != "",
    )
    .order_by(check_in_plans.c.starts_on, check_in_plans.c.id)
)
#: Settled: what came of it. Otherwise where it stands, since the latest attempt's outcome is not the day's.
_CHECK_IN_WORD: Final = sa.case(
    (
        check_ins.c.state == CheckInState.SETTLED.value,
        sa.func.coalesce(check_ins.c.outcome, CheckInState.SETTLED.value),
    ),
    else_=check_ins.c.state,
)
_CHECK_INS: Final = (
    sa.select(_CHECK_IN_WORD.label("word"), sa.func.count())
    .where(check_ins.c.day == sa.bindparam("day"))
    .group_by(sa.text("word"))
)
_ORDERS: Final = (
    sa.select(orders.c.item, sa.func.count())
    .where(orders.c.placed_at >= sa.bindparam("since"), orders.c.placed_at < sa.bindparam("until"))
    .group_by(orders.c.item)
)


_EVERYWHERE: Final = (_CASES, _CHECK_INS, _ORDERS)
#: The same three, of those who live in one district.
_IN_A_DISTRICT: Final = tuple(
    statement.where(
        sa.select(elders.c.id)
        .join(households, households.c.id == elders.c.household)
        .where(elders.c.id == whose, households.c.district == sa.bindparam("district"))
        .correlate_except(elders, households)
        .exists()
    )
    for statement, whose in zip(_EVERYWHERE, (emergencies.c.elder, check_ins.c.elder, orders.c.elder), strict=True)
)


class SqlFigures:
    """See `callcenter.ports.figure_storage.Figures`."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def presses(self, since: datetime) -> list[Press]:
        return [
            Press(key=Key(key), opened_at=opened_at, first_claimed_at=first_claimed_at)
            for key, opened_at, first_claimed_at in self._in.plain(_PRESSES, {"since": since})
        ]

    def of_day(self, day: date, district: str = "") -> DayFacts:
        since, until = span(day)
        within = {"since": since, "until": until}
        of_cases, of_check_ins, of_orders = _IN_A_DISTRICT if district else _EVERYWHERE
        there = {"district": district} if district else {}
        heard: dict[UUID, list[Row]] = {}
        for call in self._in.rows(_CALLS, within):
            heard.setdefault(call["emergency"], []).append(call)
        claimed = dict(self._pairs(_CLAIMS, within))  # the last of each that comes is the earliest
        with_120 = dict(self._pairs(_WITH_120, within))
        groups = dict(self._pairs(_GROUPS, within))
        cases = [
            replace(
                _case(row, heard.get(row["id"], [])),
                group=groups.get(row["elder"], ""),
                agent=claimed.get(row["id"], ""),
                with_120_at=with_120.get(row["id"]),
            )
            for row in self._in.rows(of_cases, {**within, **there})
        ]
        return DayFacts(
            day=day,
            cases=cases,
            check_ins=dict(self._pairs(of_check_ins, {"day": day, **there})),
            orders=dict(self._pairs(of_orders, {**within, **there})),
        )

    def _pairs(self, statement: sa.Executable, values: dict[str, Any]) -> list[tuple[Any, Any]]:
        found: Any = self._in.execute(statement, values)
        return [(row[0], row[1]) for row in found]

    @property
    def _in(self) -> Transaction:
        """The database's. What the stand-in knows is not all of it, and would be taken for all."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("figures")
        return self._transaction


def _case(row: Row, heard: list[Row]) -> Case:
    hung_up_at = _hung_up_at(row, heard)
    rung_back = (call["started_at"] for call in heard if not call["inbound"])
    return Case(
        id=row["id"],
        elder=row["elder"],
        key=Key(row["key"]),
        opened_at=row["opened_at"],
        first_claimed_at=row["first_claimed_at"],
        closed_at=row["closed_at"],
        disposition=row["disposition"] or "",
        street=row["street"] or "",
        born=row["born"],
        hung_up_at=hung_up_at,
        rung_back_at=next((at for at in rung_back if hung_up_at and at >= hung_up_at), None),
    )


def _hung_up_at(row: Row, heard: list[Row]) -> datetime | None:
    """When her first call ended, unless somebody had it before, or it was closed."""
    first: datetime | None = next((call["ended_at"] for call in heard if call["inbound"]), None)
    before = row["first_claimed_at"] or row["closed_at"]
    return first if first is not None and (before is None or first < before) else None
