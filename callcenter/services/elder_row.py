"""One row of a list of elders, read cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from callcenter.domain.people import ContactRole, LineKind
from callcenter.services.elder_cells import CellReader, Fault
from callcenter.services.elder_columns import CONTACTS


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


class RowReader(CellReader):
    """Reads rows of one file. `read` gives the elder, or the faults."""

    def read(self, cells: Mapping[str, str]) -> GivenElder | list[Fault]:
        self._faults = []
        cells = {key: " ".join(cell.split()) for key, cell in cells.items()}
        for key, cell in cells.items():
            self.check_length(key, cell)
        given = GivenElder(
            words=self.words(cells),
            born=self.one(cells, "born", self.born),
            numbers=self._numbers(cells),
            accounts=self._accounts(cells),
            needs=frozenset(self.split(cells.get("needs", ""))),
            contacts=self._contacts(cells),
        )
        if "name" not in given.words:
            self.fault("name", "is missing")
        elif not (given.numbers or given.accounts or "identity_number" in given.words):
            self.fault("identity_number", "needs this, a telephone number or a pager account, to be found again")
        return self._faults or given

    def _numbers(self, cells: Mapping[str, str]) -> tuple[tuple[str, LineKind], ...]:
        numbers: dict[str, LineKind] = {}
        for kind in LineKind:
            for part in self.split(cells.get(kind.value, "")):
                number = self.number(kind.value, part)
                if number:
                    numbers.setdefault(number, kind)
        return tuple(numbers.items())

    def _accounts(self, cells: Mapping[str, str]) -> tuple[str, ...]:
        accounts = [self.account("account", cell) for cell in self.split(cells.get("account", ""))]
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
                    self.fault(f"{prefix}{wanted}", "is missing")
            contacts.append(
                GivenContact(
                    order=order,
                    name=own.get("name", ""),
                    role=self.one(cells, f"{prefix}role", self.role),
                    number=self.number(f"{prefix}number", own["number"]) if "number" in own else "",
                    has_key=self.one(cells, f"{prefix}has_key", self.flag),
                )
            )
        return tuple(contacts)
