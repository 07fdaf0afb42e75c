"""SIGSTOP of the service in each stage of a call: it keeps its sockets and says nothing, and nobody else can see it."""

from __future__ import annotations

import pytest
from _pytest.mark import ParameterSet

from tests.faults.ordeal import endure
from tests.faults.stages import STAGES, Stage
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

BOUND_SECONDS = 15.0
_SHORT = ("around the commit", "ringing agents", "in the room")


def _lengths() -> list[ParameterSet]:
    short = [pytest.param(stage, 1, id=f"{stage.name}-1") for stage in STAGES if stage.name in _SHORT]
    return short + [pytest.param(stage, 3, id=f"{stage.name}-3", marks=pytest.mark.faults) for stage in STAGES]


@pytest.mark.parametrize(("stage", "times"), _lengths())
async def test_a_stopped_service_costs_nobody(watched: WatchedHotline, stage: Stage, times: int, table: Table) -> None:
    row = table.row("SIGSTOP", stage.name)
    await endure(watched, stage, row, times=times, fault=watched.stop_service, bound_seconds=BOUND_SECONDS)
