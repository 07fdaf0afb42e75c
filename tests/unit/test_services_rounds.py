"""A further round does not spin: whoever fails at once is not rung several times a second, nor given up."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.domain.calls import LegOutcome
from callcenter.domain.emergencies import Step
from callcenter.domain.ladder import Position
from tests.unit.house import House

DAUGHTER = "PJSIP/13900002222@trunk"


async def _fail_for(house: House, seconds: float, outcome: LegOutcome) -> list[str]:
    """Every leg fails the moment it rings; whom it would have rung, in order."""
    targets: list[str] = []
    for _ in range(int(seconds * 4)):
        rung = list(house.telephony.rung)
        targets += house.telephony.targets
        house.telephony.forget()
        for leg in rung:
            await house.ended(leg.id, outcome)
        await house.passes(0.25, tick_seconds=0.25)
    return targets


@pytest.mark.parametrize("outcome", [LegOutcome.UNREACHABLE, LegOutcome.BUSY, LegOutcome.TRUNK_FAILURE])
@pytest.mark.parametrize("agents", [0, 1])
async def test_nobody_who_fails_at_once_is_rung_in_circles(house_with: Any, agents: int, outcome: LegOutcome) -> None:
    async with house_with(offers={"standby": []}) as house:
        await house.elder()
        for number in range(agents):
            await house.agent(str(1001 + number))
        emergency = await house.pressed()
        targets = await _fail_for(house, 30, outcome)
        assert 4 <= targets.count(DAUGHTER) <= 7  # every five seconds
        assert 4 <= targets.count("PJSIP/dispatcher") <= 7
        assert (await house.waiting(emergency)).position.round >= 4


async def test_a_round_that_took_its_time_is_followed_at_once(house: House) -> None:
    await house.elder()
    await house.agent()
    emergency = await house.pressed()
    await house.passes(62)
    last = house.leg_to("PJSIP/dispatcher2")
    await house.passes(6)
    await house.ended(last.id)
    assert (await house.waiting(emergency)).position == Position(round=2, rung=2)  # all agents were tried again


async def test_a_restart_is_told_before_what_it_rings(house_with: Any) -> None:
    async with house_with(offers={"standby": []}) as house:
        await house.elder()
        emergency = await house.pressed()
        await _fail_for(house, 10, LegOutcome.BUSY)
        steps = await house.steps(emergency)
        assert Step.RUNG_TRIED in steps[steps.index(Step.LADDER_RESTARTED) :]
