"""What a trunk's silence is: ours, never the elder's. On a real Asterisk, against a far side that is scripted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from callcenter.config.asterisk import Trunk
from callcenter.domain.calls import LegOutcome
from tests.integration.test_ami_telephony import Switchboard, a_switchboard

pytestmark = pytest.mark.asterisk

TRUNKS = tuple(Trunk(name=name, host="127.0.0.1") for name in ("phones", "deaf", "watched"))


@pytest.fixture
async def board() -> AsyncIterator[Switchboard]:
    async with a_switchboard(TRUNKS) as running:
        yield running


async def outcomes(board: Switchboard, numbers: list[str], ring_seconds: float) -> dict[str, LegOutcome]:
    legs = {number: await board.ring(f"PJSIP/{number}", ring_seconds=ring_seconds) for number in numbers}
    async with asyncio.timeout(ring_seconds + 5):
        for leg in legs.values():
            await board.until(lambda leg=leg: bool(board.ends(leg)), within_seconds=ring_seconds + 5)  # type: ignore[misc]
    return {number: board.ends(leg)[0].outcome for number, leg in legs.items()}


async def test_only_what_rang_somewhere_is_no_answer(board: Switchboard) -> None:
    expected = {
        "ring@phones": LegOutcome.NO_ANSWER,
        "progress@phones": LegOutcome.NO_ANSWER,
        "480@phones": LegOutcome.NO_ANSWER,
        "486@phones": LegOutcome.BUSY,
        "404@phones": LegOutcome.UNREACHABLE,
        "mute@phones": LegOutcome.TRUNK_FAILURE,
        "trying@phones": LegOutcome.TRUNK_FAILURE,
        "408@phones": LegOutcome.TRUNK_FAILURE,
        "1@deaf": LegOutcome.TRUNK_FAILURE,
        "1@no-such-trunk": LegOutcome.UNREACHABLE,
    }
    assert await outcomes(board, list(expected), ring_seconds=3.0) == expected


async def test_a_dead_trunk_is_told_when_sip_gives_up_before_the_ringing_time(board: Switchboard) -> None:
    assert await outcomes(board, ["mute@phones", "1@deaf"], ring_seconds=15.0) == {
        "mute@phones": LegOutcome.TRUNK_FAILURE,
        "1@deaf": LegOutcome.TRUNK_FAILURE,
    }


async def test_a_trunk_that_is_watched_and_dead_fails_at_once(board: Switchboard) -> None:
    def dead() -> bool:
        return any(m["Event"] == "ContactStatus" and m.get("ContactStatus") == "Unreachable" for m in board.raw)

    await board.until(dead)
    leg = await board.ring("PJSIP/1@watched", ring_seconds=15.0)
    assert (await board.end_of(leg)).outcome is LegOutcome.TRUNK_FAILURE


async def test_a_trunk_that_answers_what_we_cancel_is_cancelled(board: Switchboard) -> None:
    leg = await board.ring("PJSIP/mute@phones")
    await board.until(lambda: bool(board.asterisk.callee.rung))
    await board.telephony.hang_up(str(leg))
    assert (await board.end_of(leg)).outcome is LegOutcome.CANCELLED
