"""Asterisk's end of an AudioSocket: connects, names itself, sends a frame each 20 ms by the clock, hears prompts."""

from __future__ import annotations

import asyncio
import random
from array import array
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

from ivr.ears.audiosocket import FRAME_BYTES, FRAME_SECONDS, Kind
from ivr.ears.recognizer import RATE

#: Before the clip begins, as on a real call nobody speaks at once.
LEAD_SECONDS: Final = 0.3
#: A line hisses a little. Not so digital silence, which no telephone sends: after it, Vosk understands clearly less.
_HISS: Final = 10  #: of 32767
_HISS_SECONDS: Final = 1.0  #: over and over


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One clip that was spoken into an ear. Times are the loop's."""

    began_at: float  #: the clip, after the lead
    closed_at: float  #: the ear ended the connection, or we gave up
    sent: int  #: bytes of sound
    latest_seconds: float  #: by how much our own latest frame was late


async def speak(sound: str, pcm: bytes, *, within_seconds: float) -> Spoken:
    """Speaks the clip once, and nothing then but the line's hiss, until the ear closes. `sound` is `uuid,host:port`.

    Raises `OSError` if nobody listens; gives up after `within_seconds`.
    """
    uuid, _, address = sound.partition(",")
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    hears = asyncio.create_task(_until_closed(reader))
    loop = asyncio.get_running_loop()
    frames = round(within_seconds / FRAME_SECONDS)
    line = on_the_line(pcm, frames * FRAME_BYTES)
    began = loop.time()
    sent, latest = 0, 0.0
    try:
        writer.write(bytes((Kind.UUID, 0, 16)) + bytes.fromhex(uuid.replace("-", "")))
        for number in range(frames):
            due = began + number * FRAME_SECONDS
            await asyncio.wait([hears], timeout=max(0.0, due - loop.time()))
            if hears.done():
                break
            latest = max(latest, loop.time() - due)
            frame = line[number * FRAME_BYTES : (number + 1) * FRAME_BYTES]
            writer.write(bytes((Kind.AUDIO, FRAME_BYTES >> 8, FRAME_BYTES & 0xFF)) + frame)
            sent += len(frame)
    finally:
        hears.cancel()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return Spoken(began_at=began + LEAD_SECONDS, closed_at=loop.time(), sent=sent, latest_seconds=latest)


async def _until_closed(reader: asyncio.StreamReader) -> None:
    """An orderly end (a frame of the kind END) counts as the connection's."""
    with suppress(asyncio.IncompleteReadError, OSError):
        while True:
            kind, high, low = await reader.readexactly(3)
            await reader.readexactly(high << 8 | low)
            if kind == Kind.END:
                return


def on_the_line(pcm: bytes, length: int) -> bytes:
    """The first `length` bytes of what `speak` sends: hiss, the clip, hiss."""
    hiss = _hiss()
    lead = 2 * round(LEAD_SECONDS * RATE)
    spoken = hiss[:lead] + pcm
    return (spoken + hiss * (max(0, length - len(spoken)) // len(hiss) + 1))[:length]


@cache
def _hiss() -> bytes:
    noise = random.Random(1)  # the same in every run
    return array("h", (round(noise.gauss(0, _HISS)) for _ in range(round(_HISS_SECONDS * RATE)))).tobytes()
