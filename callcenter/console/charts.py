"""Charts as SVG that the server draws: no script, they print, and a table with the same numbers stands beside each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 720  #: of the drawing's own units, as all below
HEIGHT: Final = 180
_LEFT: Final = 36
_BOTTOM: Final = 24
_TOP: Final = 8
_LABELS_AT_MOST: Final = 16


@dataclass(frozen=True, kw_only=True)
class Bar:
    name: str
    label: str  #: the same, or "" where there is no room for it
    x: float
    y: float
    width: float
    height: float
    value: int


@dataclass(frozen=True, kw_only=True)
class Level:
    """A line across, and what it stands for."""

    y: float
    value: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Bars side by side, from 0 up."""

    bars: tuple[Bar, ...]
    levels: tuple[Level, ...]


def chart(values: Sequence[tuple[str, int]]) -> Chart:
    """One bar for each label, in order."""
    step = _step(max((value for _, value in values), default=0))
    top = max(ceil(max((value for _, value in values), default=0) / step), 1) * step
    floor_y = HEIGHT - _BOTTOM
    scale, room = (floor_y - _TOP) / top, (WIDTH - _LEFT) / max(len(values), 1)
    every = ceil(len(values) / _LABELS_AT_MOST) or 1
    bars = tuple(
        Bar(
            name=label,
            label=label if number % every == 0 else "",
            x=round(_LEFT + number * room + room * 0.15, 1),
            y=round(floor_y - value * scale, 1),
            width=round(room * 0.7, 1),
            height=round(value * scale, 1),
            value=value,
        )
        for number, (label, value) in enumerate(values)
    )
    levels = tuple(Level(y=round(floor_y - value * scale, 1), value=value) for value in range(0, top + 1, step))
    return Chart(bars=bars, levels=levels)


def _step(most: int) -> int:
    """1, 2 or 5 times a power of ten, so that at most five lines are needed."""
    if most <= 5:
        return 1
    rough = most / 5
    power = 10 ** floor(log10(rough))
    return int(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough))
