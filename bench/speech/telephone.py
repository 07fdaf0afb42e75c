"""Asterisk's end of an AudioSocket: connects, names itself, sends a frame each 20 ms by the clock, hears prompts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from ivr.ears.audiosocket import FRAME_BYTES, FRAME_SECONDS, SILENCE, Kind

#: Before the clip begins, as on a real call nobody speaks at once.
LEAD_SECONDS = 0.3


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One clip that was spoken into an ear. Times are the loop's."""

    began_at: float  #: the clip, after the lead
    closed_at: float  #: the ear ended the connection, or we gave up
    sent: int  #: bytes of sound
    latest_seconds: float  #: by how much our own latest frame was late


async def speak(sound: str, pcm: bytes, *, within_seconds: float) -> Spoken:
    """Speaks the clip once and is silent then, until the ear closes. `sound` is `uuid,host:port`.

    Raises `OSError` if nobody listens; gives up after `within_seconds`.
    """
    uuid, _, address = sound.partition(",")
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    hears = asyncio.create_task(_until_closed(reader))
    loop = asyncio.get_running_loop()
    lead = SILENCE * round(LEAD_SECONDS / FRAME_SECONDS)
    frames = _frames(lead + pcm)
    began = loop.time()
    sent, latest = 0, 0.0
    try:
        writer.write(bytes((Kind.UUID, 0, 16)) + bytes.fromhex(uuid.replace("-", "")))
        for number in range(round(within_seconds / FRAME_SECONDS)):
            due = began + number * FRAME_SECONDS
            await asyncio.wait([hears], timeout=max(0.0, due - loop.time()))
            if hears.done():
                break
            latest = max(latest, loop.time() - due)
            frame = frames[number] if number < len(frames) else SILENCE
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


def _frames(pcm: bytes) -> list[bytes]:
    whole = pcm + bytes(-len(pcm) % FRAME_BYTES)
    return [whole[start : start + FRAME_BYTES] for start in range(0, len(whole), FRAME_BYTES)]
