"""The parent of `callcenter run`: it watches the service by a pipe that the service's loop beats, kills one that hangs
and starts one that has ended, and nothing else, so that nothing in it can break. What must not end with the service
(the console's door) is watched beside it, in the same way.

    parent   watch([sys.executable, "-m", "callcenter", "serve"], config.watchdog, {"door": […, "door"]})
    child    asyncio.create_task(beat(config.watchdog))
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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


def watch(command: Sequence[str], section: Watchdog, beside: Mapping[str, Sequence[str]] | None = None) -> int:
    """Keeps `command` running until SIGTERM or SIGINT; returns the exit status for the shell.

    A child that does not beat for `hung_after_seconds` (stopped, looping, blocked) is killed. The first new start is
    immediate; a child that keeps dying within seconds is started at growing intervals of at most two seconds. It gets
    SIGTERM, and SIGKILL after `stop_within_seconds` or at a second signal. It never outlives this process. Tells
    systemd, when it is there, that we are ready, alive, stopping. Must be called in the main thread.

    The commands of `beside`, by name, are kept running likewise until the end of `command`. Neither touches the other.
    """
    with _signals_as_bytes() as signals:
        return _Watch(command, section, signals, beside or {}).run()


class _Watch:
    def __init__(
        self, command: Sequence[str], section: Watchdog, signals: int, beside: Mapping[str, Sequence[str]]
    ) -> None:
        self._systemd = Systemd()
        self._service = _Life("service", command, section, self._serving)
        self._lives = (self._service, *(_Life(name, each, section) for name, each in beside.items()))
        self._signals = signals
        self._code: int | None = None  #: of the whole, as soon as there is nothing to start any more

    def run(self) -> int:
        while True:
            asleep = time.monotonic()
            for life in self._lives:
                life.start_if_due(asleep)
            ready = self._sleep(asleep)
            now = time.monotonic()
            self._systemd.alive(now)
            if self._signals in ready:
                self._stop(now)
            elif now - asleep > _LOOK_SECONDS + _OVERSLEPT_SECONDS:
                for life in self._lives:
                    life.forgive(now)
            for life in self._lives:
                status = life.look(ready, now)
                if status is not None and life is self._service:
                    self._ended(status, now)
            if self._code is not None and not any(life.child for life in self._lives):
                log.info("service_stopped", status=self._code)
                return self._code if self._code >= 0 else 128 - self._code

    def _sleep(self, now: float) -> set[int]:
        """Until something happens or is due; which descriptors can be read."""
        watched = select.poll()
        for source in (self._signals, *(source for life in self._lives for source in life.sources)):
            watched.register(source, select.POLLIN)
        due = min(life.due for life in self._lives)
        return {source for source, _ in watched.poll(1000 * max(0.0, min(_LOOK_SECONDS, due - now)))}

    def _serving(self) -> None:
        self._systemd.tell("READY=1\nSTATUS=serving")

    def _ended(self, status: int, now: float) -> None:
        if self._service.stopping or status == FAULTY_CONFIGURATION:
            self._code = status
            for life in self._lives:
                life.stop(now)
        else:
            self._systemd.tell("STATUS=restarting")

    def _stop(self, now: float) -> None:
        for _ in os.read(self._signals, 64):
            if not self._service.stopping:
                log.info("service_stopping", pid=self._service.child and self._service.child.pid)
                self._systemd.tell("STOPPING=1")
                if self._service.child is None:  # told so between two lives
                    self._code = 0
                for life in self._lives:
                    life.stop(now)
            else:
                for life in self._lives:
                    life.kill()


class _Life:
    """One command kept running: the child it has now, or when it gets the next."""

    def __init__(
        self, name: str, command: Sequence[str], section: Watchdog, beats: Callable[[], None] = lambda: None
    ) -> None:
        self._name, self._command, self._section, self._beats = name, command, section, beats
        self.child: _Child | None = None
        self.due = 0.0  #: monotonic: when the child must have given a sign, or the next one is started
        self.stopping = False
        self._started, self._short_lives = 0.0, 0
        self._beating = self._closed = False

    @property
    def sources(self) -> tuple[int, ...]:
        if self.child is None:
            return ()
        return (self.child.ended,) if self._closed else (self.child.ended, self.child.beats)

    def start_if_due(self, now: float) -> None:
        if self.child is not None or self.stopping or now < self.due:
            return
        self.child = _Child(self._command)
        self._started, self.due = now, now + self._section.start_within_seconds
        self._beating = self._closed = False
        log.info(f"{self._name}_started", pid=self.child.pid)

    def look(self, ready: set[int], now: float) -> int | None:
        """The exit status, negative for a signal, if it has ended. One that gave no sign in time is killed."""
        child = self.child
        if child is None:
            return None
        if child.ended in ready:
            return self._end(child, now)
        if not self._closed and child.beats in ready:
            self._beat(child, now)
        elif now >= self.due and not child.killed:
            log.error(f"{self._name}_hung", pid=child.pid, stopping=self.stopping)
            child.kill()
        return None

    def stop(self, now: float) -> None:
        """Orderly, if it can be in time; no other child is started."""
        if not self.stopping:
            self.stopping = True
            self.due = now + self._section.stop_within_seconds if self.child else float("inf")
            if self.child is not None:
                self.child.terminate()

    def forgive(self, now: float) -> None:
        """We slept, and so may it have."""
        if self.child is not None:
            self.due = max(self.due, now + self._section.hung_after_seconds)

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()

    def _beat(self, child: _Child, now: float) -> None:
        if not os.read(child.beats, 65536):
            self._closed = True  # no beat will come any more, and the time runs
        elif not self.stopping:
            self.due = now + self._section.hung_after_seconds
            if not self._beating:
                self._beating = True
                self._beats()

    def _end(self, child: _Child, now: float) -> int:
        status = child.close()
        self.child = None
        self.due = float("inf")
        if self.stopping:
            return status
        lived = now - self._started
        self._short_lives = 0 if lived >= _LIVED_SECONDS else self._short_lives + 1
        wait = RESTART_WAITS_SECONDS[min(max(self._short_lives - 1, 0), len(RESTART_WAITS_SECONDS) - 1)]
        self.due = now + wait
        log.error(f"{self._name}_ended", status=status, lived_seconds=round(lived, 1), again_in_seconds=wait)
        return status


class _Child:
    """One process. It is there from the beginning; `close` gives back what it held."""

    def __init__(self, command: Sequence[str]) -> None:
        self.killed = False
        self.beats, beating = os.pipe()
        try:
            self._process = subprocess.Popen(
                command,
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

    def close(self) -> int:
        """The exit status; one that still runs is killed."""
        self.kill()
        status = self._process.wait()
        os.close(self.ended)
        os.close(self.beats)
        return status

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
