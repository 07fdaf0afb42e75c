"""A form with a file in it: read within bounds, whole, before anything looks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aiohttp import BodyPartReader, web

_FIELDS_AT_MOST: Final = 10
_FIELD_BYTES: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Its fields, and the one file; empty without one."""

    fields: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


async def read_upload(request: web.Request, *, at_most_bytes: int) -> Upload:
    """Raises `ValueError` for what is no such form, and 413 for a file that is larger."""
    if request.content_type != "multipart/form-data":
        raise ValueError("not a form with a file")
    fields: dict[str, str] = {}
    content = b""
    parts = await request.multipart()
    for _ in range(_FIELDS_AT_MOST):
        part = await parts.next()
        if part is None:
            return Upload(fields=fields, content=content)
        if not isinstance(part, BodyPartReader) or not part.name:
            raise ValueError("a part that is no field")
        if part.filename is not None:
            content = await _bounded(part, at_most_bytes)
        else:
            fields[part.name] = (await _bounded(part, _FIELD_BYTES)).decode("utf-8")
    raise ValueError("too many fields")


async def _bounded(part: BodyPartReader, at_most_bytes: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > at_most_bytes:
            raise web.HTTPRequestEntityTooLarge(max_size=at_most_bytes, actual_size=len(content))
    return bytes(content)
