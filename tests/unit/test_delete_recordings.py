"""录音保存期限: what is past its time goes, class by class, so many in a round; nothing of an open one, ever."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from callcenter.domain.emergencies import Emergency, Step
from callcenter.services.close_emergency import close_emergency
from callcenter.services.delete_recordings import delete_recordings
from callcenter.services.reopen_emergency import reopen_emergency
from tests.unit.house import House

KEEP = {"keep_recordings_days": {"test_call": 10}, "keep_other_recordings_days": 100}
DAY = 86_400


async def recorded(house: House, number: int, disposition: str | None) -> tuple[Emergency, Path]:
    """An emergency with one call and its wav, closed so, or open."""
    uniqueid = f"1.{number}"
    emergency = await house.pressed(uniqueid, account=f"nobody{number}", at=house.clock.now())
    folder = house.desk.config.path(house.desk.config.asterisk.recordings)
    folder.mkdir(parents=True, exist_ok=True)
    (wav := folder / f"{uniqueid}.wav").write_bytes(b"RIFF")
    if disposition:
        await close_emergency(house.desk, emergency.id, by="1001", disposition=disposition)
        await house.background.settle()
    return emergency, wav


async def test_each_class_has_its_time_and_what_is_open_has_none(house_with: Any) -> None:
    async with house_with(records=KEEP) as house:
        short, short_wav = await recorded(house, 1, "test_call")
        long, long_wav = await recorded(house, 2, "false_alarm")
        _, open_wav = await recorded(house, 3, None)
        assert await delete_recordings(house.desk) == 0
        house.clock.let_pass(10 * DAY)
        assert await delete_recordings(house.desk) == 0
        house.clock.let_pass(1)
        assert await delete_recordings(house.desk) == 1
        assert (short_wav.exists(), long_wav.exists(), open_wav.exists()) == (False, True, True)
        house.clock.let_pass(90 * DAY)
        assert await delete_recordings(house.desk) == 1
        house.clock.let_pass(1000 * DAY)
        assert await delete_recordings(house.desk) == 0
        assert (long_wav.exists(), open_wav.exists()) == (False, True)
        for emergency in (short, long):
            told = [entry for entry in await house.timeline(emergency) if entry.step is Step.RECORDINGS_DELETED]
            assert [(entry.who, entry.detail) for entry in told] == [("retention", "1")]


async def test_a_round_is_bounded_and_the_next_goes_on_with_the_oldest(house_with: Any) -> None:
    async with house_with(records=KEEP | {"delete_emergencies_at_once": 3}) as house:
        wavs = []
        for number in range(8):
            wavs.append((await recorded(house, number, "test_call" if number % 2 else "other"))[1])
            house.clock.let_pass(1)
        house.clock.let_pass(101 * DAY)
        assert [await delete_recordings(house.desk) for _ in range(4)] == [3, 3, 2, 0]
        assert not any(wav.exists() for wav in wavs)


async def test_opened_again_it_keeps_all_until_it_is_closed_for_good(house_with: Any) -> None:
    async with house_with(records=KEEP) as house:
        emergency, wav = await recorded(house, 1, "test_call")
        house.clock.let_pass(11 * DAY)
        await reopen_emergency(house.desk, emergency.id, by="chief", why="x")
        assert await delete_recordings(house.desk) == 0
        await close_emergency(house.desk, emergency.id, by="chief", disposition="6")
        await house.background.settle()
        assert await delete_recordings(house.desk) == 0
        house.clock.let_pass(11 * DAY)
        assert await delete_recordings(house.desk) == 1
        wav.write_bytes(b"RIFF")  # of a call after it was opened once more
        await reopen_emergency(house.desk, emergency.id, by="chief", why="x")
        await close_emergency(house.desk, emergency.id, by="chief", disposition="6")
        await house.background.settle()
        house.clock.let_pass(11 * DAY)
        assert await delete_recordings(house.desk) == 1
        assert not wav.exists()


async def test_a_name_that_leads_elsewhere_deletes_nothing_there(house_with: Any) -> None:
    async with house_with(records=KEEP) as house:
        emergency, wav = await recorded(house, 1, "test_call")
        precious = wav.parent.parent / "precious.wav"
        precious.write_bytes(b"x")
        [call] = await house.calls(emergency)
        await house.do(lambda work: work.calls.save(replace(call, recording="../precious.wav")))
        house.clock.let_pass(11 * DAY)
        assert await delete_recordings(house.desk) == 1
        assert precious.exists()
        assert Step.RECORDINGS_DELETED not in await house.steps(emergency), "nothing was deleted"


async def test_a_file_that_will_not_go_is_tried_again(house_with: Any, monkeypatch: Any) -> None:
    async with house_with(records=KEEP) as house:
        _, wav = await recorded(house, 1, "test_call")
        house.clock.let_pass(11 * DAY)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", lambda self: (_ for _ in ()).throw(PermissionError()))
            assert await delete_recordings(house.desk) == 0
        assert await delete_recordings(house.desk) == 1
        assert not wav.exists()


async def test_another_nodes_recordings_are_that_nodes(house_with: Any) -> None:
    async with house_with(records=KEEP) as house:
        _, wav = await recorded(house, 1, "test_call")
        house.clock.let_pass(11 * DAY)
        config = house.desk.config
        elsewhere = config.model_copy(update={"node": config.node.model_copy(update={"name": "node2"})})
        assert await delete_recordings(replace(house.desk, config=elsewhere)) == 0
        assert wav.exists()


async def test_while_the_database_is_away_nothing_is_deleted(house_with: Any) -> None:
    from tests.integration.test_storage_away import locked

    async with house_with(records=KEEP, database={"answer_within_seconds": 0.5}) as house:
        _, wav = await recorded(house, 1, "test_call")
        house.clock.let_pass(11 * DAY)
        with locked(house.desk.config):
            await house.pressed("9.9", account="nobody9")
            assert house.storage.away
            assert await delete_recordings(house.desk) == 0
        assert wav.exists()
