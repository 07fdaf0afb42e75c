"""Where users of the console, their sessions and the access log are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from callcenter.domain.access import Session, SignIn, Tries, User, UserChange


class Access(Protocol):
    """Who may enter the console. Every verb raises `NotWhileStorageAway` while the journal stands in."""

    def add_user(self, user: User) -> None:
        """Raises `UserTaken`. Users are disabled, never deleted."""

    def save_user(self, user: User) -> None:
        """Raises `UserUnknown`."""

    def user(self, user: UUID) -> User | None: ...
    def user_named(self, name: str) -> User | None: ...
    def users(self) -> list[User]:
        """By name."""

    def desk_keys(self, user: UUID) -> dict[str, str]:
        """Key by the action's word; empty if this user has chosen none."""

    def save_desk_keys(self, user: UUID, keys: Mapping[str, str]) -> None:
        """Raises `UserUnknown`."""

    def add_session(self, session: Session) -> None: ...
    def session(self, token_hash: bytes) -> Session | None:
        """Whether it has ended or not."""

    def end_session(self, session: UUID, now: datetime) -> None:
        """One that has ended is left as it is."""

    def end_sessions(self, user: UUID, now: datetime) -> None:
        """All of this user's."""

    def note(self, sign_in: SignIn) -> None:
        """Appends to the access log. Nothing can change or delete it afterwards."""

    def tries(self, name: str, address: str, since: datetime) -> Tries:
        """Tries since then that did not lead to a sign-in."""

    def sign_ins(self, limit: int) -> list[SignIn]:
        """The newest first."""

    def note_change(self, change: UserChange) -> None:
        """Appends. Nothing can change or delete it afterwards."""

    def changes(self, limit: int) -> list[UserChange]:
        """The newest first."""
