"""Agents and elders by the command line: with the service, without it, and with wrong input of each kind."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from callcenter.app.accounts import sip_accounts
from callcenter.app.clock import SystemClock
from callcenter.app.reach import read, write
from callcenter.app.seed import made_up
from callcenter.asterisk.accounts import SipAccount, SipKind, load_secrets, sip_password
from tests.integration.cli_house import CliHouse


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


def test_an_agent_is_added_logged_in_and_listed_before_the_first_run(house: CliHouse) -> None:
    added = house.run("agents", "add", "王坐席", "1001", "--skill", "medical", "--supervisor", "--json")
    assert added.code == 0, added.err
    account = SipAccount(kind=SipKind.AGENT, name="1001")
    assert added.facts["sip_password"] == sip_password(load_secrets(house.config).sip, account)

    assert house.run("agents", "online", "1001").out == "1001 is free\n"
    (agent,) = house.run("agents", "list", "--json").facts
    assert (agent["name"], agent["presence"], agent["skills"], agent["supervisor"]) == (
        "王坐席", "free", ["medical"], True,
    )  # fmt: skip
    listed = house.run("agents", "list", LANG="zh_CN.UTF-8").out
    assert listed.splitlines()[0].split() == ["分机", "姓名", "状态", "始于", "技能", "班长"]
    assert "空闲" in listed


def test_an_agent_is_refused_with_one_sentence(house: CliHouse) -> None:
    assert house.run("agents", "add", "王坐席", "1001").code == 0
    twice = house.run("agents", "add", "李坐席", "1001")
    assert (twice.code, twice.out) == (1, "")
    assert "1001" in twice.sentence()
    unknown = house.run("agents", "break", "1009")
    assert (unknown.code, unknown.out) == (1, "")
    assert "1009" in unknown.sentence()


async def test_while_the_service_runs_it_is_the_one_that_writes(house: CliHouse) -> None:
    assert house.run("agents", "add", "王坐席", "1001").code == 0
    async with house.serving():
        assert house.run("agents", "add", "李坐席", "1002").code == 0
        assert house.run("agents", "online", "1002").code == 0
        assert house.run("elders", "add", "试一", "--landline", "010-00002001", "--account", "p2001").code == 0
        refused = house.run("agents", "add", "赵班长", "p2001")
        assert refused.code == 2
        assert "1002" in house.run("agents", "add", "别人", "1002").sentence()
        assert "1009" in house.run("agents", "online", "1009").sentence()
        listed = house.run("agents", "list", "--json").facts
    assert [(agent["extension"], agent["presence"]) for agent in listed] == [("1001", "offline"), ("1002", "free")]
    (elder,) = house.run("elders", "list", "--json").facts
    assert (elder["name"], elder["accounts"]) == ("试一", ["p2001"])


def test_a_list_goes_in_once_and_comes_out_again(house: CliHouse, tmp_path: Path) -> None:
    there = tmp_path / "in.csv"
    there.write_text("姓名,固定电话,呼叫器账号\n试一,010-00002001,p2001\n试二,abc,p2002\n", encoding="utf-8")
    first = house.run("elders", "import", str(there))
    assert first.code == 1
    assert first.out.splitlines()[0] == "1 added, 0 updated, 0 unchanged, 1 bad rows"
    assert first.out.splitlines()[-1].split()[:2] == ["3", "landline"]

    again = house.run("elders", "import", str(there), "--json")
    assert (again.facts["added"], again.facts["unchanged"], again.facts["bad"][0]["row"]) == (0, 1, 3)

    out = tmp_path / "out.csv"
    assert house.run("elders", "export", str(out)).code == 0
    (row,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert (row["姓名"], row["呼叫器账号"]) == ("试一", "p2001")
    assert "out.csv" in house.run("elders", "export", str(out)).sentence()


@pytest.mark.parametrize(
    ("name", "content"),
    [("absent.csv", None), ("list.txt", b"x"), ("rubbish.xlsx", b"\x00PK rubbish"), ("empty.csv", b"")],
)
def test_a_file_that_is_no_list_is_refused(name: str, content: bytes | None, house: CliHouse, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ran = house.run("elders", "import", str(tmp_path / name))
    assert (ran.code, ran.out) == (1, "")
    assert name in ran.sentence() or content == b""


def test_an_elder_nobody_could_find_again_is_refused(house: CliHouse) -> None:
    ran = house.run("elders", "add", "试四", "--json")
    assert ran.code == 1
    assert ran.facts["bad"][0]["column"] == "identity_number"


async def test_everybody_who_may_register_gets_an_account(house: CliHouse) -> None:
    people = made_up(SystemClock())
    await write(house.config, "seed", people.add_to)
    accounts = await read(house.config, lambda work: sip_accounts(house.config, work))
    names = {kind: [account.name for account in accounts if account.kind is kind] for kind in SipKind}
    assert names[SipKind.AGENT] == ["1001", "1002", "1003"]
    assert names[SipKind.PAGER] == [f"p{number}" for number in range(1001, 1013)]
    assert names[SipKind.LANDLINE] == ["l2001"]
    assert names[SipKind.PHONE] == ["2001", "9001"]


async def test_a_standby_phone_that_is_an_agents_keeps_the_agents_account(tmp_path: Path) -> None:
    house = CliHouse(tmp_path, {"offers": {"standby": [{"name": "boss", "destination": "PJSIP/1003"}]}})
    await write(house.config, "seed", made_up(SystemClock()).add_to)
    accounts = await read(house.config, lambda work: sip_accounts(house.config, work))
    assert [account.kind for account in accounts if account.name == "1003"] == [SipKind.AGENT]


def test_the_made_up_are_obviously_made_up() -> None:
    people = made_up(SystemClock())
    numbers = [contact.number for contact in people.contacts] + [device.number for device in people.devices]
    assert all(number.startswith("+861390000") for number in numbers if number)
    assert all(line.number.startswith("+86100000") for line in people.lines)
    assert len(people.elders) == 12
    assert {sum(contact.elder == elder.id for contact in people.contacts) for elder in people.elders} == {3}
    assert people.elders[0].household == people.elders[1].household
