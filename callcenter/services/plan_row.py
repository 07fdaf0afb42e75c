"""One row of a list of check-in plans: whose it is, and what it says. Every fault is named, none stops the next."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from callcenter.domain.check_ins import EVERY_DAY, AfterLast, Confirmation
from callcenter.domain.dial_hours import Span
from callcenter.services.elder_cells import Fault
from callcenter.services.elder_columns import plain_heading
from callcenter.services.elder_sheet import Headings

T = TypeVar("T")
W = TypeVar("W", bound=StrEnum)

#: The first heading is the one a fault names; all are read, in any case.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("姓名", "name"),
    "identity_number": ("身份证号", "identity number", "identity_number"),
    "account": ("呼叫器账号", "pager account", "account"),
    "group": ("类别", "group"),
    "days": ("星期", "days"),
    "begins": ("开始", "from", "begins"),
    "ends": ("结束", "to", "ends"),
    "minutes": ("间隔分钟", "minutes"),
    "confirmation": ("确认方式", "confirmation"),
    "after_last": ("无人应答后", "after last", "after_last"),
}
_KEYS: Final = {plain_heading(heading): key for key, headings in _COLUMNS.items() for heading in headings}
_NUMERALS: Final = {numeral: day for day, numeral in enumerate("一二三四五六", 1)} | {"日": 7, "天": 7}
_CONFIRMATIONS: Final = {"按键": Confirmation.KEY, "按键或说话": Confirmation.EITHER}
_AFTER_LAST: Final = {
    "联系家属后上门": AfterLast.CONTACTS_THEN_VISIT,
    "上门": AfterLast.VISIT,
    "联系家属后报警": AfterLast.CONTACTS_THEN_EMERGENCY,
}
_TIME: Final = re.compile(r"([01]?\d|2[0-4])[:：]([0-5]\d)(?::00)?")
_USUAL_OFFSETS: Final[tuple[int, ...]] = (0, 600, 1800)
_ATTEMPTS_AT_MOST: Final = 10
_GROUP_AT_MOST: Final = 40

PLANS: Final = Headings(
    key_of=lambda heading: _KEYS.get(plain_heading(heading)), required={"begins": "开始 (from)", "ends": "结束 (to)"}
)


@dataclass(frozen=True, kw_only=True)
class GivenPlan:
    """`name` is only looked at, so that a wrong line is not called in somebody else's place; "" where it is empty."""

    name: str
    identity_number: str
    account: str
    group: str
    days: frozenset[int]
    window: Span
    offsets_seconds: tuple[int, ...]
    confirmation: Confirmation
    after_last: AfterLast


@dataclass(kw_only=True)
class PlanReader:
    """`read` gives the plan, or the faults."""

    _faults: list[Fault] = field(default_factory=list)

    def read(self, cells: Mapping[str, str]) -> GivenPlan | list[Fault]:
        self._faults = []
        cells = {key: " ".join(cell.split()) for key, cell in cells.items()}
        if not cells.get("identity_number") and not cells.get("account"):
            self._fault("identity_number", "needs this, or a pager account, to find the elder")
        if len(cells.get("group", "")) > _GROUP_AT_MOST:
            self._fault("group", f"has more than {_GROUP_AT_MOST} characters")
        begins, ends = (self._one(cells, key, _minute, -1) for key in ("begins", "ends"))
        if min(begins, ends) >= 0 and begins >= ends:
            self._fault("ends", "must be later than the beginning")
        days = self._one(cells, "days", _days, EVERY_DAY)
        offsets = self._one(cells, "minutes", _offsets, _USUAL_OFFSETS)
        confirmation = self._one(cells, "confirmation", _word(Confirmation, _CONFIRMATIONS), Confirmation.EITHER)
        after_last = self._one(cells, "after_last", _word(AfterLast, _AFTER_LAST), AfterLast.CONTACTS_THEN_VISIT)
        for key in ("begins", "ends"):
            if not cells.get(key):
                self._fault(key, "is missing")
        if self._faults:
            return self._faults
        return GivenPlan(
            name=cells.get("name", ""),
            identity_number=cells.get("identity_number", ""),
            account=cells.get("account", ""),
            group=cells.get("group", ""),
            days=days,
            window=Span(begins=begins, ends=ends),
            offsets_seconds=offsets,
            confirmation=confirmation,
            after_last=after_last,
        )

    def _one(self, cells: Mapping[str, str], key: str, read: Callable[[str], T], otherwise: T) -> T:
        cell = cells.get(key, "")
        if not cell:
            return otherwise
        try:
            return read(cell)
        except ValueError as error:
            self._fault(key, str(error))
            return otherwise

    def _fault(self, column: str, message: str) -> None:
        self._faults.append(Fault(column=column, template=message))


def _minute(cell: str) -> int:
    found = _TIME.fullmatch(cell)
    minute = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minute <= 1440:
        raise ValueError("must be a time of day as in 08:30")
    return minute


def _days(cell: str) -> frozenset[int]:
    """`135`, `一三五`, `周一、周三`, `每天`."""
    if cell in ("每天", "every day"):
        return EVERY_DAY
    signs = re.sub(r"[周星期、,，\s]", "", cell)
    days = {_NUMERALS.get(sign) or (int(sign) if sign in "1234567" else 0) for sign in signs}
    if not days or 0 in days:
        raise ValueError("must be days as in 135 or 一三五, 1 is Monday")
    return frozenset(days)


def _offsets(cell: str) -> tuple[int, ...]:
    parts = re.split(r"[,，、\s]+", cell)
    minutes = [int(part) if part.isascii() and part.isdigit() and len(part) <= 4 else -1 for part in parts]
    if minutes[0] != 0 or sorted(set(minutes)) != minutes or len(minutes) > _ATTEMPTS_AT_MOST:
        raise ValueError(f"must be minutes from the first attempt as in 0,10,30; at most {_ATTEMPTS_AT_MOST}")
    return tuple(minute * 60 for minute in minutes)


def _word(words: type[W], chinese: Mapping[str, W]) -> Callable[[str], W]:
    def read(cell: str) -> W:
        found = chinese.get(cell) or next((word for word in words if word.value == cell.casefold()), None)
        if found is None:
            raise ValueError(f"must be one of {', '.join((*chinese, *(word.value for word in words)))}")
        return found

    return read
