"""Rows of users, their sessions and the access log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from callcenter.domain.access import Session, SignIn, SignInResult, User, UserAct, UserChange, UserRole
from storage.mapping import Row


def row_of_user(user: User) -> dict[str, Any]:
    return asdict(user) | {"role": user.role.value}


def user_of(row: Row) -> User:
    return User(**{**row, "role": UserRole(row["role"])})


def row_of_session(session: Session) -> dict[str, Any]:
    return asdict(session)


def session_of(row: Row) -> Session:
    return Session(**row)


def row_of_sign_in(sign_in: SignIn) -> dict[str, Any]:
    return asdict(sign_in) | {"result": sign_in.result.value}


def sign_in_of(row: Row) -> SignIn:
    return SignIn(**{**row, "result": SignInResult(row["result"])})


def row_of_change(change: UserChange) -> dict[str, Any]:
    return asdict(change) | {"act": change.act.value, "role": change.role.value}


def change_of(row: Row) -> UserChange:
    return UserChange(**{**row, "act": UserAct(row["act"]), "role": UserRole(row["role"])})
