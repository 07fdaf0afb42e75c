"""Adding agents and elders: what the running service does when asked, and the command line itself while none runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callcenter.config import Config
from callcenter.domain.emergency_numbers import dials_emergency_number
from callcenter.domain.people import Agent
from callcenter.errors import AccountTaken, EmergencyNumber
from callcenter.ports.clock import Clock
from callcenter.ports.storage import Storage, UnitOfWork
from callcenter.services.elder_sheet import SheetRow, read_sheet
from callcenter.services.export_elders import export_elders
from callcenter.services.import_elders import ImportReport, import_elders
from callcenter.services.import_plans import import_plans
from callcenter.services.plan_row import PLANS


@dataclass(frozen=True, kw_only=True)
class NewAgent:
    name: str
    extension: str
    skills: frozenset[str] = frozenset()
    supervisor: bool = False


def add_agent(work: UnitOfWork, clock: Clock, new: NewAgent) -> Agent:
    """Adds the agent, offline.

    Raises `AccountTaken` when another phone has this extension as its account, and `EmergencyNumber` for one that is
    never rung.
    """
    if dials_emergency_number(f"PJSIP/{new.extension}"):
        raise EmergencyNumber(new.extension)
    devices = {account for account, _ in work.people.device_accounts(clock.now())}
    if new.extension in devices or work.agents.by_extension(new.extension) is not None:
        raise AccountTaken(new.extension)
    agent = Agent(
        id=clock.new_id(),
        name=new.name,
        extension=new.extension,
        skills=new.skills,
        supervisor=new.supervisor,
    )
    work.agents.add(agent)
    return agent


async def import_from(storage: Storage, clock: Clock, config: Config, path: Path, *, by: str) -> dict[str, Any]:
    """Every row of a file; the report as plain words. Raises `SheetUnusable` and `StorageAway`."""
    return _plain(await import_elders(storage, clock, config, read_sheet(path, config.imports), by=by))


async def import_plans_from(storage: Storage, clock: Clock, config: Config, path: Path, *, by: str) -> dict[str, Any]:
    """Check-in plans, the same way."""
    return _plain(await import_plans(storage, clock, config, read_sheet(path, config.imports, PLANS), by=by))


async def import_one(
    storage: Storage, clock: Clock, config: Config, cells: Mapping[str, str], *, by: str
) -> dict[str, Any]:
    """One elder, as one row of such a file, by the columns' keys. The report says what is wrong with her."""
    row = SheetRow(number=1, cells=dict(cells))
    return _plain(await import_elders(storage, clock, config, iter([row]), by=by))


async def export_to(storage: Storage, clock: Clock, path: Path) -> dict[str, Any]:
    """Writes a file that was not there; how many elders are in it. Raises `SheetUnusable` and `StorageAway`."""
    return {"elders": await export_elders(storage, clock, path)}


def _plain(report: ImportReport) -> dict[str, Any]:
    return {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "bad": [{"row": bad.row, "column": bad.fault.column, "message": bad.fault.message} for bad in report.bad],
    }
