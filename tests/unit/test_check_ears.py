"""What the doctor says of the ears, and that an ear on a channel is nobody's leg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callcenter.app.checks.ears import check_ears
from callcenter.app.checks.finding import Health
from callcenter.asterisk.events import meaning
from callcenter.asterisk.wire import Message
from callcenter.config import check
from callcenter.ports.asterisk_events import LegAnswered, LegEnded

ELSEWHERE = {"name": "far", "managed": False}


@pytest.mark.parametrize(
    ("speech", "model", "health", "said"),
    [
        ({}, False, Health.WARN, "no speech model in var/speech/model: keys only"),
        ({}, True, Health.OK, "1 worker(s); what elders say after a red key is not written down"),
        ({"transcript": True}, True, Health.OK, "1 worker(s); what elders say after a red key is written down"),
        ({"enabled": False}, False, Health.OK, "switched off: keys only"),
        (
            {"workers": [ELSEWHERE]},
            False,
            Health.OK,
            "1 worker(s); what elders say after a red key is not written down",
        ),
    ],
)
async def test_the_doctor_says_who_listens(
    tmp_path: Path, speech: dict[str, Any], model: bool, health: Health, said: str
) -> None:
    if model:
        (tmp_path / "var/speech/model/am").mkdir(parents=True)
        (tmp_path / "var/speech/model/am/final.mdl").touch()
    [finding] = await check_ears(check({"speech": speech}, tmp_path))
    assert (finding.health, finding.en) == (health, said)
    assert bool(finding.remedy_en) == (health is Health.WARN)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"Event": "Newstate", "ChannelState": "6"}, LegAnswered),
        ({"Event": "Hangup", "ChannelState": "6", "Cause": "16"}, LegEnded),
    ],
)
def test_an_ear_is_nobodys_leg(fields: dict[str, str], kind: type) -> None:
    leg, ear = Message(), Message()
    leg.update(fields, Uniqueid="1.1", Channel="PJSIP/p001-00000001")
    ear.update(fields, Uniqueid="1.2", Channel="AudioSocket/127.0.0.1:9092-4f0c8a52")
    assert isinstance(meaning(leg), kind)
    assert meaning(ear) is None
