"""Rows of elders and what belongs to them, and of agents."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.elder_status import ElderStatus, Purpose
from callcenter.domain.people import Agent, Contact, ContactRole, Elder, Household, Line, LineKind, Presence
from storage.mapping import Row
from storage.vault import Vault


def row_of_household(household: Household, vault: Vault, now: datetime) -> dict[str, Any]:
    private = {"building": household.building, "door": household.door, "access": household.access}
    return {
        "id": household.id,
        "district": household.district,
        "street": household.street,
        "estate": household.estate,
        "landmark": household.landmark,
        "sealed": vault.seal(private, "households", household.id),
        "updated_at": now,
    }


def household_of(row: Row, vault: Vault) -> Household:
    private = vault.open(row["sealed"], "households", row["id"])
    return Household(
        id=row["id"],
        district=row["district"],
        street=row["street"],
        estate=row["estate"],
        landmark=row["landmark"],
        building=private.get("building", ""),
        door=private.get("door", ""),
        access=private.get("access", ""),
    )


def row_of_elder(elder: Elder, vault: Vault, now: datetime) -> dict[str, Any]:
    private = {
        "identity_number": elder.identity_number,
        "illness": elder.illness,
        "medicines": elder.medicines,
        "allergies": elder.allergies,
        "instructions": elder.instructions,
        "status_note": elder.status_note,
    }
    return {
        "id": elder.id,
        "household": elder.household,
        "name": elder.name,
        "sex": elder.sex,
        "born": elder.born,
        "dialect": elder.dialect,
        "needs": sorted(elder.needs),
        "how_to_talk": elder.how_to_talk,
        "ladder": elder.ladder,
        "status": elder.status.value,
        "status_since": elder.status_since,
        "agreed": sorted(elder.agreed),
        "refused": sorted(elder.refused),
        "identity_index": vault.identity_index(elder.identity_number),
        "sealed": vault.seal(private, "elders", elder.id),
        "updated_at": now,
    }


def elder_of(row: Row, vault: Vault) -> Elder:
    private = vault.open(row["sealed"], "elders", row["id"])
    return Elder(
        id=row["id"],
        household=row["household"],
        name=row["name"],
        sex=row["sex"],
        born=row["born"],
        dialect=row["dialect"],
        needs=frozenset(row["needs"]),
        how_to_talk=row["how_to_talk"],
        ladder=row["ladder"],
        identity_number=private.get("identity_number", ""),
        illness=private.get("illness", ""),
        medicines=private.get("medicines", ""),
        allergies=private.get("allergies", ""),
        instructions=private.get("instructions", ""),
        status=ElderStatus(row["status"]),
        status_since=row["status_since"],
        status_note=private.get("status_note", ""),
        agreed=frozenset(map(Purpose, row["agreed"])),
        refused=frozenset(map(Purpose, row["refused"])),
    )


def row_without_number(row: UUID, now: datetime) -> dict[str, Any]:
    """Of a line or contact that is nobody's any more. The row stays, so that the hot cache hears of it; empty."""
    return {
        "id": row,
        "sealed": b"",
        "number_index": None,
        "last_four_index": None,
        "removed_at": now,
        "updated_at": now,
    }


def row_of_line(line: Line, vault: Vault, now: datetime) -> dict[str, Any]:
    return {
        "id": line.id,
        "household": line.household,
        "kind": line.kind.value,
        "sealed": vault.seal({"number": line.number}, "lines", line.id),
        "number_index": vault.number_index(line.number),
        "last_four_index": vault.last_four_index(line.number),
        "removed_at": None,
        "updated_at": now,
    }


def line_of(row: Row, vault: Vault) -> Line:
    number = vault.open(row["sealed"], "lines", row["id"]).get("number", "")
    return Line(id=row["id"], household=row["household"], number=number, kind=LineKind(row["kind"]))


def row_of_contact(contact: Contact, vault: Vault, now: datetime) -> dict[str, Any]:
    return {
        "id": contact.id,
        "elder": contact.elder,
        "name": contact.name,
        "role": contact.role.value,
        "ring_order": contact.ring_order,
        "has_key": contact.has_key,
        "sealed": vault.seal({"number": contact.number}, "contacts", contact.id),
        "number_index": vault.number_index(contact.number),
        "last_four_index": vault.last_four_index(contact.number),
        "removed_at": None,
        "updated_at": now,
    }


def contact_of(row: Row, vault: Vault) -> Contact:
    return Contact(
        id=row["id"],
        elder=row["elder"],
        name=row["name"],
        role=ContactRole(row["role"]),
        number=vault.open(row["sealed"], "contacts", row["id"]).get("number", ""),
        ring_order=row["ring_order"],
        has_key=row["has_key"],
    )


def row_of_device(device: Device, vault: Vault, now: datetime) -> dict[str, Any]:
    return {
        "id": device.id,
        "elder": device.elder,
        "kind": device.kind.value,
        "account": device.account,
        "sealed": vault.seal({"number": device.number}, "devices", device.id),
        "number_index": vault.number_index(device.number),
        "last_four_index": vault.last_four_index(device.number),
        "since": device.since,
        "until": device.until,
        "updated_at": now,
    }


def device_of(row: Row, vault: Vault) -> Device:
    return Device(
        id=row["id"],
        elder=row["elder"],
        kind=DeviceKind(row["kind"]),
        account=row["account"],
        number=vault.open(row["sealed"], "devices", row["id"]).get("number", ""),
        since=row["since"],
        until=row["until"],
    )


def row_of_agent(agent: Agent, now: datetime) -> dict[str, Any]:
    return {
        "id": agent.id,
        "name": agent.name,
        "extension": agent.extension,
        "skills": sorted(agent.skills),
        "supervisor": agent.supervisor,
        "presence": agent.presence.value,
        "presence_since": agent.presence_since,
        "idle_since": agent.idle_since,
        "updated_at": now,
    }


def agent_of(row: Row) -> Agent:
    """As stored; whether somebody rings or talks is not."""
    return Agent(
        id=row["id"],
        name=row["name"],
        extension=row["extension"],
        skills=frozenset(row["skills"]),
        supervisor=row["supervisor"],
        presence=Presence(row["presence"]),
        presence_since=row["presence_since"],
        idle_since=row["idle_since"],
    )
