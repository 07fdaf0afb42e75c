"""Who holds which device: given to one elder, taken back from her. Each is in her history."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from callcenter.domain.devices import Device
from callcenter.domain.elder_changes import FieldChange
from callcenter.errors import AccountTaken, DeviceUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.save_profile import note_changes

FIELD = "devices"


def give_device(work: UnitOfWork, device: Device, *, by: str, now: datetime, noted: bool = True) -> None:
    """`noted` is False for somebody who is new, whose first values are in no history.

    Raises `AccountTaken` when somebody holds this account or number at that moment, or an agent has it.
    """
    if device.account and (
        work.people.by_account(device.account, device.since) or work.agents.by_extension(device.account) is not None
    ):
        raise AccountTaken(device.account)
    work.people.add_device(device)
    if noted:
        given = FieldChange(field=FIELD, old="", new=_said(device))
        note_changes(work, device.elder, by=by, now=now, changes=(given,))


def take_back_device(work: UnitOfWork, elder: UUID, device: UUID, *, by: str, now: datetime) -> Device:
    """From now on it is nobody's. Raises `DeviceUnknown` when she does not hold it."""
    held = next((one for one in work.people.devices(elder, now) if one.id == device), None)
    if held is None:
        raise DeviceUnknown(str(device))
    ended = replace(held, until=now)
    work.people.save_device(ended)
    note_changes(work, elder, by=by, now=now, changes=(FieldChange(field=FIELD, old=_said(held), new=""),))
    return ended


def _said(device: Device) -> str:
    return " ".join(part for part in (device.kind.value, device.account, device.number) if part)
