"""Every line carries its call and nobody's life."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from callcenter import logs
from callcenter.config.process import Logging
from callcenter.domain.calls import Key

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    logs.configure(Logging(level="info"))
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_holds_event_level_and_moment(lines: Lines) -> None:
    structlog.get_logger().info("emergency_raised", key=Key.RED)
    [line] = lines()
    assert (line["event"], line["level"], line["key"]) == ("emergency_raised", "info", "red")
    assert line["at"].endswith("Z")


def test_a_level_that_is_off_writes_nothing(lines: Lines) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("aiohttp").debug("detail")
    assert lines() == []


def test_a_flood_of_refusals_is_one_line_a_reason(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    logs.configure(Logging())
    log = structlog.get_logger()
    for _ in range(1000):
        log.warning("sound_refused", why="no uuid")
    log.warning("sound_refused", why="not expected")
    log.warning("ears_up")
    log.warning("ears_up")
    assert [(line["event"], line.get("why")) for line in lines()] == [
        ("sound_refused", "no uuid"), ("sound_refused", "not expected"), ("ears_up", None), ("ears_up", None),
    ]  # fmt: skip
    now += logs.FLOOD_SECONDS
    log.warning("sound_refused", why="no uuid")
    log.warning("sound_refused", why="not expected")
    assert [line.get("more_before") for line in lines()] == [999, None]


async def test_the_call_id_goes_through_every_line_of_a_task_and_of_its_children(lines: Lines) -> None:
    async def story(call: str) -> None:
        with logs.about(call_id=call):
            structlog.get_logger().info("begun")
            await asyncio.gather(asyncio.create_task(child()), asyncio.create_task(child()))

    async def child() -> None:
        structlog.get_logger().info("inside")

    await asyncio.gather(story("a"), story("b"))
    structlog.get_logger().info("outside")
    seen = sorted((line["event"], line.get("call_id")) for line in lines() if line["event"] != "outside")
    assert seen == [("begun", "a"), ("begun", "b"), ("inside", "a"), ("inside", "a"), ("inside", "b"), ("inside", "b")]


@pytest.mark.parametrize("key", sorted(logs.PERSONAL_KEYS))
def test_a_personal_key_is_held_back_at_any_depth(lines: Lines, key: str) -> None:
    structlog.get_logger().info("seen", **{key: "Li Guilan"}, profile=[{key: "Li Guilan"}])
    [line] = lines()
    assert "Guilan" not in json.dumps(line)
    assert line[key] == logs.HELD_BACK


@pytest.mark.parametrize(
    "value",
    [
        "13900000001", "+8613900000001", "139 0000 0001", "139-0000-0001", "010-66660000", "PJSIP/13900000001@trunk",
        13900000001, "１３９００００００００１", "110101194001011234", "[13900000001]", "sip:66660000@example.org",
        ["13900000001"], {"to": "13900000001"}, ValueError("13900000001"), Path("/sounds/13900000001.wav"),
    ],
)  # fmt: skip
def test_a_number_is_held_back_wherever_it_stands(lines: Lines, value: object) -> None:
    structlog.get_logger().info("rung", destination=value)
    written = json.dumps(lines(), ensure_ascii=False)
    assert "…" in written
    assert not any(part in written for part in ("0000001", "66660000", "1940", "０００"))


@pytest.mark.parametrize(
    "value",
    [
        "0199a1b2-1234-7567-8901-123456789012", "1795357012.42", "PJSIP/1001-00000012", "PJSIP/1001-00000a1c",
        "2026-11-22T14:16:22.123456", "2026-11-22", "1001", "120001", "node1-99",
    ],
)  # fmt: skip
def test_ids_and_moments_are_kept(lines: Lines, value: str) -> None:
    structlog.get_logger().info("seen", what=value)
    assert lines()[0]["what"] == value


def test_what_is_not_a_plain_value_shows_only_its_type(lines: Lines) -> None:
    @dataclass
    class Patient:
        called: str

    structlog.get_logger().info("seen", who=Patient("Li Guilan"), id=UUID(int=7), words=("a", 1, None, 2.5, True))
    [line] = lines()
    assert line["who"] == "<Patient>"
    assert line["id"] == str(UUID(int=7))
    assert line["words"] == ["a", 1, None, 2.5, True]


def test_chinese_in_values_messages_and_traces_is_held_back(lines: Lines) -> None:
    log = structlog.get_logger()
    log.info("heard", what="李桂兰 3号楼")
    try:
        raise LookupError("李桂兰 13900000001")
    except LookupError:
        log.exception("look_up_failed")
    logging.getLogger("sqlalchemy").warning("parameters %s", ("李桂兰", "13900000001"))
    first, second, third = lines()
    assert first["what"] == "… 3…"
    assert "LookupError: … …" in second["exception"]
    assert third["library"] == "sqlalchemy"
    assert "桂" not in json.dumps([first, second, third], ensure_ascii=False)
    assert "1390000" not in json.dumps([second, third])


def test_a_library_with_a_broken_message_still_gives_a_line(lines: Lines) -> None:
    logs.configure(Logging())  # once more: pytest's own handler on the root would raise
    logging.getLogger("asterisk").error("%d channels", "many")
    assert lines()[0]["said"] == "%d channels"


def test_plain_is_one_line_whatever_a_caller_sends(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Logging(format="plain"))
    structlog.get_logger().info("entered", account="p1\r\nevent=emergency_closed", rung=2)
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert 'account="p1\\r\\nevent=emergency_closed" rung=2' in written


def test_a_broken_stderr_never_ends_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    logs.configure(Logging())
    went_on = False
    with pytest.raises(OSError, match="No space"), Path("/dev/full").open("w") as full:  # raised when it is closed
        monkeypatch.setattr(sys, "stderr", full)
        structlog.get_logger().info("still_here")
        went_on = True
    assert went_on


@given(st.text(alphabet="0123456789", min_size=7, max_size=9) | st.text(alphabet="0123456789", min_size=11))
def test_no_long_run_of_digits_survives(digits: str) -> None:
    assert not any(character.isdigit() for character in logs.masked(f"to {digits}!"))
