"""Tests that place calls and measure times run one after the other, in one process; other calls in another.

What only computes runs before them (see the Makefile), so that no phone waits for the processor.
"""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_PLACE_CALLS = tuple(_HERE / name for name in ("acceptance", "faults"))
#: What is said and heard in these matters, not how soon.
_UNHURRIED = (
    "test_demo",
    "test_fallback_doors",
    "test_fallback_others",
    "test_service",
    "test_speech",
    "test_transcript",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(folder in item.path.parents for folder in _PLACE_CALLS):
            group = "unhurried" if item.path.name.startswith(_UNHURRIED) else "calls"
            item.add_marker(pytest.mark.xdist_group(group))
