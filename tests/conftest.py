"""What holds for all tests. Which run at once the Makefile says: calls file by file, in three processes."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

#: Much arithmetic far from `domain` and `services`, whose lines are counted in unit tests: counting would double its
#: time.
_UNCOUNTED = frozenset(
    {
        "test_ami_wire.py", "test_dialplan_render.py", "test_ears_speech_gate.py", "test_intents.py", "test_logs.py",
        "test_pinyin.py", "test_say_zh.py", "test_sound_check.py", "test_triage.py",
    }
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name in _UNCOUNTED or item.path.parent.name != "unit":
            item.add_marker(pytest.mark.no_cover)
