"""Passwords of the console's users, by argon2, beside the event loop: one takes a tenth of a second and 64 MiB."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from callcenter.config.access import Access
from callcenter.errors import PasswordTooShort, TooManyTries

T = TypeVar("T")

_LONGEST: Final = 256  #: characters; argon2 takes any length, a thread does not

#: Of nobody's password: a name that does not exist takes as long to refuse as one that does.
_OF_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=1$ZMJd9jntxbrJE7bq0U5tcg$2jzErS7BCHirVXo9gH4GcxXMN+t0hQRb7IXJBgfwscg"


def hasher() -> PasswordHasher:
    """As RFC 9106 recommends where memory is short, on one of `access.hashing_threads`."""
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=1)


class Passwords:
    """So many at once as `access.hashing_threads`; `close` it at the end."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._hasher = hasher()
        self._threads = ThreadPoolExecutor(access.hashing_threads, "passwords")

    def hashed_now(self, password: str) -> str:
        """Blocks. Raises `PasswordTooShort`."""
        if not self._access.password_characters <= len(password) <= _LONGEST:
            raise PasswordTooShort(f"{self._access.password_characters} to {_LONGEST} characters")
        return self._hasher.hash(password)

    async def hashed(self, password: str) -> str:
        """Raises `PasswordTooShort`, and `TooManyTries` when too many wait."""
        return await self._bounded(partial(self.hashed_now, password))

    async def fits(self, password: str, password_hash: str | None) -> bool:
        """None: there is no such user. Takes as long either way. Raises `TooManyTries` when too many wait."""
        fits = await self._bounded(partial(self._fits, password[: _LONGEST + 1], password_hash or _OF_NOBODY))
        return fits and password_hash is not None

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    def _fits(self, password: str, password_hash: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _bounded(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._access.sign_in_within_seconds):
                return await loop.run_in_executor(self._threads, work)
        except TimeoutError as error:
            raise TooManyTries from error
