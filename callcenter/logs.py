"""Logs: one line an event on stderr, the call's id in every line, personal data in none.

    log = structlog.get_logger()
    with logs.about(call_id=entry.uniqueid):
        log.info("emergency_raised", emergency=str(emergency.id))

Event names are stable words. What must not be written is held back here once more, by the name of its key and by its
look, so that one careless line does not put an elder's life into a log file.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date, datetime
from enum import Enum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

import structlog

from callcenter.config.process import Logging

#: Values under these keys are never written, whatever they hold.
PERSONAL_KEYS: Final = frozenset(
    {
        "access", "address", "allergies", "birthday", "born", "building", "caller", "caller_name", "caller_number",
        "contact_name", "district", "door", "elder_name", "estate", "how_to_talk", "identity_number", "illness",
        "instructions", "landmark", "line", "line_raw", "medicines", "name", "note", "number", "password", "phone",
        "secret", "street", "text", "transcript",
    }
)  # fmt: skip
HELD_BACK: Final = "[held back]"

#: Ids, moments and channel endings are kept. Any other seven digits, written together or with single spaces or hyphens
#: between them, may be somebody's number; any 中文 in a value may be a name, an address or what was said.
_SUSPECT = re.compile(
    r"(?P<keep>(?<![\w.-])[a-z][a-z0-9_-]{0,39}-1[5-9]\d{8}\.\d{1,9}(?!\d)"  # a channel: node1-1795357012.42
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|(?<!\d)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?(?![\d-])"
    r"|(?<![\d.])1[5-9]\d{8}\.\d{1,9}(?!\d)"
    r"|(?<=/)\d{1,6}-000[0-9a-f]{5}\b|(?<=\w)-000[0-9a-f]{5}\b)"
    r"|\d(?:[ -]?\d){6,}"
    r"|[\u3400-\u9fff]+"
)

#: What whoever reaches a door can cause as often as he likes. One line of each in so many seconds is enough to know it.
FLOODS: Final = frozenset({"ears_refused", "fastagi_refused", "phone_refused", "service_refused", "sound_refused"})
FLOOD_SECONDS: Final = 10.0

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default={})  # noqa: B039 - never mutated, always replaced


@contextmanager
def about(**words: str) -> Iterator[None]:
    """Puts these words (call_id, emergency …) into every line of this task and of the tasks it starts."""
    token = _about.set({**_about.get(), **words})
    try:
        yield
    finally:
        _about.reset(token)


def configure(section: Logging) -> None:
    """Sends our lines and those of every library to stderr. A line below the level costs next to nothing."""
    level = logging.getLevelNamesMapping()[section.level.upper()]
    structlog.configure(
        processors=[
            _Damped(time.monotonic),
            _with_context,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            hold_back,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _as_json if section.format == "json" else _as_plain,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Stderr,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.INFO), handlers=[_FromLibraries()], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it reports every tick


def hold_back(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Masks personal data in a line. The event's name and the level stay."""
    return {key: HELD_BACK if key in PERSONAL_KEYS else _safe(value) for key, value in line.items()}


def masked(text: str) -> str:
    """The text without anything that looks like a number of somebody's or like 中文."""
    return _SUSPECT.sub(lambda found: found["keep"] or "…", text)


def _safe(value: Any) -> Any:
    match value:
        case None | bool() | float():
            return value
        case Enum():
            return _safe(value.value)
        case str():
            return masked(value)
        case int():
            return value if abs(value) < 1_000_000 else masked(str(value))
        case UUID() | datetime() | date():
            return str(value)
        case PurePath() | BaseException():
            return masked(str(value))
        case Mapping():
            return {str(key): HELD_BACK if key in PERSONAL_KEYS else _safe(inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_safe(inner) for inner in value]
        case _:
            return f"<{type(value).__name__}>"  # its repr might tell everything


class _Damped:
    """Of `FLOODS`, one line a reason in `FLOOD_SECONDS`. The next says how many there were in between."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last: dict[tuple[str, str], float] = {}
        self._unsaid: dict[tuple[str, str], int] = {}

    def __call__(self, _logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if line["event"] not in FLOODS:
            return line
        kind, now = (line["event"], str(line.get("why", ""))), self._clock()
        last = self._last.get(kind)
        if last is not None and now - last < FLOOD_SECONDS:
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            raise structlog.DropEvent
        self._last[kind] = now
        unsaid = self._unsaid.pop(kind, 0)
        return {**line, "more_before": unsaid} if unsaid else line


def _with_context(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {**_about.get(), **line}


def _as_json(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
    return json.dumps({"at": line.pop("at"), "level": line.pop("level"), "event": line.pop("event"), **line})


def _as_plain(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> str:
    trace = line.pop("exception", None)
    head = f"{line.pop('at')} {line.pop('level'):<7} {_word(line.pop('event'))}"
    words = " ".join(f"{key}={_word(value)}" for key, value in line.items())
    return "\n".join(part for part in (f"{head} {words}".rstrip(), trace) if part)


def _word(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if text.isprintable() and text and " " not in text else json.dumps(text)


class _Stderr:
    """Where lines go. A log that cannot be written never ends a call."""

    def __init__(self, *_: Any) -> None:
        pass

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - this is the one place that writes lines

    debug = info = warning = error = critical = msg


class _FromLibraries(logging.Handler):
    """Brings what Twisted, aiohttp, redis … say into the same form, held back the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            said = record.getMessage()
        except (TypeError, ValueError):
            said = str(record.msg)
        log = structlog.get_logger()
        log.log(record.levelno, "library_said", library=record.name, said=said, exc_info=record.exc_info)
