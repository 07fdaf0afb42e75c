"""Who may enter the console, and what each role may do there. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class UserRole(StrEnum):
    """What somebody does at the console."""

    AGENT = "agent"  #: 坐席: takes emergencies
    SUPERVISOR = "supervisor"  #: 班长: the same, and sees to everybody's
    ADMINISTRATOR = "administrator"  #: 管理员: users and settings, nobody's illness
    AUDITOR = "auditor"  #: 审计员: who looked at what, and what was done
    BUREAU = "bureau"  #: 民政局: figures


class Permission(StrEnum):
    """What a page or a command needs. Each route of the console names one."""

    EVERYBODY = "everybody"  #: before log-in, too
    SIGNED_IN = "signed_in"
    CLIENT = "client"  #: a program with a token, and no role
    DESK = "desk"  #: take emergencies
    EMERGENCIES = "emergencies"  #: see what happened in each
    RECORDINGS = "recordings"  #: listen to what was said in one
    CLOSE_ANY = "close_any"  #: give a disposition to an emergency that is somebody else's or nobody's
    ELDERS = "elders"  #: see elders, masked
    ELDERS_WHOLE = "elders_whole"  #: unmasked, each look with its reason
    ELDERS_EDIT = "elders_edit"  #: change a profile, add somebody
    ELDERS_ALL = "elders_all"  #: whole lists, in and out
    WALLBOARD = "wallboard"  #: figures without anybody's data
    REPORTS = "reports"  #: figures of days, weeks and months, without any elder's data
    AUDIT = "audit"  #: judge how agents handled calls
    ADMINISTER = "administer"  #: users, prompts; trunks, 120 and settings to see
    SUPERVISE = "supervise"  #: listen to others' talks, join them, take them over; the roster
    SIMULATE = "simulate"  #: have a made-up elder press her key, in the demo
    CHECK_INS = "check_ins"  #: see today's check-ins, an elder's days, and the doors to knock on
    CHECK_INS_DO = "check_ins_do"  #: have somebody called now, or not while she is on leave; say what became of a visit
    CHECK_IN_PLANS = "check_in_plans"  #: set or end a plan, or keep it against a 9
    VISIT_RATE = "visit_rate"  #: 探访率 by street; no elder's data
    LOOKS = "looks"  #: who looked at what, who signed in


_ALL: Final = frozenset({Permission.EVERYBODY, Permission.SIGNED_IN, Permission.WALLBOARD})
_RECORDS: Final = frozenset({Permission.EMERGENCIES, Permission.RECORDINGS})
_FIGURES: Final = frozenset({Permission.REPORTS, Permission.VISIT_RATE})
#: Who talks with the family hears the new number, and changes it: the history says who did.
_AT_THE_DESK: Final = _RECORDS | {
    Permission.DESK,
    Permission.ELDERS,
    Permission.ELDERS_WHOLE,
    Permission.ELDERS_EDIT,
    Permission.CHECK_INS,
    Permission.CHECK_INS_DO,
}
_SUPERVISING: Final = _FIGURES | {
    Permission.CLOSE_ANY,
    Permission.SUPERVISE,
    Permission.AUDIT,
    Permission.LOOKS,
    Permission.ELDERS_ALL,
    Permission.CHECK_IN_PLANS,
}
_GRANTED: Final[Mapping[UserRole, frozenset[Permission]]] = {
    UserRole.AGENT: _ALL | _AT_THE_DESK,
    UserRole.SUPERVISOR: _ALL | _AT_THE_DESK | _SUPERVISING,
    UserRole.ADMINISTRATOR: _ALL
    | _FIGURES
    | {Permission.ELDERS, Permission.ADMINISTER, Permission.LOOKS, Permission.SIMULATE},
    UserRole.AUDITOR: _ALL
    | _FIGURES
    | _RECORDS
    | {Permission.ELDERS, Permission.AUDIT, Permission.LOOKS, Permission.CHECK_INS},
    UserRole.BUREAU: _ALL | _FIGURES,
}


def may(role: UserRole | None, permission: Permission) -> bool:
    """Whether this role, or nobody at all (None), is granted this."""
    if role is None:
        return permission is Permission.EVERYBODY
    return permission in _GRANTED[role]


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who may sign in. `password_hash` is argon2's, and stands nowhere but in the database."""

    id: UUID
    name: str  #: as typed at the log-in: small letters, digits, dot, dash
    shown: str  #: the person's name
    role: UserRole
    password_hash: str
    extension: str = ""  #: the agent's own, for those who work at the desk
    district: str = ""  #: whose figures alone the bureau's user sees; "" means all of them
    disabled: bool = False
    added_at: datetime

    def may(self, permission: Permission) -> bool:
        return may(self.role, permission)


@dataclass(frozen=True, kw_only=True)
class Session:
    """A browser that somebody signed in with. Only a hash of its token is kept."""

    id: UUID
    user: UUID
    token_hash: bytes
    began_at: datetime
    ends_at: datetime
    address: str
    ended_at: datetime | None = None  #: signed out, or the account was disabled


class SignInResult(StrEnum):
    """What the access log says of each try."""

    TRIED = "tried"  #: written before the password is looked at, so that no try is uncounted
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word of the log


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """One line of the access log. It only grows."""

    id: UUID
    at: datetime
    name: str  #: as it was typed, cut; it need not be a user's
    address: str
    result: SignInResult


class UserAct(StrEnum):
    """What was done to a user of the console."""

    ADDED = "added"
    ROLE_CHANGED = "role_changed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    NEW_PASSWORD = "new_password"  # noqa: S105 - a word of the log


@dataclass(frozen=True, kw_only=True)
class UserChange:
    """One line of who did what to whom. It only grows."""

    id: UUID
    at: datetime
    by: str  #: a user of the console, or "command line"
    name: str  #: the user it was done to
    act: UserAct
    role: UserRole  #: afterwards
    district: str = ""  #: afterwards


@dataclass(frozen=True, kw_only=True)
class Tries:
    """How often somebody tried to sign in lately and did not."""

    by_name: int
    by_address: int
