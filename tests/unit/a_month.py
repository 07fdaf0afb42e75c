"""A month of made-up emergencies, as a list of plain facts, and the same written into a storage."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.check_ins import CheckInOutcome, CheckInState
from callcenter.domain.emergencies import Emergency, Step, TimelineEntry, close_waiting
from callcenter.domain.orders import ServiceItem, ServiceOrder
from callcenter.domain.people import Profile
from callcenter.ports.storage import UnitOfWork
from tests.integration.people_made_up import a_call, a_profile, add, an_emergency, an_offer
from tests.integration.test_storage_check_ins import a_check_in, a_plan
from tests.unit.fakes import FakeClock

STREETS = ("和平街", "示例路", "=1+1")
DISTRICTS = ("东城区", "西城区", "东城区")
BORN = (date(1940, 5, 6), date(1950, 1, 1), None)
RESULTS = ("false_alarm", "helped_by_phone", "handed_to_120")


@dataclass(frozen=True)
class Happened:
    """One emergency, in seconds from its first ring."""

    opened: datetime  #: as a clock on the wall in China shows it, without a zone
    key: str
    elder: int | None  #: 0 … 2, who live in a street each
    claimed: float | None
    agent: str
    hung_up: float | None
    rung_back: float | None
    with_120: float | None
    closed: float | None
    result: str


def happened(first: date, days: int, seed: int = 1) -> list[Happened]:
    """Some on the very edges of days, some answered at the very limit of a target, some never."""
    dice = random.Random(seed)
    found = []
    for day in range(-1, days + 1):  # a day before and a day after, which must not be counted
        midnight = datetime.combine(first, datetime.min.time()) + timedelta(days=day)
        moments = [midnight, midnight + timedelta(hours=23, minutes=59, seconds=59)]
        moments += [midnight + timedelta(seconds=dice.randrange(86_400)) for _ in range(dice.randrange(6))]
        for opened in moments:
            claimed = dice.choice([None, 3.0, 10.0, 10.5, 15.0, 20.0, 45.0, 60.0, 61.0, 300.0])
            hung_up = dice.choice([None, None, 2.0, 4.9, 5.0, 40.0])
            closed = dice.choice([None, 400.0, 900.0])
            if hung_up is not None and hung_up >= (claimed or closed or 1e9):
                hung_up = None
            found.append(
                Happened(
                    opened=opened,
                    key=dice.choice(["red", "red", "green", "landline"]),
                    elder=dice.choice([None, 0, 1, 2]) if closed else None,  # one open emergency for each elder
                    claimed=claimed,
                    agent=dice.choice(["1001", "1002"]) if claimed else "",
                    hung_up=hung_up,
                    rung_back=hung_up + dice.choice([1.0, 60.0, 61.0]) if hung_up and dice.random() < 0.8 else None,
                    with_120=350.0 if dice.random() < 0.3 else None,
                    closed=closed,
                    result=dice.choice(RESULTS) if closed else "",
                )
            )
    return found


def write(work: UnitOfWork, clock: FakeClock, facts: list[Happened]) -> None:
    """Through the repositories, as the services write it."""
    profiles = [
        a_profile(clock, name=f"张示例{number}", born=born, identity_number="") for number, born in enumerate(BORN)
    ]
    for profile, street, district in zip(profiles, STREETS, DISTRICTS, strict=True):
        add(work, profile)
        work.people.save_household(replace(profile.household, street=street, district=district))
    for fact in facts:
        elder = None if fact.elder is None else profiles[fact.elder].elder.id
        _write_one(work, clock, fact, elder)
    days = {fact.opened.date() for fact in facts}
    _write_check_ins(work, clock, profiles, days)
    for number, placed in enumerate(days):
        at = utc(datetime.combine(placed, datetime.min.time()))
        work.orders.add(
            ServiceOrder(
                id=clock.new_id(), elder=profiles[0].elder.id, item=ServiceItem.MEALS, uniqueid=f"o{number}",
                placed_at=at, line="", said="",
            )
        )  # fmt: skip


#: Of each day: state, and what the last attempt said.
CHECK_INS = (
    (CheckInState.SETTLED, CheckInOutcome.CONFIRMED),
    (CheckInState.SETTLED, CheckInOutcome.NO_ANSWER),
    (CheckInState.DUE, CheckInOutcome.BUSY),
)


def _write_check_ins(work: UnitOfWork, clock: FakeClock, elders: list[Profile], days: set[date]) -> None:
    for profile, (state, outcome) in zip(elders, CHECK_INS, strict=True):
        plan = a_plan(clock, profile.elder.id)
        work.check_ins.add_plan(plan)
        for day in days:
            at = utc(datetime.combine(day, datetime.min.time()))
            ended = {"due_at": None, "settled_at": at, "settled_by": "key"} if state is CheckInState.SETTLED else {}
            row = a_check_in(clock, plan, **{"day": day, "due_at": at, "state": state, "outcome": outcome} | ended)
            work.check_ins.add(row)


def _write_one(work: UnitOfWork, clock: FakeClock, fact: Happened, elder: object) -> None:
    began = utc(fact.opened)

    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else began + timedelta(seconds=seconds)

    waiting = an_emergency(clock, elder, opened_at=began, due_at=began, key=Key(fact.key), account="")  # type: ignore[arg-type]
    emergency: Emergency = waiting
    offer = an_offer(
        clock, waiting.id, fact.agent, started_at=began, ended_at=began, outcome=LegOutcome.CLAIMED
    )  # fmt: skip
    if fact.claimed is not None:
        emergency = waiting.claimed(
            by=fact.agent, role=Role.AGENT, offer=offer.id, now=at(fact.claimed) or began, review_seconds=30
        )
    if fact.closed is not None:
        closing = {"by": "agent:1001", "disposition": fact.result, "note": "", "now": at(fact.closed) or began}
        emergency = emergency.closed(**closing) if emergency is not waiting else close_waiting(waiting, **closing)  # type: ignore[arg-type, union-attr]
    work.emergencies.add(emergency)
    if fact.agent:
        work.offers.add(offer)
    hers = {"started_at": began, "ended_at": at(fact.hung_up)}
    work.calls.add(a_call(clock, emergency.id, str(emergency.id), **hers))
    if fact.rung_back is not None:
        work.calls.add(
            a_call(clock, emergency.id, f"back-{emergency.id}", inbound=False, started_at=at(fact.rung_back))
        )
    if fact.with_120 is not None:
        work.emergencies.tell(
            TimelineEntry(
                id=clock.new_id(), emergency=emergency.id, at=at(fact.with_120) or began, step=Step.ENTERED_ROOM,
                who="dispatcher:city",
            )
        )  # fmt: skip


def utc(wall: datetime) -> datetime:
    """China is eight hours ahead, all year."""
    return (wall - timedelta(hours=8)).replace(tzinfo=UTC)
