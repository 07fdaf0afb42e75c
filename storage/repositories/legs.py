"""Alarms, calls and offers: what rang, from whom and at whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.calls import Alarm, Call, Offer
from storage.mapping.legs import alarm_of, call_of, offer_of, row_of_alarm, row_of_call, row_of_offer
from storage.prepared import Prepared
from storage.tables import IS_OPEN, alarms, calls, emergencies, offers
from storage.transaction import Transaction

# Statements that every call needs are made once: making one costs more than running it.
_OFFER: Final = Prepared(sa.select(offers).where(offers.c.id == sa.bindparam("id")))
_ALL_OFFERS: Final = (
    sa.select(offers).where(offers.c.emergency == sa.bindparam("emergency")).order_by(offers.c.started_at, offers.c.id)
)
_OFFERS: Final = Prepared(_ALL_OFFERS)
_OPEN_OFFERS: Final = Prepared(_ALL_OFFERS.where(offers.c.ended_at.is_(None)))
_OFFERS_NOW: Final = Prepared(
    sa.select(offers).where(offers.c.ended_at.is_(None)).order_by(offers.c.started_at, offers.c.id)
)
_GUESTS: Final = Prepared(
    sa.select(offers)
    .where(
        offers.c.claims.is_(False),
        offers.c.emergency.in_(
            sa.select(emergencies.c.id).where(IS_OPEN, emergencies.c.state == sa.literal_column("'attended'"))
        ),
    )
    .order_by(offers.c.started_at, offers.c.id)
)
_CALL_BY_ID: Final = Prepared(sa.select(calls).where(calls.c.id == sa.bindparam("id")))
_ALARM: Final = Prepared(sa.select(alarms).where(alarms.c.uniqueid == sa.bindparam("uniqueid")))
_CALL: Final = Prepared(
    sa.select(calls)
    .where(calls.c.uniqueid == sa.bindparam("uniqueid"))
    .order_by(calls.c.started_at.desc(), calls.c.id.desc())
    .limit(1)
)
_ALL_CALLS: Final = (
    sa.select(calls).where(calls.c.emergency == sa.bindparam("emergency")).order_by(calls.c.started_at, calls.c.id)
)
_CALLS: Final = Prepared(_ALL_CALLS)
_OPEN_CALLS: Final = Prepared(_ALL_CALLS.where(calls.c.ended_at.is_(None)))

_CALLS_NOW: Final = Prepared(sa.select(sa.func.count().label("count")).where(calls.c.ended_at.is_(None)))


class SqlOffers:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, offer: Offer) -> None:
        self._in.insert(offers, row_of_offer(offer, self._in.vault))

    def get(self, offer: UUID) -> Offer | None:
        row = self._in.locked(_OFFER, {"id": offer})
        return offer_of(row, self._in.vault) if row else None

    def save(self, offer: Offer) -> None:
        self._in.update(offers, row_of_offer(offer, self._in.vault))

    def open_of(self, emergency: UUID) -> list[Offer]:
        return self._of(_OPEN_OFFERS, {"emergency": emergency})

    def all_of(self, emergency: UUID) -> list[Offer]:
        return self._of(_OFFERS, {"emergency": emergency})

    def all_open(self) -> list[Offer]:
        return self._of(_OFFERS_NOW, {})

    def guests(self) -> list[Offer]:
        return self._of(_GUESTS, {})

    def _of(self, statement: Prepared, values: Mapping[str, Any]) -> list[Offer]:
        return [offer_of(row, self._in.vault) for row in self._in.rows(statement, values)]


class SqlCalls:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add_alarm(self, alarm: Alarm) -> None:
        self._in.insert(alarms, row_of_alarm(alarm, self._in.vault))

    def alarm_of_entry(self, uniqueid: str) -> Alarm | None:
        row = self._in.row(_ALARM, {"uniqueid": uniqueid})
        return alarm_of(row, self._in.vault) if row else None

    def add(self, call: Call) -> None:
        self._in.insert(calls, row_of_call(call, self._in.vault))

    def save(self, call: Call) -> None:
        self._in.update(calls, row_of_call(call, self._in.vault))

    def get(self, call: UUID) -> Call | None:
        row = self._in.locked(_CALL_BY_ID, {"id": call})
        return call_of(row, self._in.vault) if row else None

    def by_uniqueid(self, uniqueid: str) -> Call | None:
        """The latest, if Asterisk used an id twice."""
        row = self._in.row(_CALL, {"uniqueid": uniqueid})
        return call_of(row, self._in.vault) if row else None

    def open_of(self, emergency: UUID) -> list[Call]:
        return self._of(_OPEN_CALLS, emergency)

    def all_of(self, emergency: UUID) -> list[Call]:
        return self._of(_CALLS, emergency)

    def how_many_open(self) -> int:
        [row] = self._in.rows(_CALLS_NOW)
        return int(row["count"])

    def _of(self, statement: Prepared, emergency: UUID) -> list[Call]:
        return [call_of(row, self._in.vault) for row in self._in.rows(statement, {"emergency": emergency})]
