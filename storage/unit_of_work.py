"""One transaction, seen as the repositories that work in it."""

from __future__ import annotations

from callcenter.ports import UnitOfWork
from storage.repositories.agents import SqlAgents
from storage.repositories.emergencies import SqlEmergencies
from storage.repositories.legs import SqlCalls, SqlOffers
from storage.repositories.people import SqlPeople
from storage.transaction import Transaction


class SqlUnitOfWork:
    """`callcenter.ports.UnitOfWork` on one connection; the same for the database, the copy in memory, the hot cache."""

    def __init__(self, transaction: Transaction) -> None:
        self.people = SqlPeople(transaction)
        self.agents = SqlAgents(transaction)
        self.emergencies = SqlEmergencies(transaction)
        self.offers = SqlOffers(transaction)
        self.calls = SqlCalls(transaction)
        self._transaction = transaction

    @property
    def journalled(self) -> bool:
        return self._transaction.journalled


def unit_of_work(transaction: Transaction) -> UnitOfWork:
    """Checked by mypy against the port."""
    return SqlUnitOfWork(transaction)
