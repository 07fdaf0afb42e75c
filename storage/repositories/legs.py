"""Alarms, calls and offers: what rang, from whom and at whom."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from callcenter.domain.calls import Alarm, Call, Offer
from storage.mapping.legs import alarm_of, call_of, offer_of, row_of_alarm, row_of_call, row_of_offer
from storage.tables import alarms, calls, offers
from storage.transaction import Transaction


class SqlOffers:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add(self, offer: Offer) -> None:
        self._in.insert(offers, row_of_offer(offer, self._in.vault))

    def get(self, offer: UUID) -> Offer | None:
        row = self._in.locked(sa.select(offers).where(offers.c.id == offer))
        return offer_of(row, self._in.vault) if row else None

    def save(self, offer: Offer) -> None:
        self._in.update(offers, row_of_offer(offer, self._in.vault))

    def open_of(self, emergency: UUID) -> list[Offer]:
        return self._where(offers.c.emergency == emergency, offers.c.ended_at.is_(None))

    def all_of(self, emergency: UUID) -> list[Offer]:
        return self._where(offers.c.emergency == emergency)

    def all_open(self) -> list[Offer]:
        return self._where(offers.c.ended_at.is_(None))

    def _where(self, *conditions: sa.ColumnElement[bool]) -> list[Offer]:
        statement = sa.select(offers).where(*conditions).order_by(offers.c.started_at, offers.c.id)
        return [offer_of(row, self._in.vault) for row in self._in.rows(statement)]


class SqlCalls:
    def __init__(self, transaction: Transaction) -> None:
        self._in = transaction

    def add_alarm(self, alarm: Alarm) -> bool:
        if self.alarm_of_entry(alarm.uniqueid) is not None:
            return False
        self._in.insert(alarms, row_of_alarm(alarm, self._in.vault))
        return True

    def alarm_of_entry(self, uniqueid: str) -> Alarm | None:
        row = self._in.row(sa.select(alarms).where(alarms.c.uniqueid == uniqueid))
        return alarm_of(row, self._in.vault) if row else None

    def add(self, call: Call) -> None:
        self._in.insert(calls, row_of_call(call, self._in.vault))

    def save(self, call: Call) -> None:
        self._in.update(calls, row_of_call(call, self._in.vault))

    def get(self, call: UUID) -> Call | None:
        row = self._in.locked(sa.select(calls).where(calls.c.id == call))
        return call_of(row, self._in.vault) if row else None

    def by_uniqueid(self, uniqueid: str) -> Call | None:
        """The latest, if Asterisk used an id twice."""
        statement = sa.select(calls).where(calls.c.uniqueid == uniqueid)
        row = self._in.row(statement.order_by(calls.c.started_at.desc(), calls.c.id.desc()).limit(1))
        return call_of(row, self._in.vault) if row else None

    def open_of(self, emergency: UUID) -> list[Call]:
        return self._where(calls.c.emergency == emergency, calls.c.ended_at.is_(None))

    def all_of(self, emergency: UUID) -> list[Call]:
        return self._where(calls.c.emergency == emergency)

    def _where(self, *conditions: sa.ColumnElement[bool]) -> list[Call]:
        statement = sa.select(calls).where(*conditions).order_by(calls.c.started_at, calls.c.id)
        return [call_of(row, self._in.vault) for row in self._in.rows(statement)]
