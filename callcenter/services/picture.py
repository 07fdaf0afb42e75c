"""A photo as a browser sends it: is it one, how large, and without what a camera wrote into it (where, when, whose)."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from callcenter.errors import PictureUnusable

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8"
#: Of a PNG these are its picture; everything else is about it, and is left out.
_PNG_KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN: Final = 0xDA
_END: Final = 0xD9
#: APP0 says how the picture is to be read, APP14 its colours; the others hold Exif and comments.
_JPEG_LEFT_OUT: Final = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})


class PictureKind(StrEnum):
    PNG = "image/png"
    JPEG = "image/jpeg"


@dataclass(frozen=True, kw_only=True)
class Picture:
    kind: PictureKind
    width: int
    height: int
    content: bytes


def picture_of(content: bytes, *, side_at_most: int) -> Picture:
    """What its bytes are, whatever its name says. Raises `PictureUnusable`; `side_at_most` is in pixels."""
    try:
        if content.startswith(_PNG):
            picture = _png(content)
        elif content.startswith(_JPEG):
            picture = _jpeg(content)
        else:
            raise PictureUnusable("neither PNG nor JPEG")
    except (struct.error, IndexError) as error:
        raise PictureUnusable("it ends too early") from error
    if not (0 < picture.width <= side_at_most and 0 < picture.height <= side_at_most):
        raise PictureUnusable(f"{picture.width} × {picture.height} pixels, at most {side_at_most} each way")
    return picture


def _png(content: bytes) -> Picture:
    kept, place, kind = [_PNG], len(_PNG), b""
    width = height = 0
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", content, place)
        chunk = content[place : place + length + 12]
        (check,) = struct.unpack_from(">I", chunk, length + 8)
        if zlib.crc32(chunk[4:-4]) != check:
            raise PictureUnusable("a part of it is broken")
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", chunk, 8)
        if kind in _PNG_KEPT:
            kept.append(chunk)
        place += length + 12
    return Picture(kind=PictureKind.PNG, width=width, height=height, content=b"".join(kept))


def _jpeg(content: bytes) -> Picture:
    kept, place = [_JPEG], len(_JPEG)
    width = height = 0
    while True:
        start, marker, length = struct.unpack_from(">BBH", content, place)
        if start != 0xFF or length < 2:
            raise PictureUnusable("a part of it is broken")
        if marker in _START_OF_FRAME:
            height, width = struct.unpack_from(">HH", content, place + 5)
        if marker == _START_OF_SCAN:
            break
        if marker not in _JPEG_LEFT_OUT:
            kept.append(content[place : place + length + 2])
        place += length + 2
    end = content.rfind(bytes((0xFF, _END)))
    if end < place:
        raise PictureUnusable("it ends too early")
    kept.append(content[place : end + 2])
    return Picture(kind=PictureKind.JPEG, width=width, height=height, content=b"".join(kept))
