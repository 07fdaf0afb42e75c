"""`kill -9` of the service in each stage of a call, its parent and the dialplan left to mend it."""

from __future__ import annotations

import pytest

from tests.faults.ordeal import endure
from tests.faults.stages import STAGES, Stage
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

BOUND_SECONDS = 10.0


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.faults)])
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name.replace(" ", "-"))
async def test_a_killed_service_costs_nobody(watched: WatchedHotline, stage: Stage, times: int, table: Table) -> None:
    row = table.row("kill -9", stage.name)
    await endure(watched, stage, row, times=times, fault=watched.kill_service, bound_seconds=BOUND_SECONDS)
