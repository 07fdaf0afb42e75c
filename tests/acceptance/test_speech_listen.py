"""`callcenter speech listen` as an administrator types it: a real phone, a real Asterisk, a real worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli_house import PREFIX, CliHouse
from tests.shared_speech import SHARED_CLIPS, SHARED_MODEL, SHARED_PHRASES, needs_model

pytestmark = [
    pytest.mark.asterisk,
    needs_model,
    pytest.mark.skipif(not (PREFIX / "bin/asterisk").exists(), reason="no private Asterisk in var/asterisk"),
]
#: 人工; one of those that the shared model is measured to get right.
HUMAN = SHARED_CLIPS / "083.wav"


def house(folder: Path, model: Path) -> CliHouse:
    return CliHouse(folder, {"speech": {"model": str(model)}})


def test_what_the_ears_hear_of_a_call(tmp_path: Path) -> None:
    ran = house(tmp_path, SHARED_MODEL).run("speech", "listen", str(HUMAN), "--phrases", str(SHARED_PHRASES), "--json")
    assert ran.code == 0, ran.err
    assert ran.facts["ending"] == "words"
    assert (ran.facts["words"], ran.facts["intent"]) == ("人工", "human")
    assert ran.facts["at_seconds"] > 0


def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    ran = house(tmp_path, tmp_path / "none").run("speech", "listen", str(HUMAN))
    assert ran.code == 1
    assert "no speech model" in ran.err.splitlines()[-1]
