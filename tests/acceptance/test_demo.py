"""`callcenter demo`, as the README has it run: a whole story on real calls, told in words and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import PREFIX

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    command = [sys.executable, "-m", "callcenter", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_story_comes_to_its_end_and_everybody_heard_everybody() -> None:
    played = demo("demo", "--json")
    assert played.returncode == 0, played.stderr
    told = json.loads(played.stdout)
    assert (told["state"], told["disposition"]) == ("closed", "handed_to_contact")
    assert {name: sorted(whom) for name, whom in told["heard"].items()} == {
        "张大明": ["女儿", "王坐席"],
        "王坐席": ["女儿", "张大明"],
        "女儿": ["张大明", "王坐席"],
    }
    steps = [(entry["step"], entry["who"].partition(":")[0]) for entry in told["timeline"]]
    in_order = [("raised", "account"), ("offered", "agent"), ("claimed", "agent"), ("entered_room", "elder")]
    assert [step for step in steps if step in in_order] == in_order
    assert all(entry["seconds"] >= 0 for entry in told["timeline"])
    assert all(Path(path).stat().st_size > 10_000 for path in told["recordings"])
