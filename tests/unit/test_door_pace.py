"""How fast a browser may speak on one connection."""

from __future__ import annotations

import pytest

from callcenter.console.door.tied import Pace, TooMany


def test_a_steady_pace_may_go_on_for_ever() -> None:
    pace = Pace(10, now=0.0)
    for message in range(1000):
        pace.take(now=message / 10)


def test_twice_as_many_may_come_at_once_after_a_pause_and_no_more() -> None:
    pace = Pace(10, now=0.0)
    for _ in range(20):
        pace.take(now=0.0)
    with pytest.raises(TooMany):
        pace.take(now=0.0)


def test_a_pause_of_hours_saves_up_no_more_than_that() -> None:
    pace = Pace(10, now=0.0)
    for _ in range(20):
        pace.take(now=86400.0)
    with pytest.raises(TooMany):
        pace.take(now=86400.0)
