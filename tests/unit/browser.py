"""The console in the tests' house, and browsers that speak to it as the door does: on its unix socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, CookieJar, FormData, UnixConnector
from argon2 import PasswordHasher

from callcenter.app.prompt_shelf import PromptShelf
from callcenter.config import check
from callcenter.console.house import Around, PhoneOfAgent, Simulate
from callcenter.console.house import House as Console
from callcenter.console.server import open_console
from callcenter.domain.access import UserRole
from callcenter.domain.health import Health, HealthPart
from callcenter.services.console_users import NewUser, add_user
from callcenter.words import Words, load_words
from tests.unit.fakes import PROJECT
from tests.unit.house import House

PASSWORD = "a long password"
ORIGIN = "http://desk.example"
QUICK_DESK = {"desk": {"beat_seconds": 0.2, "refresh_seconds": 0.1, "commands_a_second": 20}}


@cache
def password_hash() -> str:
    """Of the password above, at so little cost that hundreds of tests may sign in: what it took stands in the hash."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@cache
def _words() -> Words:
    """Read once for all tests."""
    return load_words(check({}, PROJECT))


@dataclass(kw_only=True)
class Browser:
    """One, with its own cookies."""

    client: ClientSession

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self.client.get(path, headers=headers, allow_redirects=False)

    async def post(self, path: str, origin: str | None = ORIGIN, **fields: str) -> ClientResponse:
        headers = {"Origin": origin} if origin is not None else {}
        return await self.client.post(path, data=fields, headers=headers, allow_redirects=False)

    async def uploads(self, path: str, content: bytes, name: str = "x.wav", **fields: str) -> ClientResponse:
        """A form with a file, as a browser sends it: its fields first."""
        form = FormData(fields)
        form.add_field("file", BytesIO(content), filename=name, content_type="application/octet-stream")
        return await self.client.post(path, data=form, headers={"Origin": ORIGIN}, allow_redirects=False)

    async def signs_in(self, name: str, password: str = PASSWORD) -> ClientResponse:
        return await self.post("/login", name=name, password=password)

    async def form_token(self, path: str = "/password") -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', await (await self.get(path)).text())
        assert found
        return found[1]

    async def opens_desk(self, origin: str = ORIGIN) -> Link:
        return Link(await self.client.ws_connect("/desk/live", origin=origin))


class Link:
    """The desk's, as its page hears it."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self._number = 0

    async def hears(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The next of this kind that holds these; what comes before is passed over."""
        while True:
            message: dict[str, Any] = await self.socket.receive_json(timeout=5)
            if message["kind"] == kind and all(message.get(name) == value for name, value in wanted.items()):
                return message

    async def asks(self, do: str, **words: Any) -> dict[str, Any]:
        """A command, and its answer."""
        self._number += 1
        await self.socket.send_json({"kind": "command", "number": self._number, "do": do, **words})
        return await self.hears("answer", number=self._number)


class ConsoleHouse:
    """A hotline with its console."""

    def __init__(self, house: House, console: Console) -> None:
        self.house = house
        self.console = console

    async def user(self, name: str, role: UserRole, extension: str = "") -> None:
        new = NewUser(name=name, shown=name.title(), role=role, password_hash=password_hash(), extension=extension)
        await self.house.storage.transact("user", lambda work: add_user(work, self.house.clock, new), urgent=False)

    @asynccontextmanager
    async def browser(self, signed_in_as: str = "") -> AsyncIterator[Browser]:
        config = self.house.desk.config
        connector = UnixConnector(str(config.path(config.console.socket)))
        jar = CookieJar(unsafe=True)
        async with ClientSession(ORIGIN, connector=connector, cookie_jar=jar) as client:
            browser = Browser(client=client)
            if signed_in_as:
                assert (await browser.signs_in(signed_in_as)).status == 303
            yield browser


@asynccontextmanager
async def with_console(house: House, simulate: Simulate | None = None) -> AsyncIterator[ConsoleHouse]:
    async with open_console(house.desk, around(house, simulate)) as console:
        yield ConsoleHouse(house, console)


def around(house: House, simulate: Simulate | None = None) -> Around:
    """Beside the desk: everything is well, and a page's telephone has a password."""
    config = house.desk.config
    health = dict.fromkeys((HealthPart.TELEPHONY, HealthPart.DATABASE), Health.WELL)
    return Around(
        words=_words(),
        phone_of=lambda extension: PhoneOfAgent(account=f"{extension}-web", password="secret"),
        prompts=PromptShelf(config, config.folder / "config.yaml"),
        health=lambda: health,
        simulate=simulate,
    )
