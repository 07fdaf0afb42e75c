"""The service's end of the control socket (`ask_service` is the other). 0600, one JSON line each way."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self
from uuid import UUID

import structlog

from callcenter.app.control_verbs import adding_verbs
from callcenter.config import Config
from callcenter.domain.people import Presence
from callcenter.errors import HotlineError
from callcenter.services.agent_presence import change_presence
from callcenter.services.close_emergency import close_emergency
from callcenter.services.desk import Desk
from callcenter.services.invite import invite_120, invite_contact

log = structlog.get_logger()

LINE_AT_MOST: Final = 65_536
ASK_WITHIN_SECONDS: Final = 2.0

Words = Mapping[str, Any]


class ControlSocket:
    """Serves the verbs below on `control.socket`. A wrong request gets its error back and changes nothing."""

    def __init__(self, config: Config, desk: Desk) -> None:
        self._path = config.path(config.control.socket)
        self._desk = desk
        self._server: asyncio.Server | None = None
        self._verbs: Mapping[str, Callable[[Words], Awaitable[Words]]] = {
            "presence": self._presence,
            "close": self._close,
            "invite": self._invite,
            "ping": self._ping,
            **adding_verbs(desk),
        }

    async def __aenter__(self) -> Self:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            self._path.unlink()
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LINE_AT_MOST)
        finally:
            os.umask(before)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        with suppress(FileNotFoundError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(ASK_WITHIN_SECONDS):
                line = await reader.readline()
            answer = await self._answer(line)
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            async with asyncio.timeout(ASK_WITHIN_SECONDS):
                await writer.drain()
        except (TimeoutError, ValueError, ConnectionError):
            log.info("control_peer_dropped")
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Words:
        try:
            words = json.loads(line)
            verb = self._verbs[words["verb"]]
        except (ValueError, KeyError, TypeError):
            return {"error": f"verb must be one of {', '.join(self._verbs)}"}
        try:
            return await verb(words)
        except HotlineError as error:
            return {"error": str(error), "kind": type(error).__name__, "detail": error.detail}
        except (ValueError, KeyError, TypeError) as error:
            return {"error": f"{words['verb']}: {error}"}

    async def _presence(self, words: Words) -> Words:
        agent = await change_presence(self._desk, str(words["agent"]), Presence(words["presence"]))
        return {"agent": agent.extension, "presence": words["presence"]}

    async def _close(self, words: Words) -> Words:
        closed = await close_emergency(
            self._desk,
            UUID(words["emergency"]),
            by=str(words["by"]),
            disposition=str(words["disposition"]),
            note=str(words.get("note", ""))[:500],
        )
        return {"emergency": str(closed.id), "disposition": closed.disposition}

    async def _invite(self, words: Words) -> Words:
        invite = {"contact": invite_contact, "120": invite_120}[str(words["whom"])]
        return {"invited": await invite(self._desk, UUID(words["emergency"]))}

    async def _ping(self, words: Words) -> Words:
        return {"node": self._desk.config.node.name, "storage_away": self._desk.storage.away}
