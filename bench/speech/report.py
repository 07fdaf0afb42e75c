"""What was measured, as tables for people and as facts for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bench.speech.live import Level
from bench.speech.offline import BareLive, Passed
from bench.speech.scoring import REPORTED_ONLY, Answer, Row, fewer_right, rows
from callcenter.app.cli.output import aligned
from callcenter.config.speech import Speech

#: The limits of the hotline; a figure beyond one of them is named, and ends the command with 1.
RATIO_AT_MOST: Final = 1.3
RATIO_FROM: Final = 5  #: at once; with fewer it is the worker's own clock that is measured
LAG_P95_SECONDS_AT_MOST: Final = 0.5
#: So many at once for each processor, as we ship it; the lag of more is reported.
SHIPPED: Final = Speech().streams_at_most // Speech().decoding_threads
_HEAD: Final = (
    "kind", "clips", "right", "·", "rejected", "·", "wrong", "·", "intent", "·", "CER", "false", "·", "missed", "·",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One grammar: how long it is, and what every clip gave with it."""

    name: str
    phrases: int
    passed: Passed | None  #: None for what was heard on calls
    hotlines: bool  #: whether it is the grammar that the hotline listens with
    answers: tuple[Answer, ...]
    bare: tuple[Answer, ...]  #: of Vosk alone, with the same grammar


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """One level, and Vosk alone with the same sound."""

    level: Level
    bare: BareLive

    @property
    def ratio(self) -> float:
        took = self.bare.processor_seconds
        return self.level.processor_seconds / took if took else 0.0


def right_table(scored: Scored) -> str:
    """Of each pair of columns the second (·) is with the matching by sound."""
    found = rows(scored.answers)
    return "\n".join(aligned([_HEAD, *(_cells(each) for each in found)]))


def _cells(row: Row) -> list[str]:
    pairs = [row.right, row.rejected, row.wrong]
    cells = [row.kind, str(row.clips)]
    cells += [str(value) for pair in pairs for value in pair]
    cells += [_of(value, row.with_intent) for value in row.intent_right]
    cells.append(f"{row.character_errors:.2f}" if row.kind != "out of grammar" else "-")
    return cells + [str(value) for pair in (row.false_alarms, row.missed_alarms) for value in pair]


