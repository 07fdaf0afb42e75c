"""A form with a file in it, taken in piece by piece: nobody's memory holds a whole one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import BinaryIO, Final

from aiohttp import BodyPartReader, MultipartReader, web

from callcenter.errors import UploadTooLarge, UploadUnusable

TOKEN: Final = "form_token"  # noqa: S105 - a field's name
FILE: Final = "file"
_TOKEN_AT_MOST: Final = 200  #: bytes
_PIECE: Final = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """Of two parts: the form's token, which is looked at before anything else is taken, then the file."""

    token: str
    _parts: MultipartReader

    async def save(self, file: BinaryIO, *, at_most: int, within_seconds: float) -> int:
        """How many bytes it had. Raises `UploadTooLarge` (the limit is in bytes) and `UploadUnusable`."""
        try:
            async with asyncio.timeout(within_seconds):
                part = await self._parts.next()
                if not isinstance(part, BodyPartReader) or part.name != FILE:
                    raise UploadUnusable("there is no file in it")
                return await _copy(part, file, at_most)
        except TimeoutError as error:
            raise UploadUnusable(f"it took longer than {within_seconds:g} seconds") from error
        except (ValueError, ConnectionError, web.HTTPException) as error:
            raise UploadUnusable(type(error).__name__) from error


async def sent_file_of(request: web.Request, *, within_seconds: float) -> SentFile:
    """Reads up to the token. Raises `UploadUnusable` for what is no form of ours."""
    if request.content_type != "multipart/form-data":
        raise UploadUnusable("not a form with a file")
    try:
        async with asyncio.timeout(within_seconds):
            parts = await request.multipart()
            first = await parts.next()
            if not isinstance(first, BodyPartReader) or first.name != TOKEN:
                raise UploadUnusable("the form's token does not come first")
            token = await first.read_chunk(_TOKEN_AT_MOST)
            if not first.at_eof() and await first.read_chunk(1):
                raise UploadUnusable("the form's token is too long")
    except TimeoutError as error:
        raise UploadUnusable("it did not come") from error
    except (ValueError, AssertionError, ConnectionError, web.HTTPException) as error:
        raise UploadUnusable(type(error).__name__) from error
    return SentFile(token=token.decode("ascii", errors="replace"), _parts=parts)


async def _copy(part: BodyPartReader, file: BinaryIO, at_most: int) -> int:
    size = 0
    while piece := await part.read_chunk(_PIECE):
        size += len(piece)
        if size > at_most:
            raise UploadTooLarge(f"more than {at_most} bytes")
        await asyncio.to_thread(file.write, piece)
    return size
