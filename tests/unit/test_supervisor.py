"""班长: what is refused, what is written down, and that the elder is never left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from callcenter.domain.access import UserRole
from callcenter.domain.calls import LegOutcome, Role
from callcenter.domain.emergencies import Attended, Open, Step
from callcenter.domain.people import Presence
from callcenter.domain.supervision import Intervention, Supervision
from callcenter.errors import (
    ActionRefused,
    AgentBusy,
    AgentUnknown,
    EmergencyClosed,
    EmergencyUnattended,
    EmergencyUnknown,
    OwnTalk,
    ReasonMissing,
)
from callcenter.ports.asterisk_events import LinkUp
from callcenter.ports.telephony import Channel, LegRequest
from callcenter.services.close_emergency import close_emergency
from callcenter.services.requeue import requeue
from callcenter.services.supervise import Supervisor, intervene, leave
from tests.unit.browser import ConsoleHouse, with_console
from tests.unit.house import House

CHIEF = Supervisor(name="chief", extension="1009")
WHY = "抽查"


@dataclass
class Talk:
    """1001 talks with an elder; 1009 is the supervisor's phone."""

    house: House
    emergency: Open
    leg: LegRequest

    async def does(self, kind: Intervention, by: Supervisor = CHIEF, why: str = WHY) -> None:
        await intervene(self.house.desk, self.emergency.id, kind, by, why)

    async def rows(self) -> list[Supervision]:
        return list(reversed(await self.house.do(lambda work: work.supervisions.recent(20))))

    async def kinds(self) -> list[Intervention]:
        return [row.kind for row in await self.rows()]

    def hers(self, *, room: str = "") -> LegRequest:
        """The leg to her phone, which is up from now on."""
        leg = self.house.leg_to("PJSIP/1009")
        self.house.telephony.alive = [each for each in self.house.telephony.alive if each.uniqueid != str(leg.id)] + [
            channel(leg, room)
        ]
        return leg

    async def now(self) -> Attended:
        return await self.house.attended(self.emergency)


def channel(leg: LegRequest, room: str = "") -> Channel:
    return Channel(
        name=f"PJSIP/{leg.id}",
        uniqueid=str(leg.id),
        up=True,
        context="",
        role=None,
        room=room,
        emergency=None,
        target="",
    )


@pytest.fixture
async def talk(house: House) -> Talk:
    await house.elder(name="王秀英")
    await house.agent("1001")
    emergency = await house.pressed()
    leg = house.leg_to("PJSIP/1001")
    await house.claims(leg)
    await house.agent("1009")
    house.telephony.alive.append(channel(leg, emergency.room))
    return Talk(house, emergency, leg)


async def test_to_listen_is_written_down_before_her_phone_rings_and_so_is_its_end(talk: Talk) -> None:
    await talk.does(Intervention.LISTEN)
    leg = talk.hers()
    assert (leg.context, leg.variables["CC_WATCH"]) == ("cc-watch", "listen")
    assert leg.variables["CC_WATCHED"] == f"PJSIP/{talk.leg.id}"
    assert "CC_EMERGENCY" not in leg.variables and "CC_ROOM" not in leg.variables, "nobody takes her for a responder"
    [row] = await talk.rows()
    assert (row.who, row.agent, row.emergency, row.why, row.leg) == ("chief", "1001", talk.emergency.id, WHY, leg.id)
    await talk.house.ended(leg.id, LegOutcome.ANSWERED, answered=True)
    await talk.house.ended(leg.id, LegOutcome.ANSWERED, answered=True)
    assert await talk.kinds() == [Intervention.LISTEN, Intervention.ENDED]
    assert (await talk.now()).owner == "1001"


async def test_from_listening_to_the_room_it_is_the_same_leg(talk: Talk) -> None:
    await talk.does(Intervention.LISTEN)
    leg = talk.hers()
    await talk.does(Intervention.WHISPER)
    assert talk.house.telephony.sent[-1] == (f"PJSIP/{leg.id}", "whisper")
    await talk.does(Intervention.JOIN)
    assert talk.house.telephony.sent[-1] == (f"PJSIP/{leg.id}", "join")
    assert talk.house.telephony.variables[f"PJSIP/{leg.id}", "CC_ROOM"] == talk.emergency.room
    assert talk.house.telephony.targets.count("PJSIP/1009") == 1
    await talk.house.enters(talk.emergency.room, str(leg.id), Role.AGENT)
    assert (await talk.now()).owner == "1001", "she joined, no more"
    talk.hers(room=talk.emergency.room)
    with pytest.raises(AgentBusy):
        await talk.does(Intervention.WHISPER)
    await talk.does(Intervention.TAKE_OVER)
    assert (await talk.now()).owner == "1009"
    assert talk.house.telephony.hung_up == [str(talk.leg.id)]


