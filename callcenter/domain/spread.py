"""A day's calls spread over their windows: the same for the same elder and day, and never too many in one minute."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from callcenter.domain.check_ins import Risk
from callcenter.domain.dial_hours import DialHours, Span, moment_of

_THIRDS: Final = {Risk.HIGH: 1, Risk.PRIORITY: 2, Risk.GENERAL: 3}  #: of her window


class Placeable(Protocol):
    """A plan, whole or in part."""

    @property
    def elder(self) -> UUID: ...
    @property
    def window(self) -> Span: ...
    @property
    def last_offset_seconds(self) -> int:
        """Of the last attempt from the first."""

    @property
    def risk(self) -> Risk: ...


class Spread:
    """Places the calls of one day. `per_minute` is how many may begin in a minute; `taken` those that are there."""

    def __init__(self, day: date, hours: DialHours, per_minute: int, taken: Counter[int] | None = None) -> None:
        self._day = day.isoformat().encode()
        self._midnight = moment_of(day, 0)
        self._hours = hours
        self._per_minute = per_minute
        self.taken: Counter[int] = Counter() if taken is None else taken
        self._first_minutes: dict[tuple[Span, int], list[int]] = {}

    def place(self, plan: Placeable) -> datetime | None:
        """When her first call is due; None if her window lies in the hours of rest.

        The minute that elder and day seed, or the next one with room in it, from the window's beginning once its end
        is reached; in the window's first third where her risk is high, in its first two where she has priority; so
        early, where it can be, that the last attempt is in the window too. A window that is full keeps
        its seeded minute: she waits for a channel then, and is not forgotten.
        """
        kind = plan.window, plan.last_offset_seconds
        if (minutes := self._first_minutes.get(kind)) is None:
            minutes = self._first_minutes[kind] = _first_minutes(self._hours.within(kind[0]), kind[1])
        if not minutes:
            return None
        seeded, second = _seed(plan.elder, self._day, -(-len(minutes) * _THIRDS[plan.risk] // 3))
        for step in range(len(minutes)):
            minute = minutes[(seeded + step) % len(minutes)]
            if self.taken[minute] < self._per_minute:
                break
        else:
            minute = minutes[seeded]
        self.taken[minute] += 1
        return self._midnight + timedelta(minutes=minute, seconds=second)


def _first_minutes(spans: Sequence[Span], last_offset_seconds: int) -> list[int]:
    minutes = [minute for span in spans for minute in range(span.begins, span.ends)]
    spare = -(-last_offset_seconds // 60)
    return minutes[:-spare] if 0 < spare < len(minutes) else minutes[:1] if spare else minutes


def _seed(elder: UUID, day: bytes, among: int) -> tuple[int, int]:
    digest = hashlib.blake2b(elder.bytes + day, digest_size=8).digest()
    return int.from_bytes(digest[:6], "big") % among, digest[6] % 60
