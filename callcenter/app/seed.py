"""Made-up elders and agents, for the demo and the tests. Nobody here exists: every number says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Agent, Contact, ContactRole, Elder, Household, Line, LineKind
from callcenter.ports.clock import Clock
from callcenter.ports.storage import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class MadeUp:
    """Twelve elders of nine households on three estates in two districts, what belongs to them, and three agents.

    The pagers are p1001 to p1012, in the order of `elders`. The first two elders share one line (and so one number
    means both); the third also has a landline with an account of ours, l2001. Each elder has three contacts.
    """

    households: tuple[Household, ...]
    lines: tuple[Line, ...]
    elders: tuple[Elder, ...]
    contacts: tuple[Contact, ...]
    devices: tuple[Device, ...]
    agents: tuple[Agent, ...]

    def add_to(self, work: UnitOfWork) -> None:
        """Adds everything in the running transaction."""
        for household in self.households:
            work.people.add_household(household)
        for line in self.lines:
            work.people.add_line(line)
        for elder in self.elders:
            work.people.add_elder(elder)
        for contact in self.contacts:
            work.people.add_contact(contact)
        for device in self.devices:
            work.people.add_device(device)
        for agent in self.agents:
            work.agents.add(agent)


def made_up(clock: Clock) -> MadeUp:
    """The same people each time, with fresh ids. Devices are in their hands from now on; all agents are offline."""
    homes = [
        Household(
            id=clock.new_id(), district=home.estate[0], street=home.estate[1], estate=home.estate[2],
            building=home.building, door=home.door, landmark=home.landmark, access=home.access,
        )
        for home in _HOMES
    ]  # fmt: skip
    lines = [
        Line(id=clock.new_id(), household=home.id, number=f"+86100000{index:04d}", kind=LineKind.LANDLINE)
        for index, home in enumerate(homes, 1001)
    ]
    elders = [
        Elder(
            id=clock.new_id(), household=homes[sketch.home].id, name=sketch.name, sex=sketch.sex,
            born=date(sketch.born, 1, 1), illness=sketch.illness, medicines=sketch.medicines,
            allergies=sketch.allergies, needs=frozenset(sketch.needs), how_to_talk=sketch.how_to_talk,
        )
        for sketch in _ELDERS
    ]  # fmt: skip
    return MadeUp(
        households=tuple(homes),
        lines=tuple(lines),
        elders=tuple(elders),
        contacts=tuple(contact for index, elder in enumerate(elders) for contact in _contacts(clock, elder.id, index)),
        devices=tuple(_devices(clock, elders)),
        agents=tuple(
            Agent(id=clock.new_id(), name=name, extension=extension, skills=skills, supervisor=supervisor)
            for name, extension, skills, supervisor in _AGENTS
        ),
    )


def _contacts(clock: Clock, elder: UUID, index: int) -> list[Contact]:
    """Contacts' numbers are 13900001xxx, the elder's place in the hundreds and tens, the ringing order in the ones."""
    return [
        Contact(
            id=clock.new_id(), elder=elder, name=name, role=role, number=f"+8613900001{index + 1:02d}{order}",
            ring_order=order, has_key=role is ContactRole.KEY_HOLDER,
        )
        for order, (name, role) in enumerate(_CONTACTS, 1)
    ]  # fmt: skip


def _devices(clock: Clock, elders: list[Elder]) -> list[Device]:
    since = clock.now()
    pagers = [
        Device(
            id=clock.new_id(), elder=elder.id, kind=DeviceKind.PAGER, account=f"p{1001 + index}",
            number=f"+861390000{2001 + index}", since=since,
        )
        for index, elder in enumerate(elders)
    ]  # fmt: skip
    landline = Device(id=clock.new_id(), elder=elders[2].id, kind=DeviceKind.LANDLINE_BOX, account="l2001", since=since)
    return [*pagers, landline]


@dataclass(frozen=True, kw_only=True)
class _Home:
    estate: tuple[str, str, str]
    building: str
    door: str
    landmark: str = ""
    access: str = ""


@dataclass(frozen=True, kw_only=True)
class _Person:
    home: int  #: index in `_HOMES`
    name: str
    sex: str
    born: int
    illness: str = ""
    medicines: str = ""
    allergies: str = ""
    needs: tuple[str, ...] = ()
    how_to_talk: str = ""


_HAPPY: Final = ("平安区", "康宁街道", "幸福里")
_SUNNY: Final = ("平安区", "长寿街道", "向阳苑")
_QUIET: Final = ("静和区", "松鹤街道", "清风园")

_HOMES: Final = (
    _Home(estate=_HAPPY, building="1号楼", door="101室", landmark="菜市场东门", access="邻居103室有钥匙"),
    _Home(estate=_HAPPY, building="1号楼", door="602室", landmark="菜市场东门"),
    _Home(estate=_HAPPY, building="3号楼", door="201室", access="门口钥匙盒"),
    _Home(estate=_SUNNY, building="2号楼", door="501室", landmark="小学对面"),
    _Home(estate=_SUNNY, building="5号楼", door="1102室"),
    _Home(estate=_SUNNY, building="5号楼", door="1103室", access="物业有钥匙"),
    _Home(estate=_QUIET, building="7号楼", door="302室", landmark="公园南门"),
    _Home(estate=_QUIET, building="8号楼", door="401室"),
    _Home(estate=_QUIET, building="9号楼", door="103室", landmark="公园南门", access="网格员有钥匙"),
)

_ELDERS: Final = (
    _Person(home=0, name="张大明", sex="男", born=1938, illness="冠心病", medicines="阿司匹林", allergies="青霉素",
            needs=("medical",)),
    _Person(home=0, name="陈桂花", sex="女", born=1941, illness="高血压", medicines="氨氯地平"),
    _Person(home=1, name="李秀英", sex="女", born=1935, illness="糖尿病", medicines="胰岛素", needs=("medical",),
            how_to_talk="听力不好，请大声慢说"),
    _Person(home=2, name="王建国", sex="男", born=1943, illness="慢阻肺", medicines="沙丁胺醇气雾剂"),
    _Person(home=3, name="刘玉兰", sex="女", born=1946, illness="骨质疏松"),
    _Person(home=3, name="赵德福", sex="男", born=1944, illness="中风后遗症", how_to_talk="说话不清，请耐心听"),
    _Person(home=4, name="黄美珍", sex="女", born=1939, illness="高血压", needs=("dialect:cantonese",),
            how_to_talk="只会说粤语"),
    _Person(home=5, name="周福生", sex="男", born=1936, illness="帕金森病", medicines="美多芭"),
    _Person(home=6, name="吴素珍", sex="女", born=1942, illness="房颤", medicines="华法林", needs=("medical",)),
    _Person(home=7, name="徐长庚", sex="男", born=1947),
    _Person(home=7, name="孙月娥", sex="女", born=1948, illness="哮喘", allergies="阿司匹林"),
    _Person(home=8, name="马秀芳", sex="女", born=1933, illness="轻度认知障碍", how_to_talk="一次只问一件事"),
)  # fmt: skip

_CONTACTS: Final = (
    ("女儿", ContactRole.FAMILY),
    ("持钥匙邻居", ContactRole.KEY_HOLDER),
    ("社区网格员", ContactRole.COMMUNITY_WORKER),
)

_AGENTS: Final = (
    ("王坐席", "1001", frozenset({"medical"}), False),
    ("李坐席", "1002", frozenset({"dialect:cantonese"}), False),
    ("赵班长", "1003", frozenset({"medical", "dialect:cantonese"}), True),
)
