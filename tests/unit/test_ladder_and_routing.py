"""Who is tried next, and which agents ring for whom."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.calls import LegOutcome, outcome_of_cause
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.ladder import Ladder, Position, Rung, RungKind, restart_rung
from callcenter.domain.people import Agent, Elder, Household, Identity, Presence, Profile
from callcenter.domain.routing import best_first, everyone, logged_in

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
FULL = Ladder(name="default", rungs=tuple(Rung(kind=kind, wait_seconds=10) for kind in RungKind))
ladders = st.lists(st.sampled_from(RungKind), min_size=1, max_size=8).map(
    lambda kinds: Ladder(name="any", rungs=tuple(Rung(kind=kind, wait_seconds=1) for kind in kinds))
)


def agent(number: int, presence: Presence, *, skills: str = "", idle_minutes: int = 0) -> Agent:
    return Agent(
        id=UUID(int=number),
        name=f"坐席{number}",
        extension=str(1000 + number),
        skills=frozenset(skills.split()),
        presence=presence,
        idle_since=NOW - timedelta(minutes=idle_minutes),
    )


def test_after_the_last_rung_it_starts_again_from_all_agents() -> None:
    top = Position(round=1, rung=len(FULL.rungs) - 1, single=2)
    assert top.next_rung(FULL) == Position(round=2, rung=1)
    assert FULL.rungs[restart_rung(FULL)].kind is RungKind.ALL_AGENTS


@given(ladders, st.integers(1, 60))
def test_the_ladder_never_gives_up(ladder: Ladder, steps: int) -> None:
    position = Position()
    for _ in range(steps):
        before, position = position, position.next_rung(ladder)
        assert 0 <= position.rung < len(ladder.rungs)
        assert (position.round, position.rung) > (before.round, before.rung) or position.round == before.round + 1


@given(ladders, st.sampled_from(RungKind))
def test_a_jump_only_goes_ahead(ladder: Ladder, kind: RungKind) -> None:
    position = Position(rung=len(ladder.rungs) // 2)
    ahead = position.jump(ladder, kind)
    assert ahead.rung >= position.rung
    assert ahead == position or ladder.rungs[ahead.rung].kind is kind


def test_contacts_go_one_by_one() -> None:
    assert Position(rung=3).next_single() == Position(rung=3, single=1)


def test_a_ladder_needs_a_rung() -> None:
    with pytest.raises(ValueError, match="at least one rung"):
        Ladder(name="empty", rungs=())


def test_skills_come_first_then_the_longest_idle_and_nobody_is_excluded() -> None:
    agents = [
        agent(1, Presence.FREE, idle_minutes=30),
        agent(2, Presence.FREE, skills="medical", idle_minutes=1),
        agent(3, Presence.FREE, skills="medical", idle_minutes=9),
        agent(4, Presence.TALKING, skills="medical"),
        agent(5, Presence.WRAP_UP),
    ]
    assert [a.id.int for a in best_first(agents, frozenset({"medical"}))] == [3, 2, 1]


def test_all_agents_means_those_whose_phones_may_ring_and_louder_means_breaks_too() -> None:
    agents = [agent(n, presence) for n, presence in enumerate(Presence)]
    quiet = {a.presence for a in everyone(agents, louder=False)}
    assert quiet == {Presence.FREE, Presence.WRAP_UP}
    assert {a.presence for a in everyone(agents, louder=True)} == quiet | {Presence.BREAK}
    assert {a.presence for a in logged_in(agents)} == set(Presence) - {Presence.OFFLINE}


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, LegOutcome.BUSY),
        (19, LegOutcome.NO_ANSWER),
        (21, LegOutcome.REJECTED),
        (1, LegOutcome.UNREACHABLE),
        (34, LegOutcome.TRUNK_FAILURE),
        (None, LegOutcome.TRUNK_FAILURE),
        (9999, LegOutcome.TRUNK_FAILURE),
    ],
)
def test_a_cause_says_what_became_of_a_leg_and_the_unknown_is_our_failure(cause: int, outcome: LegOutcome) -> None:
    assert outcome_of_cause(cause) is outcome


def test_outcomes_that_go_on_are_not_ends() -> None:
    going_on = {LegOutcome.RINGING, LegOutcome.ANSWERED, LegOutcome.CLAIMED, LegOutcome.JOINED}
    assert {outcome for outcome in LegOutcome if not outcome.ended} == going_on


def test_a_device_belongs_to_whoever_held_it_at_that_moment() -> None:
    device = Device(
        id=UUID(int=1),
        elder=UUID(int=2),
        kind=DeviceKind.PAGER,
        account="p1001",
        since=NOW,
        until=NOW + timedelta(days=1),
    )
    assert device.held_at(NOW)
    assert not device.held_at(NOW - timedelta(seconds=1))
    assert not device.held_at(NOW + timedelta(days=1))


def profile(born: date | None) -> Profile:
    home = Household(id=UUID(int=1), district="东城区", street="和平街", estate="和平里", building="3号楼", door="501")
    return Profile(elder=Elder(id=UUID(int=2), household=home.id, name="李桂兰", born=born), household=home)


def test_age_counts_whole_years() -> None:
    assert profile(date(1944, 11, 22)).age(NOW.date()) == 82
    assert profile(date(1944, 11, 23)).age(NOW.date()) == 81
    assert profile(None).age(NOW.date()) is None


def test_the_address_is_read_from_large_to_small() -> None:
    assert profile(None).address == "东城区和平街和平里3号楼501"


def test_several_candidates_are_never_one_elder() -> None:
    one = profile(None)
    assert Identity(candidates=(one,)).profile is one
    assert Identity(candidates=(one, one)).profile is None
    assert Identity().profile is None
