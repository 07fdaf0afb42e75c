"""Python is away or hung: the dialplan alone brings a human to the elder."""

from __future__ import annotations

import pytest

from tests.acceptance import wavcheck
from tests.acceptance.conftest import Lab
from tests.acceptance.sounds import MUSIC, PROMPTS, VOICES

pytestmark = pytest.mark.asterisk


async def test_agent_is_rung_and_both_hear_each_other(lab: Lab) -> None:
    elder, agent = await lab.phones("p001", "1001")
    await elder.dial("120001")
    await elder.until("CALL_ESTABLISHED", within=2)
    await agent.until("CALL_INCOMING", within=2)
    await elder.hears(PROMPTS["please_hold"], within=3)
    await agent.answer()
    assert await agent.hears(VOICES["elder"], within=4) < 3
    await elder.hears(VOICES["agent"], within=3)


async def test_nobody_at_all_means_sound_without_end_and_no_spinning(lab: Lab) -> None:
    elder = await lab.phone("p001")
    await elder.dial("120001")
    await elder.until("CALL_ESTABLISHED", within=2)
    await elder.hears(PROMPTS["please_hold"], within=16, seconds=3.5)  # the sentence, three times
    assert wavcheck.longest_silence(elder.heard) < 1
    assert wavcheck.longest_silence(elder.heard, ignoring=[MUSIC]) < 10
    assert await lab.variable("p001", "round") in ("3", "4")


async def test_a_stopped_python_is_left_after_its_lease(lab: Lab, mute_agi: None) -> None:
    elder, agent = await lab.phones("p001", "1001")
    await elder.dial("120001")
    await elder.until("CALL_RINGING", within=2)
    await elder.until("CALL_ESTABLISHED", within=12)
    await elder.hears(PROMPTS["please_hold"], within=3)
    await agent.until("CALL_INCOMING", within=2)
