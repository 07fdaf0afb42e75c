"""Rows of alarms, calls and offers. What they dialled is a number, so it is sealed."""

from __future__ import annotations

from typing import Any

from callcenter.domain.calls import Alarm, Call, Key, LegOutcome, Offer, Role
from storage.mapping import Row
from storage.vault import Vault


def row_of_alarm(alarm: Alarm, vault: Vault) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "emergency": alarm.emergency,
        "uniqueid": alarm.uniqueid,
        "key": alarm.key.value,
        "account": alarm.account,
        "sealed": vault.seal({"line": alarm.line}, "alarms", alarm.id),
        "at": alarm.at,
    }


def alarm_of(row: Row, vault: Vault) -> Alarm:
    return Alarm(
        id=row["id"],
        emergency=row["emergency"],
        uniqueid=row["uniqueid"],
        key=Key(row["key"]),
        account=row["account"],
        line=vault.open(row["sealed"], "alarms", row["id"]).get("line", ""),
        at=row["at"],
    )


def row_of_call(call: Call, vault: Vault) -> dict[str, Any]:
    return {
        "id": call.id,
        "emergency": call.emergency,
        "uniqueid": call.uniqueid,
        "channel": call.channel,
        "inbound": call.inbound,
        "sealed": vault.seal({"target": call.target}, "calls", call.id),
        "started_at": call.started_at,
        "ended_at": call.ended_at,
        "outcome": call.outcome.value,
        "cause": call.cause,
        "recording": call.recording,
    }


def call_of(row: Row, vault: Vault) -> Call:
    return Call(
        id=row["id"],
        emergency=row["emergency"],
        uniqueid=row["uniqueid"],
        channel=row["channel"],
        inbound=row["inbound"],
        target=vault.open(row["sealed"], "calls", row["id"]).get("target", ""),
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        outcome=LegOutcome(row["outcome"]),
        cause=row["cause"],
        recording=row["recording"],
    )


def row_of_offer(offer: Offer, vault: Vault) -> dict[str, Any]:
    return {
        "id": offer.id,
        "emergency": offer.emergency,
        "role": offer.role.value,
        "target": offer.target,
        "sealed": vault.seal({"destination": offer.destination}, "offers", offer.id),
        "round": offer.round,
        "rung": offer.rung,
        "claims": offer.claims,
        "started_at": offer.started_at,
        "ring_seconds": offer.ring_seconds,
        "replaces": offer.replaces,
        "outcome": offer.outcome.value,
        "cause": offer.cause,
        "ended_at": offer.ended_at,
    }


def offer_of(row: Row, vault: Vault) -> Offer:
    return Offer(
        id=row["id"],
        emergency=row["emergency"],
        role=Role(row["role"]),
        target=row["target"],
        destination=vault.open(row["sealed"], "offers", row["id"]).get("destination", ""),
        round=row["round"],
        rung=row["rung"],
        claims=row["claims"],
        started_at=row["started_at"],
        ring_seconds=row["ring_seconds"],
        replaces=row["replaces"],
        outcome=LegOutcome(row["outcome"]),
        cause=row["cause"],
        ended_at=row["ended_at"],
    )
