"""A web server on loopback that serves one file, as well or as badly as a test wants."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from callcenter.app.free_port import free_port

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


class ModelServer:
    """Requests in `asked`; `cut_after` body bytes of each answer the line is cut. Raw bytes instead by `answer`."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.cut_after: list[int] = []  #: one for each answer to come; then whole ones
        self.answer: Handler | None = None
        self.ranges = True
        self.asked: list[str] = []
        self.sent = 0
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/model.zip"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[ModelServer]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", self.port):
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(request.decode())
            await (self.answer or self._file)(request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _file(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        wanted = re.search(rb"Range: bytes=(\d+)-", request)
        begin = int(wanted[1]) if wanted and self.ranges else 0
        total = len(self.body)
        if begin and begin >= total:
            writer.write(b"HTTP/1.1 416 No\r\nContent-Range: bytes */%d\r\nContent-Length: 0\r\n\r\n" % total)
            return
        status = b"200 OK\r\n"
        if begin:
            status = b"206 Partial\r\nContent-Range: bytes %d-%d/%d\r\n" % (begin, total - 1, total)
        writer.write(b"HTTP/1.1 %sContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, total - begin))
        end = begin + self.cut_after.pop(0) if self.cut_after else total
        writer.write(self.body[begin:end])
        self.sent += min(end, total) - begin
