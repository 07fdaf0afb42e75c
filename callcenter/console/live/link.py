"""`/desk/live`: the whole present state, then what changes; commands the other way; beats both ways.

Messages are JSON objects with a `kind`. To the page: `state`, `changes`, `profile`, `transcript`, `answer`, `beat`,
`leave`. From it: `beat`, `show`, `command`. A page that reads slowly gets the whole state anew instead of what it
missed, so what waits for it is bounded.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from callcenter.console.house import SESSION_COOKIE, Visit
from callcenter.console.live.board import Change, Facts
from callcenter.console.live.commands import COMMANDS
from callcenter.console.live.open_pages import OpenPage
from callcenter.console.live.profile import profile_of
from callcenter.console.live.refusals import refusal_text
from callcenter.console.looking import note
from callcenter.domain.looks import Seen
from callcenter.errors import AgentUnknown, HotlineError, NotWhileStorageAway
from callcenter.ports.news import News

log = structlog.get_logger()

_GOES_AWAY: Final = (asyncio.CancelledError, ConnectionError, TimeoutError)
_CLOSE_WITHIN_SECONDS: Final = 1.0
_SIGNED_OUT: Final = "signed_out"
_ASKED_FOR_AT_MOST: Final = 8  #: profiles that a page may want at once


async def live(visit: Visit) -> web.StreamResponse:
    """Until the page goes, is replaced by another of the same agent, stays silent, or its session ends."""
    section = visit.house.desk.config.desk
    if not visit.user.extension:
        raise AgentUnknown(visit.user.name)
    if visit.house.open_pages.full:
        raise web.HTTPServiceUnavailable
    socket = web.WebSocketResponse(
        max_msg_size=section.message_kib * 1024, timeout=_CLOSE_WITHIN_SECONDS, compress=False
    )
    await socket.prepare(visit.request)
    link = _Link(visit, socket)
    await link.run()
    return socket


class _Link:
    """One page's."""

    def __init__(self, visit: Visit, socket: web.WebSocketResponse) -> None:
        self._visit = visit
        self._house = visit.house
        self._section = visit.house.desk.config.desk
        self._socket = socket
        self._wake = asyncio.Event()
        self._changes: list[Change] = []
        self._whole = True  #: the whole state is sent next
        self._sentences: deque[News] = deque(maxlen=self._section.unread_sentences)
        self._answers: deque[Facts] = deque()
        self._shown: set[UUID] = set()
        self._asked_for: deque[UUID] = deque(maxlen=_ASKED_FOR_AT_MOST)
        self._leave = ""

    async def run(self) -> None:
        page = OpenPage(extension=self._visit.user.extension, leave=self._told_to_leave)
        end_listening = self._house.board.listen(self._hear)
        self._house.open_pages.enter(page)
        try:
            with suppress(NotWhileStorageAway):  # the queue holds names, and helping goes on without the database
                await note(self._visit, Seen.LIST, why="desk opened")
            await self._house.board.look()
            await _until_one_ends(self._read(), self._write())
        finally:
            self._house.open_pages.left(page)
            end_listening()
            with suppress(ConnectionError):
                await self._socket.close(code=WSCloseCode.OK, message=self._leave.encode())

    # ------------------------------------------------------------------------------------ to the page

    def _hear(self, told: Change | News) -> None:
        if isinstance(told, News):
            self._sentences.append(told)
        elif not self._whole:
            self._changes.append(told)
            self._whole = len(self._changes) > 1  # it has not read the one before: the whole is shorter
        self._wake.set()

    def _told_to_leave(self, why: str) -> None:
        self._leave = why
        self._wake.set()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        look_again = loop.time() + self._visit.house.desk.config.access.session_looked_up_every_seconds
        while True:
            if loop.time() >= look_again:
                look_again = loop.time() + self._visit.house.desk.config.access.session_looked_up_every_seconds
                if await self._house.sessions.of(self._visit.request.cookies.get(SESSION_COOKIE, "")) is None:
                    self._leave = _SIGNED_OUT
            if self._leave:
                await self._send({"kind": "leave", "why": self._leave})
                await self._socket.close(code=WSCloseCode.OK, message=self._leave.encode())
                return
            await self._send_what_waits()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._section.beat_seconds):
                    await self._wake.wait()
            if not self._wake.is_set():
                await self._send({"kind": "beat"})
            self._wake.clear()

    async def _send_what_waits(self) -> None:
        while self._answers:
            await self._send(self._answers.popleft())
        if self._whole:
            self._whole, self._changes = False, []
            await self._send({"kind": "state", "me": self._visit.user.extension}, self._house.board.seen.facts)
        for change in self._taken():
            await self._send({"kind": "changes"}, change.facts)
        await self._show_offered()
        while self._asked_for:
            await self._show(self._asked_for.popleft(), why="opened at the desk", offered=False)
        while self._sentences:
            sentence = self._sentences.popleft()
            await self._send({"kind": "transcript", "emergency": sentence.subject, **sentence.words})

    def _taken(self) -> list[Change]:
        changes, self._changes = self._changes, []
        return changes

    async def _show_offered(self) -> None:
        """What rings at this agent is shown before it is answered, once."""
        mine = self._house.board.seen.ringing_at.get(self._visit.user.extension, frozenset())
        self._shown &= mine
        for emergency in mine - self._shown:
            self._shown.add(emergency)
            await self._show(emergency, why="offered at the desk", offered=True)

    async def _show(self, emergency: UUID, *, why: str, offered: bool) -> None:
        try:
            html = await profile_of(self._visit, emergency, why=why)
        except HotlineError as error:
            log.warning("profile_not_shown", error=type(error).__name__)
            return await self._send(
                {"kind": "profile", "emergency": str(emergency), "refused": type(error).__name__, "offered": offered}
            )
        await self._send({"kind": "profile", "emergency": str(emergency), "html": html, "offered": offered})

    async def _send(self, facts: Facts, more: str = "") -> None:
        """`more` is the inside of a JSON object. Raises `TimeoutError` for a page that takes nothing more."""
        now = int(self._house.desk.clock.now().timestamp() * 1000)
        text = json.dumps({**facts, "now_ms": now}, ensure_ascii=False)
        async with asyncio.timeout(self._section.send_within_seconds):
            await self._socket.send_str(f"{text[:-1]}, {more}}}" if more else text)

    # ---------------------------------------------------------------------------------- from the page

    async def _read(self) -> None:
        pace = _Pace(self._section.commands_a_second)
        while not self._socket.closed:
            try:
                message = await self._socket.receive(timeout=self._section.silent_after_seconds)
            except TimeoutError:
                self._leave = "silent"
                return
            if message.type is not WSMsgType.TEXT:
                return
            if not pace.keeps():
                self._leave = "too many messages"
                return
            await self._hear_page(message.data)

    async def _hear_page(self, text: str) -> None:
        number = 0
        try:
            words = json.loads(text)
            kind = words["kind"]
            if kind == "beat":
                return
            number = int(words["number"])
            if kind == "show":
                self._asked_for.append(UUID(words["emergency"]))
                self._wake.set()
                return
            command = COMMANDS[words["do"]] if kind == "command" else None
            if command is None:
                raise ValueError(kind)
            refused = await self._do(command, words)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            refused = "MessageUnusable"
        self._answer(number, refused)

    async def _do(self, command: Any, words: Facts) -> str:
        """The name of the refusal, or ""."""
        try:
            async with asyncio.timeout(self._section.command_within_seconds):
                await command(self._visit, words)
        except HotlineError as refusal:
            return type(refusal).__name__
        except TimeoutError:
            return "TookTooLong"
        return ""

    def _answer(self, number: int, refused: str) -> None:
        answer: Facts = {"kind": "answer", "number": number, "ok": not refused}
        if refused:
            answer |= {"refused": refused, "said": refusal_text(self._visit, refused)}
        self._answers.append(answer)
        self._wake.set()


async def _until_one_ends(*both: Coroutine[Any, Any, None]) -> None:
    """And then the other, too. What ended it is the page's going away, whatever it is called."""
    tasks = [asyncio.ensure_future(each) for each in both]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, BaseException) and not isinstance(ended, _GOES_AWAY):
                raise ended


class _Pace:
    """So many messages a second on average, and no more than that at once."""

    def __init__(self, a_second: int) -> None:
        self._a_second = a_second
        self._left = float(a_second)
        self._at = asyncio.get_running_loop().time()

    def keeps(self) -> bool:
        now = asyncio.get_running_loop().time()
        self._left = min(float(self._a_second), self._left + (now - self._at) * self._a_second) - 1
        self._at = now
        return self._left >= 0
