"""A look says who, what and why, and of whom."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.looks import LONGEST, Look, Seen
from tests.unit.fakes import MORNING

ID = UUID(int=1)
WHOM = {
    Seen.PROFILE: {"elder": ID},
    Seen.LIST: {},
    Seen.EXPORT: {},
    Seen.TIMELINE: {"emergency": ID},
    Seen.RECORDING: {"emergency": ID},
}


def a_look(what: Seen, who: str = "1001", why: str = "she called", **of: UUID) -> Look:
    return Look(id=ID, at=MORNING, who=who, what=what, why=why, **of)


@pytest.mark.parametrize("what", Seen)
def test_of_whom_it_was_is_said_where_it_was_of_one(what: Seen) -> None:
    assert a_look(what, **WHOM[what]).what is what
    for wrong in ({}, {"elder": ID}, {"emergency": ID}, {"elder": ID, "emergency": ID}):
        if wrong != WHOM[what]:
            with pytest.raises(ValueError, match="names the"):
                a_look(what, **wrong)


@given(st.text(max_size=3, alphabet=" \t\n\u3000") | st.just("x" * (LONGEST + 1)) | st.just("a\x1b[2Jb"))
def test_nobody_looks_without_a_name_and_a_reason(said: str) -> None:
    with pytest.raises(ValueError, match="who must be"):
        a_look(Seen.LIST, who=said)
    with pytest.raises(ValueError, match="why must be"):
        a_look(Seen.LIST, why=said)
