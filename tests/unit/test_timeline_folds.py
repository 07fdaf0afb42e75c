"""A timeline of hours: the same tries over and over are one line, and nothing else is."""

from __future__ import annotations

from datetime import timedelta

from callcenter.domain.emergencies import Step, TimelineEntry
from callcenter.services.timeline_folds import Fold, folded
from tests.unit.fakes import FakeClock

_ROUND = (
    (Step.RUNG_TRIED, "", "all_agents"),
    (Step.OFFERED, "agent:1001", ""),
    (Step.OFFER_ENDED, "agent:1001", "no_answer"),
)


def told(*steps: tuple[Step, str, str]) -> list[TimelineEntry]:
    clock = FakeClock()
    emergency = clock.new_id()
    return [
        TimelineEntry(
            id=clock.new_id(), emergency=emergency, at=clock.now() + timedelta(seconds=n), step=step, who=who,
            detail=detail,
        )
        for n, (step, who, detail) in enumerate(steps)
    ]  # fmt: skip


def rounds(first: int, last: int) -> list[tuple[Step, str, str]]:
    return [
        step for number in range(first, last + 1) for step in ((Step.LADDER_RESTARTED, "", f"round {number}"), *_ROUND)
    ]


def test_from_the_third_time_the_same_steps_are_one_line() -> None:
    entries = told((Step.RAISED, "account:p1", "red"), *_ROUND, *rounds(2, 60))
    shown = folded(entries)
    assert [each for each in shown if not isinstance(each, Fold)] == entries[: len(shown) - 1]
    [fold] = [each for each in shown if isinstance(each, Fold)]
    assert len(shown) < 12 and [*entries[: len(shown) - 1], *fold.entries] == entries


def test_what_turns_out_otherwise_is_seen_between_the_folds() -> None:
    entries = told(*_ROUND, *rounds(2, 20), (Step.OFFER_ENDED, "agent:1001", "busy"), *rounds(21, 40))
    kinds = [each.detail if isinstance(each, TimelineEntry) else "…" for each in folded(entries)]
    assert kinds[-3:] == ["…", "busy", "…"]


def test_an_ordinary_emergency_is_told_in_full() -> None:
    entries = told(
        (Step.RAISED, "account:p1", "red"), *_ROUND, *rounds(2, 2), (Step.CLAIMED, "agent:1002", ""),
        (Step.LEFT_ROOM, "elder:1", ""), (Step.CLOSED, "agent:1002", "false_alarm"),
    )  # fmt: skip
    assert folded(entries) == entries


def test_who_speaks_or_leaves_is_never_folded() -> None:
    entries = told(*[(Step.ELDER_SPOKE, "elder:1", "")] * 50)
    assert folded(entries) == entries
