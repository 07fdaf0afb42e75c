"""What a verb prints: a table or a sentence for people, in 中文 or English, or the same facts as JSON."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from callcenter.words import LOCAL_ZONE, Words

_GAP: Final = "  "

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: the fact it shows, and its heading in both languages."""

    fact: str
    en: str
    zh: str


@dataclass(frozen=True, kw_only=True)
class Output:
    """`words` gives the words of the code in 中文; it is asked only when one is shown."""

    as_json: bool
    chinese: bool
    words: Callable[[], Words]

    def text(self, en: str, zh: str) -> str:
        return zh if self.chinese else en

    def say(self, facts: Facts, en: str, zh: str) -> None:
        """The facts as JSON, or the sentence."""
        print(_as_json(facts) if self.as_json else self.text(en, zh))

    def note(self, en: str, zh: str) -> None:
        """A sentence beside the result: for people only, and on standard error."""
        if not self.as_json:
            print(self.text(en, zh), file=sys.stderr)

    def table(self, columns: Sequence[Column], rows: Sequence[Facts]) -> None:
        """The facts as a JSON list, or the columns as a table."""
        if self.as_json:
            print(_as_json(rows))
            return
        headings = [self.text(column.en, column.zh) for column in columns]
        cells = [[self.cell(row.get(column.fact)) for column in columns] for row in rows]
        for line in aligned([headings, *cells]):
            print(line)

    def cell(self, value: object) -> str:
        """A fact as people read it, on one line: moments in local time, words of the code in 中文."""
        match value:
            case None | "":
                return "-"
            case bool():
                return self.text("yes", "是") if value else self.text("no", "否")
            case StrEnum():
                return self.word(value)
            case datetime():
                return local(value)
            case UUID():
                return str(value)
            case float():
                return f"{value:.1f}"
            case list() | tuple() | set() | frozenset():
                return ", ".join(sorted(self.cell(part) for part in value)) or "-"
            case _:
                return " ".join(str(value).split())

    def word(self, word: StrEnum) -> str:
        """Of an enumeration."""
        return self.words().of(word) if self.chinese else word.replace("_", " ")

    def disposition(self, word: str) -> str:
        """处置结果 as people read it."""
        return self.words().disposition(word) if self.chinese else word.replace("_", " ")


def local(moment: datetime) -> str:
    """To the second, where the elders live."""
    return f"{moment.astimezone(LOCAL_ZONE):%Y-%m-%d %H:%M:%S}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines whose columns begin below each other in a terminal, where a 汉字 is two places wide."""
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        _GAP.join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def width(text: str) -> int:
    """Places in a terminal."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _as_json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | UUID():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written as JSON")
