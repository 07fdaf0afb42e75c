"""`/static`: the bundled files, read once. What is not on the shelf is not there, whatever the path says."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

FOLDER: Final = Path(__file__).parents[1] / "static"
_SQUEEZED: Final = frozenset({"text/javascript", "text/css", "image/svg+xml"})


@dataclass(frozen=True, kw_only=True)
class _File:
    kind: str
    plain: bytes
    squeezed: bytes | None
    mark: str
    keeps: bool  #: its name changes with its content


class Shelf:
    """Every file of a folder, under its path in it."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            str(path.relative_to(folder)): _read(path)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".")
        }

    def __len__(self) -> int:
        return len(self._files)

    async def hand(self, request: web.Request) -> web.Response:
        """200 or, to who has it already, 304; 404 for what is not here."""
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound(text="no such file\n")
        headers = {
            "ETag": f'"{file.mark}"',
            "Cache-Control": "public, max-age=31536000, immutable" if file.keeps else "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if any(tag.value == file.mark for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        body = file.plain
        if file.squeezed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = file.squeezed
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, content_type=file.kind, charset="utf-8", headers=headers)


def _read(path: Path) -> _File:
    plain = path.read_bytes()
    kind = {".js": "text/javascript", ".woff2": "font/woff2"}.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    return _File(
        kind=kind,
        plain=plain,
        squeezed=gzip.compress(plain, mtime=0) if kind in _SQUEEZED else None,
        mark=hashlib.sha256(plain).hexdigest()[:20],
        keeps=path.parent.name == "shared",
    )
