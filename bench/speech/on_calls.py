"""The clips on real calls: a telephone speaks them, Asterisk carries them, the ears of a house as shipped listen."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.speech.clips import Clip
from callcenter.app.speech_listen import ListeningHouse
from callcenter.config import load
from callcenter.ports.story_call import Heard
from ivr import sound

_ROOT: Final = Path(__file__).resolve().parents[2]
#: Which of the demo's pagers call at once.
_PAGERS: Final = ("p1001", "p1002", "p1003", "p1004")
#: After each clip. Longer than the silence that ends an answer, and the time until the next question listens.
_PAUSE_SECONDS: Final = 2.2
#: An answer that comes so soon after a clip has begun is still the one before's.
_SOON_SECONDS: Final = 0.2
#: Longer than any clip and its pause, so that no question is asked anew while one begins.
_ANSWER_SECONDS: Final = 60.0


@dataclass
class _Track:
    """What one telephone says, clip after clip, and what was heard of each."""

    clips: list[Clip] = field(default_factory=list)
    begins: list[float] = field(default_factory=list)
    samples: sound.Samples = field(default_factory=lambda: array("h"))
    heard: dict[str, str] = field(default_factory=dict)

    def add(self, clip: Clip) -> None:
        self.begins.append(sound.seconds(self.samples))
        self.clips.append(clip)
        self.samples.frombytes(clip.pcm)
        self.samples.frombytes(bytes(2 * round(_PAUSE_SECONDS * sound.TELEPHONE_RATE)))

    def tell(self, at_seconds: float, heard: Heard) -> None:
        """A clip with a pause in it gives several answers: they are its words together."""
        begun = [clip for clip, at in zip(self.clips, self.begins, strict=True) if at + _SOON_SECONDS <= at_seconds]
        if begun:
            self.heard[begun[-1].name] = self.heard.get(begun[-1].name, "") + heard.words


async def heard_on_calls(model: Path, clips: Sequence[Clip], phrases: Sequence[str]) -> dict[str, str]:
    """The words heard of each clip, by its name; "" or none where nothing was understood.

    Raises `EarsAway` and `DemoFailed` as `ListeningHouse` does.
    """
    config = load(_ROOT / "config.yaml")
    config = config.model_copy(update={"speech": config.speech.model_copy(update={"model": model})})
    tracks = [_Track() for _ in _PAGERS]
    for number, clip in enumerate(clips):
        tracks[number % len(tracks)].add(clip)
    async with (
        ListeningHouse(config, phrases, answer_seconds=_ANSWER_SECONDS) as house,
        house.listening(),
        asyncio.TaskGroup() as group,
    ):
        for pager, track in zip(_PAGERS, tracks, strict=True):
            group.create_task(house.hear(track.samples, track.tell, pager=pager))
    return {name: words for track in tracks for name, words in track.heard.items()}
