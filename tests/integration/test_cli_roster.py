"""`callcenter roster`: as a supervisor types it while no service runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from callcenter.words import LOCAL_ZONE
from tests.integration.cli_house import CliHouse


def test_a_shift_is_added_listed_told_about_and_cancelled(tmp_path: Path) -> None:
    house = CliHouse(tmp_path)
    assert house.run("agents", "add", "李坐席", "1001").code == 0
    begins = datetime.now(LOCAL_ZONE).replace(tzinfo=None) - timedelta(hours=1)
    hours = (f"{begins:%Y-%m-%dT%H:%M}", f"{begins + timedelta(hours=8):%Y-%m-%dT%H:%M}")
    added = house.run("roster", "add", "1001", *hours, "--days", "2", "--as", "chief", "--json")
    assert added.code == 0, added.err
    assert len(added.facts["shifts"]) == 2
    listed = house.run("roster", "list", "--json").facts
    assert [(row["id"], row["extension"], row["set_by"]) for row in listed] == [
        (id_, "1001", "chief") for id_ in added.facts["shifts"]
    ]
    assert house.run("roster", "add", "1001", *hours).sentence().startswith("This agent has a shift")
    now = house.run("roster", "now", "--json")
    assert now.code == 3 and now.facts["absent"] == ["1001"] and now.facts["alarms"] == ["nobody_there", "fewer_there"]
    assert "没有坐席在线" in house.run("roster", "now", "--language", "zh").out
    assert house.run("agents", "online", "1001").code == 0
    assert house.run("roster", "now").code == 0
    assert house.run("roster", "cancel", listed[0]["id"]).code == 0
    assert [row["id"] for row in house.run("roster", "list", "--json").facts] == [listed[1]["id"]]
    assert house.run("roster", "add", "1001", "soon", "later").code == 2
