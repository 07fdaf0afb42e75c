"""One transaction, seen as the repositories that work in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from callcenter.ports.storage import UnitOfWork
from storage.repositories.access import SqlAccess
from storage.repositories.agents import SqlAgents
from storage.repositories.audits import SqlCallAudits
from storage.repositories.check_in_figures import SqlCheckInFigures
from storage.repositories.check_ins import SqlCheckIns
from storage.repositories.clients import SqlApiClients
from storage.repositories.elder_history import SqlElderHistory
from storage.repositories.elder_search import SqlElderSearch
from storage.repositories.emergencies import SqlEmergencies
from storage.repositories.figures import SqlFigures
from storage.repositories.ladders import SqlLadders
from storage.repositories.legs import SqlCalls, SqlOffers
from storage.repositories.looks import SqlLooks
from storage.repositories.orders import SqlOrders
from storage.repositories.people import SqlPeople
from storage.repositories.photos import SqlPhotos
from storage.repositories.records import SqlRecords
from storage.repositories.shifts import SqlShifts
from storage.repositories.supervisions import SqlSupervisions
from storage.repositories.transcripts import SqlTranscripts
from storage.repositories.visits import SqlHolds, SqlVisits
from storage.transaction import Transaction

T = TypeVar("T")


class SqlUnitOfWork:
    """`callcenter.ports.storage.UnitOfWork` on one connection: the database, the copy in memory, the hot cache."""

    def __init__(self, transaction: Transaction, take_id: Callable[[], UUID] | None) -> None:
        self.people = SqlPeople(transaction)
        self.search = SqlElderSearch(transaction)
        self.history = SqlElderHistory(transaction)
        self.photos = SqlPhotos(transaction)
        self.agents = SqlAgents(transaction)
        self.emergencies = SqlEmergencies(transaction)
        self.offers = SqlOffers(transaction)
        self.calls = SqlCalls(transaction)
        self.looks = SqlLooks(transaction)
        self.transcripts = SqlTranscripts(transaction)
        self.orders = SqlOrders(transaction)
        self.access = SqlAccess(transaction)
        self.check_ins = SqlCheckIns(transaction)
        self.check_in_figures = SqlCheckInFigures(transaction)
        self.holds = SqlHolds(transaction)
        self.visits = SqlVisits(transaction)
        self.records = SqlRecords(transaction)
        self.figures = SqlFigures(transaction)
        self.supervisions = SqlSupervisions(transaction)
        self.shifts = SqlShifts(transaction)
        self.call_audits = SqlCallAudits(transaction)
        self.ladders = SqlLadders(transaction)
        self.api_clients = SqlApiClients(transaction)
        self._transaction = transaction
        self._take_id = take_id

    @property
    def journalled(self) -> bool:
        return self._transaction.journalled

    def new_id(self) -> UUID:
        if self._take_id is None:
            raise RuntimeError("a look-up adds nothing")
        return self._take_id()


def unit_of_work(transaction: Transaction, take_id: Callable[[], UUID] | None = None) -> UnitOfWork:
    """Checked by mypy against the port. Without `take_id` it is for reading."""
    return SqlUnitOfWork(transaction, take_id)


def look(transaction: Transaction, read: Callable[[UnitOfWork], T]) -> T:
    """Reads. What tries to write all the same finds a connection that does not let it."""
    found = read(unit_of_work(transaction))
    transaction.flush()
    return found
