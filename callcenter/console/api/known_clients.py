"""Whose token it is, and whether this client asks too often."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from callcenter.domain.clients import ApiClient
from callcenter.errors import NotWhileStorageAway, StorageAway
from callcenter.services.api_clients import token_hash_of
from callcenter.services.desk import Desk

_REMEMBERED_AT_MOST: Final = 1000
_TOKEN_AT_MOST: Final = 200  #: characters; ours have 43


@dataclass(frozen=True, kw_only=True)
class _Known:
    client: ApiClient
    seen_at: datetime


class KnownClients:
    """A token is looked up now and then; while the database is away, a client is as it was known last."""

    def __init__(self, desk: Desk) -> None:
        api = desk.config.api
        self._desk = desk
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._asks = Pace(api.requests_a_second, api.requests_at_once, desk)
        self._wrong = Pace(api.wrong_tokens_a_minute / 60, api.wrong_tokens_a_minute, desk)
        self.streams = 0  #: open now

    async def of(self, token: str) -> ApiClient | None:
        """None for a token that is nobody's, was revoked, is over, or cannot be looked up and was never seen."""
        if not token or len(token) > _TOKEN_AT_MOST:
            return None
        key, now = token_hash_of(token), self._desk.clock.now()
        known = self._known.get(key)
        fresh = timedelta(seconds=self._desk.config.access.session_looked_up_every_seconds)
        if known is None or now - known.seen_at >= fresh:
            known = await self._look_up(key, known)
        return known.client if known is not None and known.client.holds(now) else None

    def may_try(self, address: str) -> bool:
        """False when too many tokens from this address were nobody's."""
        return self._wrong.left(address) >= 1

    def was_wrong(self, address: str) -> None:
        self._wrong.keeps(address)

    def may_ask(self, client: ApiClient) -> bool:
        """Counts this request."""
        return self._asks.keeps(client.id)

    def forget(self, client: ApiClient) -> None:
        """What was changed holds with its next request."""
        self._known.pop(client.token_hash, None)

    async def _look_up(self, key: bytes, known: _Known | None) -> _Known | None:
        desk = self._desk
        within = desk.config.access.read_within_seconds
        try:
            client = await desk.storage.look_up(
                "API client", lambda work: work.api_clients.of_token(key), within_seconds=within
            )
        except (StorageAway, NotWhileStorageAway):
            return known
        self._known.pop(key, None)
        if client is None:
            return None
        found = self._known[key] = _Known(client=client, seen_at=desk.clock.now())
        if len(self._known) > _REMEMBERED_AT_MOST:
            self._known.popitem(last=False)
        return found


class Pace:
    """So many a second on average, and at most `at_once` in one go, for each of many."""

    def __init__(self, a_second: float, at_once: int, desk: Desk) -> None:
        self._a_second = a_second
        self._at_once = float(at_once)
        self._clock = desk.clock
        self._left: OrderedDict[Hashable, tuple[float, datetime]] = OrderedDict()

    def keeps(self, who: Hashable) -> bool:
        """Takes one, if there is one."""
        left = self.left(who)
        kept = left >= 1
        self._left[who] = (left - kept, self._clock.now())
        self._left.move_to_end(who)
        if len(self._left) > _REMEMBERED_AT_MOST:
            self._left.popitem(last=False)
        return kept

    def left(self, who: Hashable) -> float:
        left, at = self._left.get(who, (self._at_once, self._clock.now()))
        return min(self._at_once, left + (self._clock.now() - at).total_seconds() * self._a_second)
