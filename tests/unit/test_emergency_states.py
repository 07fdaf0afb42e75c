"""Only the legal moves exist, and each carries everything on."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from callcenter.domain.calls import Key, Role
from callcenter.domain.emergencies import Attended, Closed, State, Waiting, close_waiting, state_of
from callcenter.domain.ladder import Position

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
WAITING = Waiting(
    id=UUID(int=1),
    elder=UUID(int=2),
    account="p1001",
    line="+8613900000001",
    key=Key.RED,
    ladder="default",
    needs=frozenset({"medical"}),
    room="cc-1",
    node="node1",
    opened_at=NOW,
    due_at=NOW,
    version=3,
    presses=4,
)
KEPT = [f.name for f in fields(Closed) if f.name not in ("closed_at", "closed_by", "disposition", "note")]


def attended() -> Attended:
    return WAITING.claimed(by="1001", role=Role.AGENT, offer=UUID(int=9), now=NOW, review_seconds=30)


def test_a_claim_sets_the_owner_and_the_next_look() -> None:
    taken = attended()
    assert (taken.owner, taken.owner_role, taken.offer) == ("1001", Role.AGENT, UUID(int=9))
    assert taken.due_at == NOW + timedelta(seconds=30)
    assert state_of(taken) is State.ATTENDED


def test_a_lost_responder_puts_her_back_at_the_foot_of_the_ladder_at_once() -> None:
    waiting = attended().lost(NOW + timedelta(seconds=5))
    assert waiting.position == Position()
    assert waiting.due_at == NOW + timedelta(seconds=5)
    assert waiting.presses == 4


@pytest.mark.parametrize("open_", [WAITING, attended()])
def test_a_disposition_closes_and_stops_the_ringing_back(open_: Waiting | Attended) -> None:
    open_ = replace(open_, call_back_at=NOW)
    closing = {"by": "agent:1001", "disposition": "false_alarm", "note": "", "now": NOW}
    closed = close_waiting(open_, **closing) if isinstance(open_, Waiting) else open_.closed(**closing)  # type: ignore[arg-type]
    assert state_of(closed) is State.CLOSED
    assert closed.call_back_at is None
    assert {n: getattr(closed, n) for n in KEPT if n != "call_back_at"} == {
        n: getattr(open_, n) for n in KEPT if n != "call_back_at"
    }


def test_what_is_closed_cannot_move_any_more() -> None:
    closed = attended().closed(by="agent:1001", disposition="other", note="", now=NOW)
    for move in ("claimed", "lost", "closed", "climbed", "reviewed", "handed_over"):
        assert not hasattr(closed, move)
    assert not hasattr(WAITING, "closed")
    assert not hasattr(WAITING, "lost")


def test_another_responder_carries_on() -> None:
    taken = attended().handed_over(by="1002", role=Role.AGENT, offer=UUID(int=10))
    assert (taken.owner, taken.offer, taken.claimed_at) == ("1002", UUID(int=10), NOW)
    later = taken.reviewed(NOW + timedelta(seconds=30), 30)
    assert later.due_at == NOW + timedelta(seconds=60)


def test_red_is_most_urgent() -> None:
    assert sorted(Key, key=lambda key: key.priority) == [Key.RED, Key.LANDLINE, Key.GREEN]
    assert WAITING.priority == 1


def test_only_an_agents_own_phone_claims_by_being_answered() -> None:
    assert [role for role in Role if role.claims_by_answering] == [Role.AGENT]
