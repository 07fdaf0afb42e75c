"""用户: who may enter the console, as an administrator adds and disables them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from callcenter.domain.access import Permission, SignIn, SignInResult, User, UserAct, UserChange, UserRole, may
from callcenter.errors import AgentUnknown, LastAdministrator, UserUnknown, UserUnusable
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork

NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")
DISTRICT_AT_MOST: Final = 40
BY_COMMAND: Final = "command line"


@dataclass(frozen=True, kw_only=True)
class NewUser:
    name: str
    shown: str
    role: UserRole
    password_hash: str
    extension: str = ""
    district: str = ""

    def __post_init__(self) -> None:
        """Raises `UserUnusable`."""
        if not NAME.fullmatch(self.name):
            raise UserUnusable("a user's name is 2 to 40 small letters, digits, dots, dashes")
        if not 1 <= len(self.shown) <= 40 or not self.shown.isprintable():
            raise UserUnusable("a person's name has 1 to 40 letters")
        if self.role is UserRole.AGENT and not self.extension:
            raise UserUnusable("an agent needs an extension: --extension")
        if self.extension and not may(self.role, Permission.DESK):
            raise UserUnusable(f"no {self.role} works at the desk, so none has an extension")
        if self.district and self.role is not UserRole.BUREAU:
            raise UserUnusable(f"a {self.role} sees every district, only the bureau's users have one")
        if len(self.district) > DISTRICT_AT_MOST or not self.district.isprintable():
            raise UserUnusable(f"a district's name has at most {DISTRICT_AT_MOST} letters")


def add_user(work: UnitOfWork, clock: Clock, new: NewUser, *, by: str = BY_COMMAND) -> User:
    """Raises `UserTaken`, and `AgentUnknown` for an extension that is no agent's."""
    if new.extension and work.agents.by_extension(new.extension) is None:
        raise AgentUnknown(new.extension)
    user = User(
        id=work.new_id(),
        name=new.name,
        shown=new.shown,
        role=new.role,
        password_hash=new.password_hash,
        extension=new.extension,
        district=new.district,
        added_at=clock.now(),
    )
    work.access.add_user(user)
    _note(work, clock, user, UserAct.ADDED, by)
    return user


def set_password(
    work: UnitOfWork, clock: Clock, name: str, password_hash: str, *, address: str = BY_COMMAND, by: str = BY_COMMAND
) -> User:
    """Whoever is signed in with the old one is signed out. Raises `UserUnknown`."""
    user = _named(work, name)
    _save(work, clock, replace(user, password_hash=password_hash), UserAct.NEW_PASSWORD, by)
    work.access.note(
        SignIn(
            id=work.new_id(),
            at=clock.now(),
            name=name,
            address=address,
            result=SignInResult.PASSWORD_CHANGED,
        )
    )
    return user


def set_disabled(work: UnitOfWork, clock: Clock, name: str, *, disabled: bool, by: str = BY_COMMAND) -> User:
    """Nobody is deleted: the access log still says who it was. Raises `UserUnknown` and `LastAdministrator`."""
    user = _named(work, name)
    if disabled:
        _refuse_last_administrator(work, user)
    act = UserAct.DISABLED if disabled else UserAct.ENABLED
    _save(work, clock, replace(user, disabled=disabled), act, by)
    return user


def set_role(
    work: UnitOfWork, clock: Clock, name: str, role: UserRole, *, extension: str = "", district: str = "", by: str
) -> User:
    """Raises `UserUnknown`, `LastAdministrator`, and what `NewUser` and `add_user` do."""
    user = _named(work, name)
    new = NewUser(
        name=name,
        shown=user.shown,
        role=role,
        password_hash=user.password_hash,
        extension=extension,
        district=district,
    )
    if new.extension and work.agents.by_extension(new.extension) is None:
        raise AgentUnknown(new.extension)
    if role is not UserRole.ADMINISTRATOR:
        _refuse_last_administrator(work, user)
    changed = replace(user, role=role, extension=new.extension, district=new.district)
    _save(work, clock, changed, UserAct.ROLE_CHANGED, by)
    return user


def _refuse_last_administrator(work: UnitOfWork, user: User) -> None:
    left = [each for each in work.access.users() if each.role is UserRole.ADMINISTRATOR and not each.disabled]
    if [each.name for each in left] == [user.name]:
        raise LastAdministrator(user.name)


def _named(work: UnitOfWork, name: str) -> User:
    user = work.access.user_named(name)
    if user is None:
        raise UserUnknown(name)
    return user


def _save(work: UnitOfWork, clock: Clock, user: User, act: UserAct, by: str) -> None:
    work.access.save_user(user)
    work.access.end_sessions(user.id, clock.now())
    _note(work, clock, user, act, by)


def _note(work: UnitOfWork, clock: Clock, user: User, act: UserAct, by: str) -> None:
    work.access.note_change(
        UserChange(
            id=work.new_id(), at=clock.now(), by=by, name=user.name, act=act, role=user.role, district=user.district
        )
    )
