"""Half a million elders with plans, and who of them is due today."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import sqlalchemy as sa

from bench.people import settle
from callcenter.config import Config
from callcenter.domain.check_ins import EVERY_DAY, AfterLast, CheckInPlan
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.dial_hours import Span
from callcenter.domain.people import Agent, Contact, ContactRole, Elder, Household, Line, LineKind, Presence
from callcenter.ports.storage import Storage, UnitOfWork
from storage.engines import is_sqlite, open_engine

DAY = date(2026, 3, 2)  #: a Monday
WINDOW = Span(begins=8 * 60 + 30, ends=11 * 60)  #: two hours and a half
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)
_STREETS = ("和平街", "建设路", "解放巷", "团结里", "幸福道")


@dataclass(frozen=True, kw_only=True)
class Due:
    """Somebody whose check-in is due."""

    elder: UUID
    account: str
    number: str  #: as it is dialled


async def build(
    storage: Storage, config: Config, *, elders: int, due: int, agents: int, plan: Plan | None = None
) -> list[Due]:
    """Fills an empty database; the same each time, but for what is sealed."""
    plan = plan or Plan()
    ids = random.Random(0)
    known = await settle(
        storage,
        config,
        crowd=elders - due,
        sample=due,
        add=lambda work, start, count: [add(work, ids, start + number, plan) for number in range(count)],
    )
    await storage.transact("agents", lambda work: add_agents(work, ids, agents))
    engine = open_engine(config, patient=True)
    with engine.begin() as connection:
        connection.execute(_plans_of_the_others(is_sqlite(config)))
    engine.dispose()
    return known


@dataclass(frozen=True, kw_only=True)
class Plan:
    window: Span = WINDOW
    offsets_seconds: tuple[int, ...] = (0, 600, 1800)


def add(work: UnitOfWork, ids: random.Random, number: int, plan: Plan) -> Due:
    """An elder with everything that she needs for a day."""

    def new() -> UUID:
        return UUID(int=ids.getrandbits(128))

    home = Household(
        id=new(),
        district="东城区",
        street=_STREETS[number % len(_STREETS)],
        estate="和平里",
        building="3号楼",
        door="501",
    )
    elder = Elder(id=new(), household=home.id, name=f"老人{number}", sex="女", illness="高血压")
    account, line = f"pager{number}", f"1390{number:07d}"
    work.people.add_household(home)
    work.people.add_elder(elder)
    work.people.add_line(Line(id=new(), household=home.id, number=f"+86{line}", kind=LineKind.MOBILE))
    work.people.add_device(Device(id=new(), elder=elder.id, kind=DeviceKind.PAGER, account=account, since=_SINCE))
    for order in range(2):
        work.people.add_contact(
            Contact(
                id=new(), elder=elder.id, name=f"家属{order}", role=ContactRole.FAMILY,
                number=f"+861390000{order:04d}", ring_order=order,
            )
        )  # fmt: skip
    after_last = AfterLast.CONTACTS_THEN_EMERGENCY if number % 50 == 0 else AfterLast.CONTACTS_THEN_VISIT
    work.check_ins.add_plan(
        CheckInPlan(
            id=new(), elder=elder.id, group="独居", window=plan.window,
            offsets_seconds=plan.offsets_seconds, after_last=after_last, starts_on=_SINCE.date(),
        )
    )  # fmt: skip
    return Due(elder=elder.id, account=account, number=f"PJSIP/{line}@trunk")


def add_agents(work: UnitOfWork, ids: random.Random, count: int) -> None:
    for number in range(count):
        agent = Agent(id=UUID(int=ids.getrandbits(128)), name=f"坐席{number}", extension=f"{1001 + number}")
        work.agents.add(agent)
        work.agents.set_presence(agent.id, Presence.FREE, _SINCE)


def _plans_of_the_others(sqlite: bool) -> sa.TextClause:
    """They are called on other days of the week."""
    days = sorted(EVERY_DAY - {DAY.isoweekday()})
    listed = "[" + ", ".join(f'"{day}"' for day in days) + "]"
    empty = '\'["0", "600", "1800"]\''
    cast = "" if sqlite else "::json"
    return sa.text(
        'INSERT INTO check_in_plans (id, elder, "group", days, begins, ends, offsets, confirmation, after_last,'
        " starts_on)"
        f" SELECT id, id, '', '{listed}'{cast}, {WINDOW.begins}, {WINDOW.ends}, {empty}{cast}, 'either',"
        " 'contacts_then_visit', '2026-01-01' FROM elders WHERE NOT EXISTS"
        " (SELECT 1 FROM check_in_plans p WHERE p.elder = elders.id)"
    )
