"""Who a browser is, by its session cookie. Looked up now and then; while the database is away, as it was known last."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from callcenter.config.access import Access
from callcenter.domain.access import Session, User
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.sign_in import SignedIn, hash_of

_REMEMBERED_AT_MOST: Final = 5000


@dataclass(frozen=True, kw_only=True)
class Known:
    """Who signed in here, as the storage said at `seen_at`."""

    user: User
    session: Session
    seen_at: datetime


class Sessions:
    """A session holds until it ends, its user signs out or is disabled; seen at the latest after
    `access.session_looked_up_every_seconds`.
    """

    def __init__(self, storage: Storage, clock: Clock, access: Access) -> None:
        self._storage = storage
        self._clock = clock
        self._access = access
        self._known: OrderedDict[bytes, Known] = OrderedDict()

    async def of(self, token: str) -> Known | None:
        """None for a token that is nobody's, has ended, or cannot be looked up and was never seen."""
        if not token:
            return None
        key, now = hash_of(token), self._clock.now()
        known = self._known.get(key)
        fresh = timedelta(seconds=self._access.session_looked_up_every_seconds)
        if known is None or now - known.seen_at >= fresh:
            known = await self._look_up(key, known)
        return known if known is not None and now < known.session.ends_at else None

    def remember(self, signed_in: SignedIn) -> None:
        self._remember(Known(user=signed_in.user, session=signed_in.session, seen_at=self._clock.now()))

    def forget(self, session: Session) -> None:
        self._known.pop(session.token_hash, None)

    def forget_user(self, user: UUID) -> None:
        """All that is known of this user's: looked up again with the next request."""
        for key in [key for key, known in self._known.items() if known.user.id == user]:
            del self._known[key]

    async def _look_up(self, key: bytes, known: Known | None) -> Known | None:
        try:
            found = await self._storage.look_up(
                "session", lambda work: self._read(work, key), within_seconds=self._access.read_within_seconds
            )
        except (StorageAway, NotWhileStorageAway):
            return known  # whoever was signed in goes on helping
        if found is None:
            self._known.pop(key, None)
        else:
            self._remember(found)
        return found

    def _read(self, work: UnitOfWork, key: bytes) -> Known | None:
        session = work.access.session(key)
        user = work.access.user(session.user) if session is not None and session.ended_at is None else None
        if session is None or user is None or user.disabled:
            return None
        return Known(user=user, session=session, seen_at=self._clock.now())

    def _remember(self, known: Known) -> None:
        self._known[known.session.token_hash] = known
        self._known.move_to_end(known.session.token_hash)
        if len(self._known) > _REMEMBERED_AT_MOST:
            self._known.popitem(last=False)
