"""Whose emergency it is: some things are done by who has it, and by nobody else."""

from __future__ import annotations

from uuid import UUID

from callcenter.domain.calls import Role
from callcenter.domain.emergencies import Attended, Closed
from callcenter.errors import EmergencyClosed, EmergencyNotYours, EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk


async def only_mine(desk: Desk, emergency: UUID, extension: str) -> None:
    """Raises as `owned` does."""
    await desk.storage.transact("whose emergency", lambda work: owned(work, emergency, extension))


def owned(work: UnitOfWork, emergency: UUID, extension: str) -> Attended:
    """The emergency, which this agent has. Raises `EmergencyUnknown`, `EmergencyClosed`, `EmergencyNotYours`."""
    current = work.emergencies.get(emergency)
    if current is None:
        raise EmergencyUnknown(str(emergency))
    if isinstance(current, Closed):
        raise EmergencyClosed(str(emergency))
    if not isinstance(current, Attended) or (current.owner_role, current.owner) != (Role.AGENT, extension):
        raise EmergencyNotYours(str(emergency))
    return current