async def test_she_takes_over_when_she_is_in_the_room_and_only_then_is_the_agent_let_go(talk: Talk) -> None:
    await talk.does(Intervention.TAKE_OVER)
    leg = talk.hers()
    assert (await talk.now()).owner == "1001" and talk.house.telephony.hung_up == []
    await talk.house.enters(talk.emergency.room, str(leg.id), Role.AGENT)
    assert (await talk.now()).owner == "1009"
    assert talk.house.telephony.hung_up == [str(talk.leg.id)]
    await talk.house.leaves(talk.emergency.room, str(talk.leg.id), Role.AGENT)
    await talk.house.ended(talk.leg.id, LegOutcome.ANSWERED, answered=True)
    assert (await talk.now()).owner == "1009"
    assert Step.RESPONDER_LOST not in await talk.house.steps(talk.emergency)


async def test_a_daughter_who_has_it_stays_when_a_supervisor_takes_over(house: House) -> None:
    await house.elder()
    await house.agent("1009", Presence.OFFLINE)
    emergency = await house.pressed()
    await house.passes(40)
    daughter = next(leg for leg in house.telephony.rung if leg.variables["CC_ROLE"] == "contact")
    await house.claims(daughter, Role.CONTACT)
    house.telephony.alive.append(channel(daughter, emergency.room))
    talk = Talk(house, emergency, daughter)
    await talk.does(Intervention.TAKE_OVER)
    hung_up = list(house.telephony.hung_up)
    await house.enters(emergency.room, str(talk.hers().id), Role.AGENT)
    assert (await talk.now()).owner == "1009"
    assert house.telephony.hung_up == hung_up


async def test_an_agent_lost_while_she_comes_leaves_the_emergency_to_her(talk: Talk) -> None:
    await talk.does(Intervention.JOIN)
    leg = talk.hers()
    await talk.house.leaves(talk.emergency.room, str(talk.leg.id), Role.AGENT)
    await talk.house.waiting(talk.emergency)
    await talk.house.enters(talk.emergency.room, str(leg.id), Role.AGENT)
    assert (await talk.now()).owner == "1009"


async def test_when_the_agent_goes_who_has_joined_carries_on(talk: Talk) -> None:
    await talk.does(Intervention.JOIN)
    leg = talk.hers()
    await talk.house.enters(talk.emergency.room, str(leg.id), Role.AGENT)
    await talk.house.leaves(talk.emergency.room, str(talk.leg.id), Role.AGENT)
    assert (await talk.now()).owner == "1009"


@pytest.mark.parametrize("why", ["", "  ", "x" * 201, "a\x00b"])
async def test_without_a_reason_nothing_happens(talk: Talk, why: str) -> None:
    with pytest.raises(ReasonMissing):
        await talk.does(Intervention.LISTEN, why=why)
    with pytest.raises(ReasonMissing):
        await requeue(talk.house.desk, talk.emergency.id, CHIEF, why)
    assert await talk.rows() == [] and "PJSIP/1009" not in talk.house.telephony.targets
    assert talk.house.telephony.hung_up == []


async def test_what_cannot_be_listened_to_is_refused(talk: Talk) -> None:
    house, desk = talk.house, talk.house.desk
    with pytest.raises(EmergencyUnknown):
        await intervene(desk, house.clock.new_id(), Intervention.LISTEN, CHIEF, WHY)
    with pytest.raises(OwnTalk):
        await talk.does(Intervention.LISTEN, Supervisor(name="x", extension="1001"))
    with pytest.raises(AgentUnknown):
        await talk.does(Intervention.LISTEN, Supervisor(name="x", extension="1234"))
    other = await house.pressed("1.2", account="nobodys")
    with pytest.raises(EmergencyUnattended):
        await intervene(desk, other.id, Intervention.LISTEN, CHIEF, WHY)
    with pytest.raises(AgentBusy):  # her own phone rings for the other one
        await talk.does(Intervention.LISTEN)
    assert await talk.rows() == []


async def test_a_phone_that_cannot_ring_leaves_rows_that_say_so(talk: Talk) -> None:
    talk.house.telephony.refused = {"PJSIP/1009"}
    for kind in (Intervention.LISTEN, Intervention.JOIN):
        with pytest.raises(ActionRefused):
            await talk.does(kind)
    assert await talk.kinds() == [
        Intervention.LISTEN, Intervention.ENDED, Intervention.JOIN, Intervention.ENDED,
    ]  # fmt: skip
    talk.house.telephony.refused = set()
    await talk.does(Intervention.LISTEN)


