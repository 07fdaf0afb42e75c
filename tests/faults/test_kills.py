"""`kill -9` of the service in each stage of a call, its parent and the dialplan left to mend it."""

from __future__ import annotations

import pytest

from tests.faults.ordeal import endure, endure_all
from tests.faults.stages import STAGES, Stage
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

FAULT = "kill -9"
BOUND_SECONDS = 10.0


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name.replace(" ", "-"))
async def test_a_killed_service_costs_nobody(watched: WatchedHotline, stage: Stage, table: Table) -> None:
    row = table.row(FAULT, stage.name)
    await endure(watched, stage, row, times=1, fault=watched.kill_service, bound_seconds=BOUND_SECONDS)


@pytest.mark.faults
async def test_ten_kills_in_each_stage_cost_nobody(table: Table) -> None:
    await endure_all(table, FAULT, times=10, fault=WatchedHotline.kill_service, bound_seconds=BOUND_SECONDS)
