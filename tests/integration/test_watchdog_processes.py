"""The watchdog with real processes: what dies, hangs or loops is alive again in seconds."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

PARENT = """
import sys
from callcenter import logs
from callcenter.app.watchdog import watch
from callcenter.config.process import Logging, Watchdog
logs.configure(Logging(format="plain"))
section = Watchdog(beat_seconds=0.1, hung_after_seconds=1, start_within_seconds=5, stop_within_seconds=1)
beside = {"other": [sys.executable, "-c", sys.argv[2]]} if sys.argv[2:] else {}
sys.exit(watch([sys.executable, "-c", sys.argv[1]], section, beside))
"""

SERVICE = """
import asyncio, os, signal, sys, time
from callcenter.app.watchdog import beat
from callcenter.config.process import Watchdog
def say(words):
    os.write(1, f"{{words}}\\n".encode())  # at once: others write to the same pipe
async def serve():
    loop = asyncio.get_running_loop()
    beating = loop.create_task(beat(Watchdog(beat_seconds=0.1)))
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, {on_sigterm})
    loop.add_signal_handler(signal.SIGUSR1, lambda: time.sleep(3600))
    loop.add_signal_handler(signal.SIGUSR2, beating.cancel)
    say(f"serving {{os.getpid()}}")
    await stop.wait()
    say(f"stopped {{os.getpid()}}")
    sys.exit({status})
asyncio.run(serve())
"""
GOOD = SERVICE.format(on_sigterm="stop.set", status=0)
OTHER = GOOD.replace('"serving ', '"other ').replace('"stopped ', '"other stopped ')
DEAF = SERVICE.format(on_sigterm="lambda: None", status=0)


class Watched:
    """A watching parent, and what it and its children say."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self, wanted: str, *, within_seconds: float = 30.0) -> re.Match[str]:
        assert self.process.stdout
        async with asyncio.timeout(within_seconds):
            while said := (await self.process.stdout.readline()).decode():
                if found := re.search(wanted, said):
                    return found
        raise AssertionError(f"it ended without saying {wanted}")

    async def serving(self, *, within_seconds: float = 10.0) -> int:
        return int((await self.line(r"^serving (\d+)", within_seconds=within_seconds))[1])

    async def end(self, *, within_seconds: float = 5.0) -> int:
        return await asyncio.wait_for(self.process.wait(), within_seconds)


Start = Callable[..., Awaitable[Watched]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    parents: list[asyncio.subprocess.Process] = []

    async def started(*services: str, **environment: str) -> Watched:
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PARENT, *services),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        parents.append(parent)
        return Watched(parent)

    yield started
    for parent in parents:
        with suppress(ProcessLookupError):
            parent.kill()
        if parent.stdout:
            await parent.stdout.read()
        await parent.wait()


