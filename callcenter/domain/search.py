"""What somebody looks for among the elders, and who was found and why. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from callcenter.domain.people import years

LONGEST: Final = 40  #: characters of a search word; what is typed beyond that is not looked at


class MatchedBy(StrEnum):
    """Why somebody was found."""

    NAME = "name"  #: 姓名, also by 拼音 or initials
    STREET = "street"  #: 街道
    ESTATE = "estate"  #: 小区
    NUMBER = "number"  #: 号码: a whole one, her own or a contact's
    LAST_FOUR = "last_four"  #: 后四位


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """All of it must fit one elder. Each word stands at the beginning of a search word (`services.search_words`)."""

    words: tuple[str, ...] = ()
    number: str = ""  #: E.164
    last_four: str = ""

    @property
    def anything(self) -> bool:
        return bool(self.words or self.number or self.last_four)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a list may show of an elder: nothing that is sealed."""

    elder: UUID
    name: str
    sex: str
    born: date | None
    district: str
    street: str
    estate: str
    by: tuple[MatchedBy, ...]

    def age(self, today: date) -> int | None:
        """Whole years, or None when the birthday is unknown."""
        return years(self.born, today)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A page of those who were found."""

    found: tuple[Found, ...]
    complete: bool  #: False: the words fit so many that some who fit them all may have been left out
