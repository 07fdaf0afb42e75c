"""Looking for an elder by name, pinyin, initials, number or address among half a million, beside the bare driver.

    python -m bench.search [--quick] [--json]

The bare driver runs, on a connection of its own and in the thread that waits, the one indexed statement that answers
this question and fetches the first page of rows as they are. Ours is what the page does: `find_elders.wanted_by`, then
`ElderSearch.find` through `storage.look_up`: every way in which the words may be meant, each elder once, and why. Both
are timed in turns.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.command import run
from bench.identify import bare_driver, in_both
from bench.people import ESTATES, Known, add_known, crowds_name, settle
from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.services.find_elders import wanted_by
from callcenter.services.search_words import words_of_name
from storage.database import SqlStorage, open_storage
from storage.engines import is_sqlite
from storage.vault import Vault, read_data_key

P99_RATIO_AT_MOST = 5.0
_WITHIN_SECONDS = 2.0
_PAGE = 26
_LAST = "\U0010ffff"

_SHOWN = "SELECT e.id, e.name, e.sex, e.born, h.district, h.street, h.estate FROM "
_BY_NAME = f"""{_SHOWN} search_words w JOIN elders e ON e.name = w.text JOIN households h ON h.id = e.household
WHERE w.kind = 'name' AND w.word >= ? AND w.word < ? ORDER BY w.word LIMIT {_PAGE}"""
_BY_ESTATE = f"""{_SHOWN} search_words w JOIN households h ON h.estate = w.text JOIN elders e ON e.household = h.id
WHERE w.kind = 'estate' AND w.word >= ? AND w.word < ? ORDER BY w.word LIMIT {_PAGE}"""
_BY_BOTH = f"""{_SHOWN} search_words w JOIN households h ON h.estate = w.text JOIN elders e ON e.household = h.id
WHERE w.kind = 'estate' AND w.word >= ? AND w.word < ? AND EXISTS (SELECT 1 FROM search_words n
WHERE n.kind = 'name' AND n.text = e.name AND n.word >= ? AND n.word < ?) ORDER BY w.word, e.name LIMIT {_PAGE}"""
_BY_NUMBER = f"""{_SHOWN} elders e JOIN households h ON h.id = e.household WHERE e.id IN (
SELECT o.id FROM elders o JOIN lines l ON l.household = o.household WHERE l.{{index}} = ?
UNION SELECT elder FROM devices WHERE {{index}} = ? UNION SELECT elder FROM contacts WHERE {{index}} = ?
) ORDER BY e.name LIMIT {_PAGE}"""

Question = tuple[str, str, tuple[Any, ...]]  #: as typed, the bare statement, its values


@dataclass(frozen=True, kw_only=True)
class Row:
    """Medians over the rounds, in milliseconds."""

    database: str
    elders: int
    asked: str
    bare_median_ms: float
    bare_p99_ms: float
    ours_median_ms: float
    ours_p99_ms: float
    p99_ratio: float


def main(quick: bool) -> list[Row]:
    """Fills both databases and measures: about six minutes, or two."""
    elders, rounds = (100_000, 3) if quick else (500_000, 5)
    return [row for rows in in_both(lambda config: _fill_and_measure(config, elders, rounds)) for row in rows]


def complaints(rows: list[Row]) -> list[str]:
    """The limits that are not kept: over all questions together, as people ask them."""
    return [
        f"search on {row.database}: p99 {row.p99_ratio:.2f} × the bare statement's, at most {P99_RATIO_AT_MOST:g}"
        for row in rows
        if row.asked == "all" and row.p99_ratio > P99_RATIO_AT_MOST
    ]


async def _fill_and_measure(config: Config, elders: int, rounds: int) -> list[Row]:
    async with open_storage(config, SystemClock()) as storage:
        known = await settle(storage, config, crowd=elders, sample=2000, add=add_known, searchable=True)
        return await measure(storage, config, known, elders=elders, rounds=rounds)


async def measure(
    storage: SqlStorage, config: Config, known: list[Known], *, elders: int, rounds: int, each: int = 150
) -> list[Row]:
    """Each round asks `each` of every kind of question; a first round warms up and is not counted."""
    bare = bare_driver(config)
    vault = Vault(read_data_key(config.path(config.database.data_key_file)))
    took: dict[str, list[tuple[list[float], list[float]]]] = {}
    for number in range(rounds + 1):
        dice = random.Random(number)
        questions = [(kind, make(dice)) for kind, make in _makers(vault, known, elders).items() for _ in range(each)]
        dice.shuffle(questions)
        of_round: dict[str, tuple[list[float], list[float]]] = {}
        for kind, question in questions:
            times = await _ask(storage, config, bare, question)
            for name in (kind, "all"):
                pair = of_round.setdefault(name, ([], []))
                pair[0].append(times[0])
                pair[1].append(times[1])
        if number:
            for name, pair in of_round.items():
                took.setdefault(name, []).append(pair)
    database = "SQLite" if is_sqlite(config) else "PostgreSQL"
    return [
        Row(
            database=database,
            elders=elders,
            asked=name,
            bare_median_ms=median(_part(bare_ms, 50) for bare_ms, _ in pairs),
            bare_p99_ms=median(_part(bare_ms, 99) for bare_ms, _ in pairs),
            ours_median_ms=median(_part(ours, 50) for _, ours in pairs),
            ours_p99_ms=median(_part(ours, 99) for _, ours in pairs),
            p99_ratio=median(_part(ours, 99) / _part(bare_ms, 99) for bare_ms, ours in pairs),
        )
        for name, pairs in sorted(took.items())
    ]


def _makers(vault: Vault, known: list[Known], elders: int) -> dict[str, Callable[[random.Random], Question]]:
    def pinyin(dice: random.Random) -> str:
        return max(words_of_name(_a_name(dice, elders)), key=lambda word: (word.isascii(), len(word)))

    def by_name(word: str) -> Question:
        return word, _BY_NAME, (word, word + _LAST)

    def by_estate(dice: random.Random) -> Question:
        word = f"小区{dice.randrange(ESTATES)}"
        return word, _BY_ESTATE, (word, word + _LAST)

    def by_both(dice: random.Random) -> Question:
        word, name = f"小区{dice.randrange(100, ESTATES)}", pinyin(dice)[:4]
        return f"{name} {word}", _BY_BOTH, (word, word + _LAST, name, name + _LAST)

    def initials(dice: random.Random) -> Question:
        words = [word for word in words_of_name(_a_name(dice, elders)) if word.isascii() and len(word) == 3]
        return by_name(dice.choice(sorted(words)))

    def by_index(column: str, text: str, index: bytes | None) -> Question:
        return text, _BY_NUMBER.format(index=column), (index,) * 3

    def number(dice: random.Random) -> Question:
        text = dice.choice(known).number
        return by_index("number_index", text, vault.number_index(text))

    def last_four(dice: random.Random) -> Question:
        text = dice.choice(known).number[-4:]
        return by_index("last_four_index", text, vault.last_four_index(text))

    return {
        "name": lambda dice: by_name(_a_name(dice, elders)),
        "beginning": lambda dice: by_name(_a_name(dice, elders)[:2]),
        "given name": lambda dice: by_name(_a_name(dice, elders)[1:]),
        "pinyin": lambda dice: by_name(pinyin(dice)[: dice.randint(4, 12)]),
        "initials": initials,
        "estate": by_estate,
        "name, estate": by_both,
        "number": number,
        "last four": last_four,
    }


def _a_name(dice: random.Random, elders: int) -> str:
    return crowds_name(dice.randrange(elders))


async def _ask(
    storage: SqlStorage, config: Config, bare: Callable[[str, tuple[Any, ...]], list[Any]], question: Question
) -> tuple[float, float]:
    """Milliseconds of both. They find alike: somebody, or nobody; ours may find more, by more ways."""
    typed, statement, values = question
    begun = time.perf_counter()
    rows = bare(statement, values)
    bare_ms = (time.perf_counter() - begun) * 1000
    begun = time.perf_counter()
    wanted = wanted_by(typed, config.hotline)
    answer = await storage.look_up(
        "search",
        lambda work: work.search.find(wanted, limit=_PAGE, skip=0, candidates=config.access.search_candidates),
        within_seconds=_WITHIN_SECONDS,
    )
    ours_ms = (time.perf_counter() - begun) * 1000
    assert len(answer.found) >= min(len({row[0] for row in rows}), _PAGE), (typed, len(answer.found), len(rows))
    return bare_ms, ours_ms


def _part(values: list[float], percent: int) -> float:
    return sorted(values)[len(values) * percent // 100]


def table(rows: list[Row]) -> str:
    lines = [
        f"{'':<12}{'elders':>9}  {'asked':<13}{'bare p50 ms':>12}{'bare p99':>10}{'ours p50':>10}{'ours p99':>10}"
        f"{'p99 ratio':>11}"
    ]
    lines += [
        f"{row.database:<12}{row.elders:>9,}  {row.asked:<13}{row.bare_median_ms:>12.3f}{row.bare_p99_ms:>10.3f}"
        f"{row.ours_median_ms:>10.3f}{row.ours_p99_ms:>10.3f}{row.p99_ratio:>11.2f}"
        for row in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    run(__doc__, main, table, complaints)
