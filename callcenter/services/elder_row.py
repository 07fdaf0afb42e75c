"""One row of a list of elders, read cell by cell: every fault is named, none stops the next."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar

from callcenter.domain.emergency_numbers import dials_emergency_number
from callcenter.domain.people import ContactRole, LineKind
from callcenter.errors import EmergencyNumber, NumberUnusable
from callcenter.services.elder_columns import COLUMN_BY_KEY, CONTACTS
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


@dataclass(frozen=True, kw_only=True)
class Fault:
    column: str
    message: str


@dataclass(frozen=True, kw_only=True)
class GivenContact:
    order: int  #: 1 is rung first
    name: str
    role: ContactRole | None  #: None when the cell is empty
    number: str
    has_key: bool | None


@dataclass(frozen=True, kw_only=True)
class GivenElder:
    """What a row says. `words` holds plain texts by column key; an empty cell is not in it."""

    words: Mapping[str, str]
    born: date | None
    numbers: tuple[tuple[str, LineKind], ...]
    accounts: tuple[str, ...]
    needs: frozenset[str]
    contacts: tuple[GivenContact, ...]


@dataclass(kw_only=True)
class RowReader:
    """Reads rows of one file. `read` gives the elder, or the faults."""

    country: str
    area_code: str
    ladders: frozenset[str]
    today: date
    _faults: list[Fault] = field(default_factory=list)

    def read(self, cells: Mapping[str, str]) -> GivenElder | list[Fault]:
        self._faults = []
        cells = {key: " ".join(cell.split()) for key, cell in cells.items()}
        for key, cell in cells.items():
            self._check_length(key, cell)
        given = GivenElder(
            words=self._words(cells),
            born=self._one(cells, "born", self._born),
            numbers=self._numbers(cells),
            accounts=self._accounts(cells),
            needs=frozenset(self._split(cells.get("needs", ""))),
            contacts=self._contacts(cells),
        )
        if "name" not in given.words:
            self._fault("name", "is missing")
        elif not (given.numbers or given.accounts or "identity_number" in given.words):
            self._fault("identity_number", "needs this, a telephone number or a pager account, to be found again")
        return self._faults or given

    def _fault(self, column: str, message: str) -> None:
        self._faults.append(Fault(column=column, message=message))

    def _check_length(self, key: str, cell: str) -> None:
        longest = COLUMN_BY_KEY[key].longest
        if len(cell) > longest:
            self._fault(key, f"{len(cell)} characters, at most {longest}")
        if any(unicodedata.category(character) in ("Cc", "Cs") for character in cell):
            self._fault(key, "holds control characters")

    def _one(self, cells: Mapping[str, str], key: str, read: Callable[[str, str], T]) -> T | None:
        return read(key, cells[key]) if cells.get(key) else None

    def _words(self, cells: Mapping[str, str]) -> dict[str, str]:
        plain = (
            "name", "district", "street", "estate", "building", "door", "landmark", "access", "illness", "medicines",
            "allergies", "dialect", "how_to_talk", "instructions",
        )  # fmt: skip
        words = {key: cells[key] for key in plain if cells.get(key)}
        for key, read in (("sex", self._sex), ("identity_number", self._identity), ("ladder", self._ladder)):
            if cells.get(key):
                words[key] = read(key, cells[key])
        return words

    def _sex(self, key: str, cell: str) -> str:
        if cell.casefold() not in _SEX:
            self._fault(key, "must be 男 or 女")
        return _SEX.get(cell.casefold(), "")

    def _identity(self, key: str, cell: str) -> str:
        text = cell.replace(" ", "").upper()
        if not re.fullmatch(r"[0-9A-Z]{6,20}", text):
            # 18 digits stored as a number come back as 1.10101E+17, the last three lost.
            self._fault(key, "must be 6 to 20 letters and digits; in a spreadsheet, format the column as text")
        return text

    def _ladder(self, key: str, cell: str) -> str:
        if cell not in self.ladders:
            self._fault(key, f"must be one of {', '.join(sorted(self.ladders))}")
        return cell

    def _born(self, key: str, cell: str) -> date | None:
        found = _DAY.fullmatch(cell.replace(" ", ""))
        try:
            born = date(*(int(part) for part in found.groups())) if found else None
        except ValueError:
            born = None
        if born is None:
            self._fault(key, "must be a day, as 1940-05-06")
        elif not _EARLIEST <= born <= self.today:
            self._fault(key, f"must lie between {_EARLIEST} and today")
        return born

    def _numbers(self, cells: Mapping[str, str]) -> tuple[tuple[str, LineKind], ...]:
        numbers: dict[str, LineKind] = {}
        for kind in LineKind:
            for part in self._split(cells.get(kind.value, "")):
                number = self._number(kind.value, part)
                if number:
                    numbers.setdefault(number, kind)
        return tuple(numbers.items())

    def _number(self, key: str, cell: str) -> str:
        try:
            return e164(cell, country=self.country, area_code=self.area_code)
        except EmergencyNumber:
            self._fault(key, "is an emergency number; 120 is rung by dispatch.routes, not as somebody's telephone")
            return ""
        except NumberUnusable:
            self._fault(key, "is not a telephone number that can be rung")
            return ""

    def _accounts(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        accounts = self._split(cells.get("account", ""))
        if not all(re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", account) for account in accounts):
            self._fault("account", "must be 1 to 40 of a-z, A-Z, 0-9, _ . -")
        if any(dials_emergency_number(f"PJSIP/{account}") for account in accounts):
            self._fault("account", "is an emergency number")
        return tuple(dict.fromkeys(accounts))

    def _contacts(self, cells: Mapping[str, str]) -> tuple[GivenContact, ...]:
        contacts = []
        for order in range(1, CONTACTS + 1):
            prefix = f"contact{order}_"
            own = {key.removeprefix(prefix): cell for key, cell in cells.items() if key.startswith(prefix) and cell}
            if not own:
                continue
            for wanted in ("name", "number"):
                if wanted not in own:
                    self._fault(f"{prefix}{wanted}", "is missing")
            contacts.append(
                GivenContact(
                    order=order,
                    name=own.get("name", ""),
                    role=self._one(cells, f"{prefix}role", self._role),
                    number=self._number(f"{prefix}number", own["number"]) if "number" in own else "",
                    has_key=self._one(cells, f"{prefix}has_key", self._flag),
                )
            )
        return tuple(contacts)

    def _role(self, key: str, cell: str) -> ContactRole | None:
        role = _ROLE_BY_WORD.get(cell.casefold())
        if role is None:
            self._fault(key, "must be 家属, 持钥匙人, 邻居 or 社区网格员")
        return role

    def _flag(self, key: str, cell: str) -> bool:
        if cell.casefold() not in _YES | _NO:
            self._fault(key, "must be 是 or 否")
        return cell.casefold() in _YES

    def _split(self, cell: str) -> list[str]:
        return [part.strip() for part in _SEVERAL.split(cell) if part.strip()]
