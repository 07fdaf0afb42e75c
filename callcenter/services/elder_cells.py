"""One cell of a list or a form of elders, read as people type it; every fault is named, none stops the next."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from callcenter.domain.emergency_numbers import dials_emergency_number
from callcenter.domain.people import ContactRole
from callcenter.errors import EmergencyNumber, NumberUnusable
from callcenter.services.elder_columns import COLUMN_BY_KEY
from callcenter.services.numbers import e164

T = TypeVar("T")

_SEX: Final = {"男": "男", "male": "男", "m": "男", "女": "女", "female": "女", "f": "女"}
_YES: Final = frozenset({"是", "有", "y", "yes", "true", "1", "√"})
_NO: Final = frozenset({"否", "无", "没有", "n", "no", "false", "0", "×"})
_ROLES: Final = {
    ContactRole.FAMILY: "家属/家人/亲属/女儿/儿子/子女/老伴/配偶/family",
    ContactRole.KEY_HOLDER: "持钥匙人/钥匙保管人/key holder/key_holder",
    ContactRole.NEIGHBOUR: "邻居/neighbour/neighbor",
    ContactRole.COMMUNITY_WORKER: "社区网格员/网格员/社区工作者/community worker/community_worker",
}
_ROLE_BY_WORD: Final = {word: role for role, words in _ROLES.items() for word in words.split("/")}
_SEVERAL: Final = re.compile(r"[;；、,，/|\n]+")
_DAY: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
_EARLIEST: Final = date(1900, 1, 1)
PLAIN: Final = (
    "name", "district", "street", "estate", "building", "door", "landmark", "access", "illness", "medicines",
    "allergies", "dialect", "how_to_talk", "instructions",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a cell. `template` is one of a fixed few sentences, so that it can be translated."""

    column: str  #: "" for the whole row
    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return self.template.format(**self.values)


@dataclass(kw_only=True)
class CellReader:
    """What a list's rows and the console's form have in common."""

    country: str
    area_code: str
    ladders: frozenset[str]
    today: date
    _faults: list[Fault] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        return self._faults

    def fault(self, column: str, template: str, **values: object) -> None:
        self._faults.append(Fault(column=column, template=template, values=values))

    def check_length(self, key: str, cell: str, like: str = "") -> None:
        """As long as the column `like`, or its own."""
        longest = COLUMN_BY_KEY[like or key].longest
        if len(cell) > longest:
            self.fault(key, "{found} characters, at most {longest}", found=len(cell), longest=longest)
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in cell):
            self.fault(key, "holds control characters")

    def one(self, cells: Mapping[str, str], key: str, read: Callable[[str, str], T]) -> T | None:
        return read(key, cells[key]) if cells.get(key) else None

    def words(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Plain texts by column; empty cells are left out."""
        words = {key: cells[key] for key in PLAIN if cells.get(key)}
        for key, read in (("sex", self.sex), ("identity_number", self.identity), ("ladder", self.ladder)):
            if cells.get(key):
                words[key] = read(key, cells[key])
        return words

    def sex(self, key: str, cell: str) -> str:
        if cell.casefold() not in _SEX:
            self.fault(key, "must be 男 or 女")
        return _SEX.get(cell.casefold(), "")

    def identity(self, key: str, cell: str) -> str:
        text = cell.replace(" ", "").upper()
        if not re.fullmatch(r"[0-9A-Z]{6,20}", text):
            # 18 digits stored as a number come back as 1.10101E+17, the last three lost.
            self.fault(key, "must be 6 to 20 letters and digits; in a spreadsheet, format the column as text")
        return text

    def ladder(self, key: str, cell: str) -> str:
        if cell not in self.ladders:
            self.fault(key, "must be one of {ladders}", ladders=", ".join(sorted(self.ladders)))
        return cell

    def born(self, key: str, cell: str) -> date | None:
        found = _DAY.fullmatch(cell.replace(" ", ""))
        try:
            born = date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            born = None
        if born is None:
            self.fault(key, "must be a day, as 1940-05-06")
        elif not _EARLIEST <= born <= self.today:
            self.fault(key, "must lie between {earliest} and today", earliest=_EARLIEST)
        return born

    def number(self, key: str, cell: str) -> str:
        try:
            return e164(cell, country=self.country, area_code=self.area_code)
        except EmergencyNumber:
            self.fault(key, "is an emergency number; 120 is rung by dispatch.routes, not as somebody's telephone")
            return ""
        except NumberUnusable:
            self.fault(key, "is not a telephone number that can be rung")
            return ""

    def account(self, key: str, cell: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", cell):
            self.fault(key, "must be 1 to 40 of a-z, A-Z, 0-9, _ . -")
        if dials_emergency_number(f"PJSIP/{cell}"):
            self.fault(key, "is an emergency number")
        return cell

    def role(self, key: str, cell: str) -> ContactRole | None:
        role = _ROLE_BY_WORD.get(cell.casefold())
        if role is None:
            self.fault(key, "must be 家属, 持钥匙人, 邻居 or 社区网格员")
        return role

    def flag(self, key: str, cell: str) -> bool:
        if cell.casefold() not in _YES | _NO:
            self.fault(key, "must be 是 or 否")
        return cell.casefold() in _YES

    def split(self, cell: str) -> list[str]:
        return [part.strip() for part in _SEVERAL.split(cell) if part.strip()]
