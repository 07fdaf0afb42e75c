"""What systemd hears, and how soon a dying service is started again."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.app.systemd import Systemd
from callcenter.app.watchdog import RESTART_WAITS_SECONDS, beat
from callcenter.config.process import Watchdog


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield systemd


def test_a_fact_is_one_datagram(heard: socket.socket) -> None:
    Systemd().tell("READY=1\nSTATUS=serving")
    assert heard.recv(100) == b"READY=1\nSTATUS=serving"


def test_an_abstract_socket_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0callcenter-test-{os.getpid()}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@callcenter-test-{os.getpid()}")
        Systemd().tell("STOPPING=1")
        assert systemd.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("address", ["", "/nonexistent/notify", "@nobody-listens-here", "x" * 500])
def test_nobody_to_tell_is_no_fault(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "300000")
    Systemd().alive(0)


def test_a_full_socket_does_not_hold_us_up(heard: socket.socket) -> None:
    for _ in range(10_000):
        Systemd().tell("WATCHDOG=1")
    assert heard.recv(100) == b"WATCHDOG=1"


def test_alive_is_said_three_times_in_the_time_systemd_grants(
    heard: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    systemd = Systemd()
    for moment in (100.0, 100.5, 101.0, 101.9, 102.0):
        systemd.alive(moment)
    assert [heard.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    with pytest.raises(BlockingIOError):
        heard.recv(100)


@pytest.mark.parametrize(("usec", "pid"), [("", "self"), ("soon", "self"), ("3000000", "1")])
def test_a_watchdog_that_is_not_for_us_hears_nothing(
    heard: socket.socket, monkeypatch: pytest.MonkeyPatch, usec: str, pid: str
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "self" else pid)
    Systemd().alive(100)
    with pytest.raises(BlockingIOError):
        heard.recv(100)


def test_the_first_new_start_is_immediate_and_no_wait_is_above_two_seconds() -> None:
    assert RESTART_WAITS_SECONDS[0] == 0
    assert list(RESTART_WAITS_SECONDS) == sorted(RESTART_WAITS_SECONDS)
    assert RESTART_WAITS_SECONDS[-1] == 2


async def test_a_service_that_nobody_watches_beats_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLCENTER_BEAT_FD", raising=False)
    task = asyncio.create_task(beat(Watchdog()))
    done, _ = await asyncio.wait([task], timeout=0.05)
    assert not done
    task.cancel()


async def test_beats_go_on_when_the_parent_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.write(writing, b"." * 65536)
    monkeypatch.setenv("CALLCENTER_BEAT_FD", str(writing))
    task = asyncio.create_task(beat(Watchdog(beat_seconds=0.01)))
    try:
        done, _ = await asyncio.wait([task], timeout=0.05)
        assert not done
        assert len(os.read(reading, 65536)) == 65536
        async with asyncio.timeout(5):
            while not await asyncio.to_thread(os.read, reading, 1):
                pass
    finally:
        task.cancel()
        os.close(reading)
        os.close(writing)
