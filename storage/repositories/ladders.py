"""Versions of ladders. Of the database alone: while it is away, what was learnt last holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from callcenter.domain.ladder import Rung, RungKind
from callcenter.domain.ladder_versions import LadderVersion
from callcenter.errors import NotWhileStorageAway
from storage.mapping import Row
from storage.tables import ladder_versions
from storage.transaction import Transaction


class SqlLadders:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(self, version: LadderVersion) -> None:
        """See `callcenter.ports.supervision_storage.Ladders`, as for all of these."""
        self._in.insert(ladder_versions, _row_of(version))

    def latest(self, name: str) -> LadderVersion | None:
        return next(iter(self.history(name, 1)), None)

    def history(self, name: str, limit: int) -> list[LadderVersion]:
        newest = sa.select(ladder_versions).where(ladder_versions.c.name == name)
        newest = newest.order_by(ladder_versions.c.at.desc(), ladder_versions.c.id.desc()).limit(limit)
        return [_version_of(row) for row in self._in.rows(newest)]

    @property
    def _in(self) -> Transaction:
        """The database's. The stand-in has no such table."""
        if self._transaction.journalled:
            raise NotWhileStorageAway("ladders")
        return self._transaction


def _row_of(version: LadderVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "at": version.at,
        "by": version.by,
        "why": version.why,
        "name": version.name,
        "rungs": [
            {"kind": rung.kind.value, "wait_seconds": rung.wait_seconds, "agents": rung.agents}
            for rung in version.rungs
        ],
    }


def _version_of(row: Row) -> LadderVersion:
    rungs = tuple(
        Rung(kind=RungKind(each["kind"]), wait_seconds=each["wait_seconds"], agents=each["agents"])
        for each in row["rungs"]
    )
    return LadderVersion(**{**row, "rungs": rungs})
