"""How somebody is spoken to: for keys alone, slower and louder, in her dialect."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from callcenter.services.desk import Desk


@dataclass(frozen=True, kw_only=True)
class SpokenTo:
    """As of what is known of her before she says a word."""

    keys_only: bool = False  #: recognition is skipped
    slow: bool = False  #: slower and louder from the beginning
    dialect: str = ""  #: as her profile names it; "" is Mandarin


def spoken_to(desk: Desk, needs: Collection[str], dialect: str = "") -> SpokenTo:
    """Who has these needs (`Elder.needs`) and speaks this (`Elder.dialect`)."""
    settings, hers = desk.config.dialogue, set(needs)
    return SpokenTo(
        keys_only=not hers.isdisjoint(settings.keys_only_needs),
        slow=not hers.isdisjoint(settings.slow_needs),
        dialect=dialect,
    )
