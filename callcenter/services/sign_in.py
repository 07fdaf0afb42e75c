"""登录: a name, a password, a session. Every try is in the access log before its password is looked at."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import structlog

from callcenter.config.access import Access
from callcenter.domain.access import Session, SignIn, SignInResult, User
from callcenter.errors import SignInRefused, TooManyTries
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.console_users import set_password
from callcenter.services.passwords import Passwords

T = TypeVar("T")

log = structlog.get_logger()

_NAME_AT_MOST = 80
_TOKEN_BYTES = 32


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """`token` is the browser's alone: the storage has its hash."""

    user: User
    session: Session
    token: str


def hash_of(token: str) -> bytes:
    """What is kept of a session's token. 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).digest()


class SignIns:
    """The verbs of the log-in page. They raise `StorageAway` and `NotWhileStorageAway`: nobody signs in meanwhile."""

    def __init__(self, storage: Storage, clock: Clock, passwords: Passwords, access: Access) -> None:
        self._storage = storage
        self._clock = clock
        self._passwords = passwords
        self._access = access

    async def sign_in(self, name: str, password: str, address: str) -> SignedIn:
        """Raises `SignInRefused` and `TooManyTries`."""
        name = name.strip().lower()[:_NAME_AT_MOST]
        user = await self._transact("sign-in tried", lambda work: self._try(work, name, address))
        fits = await self._passwords.fits(password, user.password_hash if user is not None else None)
        if user is None or not fits or user.disabled:
            log.info("sign_in_refused", address=address)
            raise SignInRefused
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        session = await self._transact("sign in", lambda work: self._begin(work, user, token, address))
        return SignedIn(user=user, session=session, token=token)

    async def sign_out(self, user: User, session: Session) -> None:
        def work(unit: UnitOfWork) -> None:
            unit.access.end_session(session.id, self._clock.now())
            self._note(unit, user.name, session.address, SignInResult.SIGNED_OUT)

        await self._transact("sign out", work)

    async def change_password(self, user: User, old: str, new: str, address: str) -> None:
        """Raises `SignInRefused`, `TooManyTries` and `PasswordTooShort`. Ends all of the user's sessions."""
        await self._transact("password tried", lambda work: self._try(work, user.name, address))
        if not await self._passwords.fits(old, user.password_hash):
            raise SignInRefused
        hashed = await self._passwords.hashed(new)
        await self._transact(
            "change password",
            lambda work: set_password(work, self._clock, user.name, hashed, address=address, by=user.name),
        )

    async def _transact(self, name: str, work: Callable[[UnitOfWork], T]) -> T:
        return await self._storage.transact(name, work, urgent=False)

    def _try(self, work: UnitOfWork, name: str, address: str) -> User | None:
        since = self._clock.now() - timedelta(seconds=self._access.tries_forgotten_after_seconds)
        tries = work.access.tries(name, address, since)
        if tries.by_name >= self._access.tries or tries.by_address >= self._access.tries_of_address:
            raise TooManyTries
        self._note(work, name, address, SignInResult.TRIED)
        return work.access.user_named(name)

    def _begin(self, work: UnitOfWork, user: User, token: str, address: str) -> Session:
        now = self._clock.now()
        session = Session(
            id=work.new_id(),
            user=user.id,
            token_hash=hash_of(token),
            began_at=now,
            ends_at=now + timedelta(seconds=self._access.session_seconds),
            address=address,
        )
        work.access.add_session(session)
        self._note(work, user.name, address, SignInResult.SIGNED_IN)
        return session

    def _note(self, work: UnitOfWork, name: str, address: str, result: SignInResult) -> None:
        work.access.note(
            SignIn(id=work.new_id(), at=self._clock.now(), name=name, address=address[:_NAME_AT_MOST], result=result)
        )