async def gone(pid: int, *, within_seconds: float = 5.0) -> None:
    """Waits for the end of a process that is not our child."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(pidfd, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), within_seconds)
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)


@pytest.mark.parametrize(
    ("how", "seconds"),
    [
        (signal.SIGKILL, 0.0),  # dead
        (signal.SIGSEGV, 0.0),  # crashed
        (signal.SIGSTOP, 1.0),  # stopped
        (signal.SIGUSR1, 1.0),  # its loop is blocked
        (signal.SIGUSR2, 1.0),  # its beat has ended
    ],
)
async def test_a_dead_or_hung_service_is_replaced(start: Start, how: signal.Signals, seconds: float) -> None:
    watched = await start(GOOD)
    first = await watched.serving()
    await asyncio.sleep(0.3)  # a few beats
    os.kill(first, how)
    at = time.monotonic()
    await gone(first)
    assert time.monotonic() - at == pytest.approx(seconds, abs=0.5)
    assert await watched.serving() != first


async def test_a_busy_loop_is_killed(start: Start) -> None:
    watched = await start(GOOD.replace("await stop.wait()", "await asyncio.sleep(0.3)\n    while True: pass"))
    first = await watched.serving()
    await gone(first, within_seconds=3)
    assert await watched.serving() != first


async def test_a_service_that_never_begins_to_beat_is_killed(start: Start) -> None:
    watched = await start("import os, time; print('serving', os.getpid(), flush=True); time.sleep(3600)")
    first = await watched.serving()
    await watched.line("service_hung", within_seconds=8)
    assert await watched.serving() != first


async def test_a_crash_loop_is_tried_again_and_again_with_growing_waits(start: Start) -> None:
    watched = await start("import sys; sys.exit(3)")
    waits = [float((await watched.line(r"again_in_seconds=([\d.]+)"))[1]) for _ in range(7)]
    assert waits == [0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 2.0]
    watched.process.terminate()  # while it waits
    assert await watched.end(within_seconds=1) == 0


async def test_a_faulty_configuration_is_not_tried_again(start: Start) -> None:
    watched = await start(f"import sys; sys.exit({os.EX_CONFIG})")
    assert await watched.end() == os.EX_CONFIG


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_stop_it_lets_the_service_end_in_order(start: Start, how: signal.Signals) -> None:
    watched = await start(GOOD)
    pid = await watched.serving()
    watched.process.send_signal(how)
    assert int((await watched.line(r"^stopped (\d+)"))[1]) == pid
    assert await watched.end() == 0


async def test_the_status_of_the_service_is_the_status_of_the_whole(start: Start) -> None:
    watched = await start(SERVICE.format(on_sigterm="stop.set", status=7))
    await watched.serving()
    watched.process.terminate()
    assert await watched.end() == 7


async def test_a_service_that_does_not_stop_in_time_is_killed(start: Start) -> None:
    watched = await start(DEAF)
    await watched.serving()
    at = time.monotonic()
    watched.process.terminate()
    assert await watched.end() == 128 + signal.SIGKILL
    assert time.monotonic() - at == pytest.approx(1.0, abs=0.7)


async def test_a_second_signal_does_not_wait(start: Start) -> None:
    watched = await start(DEAF)
    await watched.serving()
    watched.process.terminate()
    await watched.line("service_stopping")
    watched.process.terminate()
    assert await watched.end(within_seconds=0.9) == 128 + signal.SIGKILL


@pytest.mark.parametrize("stopped", [False, True])
async def test_the_service_never_outlives_its_parent(start: Start, stopped: bool) -> None:
    watched = await start(GOOD)
    pid = await watched.serving()
    if stopped:
        os.kill(pid, signal.SIGSTOP)
    watched.process.kill()
    await gone(pid, within_seconds=2)


async def test_a_parent_that_slept_does_not_blame_the_service(start: Start) -> None:
    watched = await start(GOOD)
    pid = await watched.serving()
    watched.process.send_signal(signal.SIGSTOP)
    os.kill(pid, signal.SIGSTOP)  # as if the whole machine stood still
    await asyncio.sleep(2.5)
    watched.process.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.3)
    os.kill(pid, signal.SIGCONT)
    watched.process.terminate()
    assert int((await watched.line(r"^stopped (\d+)"))[1]) == pid


def open_files(pid: int) -> set[str]:
    """What it holds; a file that it closes while we look (a program that has just begun reads libraries) is none."""
    held = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            held.add(os.readlink(link))
    return held


async def test_what_the_service_starts_does_not_hold_the_pipe_open(start: Start) -> None:
    program = "import subprocess; subprocess.Popen(['sleep', '3600'], close_fds=False)\n    await stop.wait()"
    watched = await start(GOOD.replace("await stop.wait()", f"await asyncio.sleep(0)\n    {program}"))
    pid = await watched.serving()
    async with asyncio.timeout(5):
        while not (started := Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
            await asyncio.sleep(0.02)
        while Path(f"/proc/{started[0]}/comm").read_text() != "sleep\n":  # until then it holds what we hold
            await asyncio.sleep(0.02)
    try:
        pipes, held = open_files(watched.process.pid), open_files(int(started[0]))
    finally:  # what lives on holds the output that the end of this test waits for
        os.kill(int(started[0]), signal.SIGKILL)
    assert not {link for link in pipes & held if link.startswith("pipe:")} - {
        os.readlink(f"/proc/{watched.process.pid}/fd/{fd}") for fd in (0, 1, 2)
    }


async def test_systemd_hears_of_the_start_the_beats_and_the_end(start: Start, tmp_path: Path) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    class Systemd(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            heard.put_nowait(data.decode())

    pipe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    pipe.bind(str(tmp_path / "notify"))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Systemd, sock=pipe)
    try:
        watched = await start(GOOD, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="600000")
        said: list[str] = []
        async with asyncio.timeout(10):
            while said.count("WATCHDOG=1") < 4 or not any(word.startswith("READY=1") for word in said):
                said.append(await heard.get())
            watched.process.terminate()
            while "STOPPING=1" not in said:
                said.append(await heard.get())
        assert said.count("READY=1\nSTATUS=serving") == 1
    finally:
        transport.close()


async def both(watched: Watched) -> tuple[int, int]:
    """The processes of the service and of what runs beside it, whoever is first."""
    said = [await watched.line(r"^(serving|other) (\d+)") for _ in range(2)]
    pids = {match[1]: int(match[2]) for match in said}
    return pids["serving"], pids["other"]


async def test_what_runs_beside_the_service_does_not_end_with_it(start: Start) -> None:
    watched = await start(GOOD, OTHER)
    service, other = await both(watched)
    os.kill(service, signal.SIGKILL)
    assert await watched.serving() != service
    assert Path(f"/proc/{other}").exists()
    watched.process.terminate()
    assert int((await watched.line(r"^other stopped (\d+)"))[1]) == other
    assert await watched.end() == 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_what_dies_or_hangs_beside_the_service_is_replaced_and_the_service_untouched(
    start: Start, how: signal.Signals
) -> None:
    watched = await start(GOOD, OTHER)
    service, other = await both(watched)
    await asyncio.sleep(0.3)  # a few beats
    os.kill(other, how)
    assert int((await watched.line(r"^other (\d+)"))[1]) != other
    watched.process.terminate()
    assert int((await watched.line(r"^stopped (\d+)"))[1]) == service


async def test_what_cannot_start_beside_the_service_costs_it_nothing(start: Start) -> None:
    watched = await start(GOOD, f"import sys; sys.exit({os.EX_CONFIG})")
    service = await watched.serving()
    for _ in range(3):
        await watched.line("other_ended")
    watched.process.terminate()
    assert int((await watched.line(r"^stopped (\d+)"))[1]) == service
    assert await watched.end() == 0


async def test_nothing_beside_the_service_outlives_the_parent(start: Start) -> None:
    watched = await start(GOOD, OTHER)
    pids = await both(watched)
    watched.process.kill()
    for pid in pids:
        await gone(pid, within_seconds=2)


async def test_a_faulty_configuration_ends_what_runs_beside(start: Start, tmp_path: Path) -> None:
    found = tmp_path / "found"
    faulty = f"""
import pathlib, sys, time
while not pathlib.Path({str(found)!r}).exists():
    time.sleep(0.02)
sys.exit({os.EX_CONFIG})
"""
    watched = await start(faulty, OTHER)
    other = int((await watched.line(r"^other (\d+)"))[1])
    found.touch()
    assert await watched.end() == os.EX_CONFIG
    await gone(other)
