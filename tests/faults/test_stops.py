"""SIGSTOP of the service in each stage of a call: it keeps its sockets and says nothing, and nobody else can see it."""

from __future__ import annotations

import pytest

from tests.faults.ordeal import endure, endure_all
from tests.faults.stages import STAGES, Stage
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

FAULT = "SIGSTOP"
BOUND_SECONDS = 15.0
_SHORT = [stage for stage in STAGES if stage.name in ("around the commit", "ringing agents", "in the room")]


@pytest.mark.parametrize("stage", _SHORT, ids=lambda stage: stage.name.replace(" ", "-"))
async def test_a_stopped_service_costs_nobody(watched: WatchedHotline, stage: Stage, table: Table) -> None:
    row = table.row(FAULT, stage.name)
    await endure(watched, stage, row, times=1, fault=watched.stop_service, bound_seconds=BOUND_SECONDS)


@pytest.mark.faults
async def test_three_stops_in_each_stage_cost_nobody(table: Table) -> None:
    await endure_all(table, FAULT, times=3, fault=WatchedHotline.stop_service, bound_seconds=BOUND_SECONDS)
