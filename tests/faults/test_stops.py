"""SIGSTOP of the service in each stage of a call: it keeps its sockets and says nothing, and nobody else can see it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.faults.ordeal import endure_all
from tests.faults.stages import STAGES, Stage
from tests.faults.table import Table
from tests.faults.watched import WatchedHotline

pytestmark = pytest.mark.asterisk

BOUND_SECONDS = 15.0
_SHORT = [stage for stage in STAGES if stage.name in ("around the commit", "ringing agents", "in the room")]


@pytest.mark.parametrize(
    ("stages", "times"),
    [pytest.param(_SHORT, 1, id="short"), pytest.param(STAGES, 3, id="long", marks=pytest.mark.faults)],
)
async def test_a_stopped_service_costs_nobody(stages: Sequence[Stage], times: int, table: Table) -> None:
    fault = WatchedHotline.stop_service
    await endure_all(table, "SIGSTOP", stages, times=times, fault=fault, bound_seconds=BOUND_SECONDS)
