"""A folder of recordings with `clips.tsv`: what is said in them, if anything that the grammar holds."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ivr import sound

_WINDOW: Final = sound.TELEPHONE_RATE // 100
#: Speech has ended when nothing comes any more that is louder than this below the loudest moment.
_QUIET: Final = 10 ** (-30 / 20)


class ClipsUnusable(Exception):
    """The folder cannot be measured with; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One recording. `transcript` is "" where nothing of the grammar is said: then no answer is the right one."""

    name: str
    transcript: str
    kind: str
    content: str  #: what is in it otherwise, as far as somebody wrote it down
    intent: str  #: what is meant, if the table says so
    pcm: bytes  #: 8,000 samples a second, 16 bit
    speech_seconds: float  #: from the clip's begin to the end of its last sound

    @property
    def seconds(self) -> float:
        return len(self.pcm) / 2 / sound.TELEPHONE_RATE


def read_clips(folder: Path) -> list[Clip]:
    """Every row of clips.tsv. Needs `file` and `transcript`; uses `kind`, `intent` and `out_of_grammar_content`.

    Raises `ClipsUnusable` with the row that is at fault.
    """
    table = folder / "clips.tsv"
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ClipsUnusable(f"{table}: {error}") from error
    if not rows or not {"file", "transcript"} <= rows[0].keys():
        raise ClipsUnusable(f"{table}: a first line with at least file and transcript, and a line for each clip")
    return [_clip(folder, row) for row in rows]


def _clip(folder: Path, row: dict[str, str | None]) -> Clip:
    name = row["file"] or ""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ClipsUnusable(f"{name}: outside the folder")
    try:
        samples = sound.resampled(*sound.read(path))
    except sound.SoundUnusable as error:
        raise ClipsUnusable(str(error)) from error
    transcript = "".join((row["transcript"] or "").split())
    return Clip(
        name=name,
        transcript=transcript,
        kind=(row.get("kind") or "clip") if transcript else "out of grammar",
        content=row.get("out_of_grammar_content") or row.get("kind") or "",
        intent=row.get("intent") or "",
        pcm=samples.tobytes(),
        speech_seconds=_end_of_sound(samples),
    )


def _end_of_sound(samples: sound.Samples) -> float:
    levels = list(_levels(samples))
    loudest = max(levels, default=0.0)
    last = max((i for i, level in enumerate(levels) if level > loudest * _QUIET), default=len(levels) - 1)
    return (last + 1) * _WINDOW / sound.TELEPHONE_RATE


def _levels(samples: sound.Samples) -> Iterator[float]:
    for start in range(0, len(samples), _WINDOW):
        window = samples[start : start + _WINDOW]
        yield math.sqrt(sum(each * each for each in window) / len(window))


def phrases_of(folder: Path, named: Path | None) -> tuple[str, ...]:
    """The grammar: the file that is named, else phrases.txt in the folder or beside it, else every transcript."""
    for path in (named, folder / "phrases.txt", folder.parent / "phrases.txt"):
        if path is not None and (path == named or path.is_file()):
            try:
                return tuple(dict.fromkeys(path.read_text(encoding="utf-8").split()))
            except (OSError, UnicodeDecodeError) as error:
                raise ClipsUnusable(f"{path}: {error}") from error
    return tuple(dict.fromkeys(clip.transcript for clip in read_clips(folder) if clip.transcript))
