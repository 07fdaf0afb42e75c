"""Planner and retry rules, for any plan, window and moment."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.calls import LegOutcome
from callcenter.domain.check_ins import (
    AfterLast,
    CheckIn,
    CheckInOutcome,
    CheckInPlan,
    CheckInState,
    Frequency,
    Hold,
    RetryRules,
    Risk,
    after_call,
    outcome_of_leg,
)
from callcenter.domain.dial_hours import CHINA, DialHours, Span, day_of, moment_of
from callcenter.domain.spread import Spread

HOURS = DialHours(open=Span(begins=480, ends=1200), quiet=(Span(begins=720, ends=870),))
RULES = RetryRules(hours=HOURS, gap_seconds=60, trunk_first_seconds=15, trunk_at_most_seconds=300)
FIRST_DAY = date(2026, 1, 1)
SOMEBODY = UUID(int=1)

days = st.dates(min_value=date(2024, 1, 1), max_value=date(2032, 12, 31))
spans = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda s: s[0] < s[1])
windows = spans.map(lambda s: Span(begins=s[0], ends=s[1]))
offsets = st.lists(st.integers(1, 7200), max_size=4, unique=True).map(lambda gaps: (0, *sorted(gaps)))
elders = st.uuids()
RETRIED = [o for o in CheckInOutcome if o not in ("confirmed", "asked_for_help", "answered_silent", "trunk_failure")]


def a_plan(elder: UUID = SOMEBODY, **more: object) -> CheckInPlan:
    words: dict[str, object] = {"window": Span(begins=480, ends=720), "starts_on": date(2024, 1, 1)}
    return CheckInPlan(id=UUID(int=7), elder=elder, **{**words, **more})  # type: ignore[arg-type]


def a_check_in(day: date, **more: object) -> CheckIn:
    words: dict[str, object] = {"due_at": moment_of(day, 500), "first_at": moment_of(day, 500)}
    return CheckIn(id=UUID(int=9), plan=UUID(int=7), elder=SOMEBODY, day=day, **{**words, **more})  # type: ignore[arg-type]


def may_ring(at: datetime) -> bool:
    local = at.astimezone(CHINA)
    minute = local.hour * 60 + local.minute
    return 480 <= minute < 1200 and not 720 <= minute < 870


@given(elders, days, windows, offsets)
def test_a_call_is_placed_in_its_window_and_outside_the_hours_of_rest(
    elder: UUID, day: date, window: Span, offsets: tuple[int, ...]
) -> None:
    plan = a_plan(elder, window=window, offsets_seconds=offsets)
    at = Spread(day, HOURS, 10).place(plan)
    if at is None:
        assert not any(may_ring(moment_of(day, minute)) for minute in range(window.begins, window.ends))
        return
    assert may_ring(at)
    assert day_of(at) == day
    assert moment_of(day, window.begins) <= at < moment_of(day, window.ends)
    assert Spread(day, HOURS, 10).place(plan) == at  # the same on every run


@given(st.lists(elders, min_size=1, max_size=60, unique=True), days, st.integers(1, 3))
def test_no_minute_gets_more_calls_than_the_channels_carry(ids: list[UUID], day: date, per_minute: int) -> None:
    spread = Spread(day, HOURS, per_minute)
    window = Span(begins=600, ends=700)
    placed = [spread.place(a_plan(elder, window=window, offsets_seconds=(0,))) for elder in ids]
    minutes = Counter(at.replace(second=0) for at in placed if at is not None)
    assert sum(minutes.values()) == len(ids)
    assert max(minutes.values()) <= per_minute


@given(st.lists(elders, min_size=1, max_size=20, unique=True), days)
def test_without_a_channel_nobody_is_forgotten(ids: list[UUID], day: date) -> None:
    spread = Spread(day, HOURS, 0)
    assert all(spread.place(a_plan(elder)) is not None for elder in ids)


@given(elders, days)
def test_a_window_long_enough_has_room_for_the_last_attempt(elder: UUID, day: date) -> None:
    at = Spread(day, HOURS, 5).place(a_plan(elder))
    assert at is not None
    assert at + timedelta(seconds=1800) < moment_of(day, 720)


@given(days, st.sampled_from(RETRIED), st.integers(0, 3), st.integers(-180, 1440 + 180), offsets, windows)
def test_a_retry_is_in_the_window_or_goes_on_to_people(
    day: date, outcome: CheckInOutcome, tries: int, minute: int, offsets: tuple[int, ...], window: Span
) -> None:
    """Whatever the clock says: it may have been stepped since the first call."""
    plan = a_plan(window=window, offsets_seconds=offsets)
    now = moment_of(day, 0) + timedelta(minutes=minute)
    after = after_call(a_check_in(day, tries=tries), plan, outcome, RULES, now)
    assert after.outcome is outcome
    assert after.due_at is not None
    if after.state is CheckInState.DUE:
        assert tries + 1 < len(offsets)
        assert after.due_at >= now + timedelta(seconds=60)
        assert may_ring(after.due_at)
        assert moment_of(day, window.begins) <= after.due_at < moment_of(day, window.ends)
    else:
        assert (after.state, after.due_at) == (CheckInState.CONTACTS, now)


@given(days, st.integers(0, 40))
def test_the_trunks_failure_is_no_attempt_and_waits_longer_each_time(day: date, failures: int) -> None:
    now = moment_of(day, 500)
    after = after_call(a_check_in(day, trunk_failures=failures), a_plan(), CheckInOutcome.TRUNK_FAILURE, RULES, now)
    assert (after.state, after.tries) == (CheckInState.DUE, 0)
    assert after.due_at is not None
    assert after.due_at - now == timedelta(seconds=min(300, 15 * 2**failures))


def test_her_own_silence_is_not_overwritten_by_the_trunks_failure() -> None:
    before = a_check_in(FIRST_DAY, tries=1, outcome=CheckInOutcome.NO_ANSWER)
    after = after_call(before, a_plan(), CheckInOutcome.TRUNK_FAILURE, RULES, moment_of(FIRST_DAY, 510))
    assert (after.outcome, after.tries) == (CheckInOutcome.NO_ANSWER, 1)


def test_three_attempts_at_0_10_and_30_minutes() -> None:
    check_in, at = a_check_in(FIRST_DAY), moment_of(FIRST_DAY, 500)
    times = []
    while check_in.state is CheckInState.DUE and check_in.due_at is not None:
        at = check_in.due_at
        times.append((at - moment_of(FIRST_DAY, 500)).total_seconds())
        check_in = after_call(check_in, a_plan(), CheckInOutcome.NO_ANSWER, RULES, at + timedelta(seconds=35))
    assert times == [0, 600, 1800]
    assert (check_in.state, check_in.tries) == (CheckInState.CONTACTS, 3)


def test_the_policy_may_be_a_visit_at_once() -> None:
    plan = a_plan(offsets_seconds=(0,), after_last=AfterLast.VISIT)
    after = after_call(a_check_in(FIRST_DAY), plan, CheckInOutcome.BUSY, RULES, moment_of(FIRST_DAY, 501))
    assert after.state is CheckInState.VISIT


@given(days, st.integers(0, 60), days)
def test_a_hold_ends_by_itself_on_the_day_of_return(begins: date, length: int, day: date) -> None:
    returns = begins + timedelta(days=length)
    hold = Hold(
        id=UUID(int=3), elder=SOMEBODY, begins=begins, returns=returns, reason="住院", set_by="班长",
        set_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert hold.covers(day) == (begins <= day < returns)


@given(st.integers(2024, 2032), st.integers(1, 7))
def test_a_monthly_plan_calls_once_in_each_month_and_a_quarterly_one_once_in_each_quarter(
    year: int, weekday: int
) -> None:
    first = date(year, 1, 1)
    every_day = [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]
    for every, months in ((Frequency.MONTH, list(range(1, 13))), (Frequency.QUARTER, [1, 4, 7, 10])):
        plan = a_plan(days=frozenset({weekday}), every=every, starts_on=first)
        assert [day.month for day in every_day if plan.calls_on(day)] == months


@pytest.mark.parametrize("every", [Frequency.MONTH, Frequency.QUARTER])
def test_a_plan_that_calls_seldom_names_one_day(every: Frequency) -> None:
    with pytest.raises(ValueError, match="one day of the week"):
        a_plan(every=every)


@given(elders, days, st.sampled_from(Risk))
def test_the_higher_her_risk_the_earlier_in_her_window(elder: UUID, day: date, risk: Risk) -> None:
    window = Span(begins=540, ends=690)
    at = Spread(day, HOURS, 9).place(a_plan(elder, window=window, offsets_seconds=(0,), risk=risk))
    share = {Risk.HIGH: 50, Risk.PRIORITY: 100, Risk.GENERAL: 150}[risk]
    assert at is not None and at < moment_of(day, 540 + share)


@given(days)
def test_a_plan_calls_on_its_days_of_the_week_across_the_ends_of_months(day: date) -> None:
    plan = a_plan(days=frozenset({1, 5}))
    assert plan.calls_on(day) == (day.strftime("%a") in ("Mon", "Fri"))


@given(st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2032, 1, 1), timezones=st.just(UTC)))
def test_the_day_is_chinas(at: datetime) -> None:
    assert day_of(at) == (at + timedelta(hours=8)).date()


def test_a_leg_that_was_answered_and_hung_up_is_never_fine() -> None:
    outcomes = {leg: outcome_of_leg(leg) for leg in LegOutcome}
    assert CheckInOutcome.CONFIRMED not in outcomes.values()
    assert outcomes[LegOutcome.ANSWERED] is CheckInOutcome.UNCLEAR
    assert outcomes[LegOutcome.LOST] is CheckInOutcome.TRUNK_FAILURE


@pytest.mark.parametrize(
    "wrong",
    [{"offsets_seconds": ()}, {"offsets_seconds": (60,)}, {"offsets_seconds": (0, 60, 60)}, {"days": frozenset()}],
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        a_plan(**wrong)
