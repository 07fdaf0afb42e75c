"""Service orders by the command line: listed, shown, closed once; who looks is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from callcenter.app.clock import SystemClock
from callcenter.app.reach import write
from callcenter.domain.orders import ServiceItem, ServiceOrder
from callcenter.ports.storage import UnitOfWork
from tests.integration.cli_house import CliHouse
from tests.integration.people_made_up import LANDLINE, a_profile, add
from tests.integration.test_storage_orders import SAID, an_order

CLOCK = SystemClock()


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


@pytest.fixture
async def orders(house: CliHouse) -> list[ServiceOrder]:
    profile = a_profile(CLOCK)

    def seed(work: UnitOfWork) -> list[ServiceOrder]:
        add(work, profile)
        elder = profile.elder.id
        placed = [an_order(CLOCK, elder), an_order(CLOCK, elder, item=ServiceItem.REPAIR, said="")]
        for order in placed:
            work.orders.add(order)
        return placed

    return await write(house.config, "seed", seed)


def close(house: CliHouse, order: ServiceOrder, result: str = "done") -> tuple[int, str]:
    ran = house.run("orders", "close", str(order.id), "--result", result, "--by", "1001", "--note", "已送到")
    return ran.code, ran.out + ran.err


def check_a_day(house: CliHouse, orders: list[ServiceOrder]) -> None:
    listed = house.run("orders", "list", "--json").facts
    assert [(row["item"], row["elder"], row["result"]) for row in listed] == [
        ("repair", "张示例", None),
        ("meals", "张示例", None),
    ]
    table = house.run("orders", "list", "--limit", "1", "--language", "zh").out.splitlines()
    assert table[0].split() == ["编号", "登记时间", "服务项目", "老人", "结果", "办结人"]
    assert "维修" in table[1] and len(table) == 2

    shown = house.run("orders", "show", str(orders[0].id), "--json", "--why", "she called").facts
    assert (shown["said"], shown["number"], shown["result"]) == (SAID, LANDLINE, None)
    assert shown["address"] == "东城区示例路1号样板小区3号楼502室"
    assert f"原话: {SAID}" in house.run("orders", "show", str(orders[0].id), "--language", "zh").out

    assert close(house, orders[0]) == (0, f"{orders[0].id} is closed: done\n")
    code, said = close(house, orders[0], "cancelled")
    assert (code, said) == (1, f"This service order is closed already. ({orders[0].id})\n")
    assert [row["item"] for row in house.run("orders", "list", "--open", "--json").facts] == ["repair"]
    shown = house.run("orders", "show", str(orders[0].id), "--json").facts
    assert (shown["result"], shown["closed_by"], shown["note"]) == ("done", "1001", "已送到")

    looks = house.run("looks", "list", "--json").facts
    assert [look["what"] for look in reversed(looks)] == ["list", "list", "profile", "profile", "list", "profile"]
    assert [look["elder"] for look in looks if look["why"] == "she called"] == [str(orders[0].elder)]


def test_without_the_service(house: CliHouse, orders: list[ServiceOrder]) -> None:
    check_a_day(house, orders)


async def test_through_the_running_service(house: CliHouse, orders: list[ServiceOrder]) -> None:
    assert house.run("dialplan", "install").code == 0  # makes the secrets
    async with house.serving():
        check_a_day(house, orders)


@pytest.mark.parametrize("id_", ["", "zzzz", "00000000-0000-7000-8000-000000000000"])
def test_what_nobody_knows_is_refused_in_a_sentence(house: CliHouse, orders: list[ServiceOrder], id_: str) -> None:
    for verb in (("show", id_), ("close", id_, "--result", "done", "--by", "1001")):
        ran = house.run("orders", *verb)
        assert (ran.code, ran.out) == (1, "")
        assert "No service order is known" in ran.sentence()
    assert house.run("looks", "list", "--json").facts == []


def test_a_beginning_that_two_share_is_refused(house: CliHouse, orders: list[ServiceOrder]) -> None:
    shared = str(orders[0].id)[:6]
    assert "Several service orders" in house.run("orders", "show", shared).sentence()
