"""A large file by HTTP over a line that may be cut at any moment: what has come stays, and is not asked for twice."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import aiohttp

from callcenter.errors import ModelNotFetched

#: The largest Chinese model of its publisher has 1.9 GiB.
AT_MOST_BYTES: Final = 4 * 2**30
CONNECT_SECONDS: Final = 15.0
SILENT_SECONDS: Final = 30.0  #: without a byte: the line counts as cut
TRIES: Final = 5  #: in a row without a byte that is new
_PAUSE_SECONDS: Final = 0.5  #: before the second try, twice that before the third …
_CHUNK: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+)")

#: Called with (bytes so far, bytes in all or None when nobody says).
Progress = Callable[[int, int | None], None]


class _CutOff(Exception):
    """The line was cut, or the server is ill: worth another try."""


def part_of(url: str, folder: Path) -> Path:
    """Where what has come of this URL waits for the rest. Another URL's part is never continued."""
    return folder / f".{hashlib.sha256(url.encode()).hexdigest()[:16]}.part"


async def fetch(url: str, folder: Path, progress: Progress, *, at_most: int = AT_MOST_BYTES) -> Path:
    """The complete file, still under its `part_of` name: the caller checks it and takes it away.

    Continues what an earlier run left. Raises `ModelNotFetched`; a cut line and a server's own fault are tried again,
    a refusal (404) is not. Proxies are taken from the environment.
    """
    part = part_of(url, folder)
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True, auto_decompress=False) as session:
        while True:
            before = _size(part)
            try:
                return await _go_on(session, url, part, progress, at_most)
            except (_CutOff, aiohttp.ClientError, TimeoutError) as error:
                failed = 1 if _size(part) > before else failed + 1
                if failed >= TRIES or isinstance(error, aiohttp.InvalidURL):
                    raise ModelNotFetched(f"{url}: {str(error) or type(error).__name__}") from error
            await asyncio.sleep(_PAUSE_SECONDS * 2 ** (failed - 1))


async def _go_on(session: aiohttp.ClientSession, url: str, part: Path, progress: Progress, at_most: int) -> Path:
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    async with session.get(url, headers=headers) as response:
        match response.status:
            case 200:
                have, total = 0, response.content_length
            case 206:
                begins, total = _range(response)
                if begins != have:
                    raise ModelNotFetched(f"{url}: asked from byte {have} on, got from {begins}")
            case 416:
                if _range(response) == (None, have):
                    return part
                part.unlink()
                raise _CutOff("the file has changed on the server")
            case status if status >= 500:
                raise _CutOff(f"HTTP {status}")
            case status:
                raise ModelNotFetched(f"{url}: HTTP {status}")
        await _take(response, part, have, total, progress, at_most)
    return part


async def _take(
    response: aiohttp.ClientResponse, part: Path, have: int, total: int | None, progress: Progress, at_most: int
) -> None:
    if (total or 0) > at_most:
        raise ModelNotFetched(f"{response.url}: {total} bytes, at most {at_most}")
    with part.open("ab") as file:
        file.truncate(have)
        async for chunk in response.content.iter_chunked(_CHUNK):
            have += len(chunk)
            if have > at_most:
                part.unlink()
                raise ModelNotFetched(f"{response.url}: more than {at_most} bytes")
            file.write(chunk)
            progress(have, total)
    if total is not None and have != total:
        raise _CutOff(f"{have} of {total} bytes")


def _range(response: aiohttp.ClientResponse) -> tuple[int | None, int | None]:
    """(first byte, bytes in all) of Content-Range; Nones where it says nothing."""
    found = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None:
        return None, None
    return (None if found[1] is None else int(found[1])), int(found[2])


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
