"""用户: who may enter the console. A made-up password is shown once; whoever is changed is signed out at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.access import User, UserChange, UserRole
from callcenter.domain.people import Agent
from callcenter.errors import (
    AgentUnknown,
    HotlineError,
    LastAdministrator,
    NotWhileStorageAway,
    StorageAway,
    TooManyTries,
    UserTaken,
    UserUnknown,
    UserUnusable,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.console_users import NewUser, add_user, set_disabled, set_password, set_role

_PASSWORD_BYTES: Final = 12
_TYPED: Final = ("name", "shown", "role", "extension", "district")
_REFUSALS: Final = {
    LastAdministrator: "这是最后一位管理员，不能停用或改为其他角色。",
    UserTaken: "这个用户名已有人使用。",
    UserUnknown: "没有这个用户。",
    UserUnusable: (
        "用户名2至40个小写字母、数字、点或短横，姓名1至40字；坐席必须有分机，只限坐席和班长；区只限民政局，40字内。"
    ),
    AgentUnknown: "没有这个分机的坐席。",
    TooManyTries: "现在太忙，请再试一次。",
    StorageAway: "数据库暂时不可用。",
    NotWhileStorageAway: "数据库暂时不可用。",
}


async def users(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def change(visit: Visit) -> web.StreamResponse:
    """`do` says what: add, role, disable, enable, password. A refusal is on the page, and what was typed stays."""
    form = await visit.form()
    word, made_up = form.get("do", ""), ""
    try:
        if word in ("add", "password"):
            made_up = secrets.token_urlsafe(_PASSWORD_BYTES)
        work = _work(visit, word, form, await visit.house.passwords.hashed(made_up) if made_up else "")
        user = await visit.house.desk.storage.transact("change user", work, urgent=False)
    except tuple(_REFUSALS) as refusal:
        return await _shown(visit, typed=form, refusal=refusal)
    visit.house.sessions.forget_user(user.id)
    if user.extension and word != "add":
        visit.house.open_pages.end(user.extension, "signed_out")
    return await _shown(visit, told=user, password=made_up)


def _work(visit: Visit, word: str, form: Mapping[str, str], password_hash: str) -> Callable[[UnitOfWork], User]:
    """Raises `UserUnusable` for a word or a role that is none."""
    clock, by = visit.house.desk.clock, visit.user.name
    name, extension = form.get("name", "").strip().lower(), form.get("extension", "").strip()
    district = form.get("district", "").strip()
    match word:
        case "add":
            new = NewUser(
                name=name,
                shown=form.get("shown", "").strip(),
                role=_role(form),
                password_hash=password_hash,
                extension=extension,
                district=district,
            )
            return lambda work: add_user(work, clock, new, by=by)
        case "role":
            role = _role(form)
            return lambda work: set_role(work, clock, name, role, extension=extension, district=district, by=by)
        case "disable" | "enable":
            return lambda work: set_disabled(work, clock, name, disabled=word == "disable", by=by)
        case "password":
            return lambda work: set_password(work, clock, name, password_hash, address=visit.address, by=by)
    raise UserUnusable(word)


def _role(form: Mapping[str, str]) -> UserRole:
    try:
        return UserRole(form.get("role", ""))
    except ValueError as error:
        raise UserUnusable("role") from error


async def _shown(
    visit: Visit,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: HotlineError | None = None,
    told: User | None = None,
    password: str = "",
) -> web.Response:
    limit = visit.house.desk.config.access.rows_at_most

    def read(work: UnitOfWork) -> tuple[list[User], list[UserChange], list[Agent]]:
        return work.access.users(), work.access.changes(limit), work.agents.all()

    known, changes, agents = await visit.read("users", read)
    said = next((text for kind, text in _REFUSALS.items() if isinstance(refusal, kind)), "")
    adding = typed if typed is not None and typed.get("do") == "add" else {}
    return visit.page(
        "users.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
        users=known,
        changes=changes,
        agents=agents,
        roles=list(UserRole),
        refusal=visit.language.t(said) if said else "",
        typed={name: adding.get(name, "") for name in _TYPED},
        told=told,
        password=password,
    )
