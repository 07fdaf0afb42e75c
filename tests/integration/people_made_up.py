"""Made-up elders, agents and emergencies for the storage tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from callcenter.domain.calls import Alarm, Call, Key, Offer, Role
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.emergencies import Step, TimelineEntry, Waiting
from callcenter.domain.looks import Look, Seen
from callcenter.domain.people import Agent, Contact, ContactRole, Elder, Household, Line, LineKind, Profile
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
LANDLINE = "+861055550101"
PAGER_NUMBER = "+8613900001111"
DAUGHTER = "+8613900002222"


def a_profile(clock: Clock, **elder: object) -> Profile:
    household = Household(
        id=clock.new_id(),
        district="东城区",
        street="示例路1号",
        estate="样板小区",
        building="3号楼",
        door="502室",
        landmark="对面是菜市场",
        access="钥匙在物业",
    )
    words: dict[str, object] = {
        "name": "张示例",
        "sex": "女",
        "born": date(1940, 5, 6),
        "identity_number": "11010119400506000X",
        "illness": "高血压",
        "medicines": "氨氯地平",
        "allergies": "青霉素",
        "dialect": "cantonese",
        "needs": frozenset({"medical", "dialect:cantonese"}),
        "how_to_talk": "听力不好，请慢慢说",
        "instructions": "先打给女儿",
    }
    someone = Elder(id=clock.new_id(), household=household.id, **{**words, **elder})  # type: ignore[arg-type]
    line = Line(id=clock.new_id(), household=household.id, number=LANDLINE, kind=LineKind.LANDLINE)
    contacts = tuple(
        Contact(
            id=clock.new_id(),
            elder=someone.id,
            name=name,
            role=role,
            number=number,
            ring_order=order,
            has_key=order == 2,
        )
        for order, (name, role, number) in enumerate(
            [("女儿", ContactRole.FAMILY, DAUGHTER), ("老李", ContactRole.NEIGHBOUR, "+8613900003333")], start=1
        )
    )
    return Profile(elder=someone, household=household, lines=(line,), contacts=contacts)


def add(work: UnitOfWork, profile: Profile) -> None:
    work.people.add_household(profile.household)
    work.people.add_elder(profile.elder)
    for line in profile.lines:
        work.people.add_line(line)
    for contact in profile.contacts:
        work.people.add_contact(contact)


def a_pager(clock: Clock, elder: UUID, account: str = "pager0001", **more: object) -> Device:
    words: dict[str, object] = {"kind": DeviceKind.PAGER, "number": PAGER_NUMBER, "since": NOON - timedelta(days=30)}
    return Device(id=clock.new_id(), elder=elder, account=account, **{**words, **more})  # type: ignore[arg-type]


def an_agent(clock: Clock, extension: str = "1001", **more: object) -> Agent:
    return Agent(id=clock.new_id(), name=f"坐席{extension}", extension=extension, **more)  # type: ignore[arg-type]


def an_emergency(clock: Clock, elder: UUID | None = None, **more: object) -> Waiting:
    new = clock.new_id()
    words: dict[str, object] = {
        "key": Key.RED,
        "ladder": "default",
        "room": f"cc-{new}",
        "node": "node1",
        "opened_at": NOON,
        "due_at": NOON,
        "account": "pager0001",
        "line": PAGER_NUMBER,
    }
    return Waiting(id=new, elder=elder, **{**words, **more})  # type: ignore[arg-type]


def an_alarm(clock: Clock, emergency: UUID, uniqueid: str = "1772366400.1") -> Alarm:
    return Alarm(
        id=clock.new_id(),
        emergency=emergency,
        uniqueid=uniqueid,
        key=Key.RED,
        account="pager0001",
        line=PAGER_NUMBER,
        at=NOON,
    )


def an_offer(clock: Clock, emergency: UUID, target: str, **more: object) -> Offer:
    words: dict[str, object] = {
        "role": Role.AGENT,
        "destination": "PJSIP/1001",
        "round": 1,
        "rung": 0,
        "claims": True,
        "started_at": NOON,
        "ring_seconds": 15.0,
    }
    return Offer(id=clock.new_id(), emergency=emergency, target=target, **{**words, **more})  # type: ignore[arg-type]


def a_call(clock: Clock, emergency: UUID, uniqueid: str = "1772366400.1", **more: object) -> Call:
    words: dict[str, object] = {
        "channel": "PJSIP/pager0001-00000001",
        "inbound": True,
        "target": "",
        "started_at": NOON,
    }
    return Call(
        id=clock.new_id(),
        emergency=emergency,
        uniqueid=uniqueid,
        **{**words, **more},  # type: ignore[arg-type]
    )


def told(clock: Clock, emergency: UUID, step: Step = Step.RAISED) -> TimelineEntry:
    return TimelineEntry(id=clock.new_id(), emergency=emergency, at=NOON, step=step, who="pager", detail="red")


def a_look(clock: Clock, what: Seen, *, elder: UUID | None = None, emergency: UUID | None = None) -> Look:
    return Look(id=clock.new_id(), at=NOON, who="1001", what=what, why="she called", elder=elder, emergency=emergency)
