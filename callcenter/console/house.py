"""What every page may reach, and one request with whoever made it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import aiohttp_jinja2
from aiohttp import web

from callcenter.console.api.known_clients import KnownClients
from callcenter.console.headers import address_of, is_secure
from callcenter.console.language import Language, Languages
from callcenter.console.list_jobs import ListJobs
from callcenter.console.listening import Listening
from callcenter.console.live.board import Board
from callcenter.console.live.open_pages import OpenPages
from callcenter.console.sent_file import SentFile
from callcenter.console.sessions import Known, Sessions
from callcenter.console.uploads import Upload, read_upload
from callcenter.domain.access import Permission, User, may
from callcenter.domain.health import Health, HealthPart
from callcenter.ports.prompts import Prompts
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.passwords import Passwords
from callcenter.services.reports import Reports
from callcenter.services.sign_in import SignIns
from callcenter.words import Words

T = TypeVar("T")

SESSION_COOKIE: Final = "hotline_session"
LANGUAGE_COOKIE: Final = "hotline_language"
_FORM_FIELDS_AT_MOST: Final = 180  #: an elder's form with every row filled has 130
_UPLOAD: Final = web.RequestKey("upload", Upload)

Healths = Callable[[], Mapping[HealthPart, Health]]  #: of each part, at this moment; what is left out is no data


@dataclass(frozen=True, kw_only=True)
class PhoneOfAgent:
    """How a browser registers as an agent's phone."""

    account: str
    password: str


Simulate = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What the console is given beside the desk."""

    words: Words
    phone_of: Callable[[str], PhoneOfAgent]  #: by extension
    prompts: Prompts
    health: Healths
    simulate: Simulate | None = None  #: presses the red key of a made-up elder's pager, in the demo


@dataclass(frozen=True, kw_only=True)
class House:
    """Built once by `callcenter.console.server`."""

    desk: Desk
    languages: Languages
    sessions: Sessions
    sign_ins: SignIns
    passwords: Passwords
    board: Board
    open_pages: OpenPages
    listening: Listening
    lists: ListJobs
    prompts: Prompts
    api_clients: KnownClients
    phone_of: Callable[[str], PhoneOfAgent]  #: by extension
    health: Healths
    reports: Reports
    simulate: Simulate | None  #: presses the red key of a pager; None outside the demo
    ticket_secret: str  #: signs what the door lets a telephone connect by


HOUSE: Final = web.AppKey("house", House)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request, and who is behind it."""

    request: web.Request
    house: House
    known: Known | None
    language: Language
    sent: SentFile | None = None  #: of a route that takes it piece by piece

    @property
    def file(self) -> SentFile:
        """Of such a route."""
        assert self.sent is not None
        return self.sent

    @property
    def user(self) -> User:
        """Of a route that is not for everybody."""
        assert self.known is not None
        return self.known.user

    @property
    def address(self) -> str:
        return address_of(self.request)

    @property
    def secure(self) -> bool:
        return is_secure(self.request)

    def may(self, permission: Permission) -> bool:
        return may(self.known.user.role if self.known else None, permission)

    @property
    def dispositions(self) -> dict[str, str]:
        """By digit, as people read them."""
        words = self.house.desk.config.dispositions
        return {digit: self.language.disposition(word) for digit, word in words.items()}

    @property
    def checklists(self) -> dict[str, tuple[str, ...]]:
        """By a disposition's digit, what is ticked before an emergency is closed so."""
        config = self.house.desk.config
        return {digit: config.records.checklists.get(word, ()) for digit, word in config.dispositions.items()}

    @cached_property
    def form_token(self) -> str:
        """Of each form on the page; worth nothing without the session's cookie."""
        token = self.request.cookies.get(SESSION_COOKIE, "")
        return hashlib.sha256(f"form {token}".encode()).hexdigest()

    def form_token_fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.form_token.encode())

    async def form(self) -> dict[str, str]:
        """The fields of a form. Raises `ValueError` for one that is none."""
        if self.request.content_type != "application/x-www-form-urlencoded":
            raise ValueError("not a form")
        text = (await self.request.read()).decode("utf-8")
        return dict(parse_qsl(text, max_num_fields=_FORM_FIELDS_AT_MOST, keep_blank_values=True))

    async def upload(self) -> Upload:
        """The fields and the file of a form that has one; read once. Raises `ValueError` for one that is none."""
        if (found := self.request.get(_UPLOAD)) is None:
            kib = self.house.desk.config.supervision.recording_kib
            found = self.request[_UPLOAD] = await read_upload(self.request, at_most_bytes=kib * 1024)
        upload: Upload = found
        return upload

    async def read(self, name: str, read: Callable[[UnitOfWork], T]) -> T:
        """Raises `StorageAway` after `access.read_within_seconds`."""
        desk = self.house.desk
        return await desk.storage.look_up(
            name, read, within_seconds=desk.config.access.read_within_seconds, urgent=False
        )

    def page(self, template: str, status: int = 200, **context: Any) -> web.Response:
        return aiohttp_jinja2.render_template(template, self.request, {**self.common(), **context}, status=status)

    def fragment(self, template: str, **context: Any) -> str:
        """A piece of a page, as HTML."""
        return aiohttp_jinja2.render_string(template, self.request, {**self.common(), **context})

    def common(self) -> dict[str, Any]:
        """What every template may ask."""
        return {
            "language": self.language,
            "t": self.language.t,
            "word": self.language.word,
            "moment": self.language.moment,
            "user": self.known.user if self.known else None,
            "may": self.may,
            "Permission": Permission,
            "form_token": self.form_token,
            "demo": self.house.simulate is not None,
            "hotline": self.house.desk.config.hotline.name,
            "here": self.request.rel_url.path,
        }


Page = Callable[[Visit], Awaitable[web.StreamResponse]]
