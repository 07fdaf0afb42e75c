"""The parent of `callcenter run`: it watches the service by a pipe that the service's loop beats, kills one that hangs
and starts one that has ended, and nothing else, so that nothing in it can break.

    parent   watch([sys.executable, "-m", "callcenter", "run", "--child"], config.watchdog)
    child    asyncio.create_task(beat(config.watchdog))
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import structlog

from callcenter.app.systemd import Systemd
from callcenter.config.process import Watchdog
from callcenter.lifeline import die_with

_BEAT_FD: Final = "CALLCENTER_BEAT_FD"

#: An exit with this status means that the configuration is faulty: starting again would not help.
FAULTY_CONFIGURATION: Final = os.EX_CONFIG

#: Waits before the service is started again when it ends within seconds of its start; the last one is kept to.
RESTART_WAITS_SECONDS: Final = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
_LIVED_SECONDS: Final = 10.0  #: who lived so long gets its next start at once

_LOOK_SECONDS: Final = 0.5  #: how often the parent looks up by itself
#: When the parent has overslept by so much, the machine stood still: it cannot blame the child for the silence.
_OVERSLEPT_SECONDS: Final = 1.0

log = structlog.get_logger()


async def beat(section: Watchdog) -> None:
    """Beats from this loop for as long as it turns. In a process without a watching parent it only waits."""
    pipe = int(os.environ.get(_BEAT_FD, "-1"))
    if pipe < 0:
        await asyncio.Event().wait()
    os.set_inheritable(pipe, False)  # what the service starts must not hold the pipe open
    os.set_blocking(pipe, False)
    while True:
        with suppress(BlockingIOError):  # a pipe full of beats says enough
            os.write(pipe, b".")
        await asyncio.sleep(section.beat_seconds)


def watch(command: Sequence[str], section: Watchdog) -> int:
    """Keeps `command` running until SIGTERM or SIGINT; returns the exit status for the shell.

    A child that does not beat for `hung_after_seconds` (stopped, looping, blocked) is killed. The first new start is
    immediate; a child that keeps dying within seconds is started at growing intervals of at most two seconds. It gets
    SIGTERM, and SIGKILL after `stop_within_seconds` or at a second signal. It never outlives this process. Tells
    systemd, when it is there, that we are ready, alive, stopping. Must be called in the main thread.
    """
    with _signals_as_bytes() as signals:
        return _Watch(command, section, signals).run()


class _Watch:
    def __init__(self, command: Sequence[str], section: Watchdog, signals: int) -> None:
        self._command, self._section, self._signals = command, section, signals
        self._systemd = Systemd()
        self._stopping = False

    def run(self) -> int:
        short_lives = 0
        while True:
            started = time.monotonic()
            with _Child(self._command) as child:
                log.info("service_started", pid=child.pid)
                status = self._until_it_ends(child)
            lived = time.monotonic() - started
            if self._stopping or status == FAULTY_CONFIGURATION:
                log.info("service_stopped", status=status)
                return status if status >= 0 else 128 - status
            short_lives = 0 if lived >= _LIVED_SECONDS else short_lives + 1
            wait = RESTART_WAITS_SECONDS[min(max(short_lives - 1, 0), len(RESTART_WAITS_SECONDS) - 1)]
            log.error("service_ended", status=status, lived_seconds=round(lived, 1), again_in_seconds=wait)
            self._systemd.tell("STATUS=restarting")
            if self._told_to_stop_within(wait):
                return 0

    def _until_it_ends(self, child: _Child) -> int:
        """Watches one life; its exit status, negative for a signal."""
        beating = False
        due = time.monotonic() + self._section.start_within_seconds
        watched = select.poll()
        for source in (child.ended, child.beats, self._signals):
            watched.register(source, select.POLLIN)
        while True:
            asleep = time.monotonic()
            ready = dict(watched.poll(1000 * min(_LOOK_SECONDS, max(0.0, due - asleep))))
            now = time.monotonic()
            self._systemd.alive(now)
            if child.ended in ready:
                return child.status()
            if child.beats in ready:
                if not os.read(child.beats, 65536):
                    watched.unregister(child.beats)  # closed: no beat will come, and the time runs
                elif not self._stopping:
                    due = now + self._section.hung_after_seconds
                    if not beating:
                        beating = True
                        self._systemd.tell("READY=1\nSTATUS=serving")
            if self._signals in ready:
                due = self._stop(child, now, due)
            elif now - asleep > _LOOK_SECONDS + _OVERSLEPT_SECONDS:
                due = max(due, now + self._section.hung_after_seconds)
            elif now >= due and not child.killed:
                log.error("service_hung", pid=child.pid, stopping=self._stopping)
                child.kill()

    def _stop(self, child: _Child, now: float, due: float) -> float:
        for _ in os.read(self._signals, 64):
            if self._stopping:
                child.kill()
                continue
            self._stopping = True
            log.info("service_stopping", pid=child.pid)
            self._systemd.tell("STOPPING=1")
            child.terminate()
            due = now + self._section.stop_within_seconds
        return due

    def _told_to_stop_within(self, seconds: float) -> bool:
        watched = select.poll()
        watched.register(self._signals, select.POLLIN)
        due = time.monotonic() + seconds
        while True:
            left = due - time.monotonic()
            if watched.poll(1000 * max(0.0, min(left, _LOOK_SECONDS))):
                return True
            self._systemd.alive(time.monotonic())
            if left <= 0:
                return False


class _Child:
    """One life of the service."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self.killed = False

    def __enter__(self) -> _Child:
        self.beats, beating = os.pipe()
        try:
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, _BEAT_FD: str(beating)},
                pass_fds=(beating,),
                preexec_fn=_dies_with_us(os.getpid()),  # noqa: PLW1509 - this process has one thread
            )
        except BaseException:
            os.close(self.beats)
            raise
        finally:
            os.close(beating)
        self.pid = self._process.pid
        self.ended = os.pidfd_open(self.pid)
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.wait()
        os.close(self.ended)
        os.close(self.beats)

    def status(self) -> int:
        return self._process.wait()

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        """SIGKILL, which ends a stopped process as well. Nothing happens to one that has ended."""
        self.killed = True
        self._process.kill()


def _dies_with_us(parent: int) -> Callable[[], None]:
    return lambda: die_with(parent)


@contextmanager
def _signals_as_bytes() -> Iterator[int]:
    """The reading end of a pipe that gets a byte for each SIGTERM and SIGINT."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def note(_number: int, _frame: FrameType | None) -> None:
        with suppress(BlockingIOError):
            os.write(writing, b"!")

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield reading
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)
