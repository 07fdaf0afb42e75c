"""Check-ins by the command line, while no service runs: plan, absence, the board, a visit and what was found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from callcenter.app.clock import SystemClock
from callcenter.app.reach import read, write
from callcenter.domain.check_ins import CheckIn, CheckInOutcome, CheckInState
from callcenter.domain.dial_hours import day_of
from callcenter.domain.visits import VisitTask
from callcenter.ports.storage import UnitOfWork
from tests.integration.cli_house import CliHouse
from tests.integration.people_made_up import a_profile, add

CLOCK = SystemClock()
WINDOW = ("--from", "08:30", "--to", "10:00")


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


@pytest.fixture
async def elder(house: CliHouse) -> UUID:
    profile = a_profile(CLOCK)
    await write(house.config, "seed", lambda work: add(work, profile))
    return profile.elder.id


async def a_visit(house: CliHouse, elder: UUID) -> UUID:
    now = CLOCK.now()

    def work(unit: UnitOfWork) -> UUID:
        [plan] = unit.check_ins.plans_of(elder)
        check_in = CheckIn(
            id=unit.new_id(), plan=plan.id, elder=elder, day=day_of(now), state=CheckInState.VISIT,
            outcome=CheckInOutcome.NO_ANSWER, due_at=now + timedelta(hours=2), tries=3,
        )  # fmt: skip
        unit.check_ins.add(check_in)
        visit = VisitTask(
            id=unit.new_id(), check_in=check_in.id, elder=elder, opened_at=now, overdue_at=now + timedelta(hours=2)
        )
        unit.visits.add(visit)
        return visit.id

    return await write(house.config, "visit", work)


async def test_a_plan_replaces_the_one_before(house: CliHouse, elder: UUID) -> None:
    for more in ((), ("--days", "135", "--minutes", "0,5", "--group", "独居")):
        assert house.run("check-ins", "plan", str(elder), *WINDOW, *more).code == 0
    plans = await read(house.config, lambda work: work.check_ins.plans_of(elder))
    today = day_of(CLOCK.now())
    assert [plan.ends_on for plan in plans] == [today - timedelta(days=1), None]
    assert (plans[1].days, plans[1].offsets_seconds, plans[1].group) == ({1, 3, 5}, (0, 300), "独居")
    assert (plans[1].window.begins, plans[1].window.ends) == (510, 600)
    assert house.run("check-ins", "end", str(elder)).code == 0
    assert house.run("check-ins", "end", str(elder)).code == 1


@pytest.mark.parametrize(
    "wrong", [("--from", "10:00", "--to", "08:00"), (*WINDOW, "--minutes", "5,10"), (*WINDOW, "--minutes", "0,0")]
)
async def test_a_plan_that_makes_no_sense_is_answered(house: CliHouse, elder: UUID, wrong: tuple[str, ...]) -> None:
    ran = house.run("check-ins", "plan", str(elder), *wrong)
    assert (ran.code, "makes no sense" in ran.err) == (1, True)
    assert await read(house.config, lambda work: work.check_ins.plans_of(elder)) == []


@pytest.mark.parametrize("wrong", ["25:00", "8", "", "08:00:00", "half past"])
def test_what_is_no_time_of_day_is_wrong_usage(house: CliHouse, wrong: str) -> None:
    assert house.run("check-ins", "plan", str(UUID(int=1)), "--from", wrong, "--to", "10:00").code == 2


async def test_absence_and_return(house: CliHouse, elder: UUID) -> None:
    assert house.run("check-ins", "hold", str(elder), "--reason", "探亲", "--by", "1001").code == 0
    today = day_of(CLOCK.now())
    held = await read(house.config, lambda work: work.holds.covering(elder, today))
    assert held is not None and held.reason == "探亲"
    assert house.run("check-ins", "resume", str(elder), "--by", "1001").code == 0
    assert await read(house.config, lambda work: work.holds.covering(elder, today)) is None
    assert house.run("check-ins", "hold", str(UUID(int=9)), "--reason", "探亲", "--by", "1001").code == 1


async def test_the_board_shows_the_door_until_somebody_says_what_was_found(house: CliHouse, elder: UUID) -> None:
    assert house.run("check-ins", "plan", str(elder), *WINDOW).code == 0
    visit = str(await a_visit(house, elder))
    board = house.run("check-ins", "board", "--json").facts
    assert board["states"] == {"visit": 1}
    assert [(door["visit"], door["elder"], door["outcome"]) for door in board["visits"]] == [
        (visit, "张示例", "no_answer")
    ]
    assert "无人接听" in house.run("check-ins", "board", "--language", "zh").out
    for step in (("accept",), ("arrived",)):
        assert house.run("check-ins", *step, visit, "--by", "李网格").code == 0
    assert house.run("check-ins", "found", visit, "--by", "李网格").code == 2  # without what was found
    assert house.run("check-ins", "found", visit, "--by", "李网格", "--what", "out", "--note", "买菜").code == 0
    assert house.run("check-ins", "found", visit, "--by", "李网格", "--what", "well").code == 1
    assert house.run("check-ins", "board", "--json").facts["visits"] == []
    [today] = house.run("check-ins", "today", "--json").facts
    assert (today["state"], today["outcome"], today["settled_by"]) == ("settled", "no_answer", "visit")
    [shown] = house.run("check-ins", "show", str(elder), "--json").facts
    assert shown["tries"] == 3
    assert house.run("check-ins", "call", str(elder)).code == 1  # nothing is due any more
