"""Prompts, played at the clock's pace over the connection that is listened to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import structlog

from ivr.ears.audiosocket import FRAME_BYTES, FRAME_SECONDS, SILENCE
from ivr.ears.loudness import SILENT_DBFS, dbfs, samples_of
from ivr.sound import TELEPHONE_RATE, SoundUnusable, read

log = structlog.get_logger()

#: After a pause of the whole process no more than this is caught up with; the rest is played later.
_CATCH_UP_FRAMES: Final = 5

#: As Asterisk's own names of sounds: no way leads out of the folder.
_NAME = re.compile(r"[a-z0-9_-]{1,80}(/[a-z0-9_-]{1,80}){0,3}")


def load(folder: Path, prompts: Sequence[str]) -> bytes:
    """The prompts one after the other, in whole frames; one that cannot be read is left out, and the log says so.

    Raises `SoundUnusable` for what is no sound's name, and when all would be left out: then Asterisk asks.
    """
    sound = bytearray()
    for prompt in prompts:
        if not _NAME.fullmatch(prompt):
            raise SoundUnusable("its name is none of a sound's")
        try:
            samples, rate = read(folder / f"{prompt}.wav")
        except SoundUnusable as error:
            log.error("prompt_missing", prompt=prompt, why=error.detail)
            continue
        if rate != TELEPHONE_RATE:
            log.error("prompt_missing", prompt=prompt, why=f"{rate} samples a second")
            continue
        sound += samples.tobytes()
        sound += bytes(-len(sound) % FRAME_BYTES)
    if prompts and not sound:
        raise SoundUnusable("not one of its prompts is here")
    return bytes(sound)


class Playback:
    """Plays one sound once. `send` gets a frame every 20 ms, `done` is called after the last, not after `stop`."""

    def __init__(
        self, sound: bytes, *, loop: asyncio.AbstractEventLoop, send: Callable[[bytes], None], done: Callable[[], None]
    ) -> None:
        self._sound = sound
        self._loop = loop
        self._send = send
        self._done = done
        self._at = 0
        self._due = 0.0
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None
        self._last = SILENCE

    @property
    def played_dbfs(self) -> float:
        """How loud the frame is that was sent last; `SILENT_DBFS` while nothing is played."""
        return dbfs(samples_of(self._last)) if self._timer is not None else SILENT_DBFS

    def start(self) -> None:
        """Sends the first frame at once."""
        self._due = self._loop.time()
        self._play()

    def stop(self) -> None:
        """Nothing is sent any more. No error when it has ended already."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _play(self) -> None:
        self._timer = None
        now = self._loop.time()
        self._due = max(self._due, now - _CATCH_UP_FRAMES * FRAME_SECONDS)
        while self._due <= now and self._at < len(self._sound) and not self._stopped:
            self._last = self._sound[self._at : self._at + FRAME_BYTES]
            self._at += FRAME_BYTES
            self._due += FRAME_SECONDS
            self._send(self._last)
        if self._stopped:
            return
        if self._at < len(self._sound):
            self._timer = self._loop.call_at(self._due, self._play)
        else:
            self._done()
