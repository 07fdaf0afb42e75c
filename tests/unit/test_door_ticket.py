"""Who may connect a telephone: a ticket of ours, unchanged, in its time."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.config import check
from callcenter.console.door.ticket import Ticket, issue, read, ticket_secret

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=12)
SECRET = "made up for tests"


def test_it_says_who_and_until_when() -> None:
    assert read(SECRET, issue(SECRET, "1001-web", UNTIL), NOW) == Ticket(account="1001-web", until=UNTIL)


def test_dots_in_an_account_are_its_own() -> None:
    ticket = read(SECRET, issue(SECRET, "a.b.c-web", UNTIL), NOW)
    assert ticket is not None
    assert ticket.account == "a.b.c-web"


def test_it_ends() -> None:
    assert read(SECRET, issue(SECRET, "1001-web", UNTIL), UNTIL) is None


def test_another_secret_knows_nothing_of_it() -> None:
    assert read("another", issue(SECRET, "1001-web", UNTIL), NOW) is None


@pytest.mark.parametrize("place", range(len(issue(SECRET, "1001-web", UNTIL))))
def test_no_sign_of_it_can_be_changed(place: int) -> None:
    ticket = issue(SECRET, "1001-web", UNTIL)
    changed = ticket[:place] + ("1" if ticket[place] != "1" else "2") + ticket[place + 1 :]
    assert read(SECRET, changed, NOW) is None


@given(st.text(max_size=300))
def test_anything_at_all_is_answered(text: str) -> None:
    assert read(SECRET, text, NOW) is None


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    config = check({"console": {"ticket_secret_file": "secrets/ticket"}}, tmp_path)
    secret = ticket_secret(config)
    assert len(secret) >= 32
    assert ticket_secret(config) == secret
    assert stat.S_IMODE((tmp_path / "secrets/ticket").stat().st_mode) == 0o600