async def test_a_second_press_rings_no_second_time_and_leaving_ends_the_leg(talk: Talk) -> None:
    await talk.does(Intervention.LISTEN)
    await talk.does(Intervention.LISTEN)
    assert talk.house.telephony.targets.count("PJSIP/1009") == 1
    await leave(talk.house.desk, CHIEF)
    assert talk.house.telephony.hung_up == [str(talk.hers().id)]


async def test_after_a_restart_a_leg_that_is_gone_has_ended_and_one_that_lives_is_known(talk: Talk) -> None:
    await talk.does(Intervention.LISTEN)
    leg = talk.hers()
    talk.house.desk.watching.clear()
    await talk.house.hears(LinkUp())
    assert talk.house.desk.watching == {str(leg.id)}
    talk.house.telephony.alive = [each for each in talk.house.telephony.alive if each.uniqueid != str(leg.id)]
    await talk.house.hears(LinkUp())
    assert (await talk.kinds())[-1] is Intervention.ENDED


async def test_to_requeue_ends_the_talk_or_begins_the_ladder_anew(talk: Talk) -> None:
    house, desk = talk.house, talk.house.desk
    await requeue(desk, talk.emergency.id, CHIEF, WHY)
    assert house.telephony.hung_up == [str(talk.leg.id)]
    waiting = await house.pressed("1.2", account="nobodys")
    await house.passes(25)
    assert (await house.waiting(waiting)).position.rung > 1
    await requeue(desk, waiting.id, CHIEF, WHY)
    assert (await house.waiting(waiting)).position.rung == 1
    await close_emergency(desk, waiting.id, by="chief", disposition="6", note="")
    with pytest.raises(EmergencyClosed):
        await requeue(desk, waiting.id, CHIEF, WHY)
    with pytest.raises(EmergencyUnknown):
        await requeue(desk, house.clock.new_id(), CHIEF, WHY)
    assert [row.agent for row in await talk.rows()] == ["1001", ""]


# ---------------------------------------------------------------------------------------- the page


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as opened:
        yield opened


async def test_the_page_shows_who_talks_with_whom_and_for_how_long(console: ConsoleHouse, talk: Talk) -> None:
    await console.user("chief", UserRole.SUPERVISOR, "1009")
    talk.house.clock.let_pass(75)
    async with console.browser("chief") as browser:
        page = await (await browser.get("/supervisor")).text()
        part = await (await browser.get("/supervisor/agents")).text()
        for shown in ("坐席1001", "王秀英", "0:01:15", "通话中", f"listen:{talk.emergency.id}"):
            assert shown in page and shown in part
        assert "<html" not in part
        token, evil = await browser.form_token(), "<script>alert(1)</script>"
        refused = await browser.post("/supervisor", form_token=token, do="listen:rubbish", why=evil)
        assert refused.status == 409
        text = await refused.text()
        assert "没有这起警情" in text and "&lt;script&gt;" in text and "<script>alert" not in text, (
            "what was typed stays"
        )
        for rubbish in ("", "ended:", "fly:1", f"fly:{talk.emergency.id}"):
            assert (await browser.post("/supervisor", form_token=token, do=rubbish, why=WHY)).status == 409
        answer = await browser.post("/supervisor", form_token=token, do=f"listen:{talk.emergency.id}", why=evil)
        assert answer.status == 303
        text = await (await browser.get("/supervisor")).text()
        assert "离开这通电话" in text and "&lt;script&gt;" in text and "<script>alert" not in text
        assert (await browser.post("/supervisor", form_token=token, do="leave")).status == 303
        await browser.get("/language/en")
        assert "Whisper" in (await (await browser.get("/supervisor")).text()).title()
    assert [look.why for look in await talk.house.do(lambda work: work.looks.recent(1))] == ["supervisor's page"]


async def test_a_supervisor_without_an_extension_may_requeue_and_nothing_else(
    console: ConsoleHouse, talk: Talk
) -> None:
    await console.user("chief", UserRole.SUPERVISOR)
    async with console.browser("chief") as browser:
        token = await browser.form_token()
        for kind, status in (("listen", 409), ("requeue", 303)):
            what = f"{kind}:{talk.emergency.id}"
            assert (await browser.post("/supervisor", form_token=token, do=what, why=WHY)).status == status
        page = await (await browser.get("/supervisor")).text()
    assert "listen:" not in page and "您没有分机" in page
