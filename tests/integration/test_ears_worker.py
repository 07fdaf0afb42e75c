"""A worker over real sockets: the peer goes away, says nothing, says rubbish; then words, keys, limits and ends."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callcenter.ports.story_call import Ending, Heard
from ivr.ears.audiosocket import Kind, encoded
from ivr.ears.commands import Mode, Refusal
from ivr.ears.recognizer import Recognizer
from tests.integration.ears_house import (
    MODEL,
    Service,
    Worker,
    clip,
    clips,
    needs_model,
    new_uuid,
    pcm_of,
    phrases,
    worker_process,
    write_prompt,
)

pytestmark = needs_model


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    write_prompt(tmp_path / "sounds" / "cc" / "long.wav", 4.0)
    async with worker_process(tmp_path, streams_at_most=6) as running:
        yield running


@pytest.fixture
async def service(worker: Worker) -> AsyncIterator[Service]:
    connected = await worker.service()
    yield connected
    await connected.close()


async def answers(worker: Worker, service: Service) -> None:
    """The proof that nothing was harmed: a question is heard as ever."""
    uuid = new_uuid()
    assert await service.expect(uuid, phrases=phrases()) is Refusal.NONE
    caller = await worker.caller(uuid)
    speaking = asyncio.ensure_future(caller.speak(clip("人工").pcm + bytes(64000)))
    heard = await service.ending(uuid)
    assert (heard.ending, heard.words) == (Ending.WORDS, "人工")
    async with asyncio.timeout(2):
        await caller.closed.wait()
    await speaking
    assert caller.ended.is_set()


# ---------------------------------------------------------------------------------- away, silent, rubbish


async def test_a_caller_who_hangs_up_is_told_and_leaves_room(worker: Worker, service: Service) -> None:
    for after in (0.0, 0.1):
        uuid = new_uuid()
        await service.expect(uuid)
        caller = await worker.caller(uuid)
        await caller.be_silent(after)
        await caller.hang_up()
        assert (await service.ending(uuid)).ending is Ending.AWAY
    await answers(worker, service)


async def test_half_a_frame_and_then_the_end(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid)
    caller = await worker.caller(uuid)
    caller.write(encoded(Kind.AUDIO, bytes(320))[:100])
    await caller.hang_up()
    assert (await service.ending(uuid)).ending is Ending.AWAY


async def test_nobody_connects_in_time(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid)
    assert (await service.ending(uuid, within=4)).ending is Ending.AWAY
    caller = await worker.caller(uuid)
    async with asyncio.timeout(1):
        await caller.closed.wait()


async def test_a_connection_that_never_says_who_it_is(worker: Worker, service: Service) -> None:
    caller = await worker.caller()
    async with asyncio.timeout(3):
        await caller.closed.wait()
    await answers(worker, service)


async def test_a_caller_whose_sound_stops_is_silent_not_waited_for(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, seconds=0.5)
    await worker.caller(uuid)
    assert (await service.ending(uuid, within=3)).ending is Ending.SILENCE


async def test_silence_is_silence(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, phrases=phrases(), seconds=1.0)
    caller = await worker.caller(uuid)
    quiet = asyncio.ensure_future(caller.be_silent())
    assert (await service.ending(uuid)).ending is Ending.SILENCE
    await quiet


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        bytes(100),
        b"\xff" * 1000,
        encoded(Kind.AUDIO, bytes(320)),
        encoded(Kind.UUID, bytes(15)),
        encoded(Kind.UUID, bytes(16)),
    ],
    ids=["http", "zeros", "ones", "sound before its uuid", "short uuid", "unknown uuid"],
)
async def test_rubbish_is_hung_up_on(worker: Worker, service: Service, data: bytes) -> None:
    caller = await worker.caller()
    caller.write(data)
    async with asyncio.timeout(1):
        await caller.closed.wait()
    await answers(worker, service)


@pytest.mark.parametrize(
    "data", [b"\x10\xff\xff" + bytes(1000), encoded(Kind.ERROR, b"\x01"), encoded(Kind.END), bytes(3) * 50]
)
async def test_what_ends_a_question_for_keys(worker: Worker, service: Service, data: bytes) -> None:
    uuid = new_uuid()
    await service.expect(uuid)
    caller = await worker.caller(uuid)
    caller.write(data)
    assert (await service.ending(uuid, within=2)).ending is Ending.AWAY
    assert service.times_ended[uuid] == 1


async def test_sound_faster_than_it_can_be_spoken(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid)
    caller = await worker.caller(uuid)
    caller.write(encoded(Kind.AUDIO, bytes(8000)) * 40)
    assert (await service.ending(uuid, within=2)).ending is Ending.AWAY
    await answers(worker, service)


async def test_unknown_kinds_odd_and_large_frames_are_taken_as_they_come(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, phrases=phrases())
    caller = await worker.caller(uuid)
    pcm = clip("人工").pcm + bytes(16000)
    at, step = 0, [2, 318, 640, 960, 7, 33, 320]
    turn = 0
    while at < len(pcm) and not caller.closed.is_set():
        size = step[turn % len(step)]
        caller.write(encoded(Kind.AUDIO, pcm[at : at + size]) + b"\x42\x00\x02hi" + encoded(Kind.KEY, b"\xff"))
        await asyncio.sleep(size / 16000)
        at, turn = at + size, turn + 1
    heard = await service.ending(uuid)
    assert (heard.ending, heard.words) == (Ending.WORDS, "人工")


async def test_thousands_of_strangers_leave_memory_as_it_was(worker: Worker, service: Service) -> None:
    seeded = random.Random(7)

    async def stranger() -> None:
        caller = await worker.caller()
        kind = seeded.choice([0, 1, 3, 16, 18, 255])
        caller.write(bytes((kind,)) + seeded.randbytes(seeded.randrange(0, 600)))
        await caller.hang_up()

    async def flood(times: int) -> None:
        for _ in range(times // 20):
            await asyncio.gather(*(stranger() for _ in range(20)))

    await flood(1000)
    before = worker.resident_kib
    await flood(3000)
    assert worker.resident_kib - before < 2048
    await answers(worker, service)


async def test_rubbish_at_the_control_door(worker: Worker, service: Service) -> None:
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x00\x05hello\x00\x05world" * 60000, b"\xff" * 1000):
        reader, writer = await asyncio.open_connection("127.0.0.1", worker.control_port)
        writer.write(data)
        try:
            async with asyncio.timeout(4):
                await reader.read()
        except ConnectionError:
            pass
        writer.close()
    await answers(worker, service)


# --------------------------------------------------------------------------------------------- words, keys


async def test_what_is_heard_is_what_the_bare_model_hears(worker: Worker, service: Service) -> None:
    """The worker waits for silence where the clip ends, so the model is given the same silence."""
    bare, grammar = Recognizer(MODEL), phrases()
    chosen = clips("real", "real-seen-speaker")[::3]

    def alone(pcm: bytes) -> str:
        stream = bare.stream(grammar)
        for start in range(0, len(pcm), 3200):
            stream.feed(pcm[start : start + 3200])
        return stream.finish().words

    async def by_worker(pcm: bytes) -> Heard:
        uuid = new_uuid()
        assert await service.expect(uuid, phrases=grammar, seconds=3.0) is Refusal.NONE
        caller = await worker.caller(uuid)
        await caller.speak(pcm + bytes(48000))
        return await service.ending(uuid)

    for start in range(0, len(chosen), 4):
        some = chosen[start : start + 4]
        theirs = [alone(clip.pcm) for clip in some]
        ours = await asyncio.gather(*(by_worker(clip.pcm) for clip in some))
        assert [heard.words for heard in ours] == theirs, ours


async def test_a_key_ends_the_question_at_once_and_others_do_not(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, prompts=["cc/long"], keys="12")
    caller = await worker.caller(uuid)
    await caller.be_silent(0.5)
    caller.press("9")
    await caller.be_silent(0.3)
    assert not caller.closed.is_set()
    pressed = time.monotonic()
    caller.press("2")
    heard = await service.ending(uuid)
    assert (heard.ending, heard.key) == (Ending.KEY, "2")
    assert time.monotonic() - pressed < 0.2
    assert caller.played[-1][0] - pressed < 0.1


async def test_the_prompt_is_played_whole_and_in_time_to_who_is_silent(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, prompts=["cc/long"], seconds=0.5)
    caller = await worker.caller(uuid)
    quiet = asyncio.ensure_future(caller.be_silent())
    assert (await service.ending(uuid)).ending is Ending.SILENCE
    await quiet
    played = caller.heard[: int(4.0 / 0.02)]
    assert b"".join(frame for _, frame in played) == pcm_of(worker.sounds / "cc" / "long.wav")
    lasted = played[-1][0] - played[0][0]
    assert 3.8 < lasted < 4.3


@pytest.mark.parametrize("begins", [0.4, 1.5])
async def test_the_prompt_stops_when_she_speaks(worker: Worker, service: Service, begins: float) -> None:
    uuid = new_uuid()
    await service.expect(uuid, prompts=["cc/long"], phrases=phrases())
    caller = await worker.caller(uuid)
    said = clip("人工").pcm
    await caller.be_silent(begins)
    began = asyncio.get_running_loop().time()
    speaking = asyncio.ensure_future(caller.speak(said + bytes(64000)))
    heard = await service.ending(uuid)
    await speaking
    assert (heard.ending, heard.words) == (Ending.WORDS, "人工")
    stopped = caller.played[-1][0] - began - loud_after_seconds(said)
    assert 0 < stopped < 0.3


async def test_the_prompts_own_echo_stops_nothing(worker: Worker, service: Service) -> None:
    """A telephone that sends back what it plays, 12 dB weaker and 0.1 s later."""
    uuid = new_uuid()
    await service.expect(uuid, prompts=["cc/long"], phrases=phrases(), seconds=0.5)
    caller = await worker.caller(uuid)
    echoing = asyncio.ensure_future(caller.echo(after_seconds=0.1))
    heard = await service.ending(uuid)
    await echoing
    assert len(caller.played) >= 190
    assert heard.ending is Ending.SILENCE


async def test_she_who_never_stops_is_heard_to_the_limit(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, phrases=phrases(), longest_seconds=3.0)
    caller = await worker.caller(uuid)
    began = time.monotonic()
    speaking = asyncio.ensure_future(caller.speak(clip("取消").pcm[6000:20000] * 20))
    heard = await service.ending(uuid)
    await speaking
    assert heard.ending in {Ending.WORDS, Ending.UNCLEAR}
    assert 2.5 < time.monotonic() - began < 5


async def test_a_transcript_tells_each_sentence_and_what_is_left(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, Mode.TRANSCRIPT, phrases=phrases())
    caller = await worker.caller(uuid)
    await caller.speak(clip("看病").pcm + bytes(32000) + clip("人工").pcm)
    await caller.hang_up()
    assert (await service.ending(uuid)).ending is Ending.WORDS
    assert [final.words for final in service.finals[uuid]] == ["看病", "人工"]
    assert service.partials[uuid]


# --------------------------------------------------------------------------------------------- its limits


async def test_full_is_said_and_room_comes_back(worker: Worker, service: Service) -> None:
    uuids = [new_uuid() for _ in range(6)]
    callers = []
    for uuid in uuids:
        assert await service.expect(uuid, seconds=30.0) is Refusal.NONE
        callers.append(await worker.caller(uuid))
    for _ in range(6):
        assert await service.expect(new_uuid()) is Refusal.FULL
    await callers[0].hang_up()
    await service.ending(uuids[0])
    assert await service.expect(new_uuid()) is Refusal.NONE


async def test_orders_that_cannot_be_met(worker: Worker, service: Service) -> None:
    for fields in (
        {"prompts": ["cc/nothing"]},
        {"prompts": ["../../etc/passwd"]},
        {"keys": "x"},
        {"seconds": float("nan")},
        {"phrases": ["好" * 100]},
    ):
        assert await service.expect(new_uuid(), **fields) is Refusal.UNUSABLE
    await answers(worker, service)


async def test_one_uuid_has_one_connection(worker: Worker, service: Service) -> None:
    uuid = new_uuid()
    await service.expect(uuid, phrases=phrases())
    caller = await worker.caller(uuid)
    await caller.be_silent(0.1)
    second = await worker.caller(uuid)
    async with asyncio.timeout(1):
        await second.closed.wait()
    assert not caller.closed.is_set()
    assert await service.expect(uuid) is Refusal.UNUSABLE


async def test_a_service_that_hangs_loses_its_sockets_in_two_seconds(worker: Worker, service: Service) -> None:
    other = await worker.service()
    mine, theirs = new_uuid(), new_uuid()
    await other.expect(mine, seconds=30.0)
    await service.expect(theirs, seconds=30.0)
    lost, kept = await worker.caller(mine), await worker.caller(theirs)
    other.hung()
    stopped = time.monotonic()
    async with asyncio.timeout(4):
        await lost.closed.wait()
    assert time.monotonic() - stopped <= 2.2
    assert not kept.closed.is_set()
    await other.lost.wait()


async def test_a_service_that_goes_loses_its_sockets_at_once(worker: Worker, service: Service) -> None:
    other = await worker.service()
    uuid = new_uuid()
    await other.expect(uuid, seconds=30.0)
    caller = await worker.caller(uuid)
    await caller.be_silent(0.1)
    await other.close()
    async with asyncio.timeout(0.5):
        await caller.closed.wait()


async def test_only_who_ordered_may_cancel(worker: Worker, service: Service) -> None:
    from ivr.ears.commands import Cancel

    other = await worker.service()
    uuid = new_uuid()
    await service.expect(uuid, seconds=30.0)
    caller = await worker.caller(uuid)
    await caller.be_silent(0.1)
    await other.ask(Cancel, uuid=uuid)
    await caller.be_silent(0.1)
    assert not caller.closed.is_set()
    await service.ask(Cancel, uuid=uuid)
    async with asyncio.timeout(0.5):
        await caller.closed.wait()
    await other.close()


async def test_sigterm_ends_every_stream_and_tells_its_service(worker: Worker) -> None:
    service = await worker.service()
    uuid = new_uuid()
    await service.expect(uuid, seconds=30.0)
    caller = await worker.caller(uuid)
    await caller.be_silent(0.1)
    worker.process.send_signal(signal.SIGTERM)
    assert (await service.ending(uuid, within=2)).ending is Ending.AWAY
    async with asyncio.timeout(3):
        await caller.closed.wait()
        assert await worker.process.wait() == 0
    service.hung()


async def test_without_a_model_it_says_so_and_stays(tmp_path: Path) -> None:
    async with worker_process(tmp_path, model=tmp_path / "no model") as deaf:
        service = await deaf.service()
        assert await service.expect(new_uuid()) is Refusal.DEAF
        await service.close()


def loud_after_seconds(pcm: bytes) -> float:
    """When the voice in a recording begins."""
    from ivr.ears.loudness import dbfs, samples_of

    levels = [dbfs(samples_of(pcm[i : i + 320])) for i in range(0, len(pcm) - 319, 320)]
    loudest = max(levels)
    return next(place for place, level in enumerate(levels) if level > loudest - 20) * 0.02


async def test_a_worker_that_is_killed_lets_go_of_everybody_at_once(tmp_path: Path) -> None:
    async with worker_process(tmp_path) as doomed:
        service = await doomed.service()
        uuid = new_uuid()
        await service.expect(uuid, phrases=phrases())
        caller = await doomed.caller(uuid)
        await caller.speak(clip("人工").pcm[:16000])
        doomed.process.kill()
        async with asyncio.timeout(0.5):
            await caller.closed.wait()
            await service.lost.wait()
        await doomed.process.wait()
        service.hung()
