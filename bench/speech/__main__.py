"""How well, and how fast, recorded clips are understood.

    python -m bench.speech CLIPS [--model FOLDER] [--phrases FILE] [--intents FILE] [--quick] [--json FILE]

CLIPS holds recordings and clips.tsv. Exit 1 when a limit is missed. A whole run writes
docs/results/<date>-speech.md and its picture; --quick leaves the live part short and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog

from bench.speech.clips import Clip, ClipsUnusable, phrases_of, read_clips
from bench.speech.live import live_bench
from bench.speech.offline import Bare, through_both
from bench.speech.on_calls import heard_on_calls
from bench.speech.plot import draw
from bench.speech.report import Loaded, Scored, complaints, facts, live_table, names, page, right_table
from bench.speech.scoring import Answer, Judge
from callcenter.app.cli.speech import model_folder
from callcenter.config import load
from callcenter.errors import HotlineError
from callcenter.reactor import install
from ivr.intent_words import NAMES
from ivr.intents import Intents

_ROOT: Final = Path(__file__).resolve().parents[2]
#: So many at once, and of about how many clips (0: all): few callers take their time, and tell as much of fewer.
_STEPS: Final = ((1, 10), (5, 50), (10, 0), (15, 0), (20, 0))
_QUICK: Final = ((1, 5), (20, 60))


def main(options: argparse.Namespace) -> int:
    """Measures, prints, writes the page; the exit code."""
    begun = time.monotonic()
    clips = read_clips(options.clips)
    intents = Intents.load(options.intents)
    phrases = phrases_of(options.clips, options.phrases)
    scored = [
        _scored("Grammar of the clips", options.model, clips, phrases, intents, hotlines=False),
        _scored(
            f"Grammar of {options.intents.name}", options.model, clips, intents.phrases(NAMES), intents, hotlines=True
        ),
    ]
    for each in scored:
        print(f"\n{each.name}, {each.phrases} phrases\n\n{right_table(each)}\n" + "\n".join(names(each)), flush=True)
    levels = _live(options.model, clips, phrases, _QUICK if options.quick else _STEPS)
    print(f"\n{live_table(levels)}\n")
    scored.append(_on_calls(options.model, clips[:: 10 if options.quick else 1], intents, scored[-1].bare))
    print(f"{scored[-1].name}\n\n{right_table(scored[-1])}\n" + "\n".join(names(scored[-1])))
    missed = complaints(scored, levels)
    print("\n" + ("\n".join(missed) if missed else "All limits kept."))
    if options.json:
        options.json.write_text(json.dumps(facts(scored, levels), ensure_ascii=False, indent=2), encoding="utf-8")
    if not options.quick:
        _write(scored, levels, len(clips), (time.monotonic() - begun) / 60)
    return 1 if missed else 0


def _scored(
    name: str, model: Path, clips: Sequence[Clip], phrases: Sequence[str], intents: Intents, *, hotlines: bool
) -> Scored:
    passed, judge = through_both(model, clips, phrases), Judge(intents, phrases)
    return Scored(
        name=name,
        phrases=len(phrases),
        passed=passed,
        hotlines=hotlines,
        answers=tuple(judge.answer(clip, heard) for clip, heard in zip(clips, passed.ours, strict=True)),
        bare=tuple(judge.answer(clip, heard) for clip, heard in zip(clips, passed.bare, strict=True)),
    )


def _on_calls(model: Path, clips: Sequence[Clip], intents: Intents, bare: tuple[Answer, ...]) -> Scored:
    """Through a telephone and Asterisk, with the grammar that the hotline has. `bare` is with the same grammar."""
    phrases = intents.phrases(NAMES)
    heard, judge = asyncio.run(heard_on_calls(model, clips, phrases)), Judge(intents, phrases)
    spoken = {clip.name for clip in clips}
    return Scored(
        name="On real calls, grammar of intents.yaml",
        phrases=len(phrases),
        passed=None,
        hotlines=True,
        answers=tuple(judge.answer(clip, heard.get(clip.name, "")) for clip in clips),
        bare=tuple(each for each in bare if each.clip.name in spoken),
    )


def _live(model: Path, clips: Sequence[Clip], phrases: Sequence[str], steps: Sequence[tuple[int, int]]) -> list[Loaded]:
    loop = install()
    from twisted.internet import reactor  # only now: it is the one that was just installed

    async def measure() -> list[Loaded]:
        bare, found = Bare(model, phrases), []
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            async with live_bench(model, phrases, Path(folder), reactor) as bench:
                for at_once, count in steps:
                    level = await bench.level(at_once, clips[:: max(1, len(clips) // count)] if count else clips)
                    print(f"{at_once} at once: {len(level.answers)} clips in {level.seconds:.0f} s", flush=True)
                    sounds = [each.sound for each in level.answers]
                    found.append(Loaded(level=level, bare=await asyncio.to_thread(bare.live, sounds, at_once=at_once)))
        return found

    return _run(loop, reactor, measure())


def _run(loop: asyncio.AbstractEventLoop, reactor: Any, work: Any) -> list[Loaded]:
    """Under Twisted's reactor, since the ears' client is Twisted's."""
    task = loop.create_task(work)
    task.add_done_callback(lambda _: reactor.stop())
    reactor.run()
    return task.result()  # type: ignore[no-any-return]


def _write(scored: Sequence[Scored], levels: Sequence[Loaded], clips: int, minutes: float) -> None:
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    results = _ROOT / "docs" / "results"
    results.mkdir(parents=True, exist_ok=True)
    draw(scored, levels, results / f"{day}-speech.png")
    machine = f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    heading = f"Speech, {day}: {clips} clips, {machine}, {minutes:.0f} minutes"
    text = page(scored, levels, heading=heading, picture=f"{day}-speech.png")
    (results / f"{day}-speech.md").write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.speech", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", type=Path, metavar="CLIPS")
    parser.add_argument(
        "--model", type=Path, metavar="FOLDER", help="otherwise ../model of the clips, else speech.model"
    )
    parser.add_argument("--phrases", type=Path, metavar="FILE", help="the grammar; otherwise phrases.txt of the clips")
    parser.add_argument("--intents", type=Path, default=_ROOT / "prompts/intents.yaml", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.model is None:
        beside = options.clips.resolve().parent / "model"
        options.model = beside if beside.is_dir() else model_folder(load(_ROOT / "config.yaml"))
    options.model = options.model.resolve()  # the worker reads its configuration elsewhere
    return options


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        sys.exit(main(_options()))
    except (ClipsUnusable, HotlineError) as error:
        sys.exit(str(error))
