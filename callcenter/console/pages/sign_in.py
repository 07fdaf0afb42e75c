"""登录、退出、修改密码, and the switch of language."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from callcenter.console.door import ticket
from callcenter.console.house import LANGUAGE_COOKIE, SESSION_COOKIE, Visit
from callcenter.domain.access import Permission
from callcenter.errors import NotWhileStorageAway, PasswordTooShort, SignInRefused, StorageAway, TooManyTries

_A_YEAR_SECONDS: Final = 31_536_000
_REFUSALS: Final = {
    SignInRefused: (HTTPStatus.UNPROCESSABLE_ENTITY, "用户名或密码不对。"),
    TooManyTries: (HTTPStatus.TOO_MANY_REQUESTS, "尝试次数太多，请过几分钟再试。"),
    PasswordTooShort: (HTTPStatus.UNPROCESSABLE_ENTITY, "新密码太短。"),
    StorageAway: (HTTPStatus.SERVICE_UNAVAILABLE, "数据库暂时不可用，现在不能登录。已登录的页面不受影响。"),
    NotWhileStorageAway: (HTTPStatus.SERVICE_UNAVAILABLE, "数据库暂时不可用，现在不能登录。已登录的页面不受影响。"),
}
_REFUSED: Final = tuple(_REFUSALS)


async def first_page(visit: Visit) -> web.StreamResponse:
    """Where the work of this role is."""
    if visit.may(Permission.DESK) and visit.user.extension:
        return _go("/desk")
    places = (
        (Permission.EMERGENCIES, "/emergencies"),
        (Permission.ADMINISTER, "/admin/users"),
        (Permission.LOOKS, "/looks"),
        (Permission.WALLBOARD, "/wallboard"),
    )
    return _go(next(place for permission, place in places if visit.may(permission)))


async def ask(visit: Visit) -> web.StreamResponse:
    return visit.page("login.html")


async def sign_in(visit: Visit) -> web.StreamResponse:
    """A fresh token each time: one that somebody planted before is worth nothing after."""
    form = await visit.form()
    try:
        signed_in = await visit.house.sign_ins.sign_in(form.get("name", ""), form.get("password", ""), visit.address)
    except _REFUSED as refusal:
        return _refuse(visit, "login.html", refusal)
    if visit.known is not None:
        visit.house.sessions.forget(visit.known.session)
    visit.house.sessions.remember(signed_in)
    response = _go("/")
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        max_age=int(visit.house.desk.config.access.session_seconds),
        httponly=True,
        secure=visit.secure,
        samesite="Strict",
    )
    if signed_in.user.extension:
        _let_telephone(visit, response, signed_in.user.extension)
    return response


def _let_telephone(visit: Visit, response: web.Response, extension: str) -> None:
    """The door lets this browser's telephone connect, whether the service is alive then or not."""
    console, account = visit.house.desk.config.console, visit.house.phone_of(extension).account
    until = visit.house.desk.clock.now() + timedelta(seconds=console.ticket_seconds)
    response.set_cookie(
        ticket.COOKIE,
        ticket.issue(visit.house.ticket_secret, account, until),
        path=ticket.PATH,
        max_age=int(console.ticket_seconds),
        httponly=True,
        secure=visit.secure,
        samesite="Strict",
    )


async def sign_out(visit: Visit) -> web.StreamResponse:
    assert visit.known is not None
    visit.house.sessions.forget(visit.known.session)
    await visit.house.sign_ins.sign_out(visit.user, visit.known.session)
    response = _go("/login")
    response.del_cookie(SESSION_COOKIE, httponly=True, secure=visit.secure, samesite="Strict")
    response.del_cookie(ticket.COOKIE, path=ticket.PATH, httponly=True, secure=visit.secure, samesite="Strict")
    return response


async def ask_password(visit: Visit) -> web.StreamResponse:
    return visit.page("password.html")


async def change_password(visit: Visit) -> web.StreamResponse:
    """Ends this session, too: the new password is typed once more."""
    form = await visit.form()
    try:
        await visit.house.sign_ins.change_password(visit.user, form.get("old", ""), form.get("new", ""), visit.address)
    except _REFUSED as refusal:
        return _refuse(visit, "password.html", refusal)
    assert visit.known is not None
    visit.house.sessions.forget(visit.known.session)
    return _go("/login")


async def change_language(visit: Visit) -> web.StreamResponse:
    code = visit.request.match_info["code"]
    if not visit.house.languages.known(code):
        raise web.HTTPNotFound
    response = _go(_back(visit.request.headers.get("Referer", "")))
    response.set_cookie(LANGUAGE_COOKIE, code, max_age=_A_YEAR_SECONDS, secure=visit.secure, samesite="Lax")
    return response


def _refuse(visit: Visit, template: str, refusal: Exception) -> web.Response:
    status, text = next(said for kind, said in _REFUSALS.items() if isinstance(refusal, kind))
    return visit.page(template, status=status, refusal=visit.language.t(text))


def _back(came_from: str) -> str:
    """The path alone: nobody is sent to another host."""
    path = urlsplit(came_from).path
    return path if path.startswith("/") and not path.startswith(("//", "/\\", "/language")) else "/"


def _go(place: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": place})
