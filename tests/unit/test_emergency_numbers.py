"""120 is never rung by accident: not as a standby phone, a contact or a simulated 120, and not at the last moment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from callcenter.app.new_people import NewAgent, add_agent
from callcenter.asterisk.legs import Legs
from callcenter.asterisk.telephony import AsteriskTelephony
from callcenter.config import Config, check
from callcenter.domain.emergency_numbers import dials_emergency_number, is_emergency_number
from callcenter.errors import ActionRefused, ConfigurationFaulty, EmergencyNumber, NumberUnusable
from callcenter.ports.telephony import LegRequest
from callcenter.services.dialling import dialable
from callcenter.services.elder_row import Fault, RowReader
from callcenter.services.numbers import e164

SHORT = ("110", "112", "119", "120", "122", "911", "999")
LIVE = "PJSIP/120@trunk"

short = st.sampled_from(SHORT)
outside_line = st.sampled_from(["", "0", "9", "00", "99"])
area = st.sampled_from(["", "010", "021", "0571", "0898", "86", "+86", "0086", "8610", "+86571", "0086010", "+86-010-"])
in_any_form = st.builds(lambda line, area, number: f"{line}{area}{number}", outside_line, area, short)
through_a_trunk = st.builds(
    lambda form, number: form.format(number),
    st.sampled_from(
        ["PJSIP/{}@trunk", "PJSIP/{}@trunk_b/n", "PJSIP/trunk/sip:{}@carrier.example", "Local/{}@from-trunk/n"]
    ),
    in_any_form,
)
mobile = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
landline = st.from_regex(r"0(10|2[0-9]|[3-9][1-9][0-9])[2-8][0-9]{7}", fullmatch=True)
account = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", fullmatch=True)


class Manager:
    """Stands where the link to Asterisk stands, and keeps what would be rung."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    async def act(self, action: str, fields: Mapping[str, Any]) -> None:
        self.rung.append(fields["Channel"])


def ring(config: Config, destination: str) -> list[str]:
    """What Asterisk is asked to ring. Raises `ActionRefused`."""
    manager = Manager()
    telephony = AsteriskTelephony(manager, Legs(lambda event: None), config)  # type: ignore[arg-type]
    leg = LegRequest(
        id=UUID(int=7), destination=destination, context="cc-ask", ring_seconds=9, caller_name="", caller_number=""
    )
    try:
        asyncio.run(telephony.ring(leg))
    finally:
        assert len(manager.rung) < 2
        assert not manager.rung or manager.rung == [destination]
    return manager.rung


def dispatching(*, live: bool) -> Config:
    route = {"name": "city", "live": LIVE, "simulated": "PJSIP/dispatcher"}
    return check({"dispatch": {"live": live, "routes": [route]}}, Path("/"))


DEAD, ALIVE = dispatching(live=False), dispatching(live=True)


@given(through_a_trunk)
@example(LIVE)
@example("PJSIP/120")
@example("PJSIP/1001&PJSIP/9120@trunk")
def test_no_emergency_number_is_rung_while_dispatch_is_not_live(destination: str) -> None:
    with pytest.raises(ActionRefused, match="emergency service"):
        ring(DEAD, destination)


@given(through_a_trunk)
@example("PJSIP/120@trunk2")
@example("PJSIP/120@Trunk")
def test_and_only_a_routes_own_when_it_is(destination: str) -> None:
    if destination == LIVE:
        return
    with pytest.raises(ActionRefused, match="emergency service"):
        ring(ALIVE, destination)


def test_the_live_route_rings() -> None:
    assert ring(ALIVE, LIVE) == [LIVE]


@given(mobile | landline)
@example("010" + "55550120")
@example("13900000120")
@example("12000000000")
def test_every_telephone_of_a_person_can_be_rung(number: str) -> None:
    assert ring(DEAD, f"PJSIP/{number}@trunk")
    try:
        stored = e164(number, country="CN", area_code="")
    except NumberUnusable:
        assert number.startswith("12")
        return
    assert ring(DEAD, f"PJSIP/{dialable(stored, country='CN')}@trunk")


@given(account.filter(lambda name: name not in SHORT))
@example("9120")
@example("p120")
@example("pager-120")
def test_every_telephone_of_ours_can_be_rung(name: str) -> None:
    assert ring(DEAD, f"PJSIP/{name}")


@given(through_a_trunk)
@example("PJSIP/120")
def test_the_configuration_names_each_place_that_would(destination: str) -> None:
    if ":" in destination:
        return  # no dial string of the configuration holds one
    sections = {
        "fallback": {"agents": [destination]},
        "offers": {"standby": [{"name": "night", "destination": destination}]},
        "dispatch": {"live": True, "routes": [{"name": "city", "live": LIVE, "simulated": destination}]},
    }
    with pytest.raises(ConfigurationFaulty) as caught:
        check(sections, Path("/"))
    paths = {fault.partition(":")[0] for fault in caught.value.faults}
    assert paths == {"fallback.agents.0", "offers.standby.0.destination", "dispatch.routes.0.simulated"}
    assert all("would dial an emergency number" in fault for fault in caught.value.faults)


@given(in_any_form.filter(lambda number: "+" not in number[1:]))
@example("１２０")
@example("tel:120")
@example("120转1")
@example("0-120")
def test_an_emergency_number_is_nobodys(raw: str) -> None:
    with pytest.raises(EmergencyNumber):
        e164(raw, country="CN", area_code="0571")


@pytest.mark.parametrize("number", ["120", "0120", "9120", "+86120", "010120", "010-120"])
def test_a_contact_or_line_that_is_120_is_refused_in_words(number: str) -> None:
    reader = RowReader(country="CN", area_code="010", ladders=frozenset({"default"}), today=date(2026, 3, 1))
    cells = {"name": "试一", "mobile": "13900000001", "contact1_name": "急救", "contact1_number": number}
    for key in ("contact1_number", "landline"):
        faults = reader.read(cells | {key: number})
        assert isinstance(faults, list)
        assert all(isinstance(fault, Fault) for fault in faults)
        assert "is an emergency number" in " ".join(fault.message for fault in faults if fault.column == key)


@pytest.mark.parametrize("extension", ["120", "119", "999"])
def test_nobodys_own_phone_is_called_120(extension: str) -> None:
    reader = RowReader(country="CN", area_code="010", ladders=frozenset({"default"}), today=date(2026, 3, 1))
    (fault,) = reader.read({"name": "试一", "account": extension})
    assert (fault.column, fault.message) == ("account", "is an emergency number")
    with pytest.raises(EmergencyNumber):
        add_agent(None, None, NewAgent(name="王坐席", extension=extension))  # type: ignore[arg-type]


@given(st.text(max_size=40))
def test_nothing_with_less_than_three_digits_is_taken_for_one(text: str) -> None:
    if sum(character in "0123456789" for character in text) < 3:
        assert not dials_emergency_number(text)
        assert not is_emergency_number(text)
