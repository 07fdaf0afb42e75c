"""Tests that place calls run one after the other, in one process: two at once would measure each other's times."""

from __future__ import annotations

from pathlib import Path

import pytest

_PLACE_CALLS = tuple(Path(__file__).parent / name for name in ("acceptance", "faults"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(folder in item.path.parents for folder in _PLACE_CALLS):
            item.add_marker(pytest.mark.xdist_group("calls"))
