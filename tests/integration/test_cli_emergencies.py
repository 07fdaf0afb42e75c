"""Emergencies by the command line: listed, told in words, closed with and without the service."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from callcenter.app.clock import SystemClock
from callcenter.app.reach import write
from callcenter.app.seed import MadeUp, made_up
from callcenter.domain.calls import Key
from callcenter.domain.emergencies import Step, TimelineEntry, Waiting
from callcenter.ports.storage import UnitOfWork
from tests.integration.cli_house import CliHouse

CLOCK = SystemClock()


def raised(work: UnitOfWork, people: MadeUp, index: int) -> UUID:
    """An emergency of a made-up elder, whose next rung is an hour away."""
    now = CLOCK.now()
    device = people.devices[index]
    emergency = Waiting(
        id=CLOCK.new_id(), elder=device.elder, account=device.account, key=Key.RED, ladder="default",
        room=f"cc-test-{index}", node="node1", opened_at=now, due_at=now + timedelta(hours=1), elder_connected=False,
    )  # fmt: skip
    work.emergencies.add(emergency)
    for seconds, step, who, detail in (
        (0.0, Step.RAISED, f"account:{device.account}", "red"),
        (0.01, Step.IDENTIFIED, f"elder:{device.elder}", ""),
        (1.5, Step.OFFERED, "agent:1001", "round 1"),
    ):
        work.emergencies.tell(
            TimelineEntry(
                id=CLOCK.new_id(),
                emergency=emergency.id,
                at=now + timedelta(seconds=seconds),
                step=step,
                who=who,
                detail=detail,
            )
        )
    return emergency.id


@pytest.fixture
async def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


@pytest.fixture
async def emergencies(house: CliHouse) -> list[UUID]:
    """Two, the older one first."""
    people = made_up(CLOCK)

    def seed(work: UnitOfWork) -> list[UUID]:
        people.add_to(work)
        return [raised(work, people, index) for index in (0, 1)]

    return await write(house.config, "seed", seed)


def test_the_newest_is_listed_first(house: CliHouse, emergencies: list[UUID]) -> None:
    listed = house.run("emergencies", "list", "--json").facts
    assert [row["id"] for row in listed] == [str(id_) for id_ in reversed(emergencies)]
    assert [row["elder"] for row in listed] == ["陈桂花", "张大明"]
    table = house.run("emergencies", "list", "--language", "zh").out
    assert "等待接警" in table
    assert "红键" in table
    assert len(house.run("emergencies", "list", "--limit", "1", "--json").facts) == 1
    assert house.run("emergencies", "list", "--state", "closed", "--json").facts == []


def test_a_timeline_is_told_in_words(house: CliHouse, emergencies: list[UUID]) -> None:
    told = house.run("emergencies", "show", str(emergencies[0]), "--language", "zh").out.splitlines()
    assert "张大明" in told[0]
    assert [line.split()[4] for line in told[1:]] == ["报警", "已识别身份", "振铃"]
    assert "坐席 王坐席 1001" in told[3]
    assert "+1.5 s" in told[3]
    facts = house.run("emergencies", "show", str(emergencies[0]), "--json").facts
    assert [step["step"] for step in facts["timeline"]] == ["raised", "identified", "offered"]
    assert facts["timeline"][2]["seconds"] == 1.5


def test_as_much_of_an_id_as_no_other_has_is_enough(house: CliHouse, emergencies: list[UUID]) -> None:
    first, second = map(str, emergencies)
    unlike = next(index for index, (a, b) in enumerate(zip(first, second, strict=True)) if a != b)
    assert house.run("emergencies", "show", first[: unlike + 1]).code == 0
    assert house.run("emergencies", "show", first[: unlike + 1].upper()).code == 0
    both = house.run("emergencies", "show", first[:unlike])
    assert (both.code, both.out) == (1, "")
    assert "2 of them" in both.sentence()
    for unknown in ("ffff", "'; --", str(CLOCK.new_id())):
        ran = house.run("emergencies", "show", unknown)
        assert ran.code == 1
        assert unknown in ran.sentence()


def test_only_a_known_disposition_closes_and_only_once(house: CliHouse, emergencies: list[UUID]) -> None:
    id_ = str(emergencies[0])
    refused = house.run("emergencies", "close", id_, "--disposition", "没事", "--by", "1001")
    assert refused.code == 1
    assert "test_call" in refused.sentence()
    assert house.run("emergencies", "show", id_, "--json").facts["state"] == "waiting"

    closed = house.run("emergencies", "close", id_, "--disposition", "6", "--by", "1001", "--note", "试")
    assert closed.code == 0, closed.err
    facts = house.run("emergencies", "show", id_, "--json").facts
    assert (facts["state"], facts["disposition"], facts["closed_by"], facts["note"]) == (
        "closed", "test_call", "1001", "试",
    )  # fmt: skip
    assert facts["timeline"][-1]["step"] == "closed"
    again = house.run("emergencies", "close", id_, "--disposition", "6", "--by", "1001")
    assert again.code == 1
    assert "closed already" in again.sentence()


async def test_the_running_service_closes(house: CliHouse, emergencies: list[UUID]) -> None:
    assert house.run("dialplan", "install").code == 0  # makes the secrets
    id_ = str(emergencies[1])
    async with house.serving():
        closed = house.run("emergencies", "close", id_, "--disposition", "helped_by_phone", "--by", "1001", "--json")
        assert closed.facts == {"emergency": id_, "disposition": "helped_by_phone"}
        again = house.run("emergencies", "close", id_, "--disposition", "6", "--by", "1001")
        assert "closed already" in again.sentence()
        assert house.run("emergencies", "show", id_, "--json").facts["state"] == "closed"
