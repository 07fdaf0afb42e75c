"""升级: who is rung, when, and that it never gives up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Step
from callcenter.domain.ladder import Position
from callcenter.domain.people import Presence
from callcenter.errors import AsteriskAway
from callcenter.ports.storage import UnitOfWork
from callcenter.ports.telephony import LegRequest
from callcenter.services.climb_ladder import climb_ladder
from callcenter.services.dialling import dialable
from tests.unit.house import House

DAUGHTER, NEIGHBOUR = "PJSIP/13900002222@trunk", "PJSIP/13900003333@trunk"


async def test_each_rung_comes_at_its_time(house: House) -> None:
    await house.elder()
    await house.agent("1001")
    await house.agent("1002", skills=frozenset({"medical"}))
    await house.pressed()
    times: dict[str, float] = {leg.destination: 0 for leg in house.telephony.rung}
    for seconds in range(1, 60):
        await house.passes(1)
        for leg in house.telephony.rung:
            times.setdefault(leg.destination, seconds)
    assert times == {
        "PJSIP/1002": 0,  # the skill she needs
        "PJSIP/1001": 10,
        "PJSIP/duty": 20,
        "PJSIP/chief": 20,
        DAUGHTER: 30,
        NEIGHBOUR: 40,
        "PJSIP/dispatcher": 50,
    }


async def test_the_clocks_ticks_do_not_add_up(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    await house.passes(10.7, tick_seconds=0.7)
    assert (await house.waiting(emergency)).due_at == emergency.opened_at + timedelta(seconds=20)


async def test_after_a_long_sleep_the_rungs_are_not_made_up_for_at_once(house: House) -> None:
    await house.elder()
    await house.agent()
    emergency = await house.pressed()
    house.clock.let_pass(300)
    await house.tick()
    assert (await house.waiting(emergency)).due_at == house.clock.now() + timedelta(seconds=10)


async def test_nobody_logged_in_is_known_before_the_first_ring_and_skips_the_rung(house: House) -> None:
    await house.agent(presence=Presence.OFFLINE)
    emergency = await house.pressed()
    assert house.telephony.targets == ["PJSIP/duty", "PJSIP/chief"]
    steps = await house.steps(emergency)
    assert steps.count(Step.NO_AGENT_LOGGED_IN) == 2
    assert steps.index(Step.NO_AGENT_LOGGED_IN) < steps.index(Step.OFFERED)


async def test_agents_who_are_busy_are_waited_for(house: House) -> None:
    agent = await house.agent(presence=Presence.BREAK)
    emergency = await house.pressed()
    assert house.telephony.rung == []
    assert Step.NO_AGENT_LOGGED_IN not in await house.steps(emergency)
    assert (await house.waiting(emergency)).due_at == house.clock.now() + timedelta(seconds=10)
    assert await house.presence(agent) is Presence.BREAK


async def test_the_second_round_begins_with_all_agents_and_is_louder(house: House) -> None:
    await house.elder()
    await house.agent(presence=Presence.BREAK)
    emergency = await house.pressed()
    await house.passes(72)
    assert "PJSIP/1001" in house.telephony.targets
    assert house.leg_to("PJSIP/1001").caller_name.endswith("第2轮")
    assert Step.LADDER_RESTARTED in await house.steps(emergency)


async def test_it_goes_on_and_on_with_nobody(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    for _ in range(5):
        rung = list(house.telephony.rung)
        assert rung, "a minute without a ring"
        house.telephony.forget()
        for leg in rung:
            await house.ended(leg.id)
        await house.passes(60, tick_seconds=5)
    assert (await house.waiting(emergency)).position.round > 4


async def test_with_nobody_to_ring_at_all_it_looks_again_every_few_seconds(house_with: Any) -> None:
    async with house_with(offers={"standby": []}, dispatch={"routes": []}) as house:
        emergency = await house.pressed()
        assert (await house.waiting(emergency)).due_at == house.clock.now() + timedelta(seconds=5)
        await house.agent()
        await house.passes(5)
        assert house.telephony.targets == ["PJSIP/1001"]


async def test_a_rung_whose_legs_all_failed_does_not_last_its_whole_time(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.UNREACHABLE)
    assert (await house.waiting(emergency)).due_at == house.clock.now() + timedelta(seconds=1)
    await house.passes(1)
    assert (await house.waiting(emergency)).position.rung == 2


async def test_what_still_rings_keeps_the_rung_its_time(house: House) -> None:
    await house.agent("1001")
    await house.agent("1002")
    emergency = await house.pressed()
    await house.passes(10)
    before = await house.waiting(emergency)
    await house.ended(house.leg_to("PJSIP/1001").id, LegOutcome.BUSY)
    assert (await house.waiting(emergency)).due_at == before.due_at


async def test_a_contact_who_refuses_makes_way_for_the_next_at_once_and_the_last_for_120(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await house.passes(10)
    daughter = house.leg_to(DAUGHTER)
    await house.answered(daughter)
    await house.decided(daughter, LegOutcome.REFUSED)
    assert house.telephony.targets[-1] == NEIGHBOUR
    await house.ended(daughter.id, answered=True)  # hangs up later: nobody else is skipped
    assert house.telephony.targets[-1] == NEIGHBOUR
    await house.ended(house.leg_to(NEIGHBOUR).id, LegOutcome.NO_ANSWER)
    assert house.telephony.targets[-1] == "PJSIP/dispatcher"
    outcomes = {offer.destination: offer.outcome for offer in await house.offers(emergency)}
    assert outcomes[DAUGHTER] is LegOutcome.REFUSED
    assert outcomes[NEIGHBOUR] is LegOutcome.NO_ANSWER


async def test_a_contact_who_picks_up_and_hangs_up_has_refused(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await house.passes(10)
    leg = house.leg_to(DAUGHTER)
    await house.answered(leg)
    await house.ended(leg.id, LegOutcome.NO_ANSWER, answered=True)
    [offer] = [each for each in await house.offers(emergency) if each.id == leg.id]
    assert offer.outcome is LegOutcome.REFUSED


async def test_a_busy_route_to_120_makes_way_for_the_next(house: House) -> None:
    await house.elder()
    await house.pressed()
    await house.passes(30)
    await house.ended(house.leg_to("PJSIP/dispatcher").id, LegOutcome.BUSY)
    assert house.telephony.targets[-1] == "PJSIP/dispatcher2"


async def test_a_dispatcher_who_listens_already_is_not_rung_again(house: House) -> None:
    await house.elder()
    emergency = await house.pressed()
    await house.passes(30)
    dispatcher = house.leg_to("PJSIP/dispatcher")
    await house.answered(dispatcher)
    await house.enters(emergency.room, str(dispatcher.id), Role.DISPATCHER)
    await house.passes(100)
    assert [each for each in house.telephony.targets if "dispatcher" in each] == ["PJSIP/dispatcher"]
    assert (await house.waiting(emergency)).position.round > 1  # and the ladder climbs on


async def test_the_real_120_rings_with_live_only(house_with: Any) -> None:
    async with house_with(dispatch={"live": True}) as house:
        await house.pressed()
        await house.passes(10)
        assert "PJSIP/120@trunk" in house.telephony.targets
        assert "PJSIP/dispatcher" not in house.telephony.targets


async def test_a_standby_phone_that_still_rings_is_not_rung_a_second_time(house: House) -> None:
    await house.pressed()
    await house.passes(40)
    ringing = [each for each in house.telephony.targets if each == "PJSIP/duty"]
    assert len(ringing) == 1


async def test_an_unknown_caller_has_no_contacts_and_goes_on_to_120(house: House) -> None:
    await house.pressed(account="nobody")
    await house.passes(10)
    assert house.telephony.targets == ["PJSIP/duty", "PJSIP/chief", "PJSIP/dispatcher"]


async def test_climbing_too_early_or_twice_rings_nobody_twice(house: House) -> None:
    await house.agent()
    emergency = await house.pressed()
    for _ in range(3):
        await climb_ladder(house.desk, emergency.id)
    await house.background.settle()
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_a_ladder_that_is_gone_from_the_configuration_is_replaced_by_the_default(house: House) -> None:
    await house.elder(ladder="grandmothers")
    await house.agent()
    await house.pressed()
    assert house.telephony.targets == ["PJSIP/1001"]


async def test_a_ladder_that_got_shorter_is_climbed_on(house: House) -> None:
    emergency = await house.pressed()
    stored = await house.waiting(emergency)
    far = stored.climbed(Position(round=1, rung=9), house.clock.now())
    await house.do(lambda unit: unit.emergencies.save(far))
    await house.agent()
    for leg in list(house.telephony.rung):
        await house.ended(leg.id)
    await house.tick()
    assert "PJSIP/1001" in house.telephony.targets
    assert (await house.waiting(emergency)).position.round == 2


# ------------------------------------------------------------------------------- Asterisk away


@pytest.mark.parametrize("fault", ["away", "refused"])
async def test_a_leg_that_cannot_be_rung_is_our_failure_and_the_ladder_goes_on(house: House, fault: str) -> None:
    agent = await house.agent()
    house.telephony.away, house.telephony.refused = fault == "away", {"PJSIP/1001"}
    emergency = await house.pressed()
    [offer] = await house.offers(emergency)
    assert (offer.outcome, offer.ended_at) == (LegOutcome.TRUNK_FAILURE, house.clock.now())
    assert await house.presence(agent) is Presence.FREE
    house.telephony.away = False
    await house.passes(10)
    await house.passes(10)
    assert "PJSIP/duty" in house.telephony.targets


async def test_an_outcome_that_came_before_the_refusal_counts(house: House) -> None:
    """Asterisk says busy, then its answer to the action is lost."""
    await house.agent()
    ring = house.telephony.ring

    async def busy_then_away(leg: LegRequest) -> None:
        await ring(leg)
        await house.hears_of(leg, LegOutcome.BUSY)
        raise AsteriskAway

    house.telephony.ring = busy_then_away  # type: ignore[method-assign]
    emergency = await house.pressed()
    [offer] = [each for each in await house.offers(emergency) if each.target == "1001"]
    assert offer.outcome is LegOutcome.BUSY


# ------------------------------------------------------------------------------------- the leg


async def test_the_agents_phone_shows_who_it_is_and_calls_back_her_number(house: House) -> None:
    profile = await house.elder()
    await house.agent()
    emergency = await house.pressed(line="+861055550101")
    leg = house.leg_to("PJSIP/1001")
    assert leg.caller_name == f"红键 {profile.elder.name} 样板小区"
    assert leg.caller_number == "+861055550101"
    assert leg.variables["CC_EMERGENCY"] == str(emergency.id)
    assert leg.variables["CC_ROLE"] == "agent"
    assert "CC_JOIN" not in leg.variables
    [offer] = await house.offers(emergency)
    assert offer.id == leg.id


async def test_two_elders_on_one_line_are_candidates_never_a_guess(house: House) -> None:
    await house.elder("pager0001", name="张示例", identity_number="")
    await house.elder("pager0002", name="李示例", identity_number="")
    await house.agent()
    emergency = await house.pressed(account="", line="+861055550101")
    assert emergency.elder is None
    assert len(emergency.candidates) == 2
    assert house.leg_to("PJSIP/1001").caller_name == "红键 2位老人之一"
    assert Step.IDENTITY_AMBIGUOUS in await house.steps(emergency)


async def test_an_unknown_caller_is_said_to_be_unknown(house: House) -> None:
    await house.agent()
    await house.pressed(account="")
    leg = house.leg_to("PJSIP/1001")
    assert leg.caller_name == "红键 未知"
    assert leg.caller_number == house.desk.config.hotline.caller_number


async def test_a_contact_sees_the_hotline_and_hears_her_name(house: House) -> None:
    profile = await house.elder()
    await house.pressed()
    await house.passes(10)
    leg = house.leg_to(DAUGHTER)
    assert leg.caller_name == "平安热线"
    assert leg.variables["CC_ASK"].startswith("said/")
    assert any(profile.elder.name in text and "按1由您负责" in text for text in house.voice.texts)


async def test_a_voice_that_is_away_holds_up_nobody(house: House) -> None:
    await house.elder()
    house.voice.away = True
    await house.pressed()
    await house.passes(30)
    assert "CC_ASK" not in house.leg_to(DAUGHTER).variables
    assert "CC_SHEET" not in house.leg_to("PJSIP/dispatcher").variables


async def test_120_hears_where_she_is_and_what_is_known(house: House) -> None:
    await house.elder()
    await house.pressed(line="+861055550101")
    await house.passes(30)
    assert house.leg_to("PJSIP/dispatcher").variables["CC_SHEET"].startswith("said/")
    sheet = next(text for text in house.voice.texts if "救护车" in text)
    for word in (
        "张示例，女，85岁",
        "东城区示例路1号样板小区3号楼502",
        "对面是菜市场",
        "钥匙在物业",
        "老李，电话13900003333",
    ):
        assert word in sheet
    for word in ("高血压", "氨氯地平", "青霉素", "回拨电话01055550101"):
        assert word in sheet


async def test_120_is_told_that_nothing_is_known(house: House) -> None:
    await house.pressed(account="nobody")
    await house.passes(10)
    sheet = next(text for text in house.voice.texts if "救护车" in text)
    assert "老人身份未知，来电号码未知" in sheet


async def test_somebody_else_changing_a_contact_never_stops_the_ladder(house: House) -> None:
    """The second contact is gone from the list while the first one rings."""
    profile = await house.elder()
    await house.pressed()
    await house.passes(10)

    def shorter(unit: UnitOfWork) -> None:
        for contact in profile.contacts:
            unit.people.save_contact(replace(contact, number="+4930000000"))

    await house.do(shorter)
    await house.passes(10)
    assert house.telephony.targets[-1] == "PJSIP/004930000000@trunk"


@pytest.mark.parametrize(
    ("number", "dialled"),
    [("+8613900002222", "13900002222"), ("+861055550101", "01055550101"), ("+4930123", "004930123"), ("6001", "6001")],
)
def test_a_number_is_dialled_as_the_trunk_wants_it(number: str, dialled: str) -> None:
    assert dialable(number, country="CN") == dialled
