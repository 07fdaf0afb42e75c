"""Who may enter the console. Of the database alone: neither the journal nor the hot cache holds a password's hash."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.access import Session, SignIn, SignInResult, Tries, User, UserChange
from callcenter.errors import NotWhileStorageAway, UserTaken, UserUnknown
from storage.mapping.access import (
    change_of,
    row_of_change,
    row_of_session,
    row_of_sign_in,
    row_of_user,
    session_of,
    sign_in_of,
    user_of,
)
from storage.tables import desk_keys, sessions, sign_ins, user_changes, users
from storage.transaction import Transaction

_COUNTED: Final = {SignInResult.TRIED: 1, SignInResult.SIGNED_IN: -1}


class SqlAccess:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add_user(self, user: User) -> None:
        """See `callcenter.ports.access_storage.Access`, as for all of these."""
        if self.user_named(user.name) is not None:
            raise UserTaken(user.name)
        self._in.insert(users, row_of_user(user))

    def save_user(self, user: User) -> None:
        if not self._in.update(users, row_of_user(user)):
            raise UserUnknown(user.name)

    def user(self, user: UUID) -> User | None:
        row = self._in.row(sa.select(users).where(users.c.id == user))
        return user_of(row) if row else None

    def user_named(self, name: str) -> User | None:
        row = self._in.row(sa.select(users).where(users.c.name == name))
        return user_of(row) if row else None

    def users(self) -> list[User]:
        return [user_of(row) for row in self._in.rows(sa.select(users).order_by(users.c.name))]

    def desk_keys(self, user: UUID) -> dict[str, str]:
        row = self._in.row(sa.select(desk_keys).where(desk_keys.c.id == user))
        return dict(row["keys"]) if row else {}

    def save_desk_keys(self, user: UUID, keys: Mapping[str, str]) -> None:
        if self.user(user) is None:
            raise UserUnknown(str(user))
        row = {"id": user, "keys": dict(keys)}
        if not self._in.update(desk_keys, row):
            self._in.insert(desk_keys, row)

    def add_session(self, session: Session) -> None:
        self._in.insert(sessions, row_of_session(session))

    def session(self, token_hash: bytes) -> Session | None:
        row = self._in.row(sa.select(sessions).where(sessions.c.token_hash == token_hash))
        return session_of(row) if row else None

    def end_session(self, session: UUID, now: datetime) -> None:
        self._in.update(sessions, {"id": session, "ended_at": now}, sessions.c.ended_at.is_(None))

    def end_sessions(self, user: UUID, now: datetime) -> None:
        alive = sa.select(sessions.c.id).where(sessions.c.user == user, sessions.c.ended_at.is_(None))
        for session in list(self._in.execute(alive).scalars()):
            self.end_session(session, now)

    def note(self, sign_in: SignIn) -> None:
        self._in.insert(sign_ins, row_of_sign_in(sign_in))

    def tries(self, name: str, address: str, since: datetime) -> Tries:
        return Tries(
            by_name=self._failures(sign_ins.c.name == name, since),
            by_address=self._failures(sign_ins.c.address == address, since),
        )

    def sign_ins(self, limit: int) -> list[SignIn]:
        newest = sa.select(sign_ins).order_by(sign_ins.c.at.desc(), sign_ins.c.id.desc()).limit(limit)
        return [sign_in_of(row) for row in self._in.rows(newest)]

    def note_change(self, change: UserChange) -> None:
        self._in.insert(user_changes, row_of_change(change))

    def changes(self, limit: int) -> list[UserChange]:
        newest = sa.select(user_changes).order_by(user_changes.c.at.desc(), user_changes.c.id.desc()).limit(limit)
        return [change_of(row) for row in self._in.rows(newest)]

    def _failures(self, whose: sa.ColumnElement[bool], since: datetime) -> int:
        each = sa.case({result.value: count for result, count in _COUNTED.items()}, value=sign_ins.c.result, else_=0)
        counted = sa.select(sa.func.coalesce(sa.func.sum(each), 0)).where(whose, sign_ins.c.at > since)
        return int(self._in.execute(counted).scalar_one())

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such tables."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("users")
        return self._transaction
