"""What is counted, and what /metrics and /healthz say, over real HTTP."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import aiohttp
import pytest

from callcenter.app.free_port import free_port
from callcenter.app.health import Part, health_app, open_web
from callcenter.app.metrics import Metrics
from callcenter.config.process import Web
from callcenter.domain.calls import Key, LegOutcome, Offer, Role
from callcenter.domain.emergencies import Attended, Closed, Waiting

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def waiting(opened_at: datetime = START, key: Key = Key.RED, number: int = 1) -> Waiting:
    return Waiting(
        id=UUID(int=number),
        elder=None,
        key=key,
        ladder="default",
        room="r",
        node="n",
        opened_at=opened_at,
        due_at=opened_at,
    )


def claimed(emergency: Waiting, seconds: float, role: Role = Role.AGENT) -> Attended:
    return emergency.claimed(by="a", role=role, offer=None, now=after(seconds), review_seconds=30)


def closed(emergency: Attended) -> Closed:
    return emergency.closed(by="a", disposition="helped_by_phone", note="", now=after(60))


def value(metrics: Metrics, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", metrics.text().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(START)


def test_a_life_is_counted_once_however_often_it_is_told(metrics: Metrics) -> None:
    for emergency in (
        waiting(),
        waiting(),
        claimed(waiting(), 12),
        claimed(waiting(), 12),
        closed(claimed(waiting(), 12)),
    ):
        metrics.emergency_changed(emergency)
    assert value(metrics, 'callcenter_emergencies_opened_total{key="red"}') == 1
    assert value(metrics, 'callcenter_emergencies_claimed_total{role="agent"}') == 1
    assert value(metrics, 'callcenter_emergencies_closed_total{disposition="helped_by_phone"}') == 1
    assert value(metrics, 'callcenter_seconds_to_claim_sum{key="red"}') == 12
    assert value(metrics, 'callcenter_seconds_to_claim_bucket{key="red",le="10.0"}') == 0
    assert value(metrics, 'callcenter_seconds_to_claim_bucket{key="red",le="15.0"}') == 1
    assert value(metrics, "callcenter_emergencies_open") == 0


def test_a_second_claim_counts_but_the_time_is_that_of_the_first(metrics: Metrics) -> None:
    first = claimed(waiting(), 10)
    lost = first.lost(after(20))
    for emergency in (waiting(), first, lost, claimed(lost, 25, Role.CONTACT)):
        metrics.emergency_changed(emergency)
    assert value(metrics, 'callcenter_emergencies_claimed_total{role="contact"}') == 1
    assert value(metrics, "callcenter_responders_lost_total") == 1
    assert value(metrics, 'callcenter_seconds_to_claim_count{key="red"}') == 1
    assert value(metrics, 'callcenter_seconds_to_claim_sum{key="red"}') == 10
    assert value(metrics, "callcenter_emergencies_open") == 1


def test_what_was_there_before_the_start_is_open_but_was_not_opened_now(metrics: Metrics) -> None:
    old = waiting(after(-100))
    metrics.emergency_changed(replace(claimed(old, -90), presses=2))
    metrics.emergency_changed(waiting(after(-50), Key.GREEN, number=2))
    assert value(metrics, 'callcenter_emergencies_opened_total{key="red"}') == 0
    assert value(metrics, 'callcenter_emergencies_opened_total{key="green"}') == 0
    assert value(metrics, 'callcenter_emergencies_claimed_total{role="agent"}') == 0
    assert value(metrics, "callcenter_emergencies_open") == 2


def test_offers_are_counted_by_role_and_outcome(metrics: Metrics) -> None:
    offer = Offer(
        id=UUID(int=3), emergency=UUID(int=1), role=Role.CONTACT, target="t", destination="PJSIP/1", round=1, rung=0,
        claims=True, started_at=START, ring_seconds=30, outcome=LegOutcome.NO_ANSWER,
    )  # fmt: skip
    metrics.offer_ended(offer)
    metrics.offer_ended(offer)
    assert value(metrics, 'callcenter_offers_total{outcome="no_answer",role="contact"}') == 2


def test_a_gauge_is_read_when_it_is_asked_for(metrics: Metrics) -> None:
    calls = 3
    metrics.show("calls_in_progress", "Calls a story serves now", lambda: calls)
    assert value(metrics, "callcenter_calls_in_progress") == 3
    calls = 4
    assert value(metrics, "callcenter_calls_in_progress") == 4


async def test_a_blocked_loop_is_seen(metrics: Metrics) -> None:
    task = asyncio.create_task(metrics.measure_loop_lag())
    await asyncio.sleep(0)
    time.sleep(0.8)
    async with asyncio.timeout(5):
        while not value(metrics, "callcenter_loop_lag_seconds_count"):
            await asyncio.sleep(0.01)
    task.cancel()
    assert value(metrics, "callcenter_loop_lag_seconds_sum") == pytest.approx(0.3, abs=0.15)


async def test_health_names_each_part_and_is_503_when_a_needed_one_is_away(metrics: Metrics) -> None:
    state = {"storage": True, "asterisk": True, "redis": False}
    parts = [
        Part(name="storage", ok=lambda: state["storage"]),
        Part(name="asterisk", ok=lambda: state["asterisk"]),
        Part(name="redis", ok=lambda: state["redis"], needed=False),
    ]
    section = Web(port=free_port())
    base = f"http://127.0.0.1:{section.port}"
    async with open_web(section, health_app(metrics, parts)), aiohttp.ClientSession(base) as client:
        async with client.get("/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ok": True, "parts": state})
        state["asterisk"] = False
        async with client.get("/healthz") as answer:
            assert (answer.status, await answer.json()) == (503, {"ok": False, "parts": state})
        async with client.get("/metrics") as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            assert b"callcenter_emergencies_open 0.0" in await answer.read()
        async with client.get("/") as answer:
            assert answer.status == 404
        async with client.post("/healthz") as answer:
            assert answer.status == 405


@pytest.mark.parametrize(
    "sent", [b"", b"\x00\xff" * 50 + b"\r\n\r\n", b"GET " + b"/" * 100_000, b"GET /healthz HTTP/1.1\r\n"]
)
async def test_an_end_silence_or_rubbish_leaves_the_next_one_served(metrics: Metrics, sent: bytes) -> None:
    section = Web(port=free_port())
    async with open_web(section, health_app(metrics, [])), aiohttp.ClientSession() as client:
        _, writer = await asyncio.open_connection("127.0.0.1", section.port)
        writer.write(sent)
        async with client.get(f"http://127.0.0.1:{section.port}/healthz") as answer:
            assert answer.status == 200
        writer.close()


async def test_a_port_that_is_taken_is_an_error(metrics: Metrics) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            async with open_web(Web(port=taken.getsockname()[1]), health_app(metrics, [])):
                pass
