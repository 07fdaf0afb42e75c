"""One row of a list of check-in plans, or a form: whose it is, and what it says. Every fault is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from callcenter.domain.check_ins import EVERY_DAY, AfterLast, Confirmation, Frequency, Risk
from callcenter.domain.dial_hours import DialHours, Span
from callcenter.domain.plan_terms import PlanTerms
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
    "risk": ("风险", "风险等级", "risk"),
    "every": ("频率", "frequency", "every"),
    "days": ("星期", "days"),
    "begins": ("开始", "from", "begins"),
    "ends": ("结束", "to", "ends"),
    "minutes": ("间隔分钟", "minutes"),
    "confirmation": ("确认方式", "confirmation"),
    "after_last": ("无人应答后", "after last", "after_last"),
}
_KEYS: Final = {plain_heading(heading): key for key, headings in _COLUMNS.items() for heading in headings}
_NUMERALS: Final = {numeral: day for day, numeral in enumerate("一二三四五六", 1)} | {"日": 7, "天": 7}
_RISKS: Final = {"一般": Risk.GENERAL, "重点": Risk.PRIORITY, "高风险": Risk.HIGH}
_FREQUENCIES: Final = {"每周": Frequency.WEEK, "每月": Frequency.MONTH, "每季": Frequency.QUARTER}
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
    terms: PlanTerms


@dataclass(kw_only=True)
class PlanReader:
    """`hours` are those in which anybody may be rung."""

    hours: DialHours
    _faults: list[Fault] = field(default_factory=list)

    def read(self, cells: Mapping[str, str]) -> GivenPlan | list[Fault]:
        """A row: the plan, or the faults."""
        self._faults = []
        cells = _tidy(cells)
        if not cells.get("identity_number") and not cells.get("account"):
            self._fault("identity_number", "needs this, or a pager account, to find the elder")
        terms = self._terms(cells)
        if terms is None or self._faults:
            return self._faults
        whose = {key: cells.get(key, "") for key in ("name", "identity_number", "account")}
        return GivenPlan(terms=terms, **whose)

    def terms(self, cells: Mapping[str, str]) -> PlanTerms | list[Fault]:
        """A form, whose elder is known."""
        self._faults = []
        return self._terms(_tidy(cells)) or self._faults

    def _terms(self, cells: Mapping[str, str]) -> PlanTerms | None:
        if len(cells.get("group", "")) > _GROUP_AT_MOST:
            found = len(cells["group"])
            self._fault("group", "{found} characters, at most {longest}", found=found, longest=_GROUP_AT_MOST)
        window = self._window(cells)
        risk = self._one(cells, "risk", _word(Risk, _RISKS), Risk.GENERAL)
        every = self._one(cells, "every", _word(Frequency, _FREQUENCIES), Frequency.WEEK)
        days = self._one(cells, "days", _days, EVERY_DAY)
        if every is not Frequency.WEEK and len(days) != 1:
            self._fault("days", "must be one day, for a plan of each month or quarter")
        offsets = self._one(cells, "minutes", _offsets, _USUAL_OFFSETS)
        confirmation = self._one(cells, "confirmation", _word(Confirmation, _CONFIRMATIONS), Confirmation.EITHER)
        after_last = self._one(cells, "after_last", _word(AfterLast, _AFTER_LAST), AfterLast.CONTACTS_THEN_VISIT)
        for key in ("begins", "ends"):
            if not cells.get(key):
                self._fault(key, "is missing")
        if window is None or self._faults:
            return None
        return PlanTerms(
            group=cells.get("group", ""),
            risk=risk,
            every=every,
            days=days,
            window=window,
            offsets_seconds=offsets,
            confirmation=confirmation,
            after_last=after_last,
        )

    def _window(self, cells: Mapping[str, str]) -> Span | None:
        begins, ends = (self._one(cells, key, _minute, -1) for key in ("begins", "ends"))
        if min(begins, ends) < 0:
            return None
        if begins >= ends:
            self._fault("ends", "must be later than the beginning")
            return None
        window = Span(begins=begins, ends=ends)
        if not self.hours.within(window):
            self._fault("begins", "nobody is rung between this and the end (check_ins.calls, check_ins.quiet)")
        return window

    def _one(self, cells: Mapping[str, str], key: str, read: Callable[[str], T], otherwise: T) -> T:
        cell = cells.get(key, "")
        if not cell:
            return otherwise
        try:
            return read(cell)
        except _Faulty as faulty:
            self._fault(key, faulty.template, **faulty.values)
            return otherwise

    def _fault(self, column: str, template: str, **values: object) -> None:
        self._faults.append(Fault(column=column, template=template, values=values))


class _Faulty(Exception):
    """What is wrong with a cell, as a `Fault` says it."""

    def __init__(self, template: str, **values: object) -> None:
        super().__init__(template)
        self.template, self.values = template, values


def _tidy(cells: Mapping[str, str]) -> dict[str, str]:
    return {key: " ".join(cell.split()) for key, cell in cells.items()}


def _minute(cell: str) -> int:
    found = _TIME.fullmatch(cell)
    minute = int(found[1]) * 60 + int(found[2]) if found else -1
    if not 0 <= minute <= 1440:
        raise _Faulty("must be a time of day as in 08:30")
    return minute


def _days(cell: str) -> frozenset[int]:
    """`135`, `一三五`, `周一、周三`, `每天`."""
    if cell in ("每天", "every day"):
        return EVERY_DAY
    signs = re.sub(r"[周星期、,，\s]", "", cell)
    days = {_NUMERALS.get(sign) or (int(sign) if sign in "1234567" else 0) for sign in signs}
    if not days or 0 in days:
        raise _Faulty("must be days as in 135 or 一三五, 1 is Monday")
    return frozenset(days)


def _offsets(cell: str) -> tuple[int, ...]:
    parts = re.split(r"[,，、\s]+", cell)
    minutes = [int(part) if part.isascii() and part.isdigit() and len(part) <= 4 else -1 for part in parts]
    if minutes[0] != 0 or sorted(set(minutes)) != minutes or len(minutes) > _ATTEMPTS_AT_MOST:
        raise _Faulty(
            "must be minutes from the first attempt as in 0,10,30; at most {longest}", longest=_ATTEMPTS_AT_MOST
        )
    return tuple(minute * 60 for minute in minutes)


def _word(words: type[W], chinese: Mapping[str, W]) -> Callable[[str], W]:
    def read(cell: str) -> W:
        found = chinese.get(cell) or next((word for word in words if word.value == cell.casefold()), None)
        if found is None:
            raise _Faulty("must be one of {words}", words=", ".join((*chinese, *(word.value for word in words))))
        return found

    return read
