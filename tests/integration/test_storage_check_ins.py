"""Check-ins: the same rows on both databases, one for each plan and day, due once at a time, never deleted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.check_in_calls import Attempt
from callcenter.domain.check_ins import (
    CheckIn,
    CheckInOutcome,
    CheckInPlan,
    CheckInState,
    Frequency,
    Hold,
    Notice,
    Risk,
)
from callcenter.domain.dial_hours import Span, moment_of
from callcenter.domain.visits import Found, VisitTask
from callcenter.errors import ElderUnknown, NotWhileStorageAway, VisitClosed
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork
from storage.database import SqlStorage, open_storage
from tests.integration.conftest import storage_config
from tests.integration.people_made_up import a_profile, add
from tests.integration.test_storage_away import is_back, locked
from tests.integration.test_storage_rules import run

DAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
DUE = (CheckInState.DUE,)


def a_plan(clock: Clock, elder: UUID, **more: object) -> CheckInPlan:
    words: dict[str, object] = {
        "window": Span(begins=480, ends=720),
        "starts_on": date(2026, 1, 1),
        "group": "独居",
        "notices": (Notice.MEDICINE,),
        "risk": Risk.PRIORITY,
    }
    return CheckInPlan(id=clock.new_id(), elder=elder, **{**words, **more})  # type: ignore[arg-type]


def a_check_in(clock: Clock, plan: CheckInPlan, **more: object) -> CheckIn:
    words: dict[str, object] = {"day": DAY, "due_at": NOW}
    return CheckIn(id=clock.new_id(), plan=plan.id, elder=plan.elder, **{**words, **more})  # type: ignore[arg-type]


async def planned(storage: SqlStorage, clock: SystemClock, **more: object) -> tuple[CheckInPlan, CheckIn]:
    profile = a_profile(clock, identity_number="")
    plan = a_plan(clock, profile.elder.id)
    check_in = a_check_in(clock, plan, **more)

    def work(unit: UnitOfWork) -> None:
        add(unit, profile)
        unit.check_ins.add_plan(plan)
        unit.check_ins.add(check_in)

    await storage.transact("plan", work)
    return plan, check_in


async def a_plan_of_somebody(storage: SqlStorage, clock: SystemClock, **more: object) -> CheckInPlan:
    profile = a_profile(clock, identity_number="")
    plan = a_plan(clock, profile.elder.id, **more)
    await storage.transact("people", lambda work: add(work, profile))
    await storage.transact("plan", lambda work: work.check_ins.add_plan(plan))
    return plan


async def test_plan_and_check_in_are_kept_whole(storage: SqlStorage, clock: SystemClock) -> None:
    plan, check_in = await planned(storage, clock)
    assert await storage.transact("plan", lambda work: work.check_ins.plan(plan.id)) == plan
    assert await storage.transact("get", lambda work: work.check_ins.get(check_in.id)) == check_in
    settled = check_in.settled(CheckInOutcome.CONFIRMED, by="key", now=NOW)
    await storage.transact("save", lambda work: work.check_ins.save(settled))
    assert await storage.transact("get", lambda work: work.check_ins.get(check_in.id)) == settled
    assert await storage.transact("none", lambda work: work.check_ins.get(clock.new_id())) is None


async def test_a_plan_of_nobody_is_refused(storage: SqlStorage, clock: SystemClock) -> None:
    with pytest.raises(ElderUnknown):
        await storage.transact("plan", lambda work: work.check_ins.add_plan(a_plan(clock, clock.new_id())))


async def test_one_for_each_plan_and_day(storage: SqlStorage, clock: SystemClock) -> None:
    plan, check_in = await planned(storage, clock)
    with pytest.raises(sa.exc.IntegrityError):
        await storage.transact("again", lambda work: work.check_ins.add(a_check_in(clock, plan)))
    assert await missing(storage, DAY) == []
    assert await missing(storage, DAY + timedelta(1)) == [plan.id]
    taken = await storage.transact("minutes", lambda work: work.check_ins.minutes_taken(DAY))
    assert taken == {int((NOW - moment_of(DAY, 0)).total_seconds() // 60): 1}
    assert [c.id for c in await storage.transact("of", lambda w: w.check_ins.of_day(DAY, 10))] == [check_in.id]


async def missing(storage: SqlStorage, day: date) -> list[UUID]:
    plans, last = await storage.transact("missing", lambda work: work.check_ins.unplanned(None, day, 100))
    assert last is None
    return [plan.id for plan in plans]


async def test_what_is_not_planned_is_found_page_by_page(storage: SqlStorage, clock: SystemClock) -> None:
    done, _ = await planned(storage, clock)
    plans = [await a_plan_of_somebody(storage, clock) for _ in range(4)]
    other_day = await a_plan_of_somebody(storage, clock, days=frozenset({(DAY + timedelta(days=1)).isoweekday()}))
    away = Hold(
        id=clock.new_id(), elder=plans[0].elder, begins=DAY, returns=None, reason="住院", set_by="1001", set_at=NOW
    )
    await storage.transact("hold", lambda work: work.holds.add(away))
    pages: list[list[UUID]] = []
    after: UUID | None = None
    for _ in range(4):  # six plans, two at a time
        page, after = await storage.look_up(
            "page", lambda work, after=after: work.check_ins.unplanned(after, DAY, 2), within_seconds=5
        )  # type: ignore[misc]
        pages.append([plan.id for plan in page])
        if after is None:
            break
    else:
        pytest.fail("the pages have no end")
    assert max(map(len, pages)) == 2
    assert [plan for page in pages for plan in page] == [plan.id for plan in plans[1:]]
    assert await missing(storage, DAY) == [plan.id for plan in plans[1:]]
    assert not {done.id, other_day.id} & set(await missing(storage, DAY))


async def test_what_another_node_has_planned_meanwhile_is_left_out(storage: SqlStorage, clock: SystemClock) -> None:
    plan, there = await planned(storage, clock)
    other = await a_plan_of_somebody(storage, clock)
    ours = [a_check_in(clock, plan), a_check_in(clock, other)]
    for rows, added in ((ours, 1), (ours[:1], 0), ([], 0)):
        assert await storage.transact("plan", lambda work, rows=rows: work.check_ins.add_missing(rows)) == added  # type: ignore[misc]
    of_day = await storage.transact("of", lambda work: work.check_ins.of_day(DAY, 10))
    assert sorted(check_in.id for check_in in of_day) == sorted([there.id, ours[1].id])


async def test_a_plan_of_each_month_is_found_in_its_first_week_alone(storage: SqlStorage, clock: SystemClock) -> None:
    monthly = await a_plan_of_somebody(
        storage, clock, every=Frequency.MONTH, days=frozenset({7}), risk=Risk.HIGH, starts_on=date(2026, 1, 1)
    )
    for day, found in ((date(2026, 3, 1), True), (date(2026, 3, 8), False), (date(2026, 4, 5), True)):
        assert await missing(storage, day) == ([monthly.id] if found else []), day
    day = date(2026, 3, 1)
    [plan], _ = await storage.transact("risk", lambda work: work.check_ins.unplanned(None, day, 9))
    assert plan.risk is Risk.HIGH


async def test_each_state_is_taken_in_the_order_of_its_time(storage: SqlStorage, clock: SystemClock) -> None:
    rows = [
        await planned(storage, clock, due_at=NOW - timedelta(seconds=9 - n), state=state)
        for n, state in enumerate((CheckInState.DUE, CheckInState.CONTACTS, CheckInState.VISIT, CheckInState.DUE))
    ]
    states = (CheckInState.DUE, CheckInState.CONTACTS)
    found = await storage.transact("claim", lambda w: w.check_ins.claim_due(NOW, NOW + timedelta(hours=1), 2, states))
    assert [each.id for each in found] == [rows[0][1].id, rows[1][1].id]
    found = await storage.transact("claim", lambda w: w.check_ins.claim_due(NOW, NOW + timedelta(hours=1), 9, states))
    assert [each.id for each in found] == [rows[3][1].id]


@pytest.mark.parametrize("broken", [{"due_at": None}, {"settled_at": NOW}, {"state": CheckInState.SETTLED}])
async def test_an_open_one_has_a_due_time_and_a_settled_one_says_by_whom(
    storage: SqlStorage, clock: SystemClock, broken: dict[str, object]
) -> None:
    _, check_in = await planned(storage, clock)
    with pytest.raises(sa.exc.IntegrityError):
        await storage.transact("break", lambda work: work.check_ins.save(replace(check_in, **broken)))  # type: ignore[arg-type]


async def test_what_is_due_is_taken_once_until_the_lease_ends(storage: SqlStorage, clock: SystemClock) -> None:
    _, check_in = await planned(storage, clock)
    await planned(storage, clock, due_at=NOW + timedelta(seconds=1))
    until = NOW + timedelta(seconds=30)

    async def claim(at: datetime) -> list[UUID]:
        found = await storage.transact("claim", lambda work: work.check_ins.claim_due(at, until, 10, DUE))
        return [each.id for each in found]

    both = await asyncio.gather(claim(NOW), claim(NOW))
    assert sorted(map(len, both)) == [0, 1]
    assert [check_in.id] in both
    assert len(await claim(until)) == 2  # nobody said what became of it


async def test_calls_are_found_by_their_legs(storage: SqlStorage, clock: SystemClock) -> None:
    plan, check_in = await planned(storage, clock)
    attempt = Attempt(
        id=clock.new_id(), check_in=check_in.id, role=Role.ELDER, target="", destination="PJSIP/13900000001@trunk",
        node="node1", started_at=NOW,
    )  # fmt: skip
    await storage.transact("add", lambda work: work.check_ins.add_attempt(attempt))
    assert await storage.transact("one", lambda work: work.check_ins.attempt(attempt.id)) == attempt
    assert await storage.transact("open", lambda work: work.check_ins.open_attempts("node1")) == [attempt]
    assert await storage.transact("open", lambda work: work.check_ins.open_attempts("node2")) == []
    for leg in (attempt.id, check_in.id):
        assert await storage.transact("who", lambda w, leg=leg: w.check_ins.elder_of_leg(leg)) == plan.elder  # type: ignore[misc]
    assert await storage.transact("who", lambda work: work.check_ins.elder_of_leg(clock.new_id())) is None
    for outcome in (CheckInOutcome.ANSWERED_SILENT, LegOutcome.REFUSED):
        ended = attempt.ended(outcome, NOW)
        await storage.transact("end", lambda work, ended=ended: work.check_ins.save_attempt(ended))  # type: ignore[misc]
        assert await storage.transact("of", lambda work: work.check_ins.attempts_of(check_in.id)) == [ended]


async def test_a_hold_covers_its_days(storage: SqlStorage, clock: SystemClock) -> None:
    plan, _ = await planned(storage, clock)
    hold = Hold(
        id=clock.new_id(), elder=plan.elder, begins=DAY, returns=DAY + timedelta(days=2), reason="住院检查",
        set_by="1001", set_at=NOW,
    )  # fmt: skip
    await storage.transact("add", lambda work: work.holds.add(hold))
    assert await storage.transact("of", lambda work: work.holds.covering(plan.elder, DAY)) == hold
    assert await storage.transact("of", lambda work: work.holds.covering(plan.elder, DAY + timedelta(days=2))) is None
    ended = replace(hold, ended_at=NOW, ended_by="1002")
    await storage.transact("end", lambda work: work.holds.save(ended))
    assert await storage.transact("of", lambda work: work.holds.of(plan.elder)) == [ended]
    assert await storage.transact("of", lambda work: work.holds.covering(plan.elder, DAY)) is None


async def test_a_visit_is_closed_once_and_with_what_was_found(storage: SqlStorage, clock: SystemClock) -> None:
    plan, check_in = await planned(storage, clock)
    visit = VisitTask(
        id=clock.new_id(), check_in=check_in.id, elder=plan.elder, opened_at=NOW, overdue_at=NOW + timedelta(hours=2)
    )
    await storage.transact("add", lambda work: work.visits.add(visit))
    with pytest.raises(sa.exc.IntegrityError):
        await storage.transact("wrong", lambda work: work.visits.save(replace(visit, closed_at=NOW, closed_by="王")))
    assert await storage.transact("open", lambda work: work.visits.open(5)) == [visit]
    closed = visit.accepted("王", NOW).arrived(NOW).closed(Found.WELL, by="王", note="在家", now=NOW)
    await storage.transact("close", lambda work: work.visits.save(closed))
    assert await storage.transact("of", lambda work: work.visits.of_check_in(check_in.id)) == closed
    assert await storage.transact("open", lambda work: work.visits.open(5)) == []
    with pytest.raises(VisitClosed):
        await storage.transact("again", lambda work: work.visits.save(closed))


async def test_nothing_of_it_can_be_deleted(config: Config, storage: SqlStorage, clock: SystemClock) -> None:
    await planned(storage, clock)
    for table in ("check_ins", "check_in_plans"):
        with pytest.raises(sa.exc.DBAPIError):
            run(config, f"DELETE FROM {table}")


async def test_while_the_database_is_away_there_are_none(tmp_path: Path, clock: SystemClock) -> None:
    config = storage_config(tmp_path, answer_within_seconds=0.2)
    async with open_storage(config, clock) as storage:
        _, check_in = await planned(storage, clock)
        with locked(config):
            with pytest.raises(NotWhileStorageAway):
                await storage.transact("get", lambda work: work.check_ins.get(check_in.id))
            assert await storage.transact("who", lambda work: work.check_ins.elder_of_leg(check_in.id)) is None
        await is_back(storage)
