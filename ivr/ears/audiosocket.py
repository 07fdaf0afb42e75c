"""The frames of Asterisk's AudioSocket: a kind (1 byte), a length (2, big-endian), so many bytes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from callcenter.errors import HotlineError

FRAME_SECONDS: Final = 0.02
FRAME_BYTES: Final = 320  #: 20 ms of 8 kHz, mono, 16 bit, little-endian
SILENCE: Final = bytes(FRAME_BYTES)
#: Asterisk sends what its channel read at once, 10 to 60 ms; half a second is far beyond.
PAYLOAD_BYTES_AT_MOST: Final = 8192

_HEAD_BYTES: Final = 3


class Kind(IntEnum):
    END = 0x00
    UUID = 0x01  #: 16 bytes, the first frame
    KEY = 0x03  #: one ASCII digit, pressed by the caller
    AUDIO = 0x10
    ERROR = 0xFF


class FrameUnusable(HotlineError):
    """A frame is longer than any that Asterisk sends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    kind: int  #: one of `Kind`, or something newer
    payload: bytes


class FrameReader:
    """Puts frames together from bytes that come in any pieces. Holds one frame at most."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def frames(self, data: bytes) -> Iterator[Frame]:
        """Those that are complete now. Raises `FrameUnusable`: the stream cannot be read on."""
        rest = self._rest
        rest += data
        start = 0
        try:
            while len(rest) - start >= _HEAD_BYTES:
                length = int.from_bytes(rest[start + 1 : start + _HEAD_BYTES], "big")
                if length > PAYLOAD_BYTES_AT_MOST:
                    raise FrameUnusable(f"{length} bytes")
                end = start + _HEAD_BYTES + length
                if end > len(rest):
                    break
                frame = Frame(kind=rest[start], payload=bytes(rest[start + _HEAD_BYTES : end]))
                start = end
                yield frame
        finally:
            del rest[:start]


def encoded(kind: Kind, payload: bytes = b"") -> bytes:
    """One frame as it goes over the wire."""
    return bytes((kind,)) + len(payload).to_bytes(2, "big") + payload
