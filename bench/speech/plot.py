"""The picture: what was right of each kind, and how long answers took with more and more callers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.speech.report import LAG_P95_SECONDS_AT_MOST, Loaded, Scored, part
from bench.speech.scoring import rows

_BAR: Final = 0.8


def draw(scored: Sequence[Scored], levels: Sequence[Loaded], to: Path) -> None:
    """Writes a PNG."""
    figure = Figure(figsize=(11, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _right(left, scored)
    if levels:
        _times(right, levels)
    else:
        right.set_axis_off()
    figure.savefig(to, format="png", dpi=110)


def _right(axes: Axes, scored: Sequence[Scored]) -> None:
    kinds = [row.kind for row in rows(scored[0].answers)]
    series: list[tuple[str, list[float]]] = []
    for each in scored:
        found = {row.kind: row for row in rows(each.answers)}
        for place, how in enumerate(("as heard", "by sound")):
            shares = [
                (found[kind].right[place] or (found[kind].rejected[place] if kind == "out of grammar" else 0))
                / found[kind].clips
                for kind in kinds
            ]
            series.append((f"{each.name}, {how}", shares))
    width = _BAR / len(series)
    for number, (label, shares) in enumerate(series):
        axes.bar(
            [place + number * width for place in range(len(kinds))], [100 * each for each in shares], width, label=label
        )
    axes.set_xticks([place + _BAR / 2 - width / 2 for place in range(len(kinds))], kinds, fontsize=8)
    axes.set_ylim(0, 100)
    axes.set_ylabel("% right (out of grammar: rejected)")
    axes.set_title("Clips understood")
    axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2)


def _times(axes: Axes, levels: Sequence[Loaded]) -> None:
    at_once = [each.level.at_once for each in levels]
    for percent, style in ((50, "-"), (95, "--")):
        lag = [1000 * part(each.level.lag_seconds, percent) for each in levels]
        axes.plot(at_once, lag, f"o{style}", color="tab:red", label=f"lag p{percent}")
        after = [1000 * part(each.level.spoken_after() or [0.0], percent) for each in levels]
        axes.plot(at_once, after, f"s{style}", color="tab:blue", label=f"end of speech to story p{percent}")
    axes.axhline(1000 * LAG_P95_SECONDS_AT_MOST, color="tab:red", linewidth=0.8, linestyle=":", label="lag at most")
    axes.set_xticks(at_once)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("live streams, one processor")
    axes.set_ylabel("ms")
    axes.set_title("How long an answer takes")
    axes.legend(fontsize=7)
