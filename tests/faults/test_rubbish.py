"""Rubbish by the ten thousand into everything that reads what others wrote: no crash, no hang, memory flat."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callcenter.asterisk.events import meaning
from callcenter.asterisk.wire import MessageReader
from callcenter.config import Config
from callcenter.services.elder_columns import COLUMNS
from tests.faults.table import Table
from tests.integration import test_fastagi_rubbish as fastagi
from tests.unit.test_ami_wire import _STREAMS, GREETING
from tests.unit.test_config import SECTIONS, answered, rubbish
from tests.unit.test_import_sheet import read_or_refused

FEW: Final = 500
MANY: Final = 10_000
GROWTH_AT_MOST: Final = 1024 * 1024  #: bytes, over as many inputs again
ONE_WITHIN_SECONDS: Final = 2.0

_EVENTS = st.fixed_dictionaries(
    {"Event": st.sampled_from(["Hangup", "Newstate", "UserEvent", "ConfbridgeJoin", "ConfbridgeLeave", "DialEnd"])},
    optional={
        name: st.text(max_size=30)
        for name in ("UserEvent", "Uniqueid", "Channel", "Cause", "ChannelState", "Conference", "Room", "Role", "Times")
    },
)
_CELLS = st.text(max_size=30) | st.sampled_from(["张示例", "13900001111", "=1+1", "1940-02-30", '"', "是"])
_HEADINGS = st.lists(st.sampled_from(sorted(heading for column in COLUMNS for heading in column.headings)), max_size=8)
_SHEETS = st.binary(max_size=400) | st.tuples(_HEADINGS, st.lists(st.lists(_CELLS, max_size=8), max_size=4)).map(
    lambda sheet: "\n".join(",".join(row) for row in [sheet[0], *sheet[1]]).encode("utf-8", "surrogatepass")
)


def throw(strategy: st.SearchStrategy[Any], at: Callable[[Any], None], examples: int) -> int:
    """Throws so many, and then all of them twice again; returns by how many bytes memory grew over the last time.

    Again, because the generator keeps what it has made: only without it the growth is ours. Raises what `at` raises.
    """
    thrown: list[Any] = []

    @settings(
        max_examples=examples,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def one(what: Any) -> None:
        began = time.monotonic()
        at(what)
        assert time.monotonic() - began < ONE_WITHIN_SECONDS
        thrown.append(what)

    one()
    assert len(thrown) >= examples
    levels = []
    for _ in range(2):
        for what in thrown:
            at(what)
        gc.collect()
        levels.append(_resident())
    return levels[1] - levels[0]


def _resident() -> int:
    """Bytes of memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _ami(what: tuple[bytes, dict[str, str]]) -> None:
    stream, event = what
    reader = MessageReader()
    for message in reader.feed(GREETING + stream):
        if message.is_event:
            meaning(message)
    text = "".join(f"{name}: {value}\r\n" for name, value in event.items() if "\r" not in value and "\n" not in value)
    for message in MessageReader().feed(GREETING + text.encode("utf-8", "surrogatepass") + b"\r\n"):
        meaning(message)


def _import(folder: Path) -> Callable[[bytes], None]:
    def read(sheet: bytes) -> None:
        path = folder / "rubbish.csv"
        path.write_bytes(sheet)
        read_or_refused(path)

    return read


def _kinds(folder: Path) -> dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]]:
    in_a_section = st.dictionaries(st.sampled_from(SECTIONS), rubbish, max_size=5)
    settings_of = {
        name: sorted(type(getattr(Config(), name)).model_fields) for name in ("fastagi", "hotline", "offers")
    }
    in_a_setting = st.sampled_from(sorted(settings_of)).flatmap(
        lambda name: st.dictionaries(st.sampled_from(settings_of[name]), rubbish, max_size=4).map(lambda s: {name: s})
    )
    return {
        "AMI": (st.tuples(_STREAMS, _EVENTS), _ami),
        "config": (rubbish | in_a_section | in_a_setting, answered),
        "import": (_SHEETS, _import(folder)),
    }


@pytest.mark.parametrize("where", ["AMI", "config", "import"])
def test_a_little_rubbish(where: str, table: Table, tmp_path: Path) -> None:
    _throw_and_note(where, table, tmp_path, FEW)


@pytest.mark.faults
@pytest.mark.parametrize("where", ["AMI", "config", "import"])
def test_much_rubbish(where: str, table: Table, tmp_path: Path) -> None:
    _throw_and_note(where, table, tmp_path, MANY)


@pytest.mark.faults
def test_much_rubbish_at_the_fastagi_server(table: Table, capfd: pytest.CaptureFixture[str]) -> None:
    row = table.row("rubbish", "FastAGI")
    with row.attempt(MANY):
        assert fastagi.throw_rubbish(MANY) < fastagi.GROWTH_AT_MOST
    row.check()


def _throw_and_note(where: str, table: Table, folder: Path, examples: int) -> None:
    strategy, at = _kinds(folder)[where]
    row = table.row("rubbish", where)
    with row.attempt(examples):
        assert throw(strategy, at, examples) < GROWTH_AT_MOST
    row.check()
