"""What elders and pagers do to a hotline: presses while nobody is there, again and again, under another's name."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.app.clock import SystemClock
from callcenter.domain.devices import Device, DeviceKind
from callcenter.ports.storage import UnitOfWork
from tests.acceptance.sounds import VOICES
from tests.faults.care import Care
from tests.faults.houses import folder_for_a_house
from tests.faults.scene import CARRIED_ON_SECONDS, RED, scene
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

BOUND_SECONDS = 10.0


async def test_a_pager_that_redials_while_it_is_rung_back(watched: WatchedHotline, table: Table) -> None:
    row = table.row("redial", "while she is rung back")
    async with scene(watched, "1001") as there:
        with row.attempt():
            await there.begin()
            await there.agent.until("CALL_INCOMING")
            await there.agent.answer()
            await there.together(there.agent, "agent")
            await there.elder.hang_up()
            await there.elder.until("CALL_INCOMING", within=5)
            await there.elder.dial(RED)
            await there.together(there.agent, "agent")
            assert there.emergency().row["presses"] == 2
            assert there.agent.count("CALL_INCOMING") == 1, "her agent waited for her in the room"
            await there.finish()
    row.check()


async def test_presses_while_the_service_is_down_become_emergencies_once(watched: WatchedHotline, table: Table) -> None:
    """One stays on the line and talks with an agent before the service is back; the other has hung up long before."""
    row = table.row("service down", "two presses, one hangs up")
    known = {each.id for each in watched.emergencies()}
    await watched.on_duty("1001", "1002")
    stays, gone, first, second = await watched.phones("p001", "p002", "1001", "1002")
    agents = {"agent": first, "second_agent": second}
    await watched.quit()
    async with Care(stays) as care:
        with row.attempt(2):
            began = stays.clock()
            await stays.dial(RED)
            await asyncio.gather(*(agent.until("CALL_INCOMING", within=3) for agent in agents.values()))
            await first.answer()
            await first.hears(VOICES["elder"], within=5)
            await gone.dial(RED)
            await gone.until("CALL_ESTABLISHED", within=5)
            await gone.hang_up()
            await watched.serve()
            ours = await watched.until(
                lambda: len(found := [each for each in watched.emergencies() if each.id not in known]) == 2 and found,
                within=CARRIED_ON_SECONDS,
                why="both became emergencies",
            )
            await gone.until("CALL_INCOMING", within=5)
            await gone.answer()
            stays.forget()
            await stays.hears(VOICES["agent"], within=3, seconds=1.0)
            assert stays.count("CALL_CLOSED") == 0
            assert first.count("CALL_INCOMING") == 1, "a talk goes on: nobody is rung again for it"
            row.gap(care.worst(began))
            assert care.worst(began) <= BOUND_SECONDS
            await first.press("*2")
            await stays.until("CALL_CLOSED", within=8)
            closed = [each for each in watched.emergencies() if each.id not in known and each.state == "closed"]
            assert [each.row["account"] for each in closed] == ["p001"]
            await second.until("CALL_INCOMING", within=8, times=second.count("CALL_CLOSED") + 1)
            await second.answer()
            await second.hears(VOICES["elder"], within=6)
            assert len(ours) == len([each for each in watched.emergencies() if each.id not in known])
    row.check()


async def test_ten_presses_in_a_minute_are_one_emergency(watched: WatchedHotline, table: Table) -> None:
    row = table.row("ten presses", "in a minute")
    async with scene(watched, "1001") as there:
        with row.attempt():
            await there.begin()
            for press in range(1, 10):
                await there.elder.until("CALL_ESTABLISHED", within=8, times=press)
                await asyncio.sleep(0.3)
                await there.elder.hang_up()
                await there.elder.until("CALL_CLOSED", within=5, times=press)
                await there.elder.dial(RED)
            await watched.until(
                lambda: [each.row["presses"] for each in there.emergencies()] == [10], why="ten presses"
            )
            assert there.agent.count("CALL_INCOMING") == 1
            await there.agent.answer()
            await there.together(there.agent, "agent")
            await there.finish()
    row.check()


async def test_two_elders_on_one_line_are_candidates_never_a_guess(watched: WatchedHotline, table: Table) -> None:
    row = table.row("unclear caller", "two elders on one line")
    with row.attempt():
        await watched.on_duty("1001")
        agent = await watched.phone("1001")
        elder = await watched.trunk_call("01000000001", RED)
        shown = (await agent.until("CALL_INCOMING"))["peerdisplayname"]
        assert "2位老人之一" in shown
        assert "王秀英" not in shown and "张福田" not in shown
        [emergency] = watched.open_emergencies()
        assert emergency.row["elder"] is None
        assert len(json.loads(emergency.row["candidates"])) == 2
        await agent.answer()
        await agent.hears(VOICES["standby"], within=5)
        await elder.hears(VOICES["agent"], within=5)
    row.check()


async def test_a_withheld_number_goes_on_as_unknown(watched: WatchedHotline, table: Table) -> None:
    row = table.row("unclear caller", "withheld number")
    with row.attempt():
        await watched.on_duty("1001")
        agent = await watched.phone("1001")
        elder = await watched.trunk_call("anonymous", RED)
        assert "未知" in (await agent.until("CALL_INCOMING"))["peerdisplayname"]
        await agent.answer()
        await elder.hears(VOICES["agent"], within=5)
    row.check()


class HandedOn(WatchedHotline):
    """The pager p003 was 李桂兰's until yesterday, and is 张福田's since."""

    def _seed(self, work: UnitOfWork, clock: SystemClock) -> None:
        super()._seed(work, clock)
        yesterday = datetime.now(UTC) - timedelta(days=1)
        for elder, since, until in (
            (self.elders["p001"], yesterday - timedelta(days=300), yesterday),
            (self.elders["张福田"], yesterday, None),
        ):
            device = Device(
                id=clock.new_id(), elder=elder.id, kind=DeviceKind.PAGER, account="p003", since=since, until=until
            )
            work.people.add_device(device)


async def test_a_pager_account_that_was_handed_on_never_shows_its_old_owner(table: Table) -> None:
    row = table.row("account re-used", "the old owner's name")
    with folder_for_a_house() as folder:
        hotline = HandedOn(folder)
        async with hotline.open():
            with row.attempt():
                await hotline.on_duty("1001")
                elder, agent = await hotline.phones("p003", "1001")
                await elder.dial(RED)
                shown = (await agent.until("CALL_INCOMING"))["peerdisplayname"]
                assert "张福田" in shown and "李桂兰" not in shown
    row.check()
