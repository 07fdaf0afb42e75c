"""`kill -9` of the service in each stage of a call, its parent and the dialplan left to mend it."""

from __future__ import annotations

import pytest

from tests.faults.ordeal import endure_all
from tests.faults.stages import STAGES
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

BOUND_SECONDS = 10.0


@pytest.mark.parametrize("times", [1, pytest.param(10, marks=pytest.mark.faults)])
async def test_a_killed_service_costs_nobody(times: int, table: Table) -> None:
    fault = WatchedHotline.kill_service
    await endure_all(table, "kill -9", STAGES, times=times, fault=fault, bound_seconds=BOUND_SECONDS)
