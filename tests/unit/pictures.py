"""Small pictures, made by hand."""

from __future__ import annotations

import struct
import zlib


def a_png(width: int = 4, height: int = 3) -> bytes:
    """Grey, with a comment in it that a camera might write."""
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
            (b"tEXt", b"Comment\0secret place"),
            (b"IDAT", rows),
            (b"IEND", b""),
        )
    )


def a_jpeg(width: int = 4, height: int = 3) -> bytes:
    """Its parts only: nothing that a browser would paint."""
    parts = (
        (0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        (0xE1, b"Exif\0\0secret place"),
        (0xFE, b"secret place"),
        (0xC0, struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\0"),
        (0xDA, b"\x01\x01\0\0\x3f\0"),
    )
    whole = b"".join(struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data for marker, data in parts)
    return b"\xff\xd8" + whole + b"\x12\x34" + b"\xff\xd9"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