def _of(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else "-"


def names(scored: Scored) -> list[str]:
    """Every false and every missed emergency by its clip's name, as the stories would take it."""
    false = [
        f"- false: {each.clip.name} ({each.clip.transcript or each.clip.content}), heard {each.heard}"
        for each in scored.answers
        if each.false_alarm(each.understood)
    ]
    missed = [
        f"- missed: {each.clip.name} ({each.clip.transcript}, {each.clip.kind}), heard {each.heard or 'nothing'}"
        for each in scored.answers
        if each.missed_alarm(each.understood)
    ]
    return [*(false or ["- false: none"]), *(missed or ["- missed: none"])]


def live_table(levels: Sequence[Loaded]) -> str:
    """Milliseconds; processor time as a share of one processor for each stream, and beside Vosk alone."""
    head = (
        "at once", "clips", "refused", "lag p50", "p95", "most", "bare p50", "p95", "speech → story p50", "p95",
        "processor", "a stream", "× bare",
    )  # fmt: skip
    return "\n".join(aligned([head, *(_live_cells(each) for each in levels)]))


def _live_cells(loaded: Loaded) -> list[str]:
    level = loaded.level
    lag, after = level.lag_seconds, level.spoken_after()
    return [
        str(level.at_once),
        str(len(level.answers)),
        str(level.refused),
        *(_ms(each) for each in (part(lag, 50), part(lag, 95), lag[-1])),
        *(_ms(part(loaded.bare.lag_seconds, each)) for each in (50, 95)),
        *(_ms(part(after, each)) if after else "-" for each in (50, 95)),
        f"{level.processor_seconds / level.seconds:.0%}",
        f"{level.processor_seconds / max(level.sound_seconds, 0.02):.1%}",
        f"{loaded.ratio:.2f}",
    ]


def complaints(scored: Sequence[Scored], levels: Sequence[Loaded]) -> list[str]:
    """The limits that are not kept, in words."""
    found: list[str] = []
    for each in scored:
        found += [f"{each.name}: {miss}" for miss in fewer_right(rows(each.bare), rows(each.answers))]
        false = [a.clip.name for a in each.answers if not a.clip.transcript and a.false_alarm(a.understood)]
        if false and each.hotlines:
            found.append(f"{each.name}: emergencies that were none: {', '.join(false)}")
    for loaded in levels:
        at = f"{loaded.level.at_once} at once"
        lag = part(loaded.level.lag_seconds, 95)
        if loaded.level.at_once <= SHIPPED and lag > LAG_P95_SECONDS_AT_MOST:
            found.append(f"{at}: lag p95 {_ms(lag)} ms, at most {_ms(LAG_P95_SECONDS_AT_MOST)}")
        if loaded.level.refused:
            found.append(f"{at}: {loaded.level.refused} of {len(loaded.level.answers)} not listened to")
        if loaded.level.at_once >= RATIO_FROM and loaded.ratio > RATIO_AT_MOST:
            found.append(f"{at}: {loaded.ratio:.2f} × bare Vosk, at most {RATIO_AT_MOST}")
    return found


def page(scored: Sequence[Scored], levels: Sequence[Loaded], *, heading: str, picture: str) -> str:
    """The page for docs/results."""
    missed = complaints(scored, levels)
    sections = [
        f"# {heading}",
        "\n".join(["Limits missed:", "", *(f"- {each}" for each in missed)] if missed else ["All limits kept."]),
    ]
    sections.append(
        "Of each pair of columns the first takes what was heard as it stands, the second (·) matches it by sound "
        "(`ivr/pinyin.py`, `ivr/intents.py`). *right*: the phrase that was said. *intent*: what is meant, of the clips "
        "that mean something. *CER*: character errors. *false*, *missed*: emergencies. "
        f"No limits on {', '.join(REPORTED_ONLY)}."
    )
    for each in scored:
        cost = ""
        if each.passed is not None:
            cost = f", real-time factor {each.passed.real_time_factor:.3f}, {each.passed.ratio:.2f} × bare Vosk"
            if each.passed.dropped:
                cost += f"; not in the vocabulary: {' '.join(each.passed.dropped)}"
        sections.append(f"## {each.name}: {each.phrases} phrases{cost}")
        sections.append(f"```\n{right_table(each)}\n```")
        sections.append("\n".join(names(each)))
    if levels:
        sections.append("## At the speed of speech, by a worker with one processor")
        sections.append(f"```\n{live_table(levels)}\n```")
    if picture:
        sections.append(f"![what was right, and how long answers took]({picture})")
    return "\n\n".join(sections) + "\n"


def facts(scored: Sequence[Scored], levels: Sequence[Loaded]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "grammars": [
            {
                "name": each.name,
                "phrases": each.phrases,
                "kinds": [vars(row) for row in rows(each.answers)],
                "answers": [
                    {"file": a.clip.name, "said": a.clip.transcript, "heard": a.heard, "matched": a.matched}
                    | {"meant": a.meant, "understood": a.understood}
                    for a in each.answers
                ],
            }
            for each in scored
        ],
        "levels": [
            {
                "at_once": each.level.at_once,
                "clips": len(each.level.answers),
                "refused": each.level.refused,
                "lag_p95_seconds": part(each.level.lag_seconds, 95),
                "bare_lag_p95_seconds": part(each.bare.lag_seconds, 95),
                "speech_to_story_seconds": each.level.spoken_after(),
                "ratio": each.ratio,
            }
            for each in levels
        ],
        "missed": complaints(scored, levels),
    }


def part(values: Sequence[float], percent: int) -> float:
    """The value below which so many percent are; `values` in order, not empty."""
    return values[min(len(values) - 1, len(values) * percent // 100)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"
