"""Configuration, dialplan, prompts and doctor by the command line, on a machine where nothing runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.integration.cli_house import PREFIX, CliHouse

needs_asterisk = pytest.mark.skipif(not (PREFIX / "bin/asterisk").exists(), reason="`make asterisk` was not run")


@pytest.fixture
def house(tmp_path: Path) -> CliHouse:
    return CliHouse(tmp_path)


def test_a_good_configuration_has_no_faults(house: CliHouse) -> None:
    assert house.run("config", "check").code == 0
    assert house.run("config", "check", "--json").facts["faults"] == []


def test_every_fault_is_said_with_its_path(tmp_path: Path) -> None:
    house = CliHouse(tmp_path, {"web": {"port": 0}, "nonsense": {}, "node": {"name": "Not A Word"}})
    ran = house.run("config", "check")
    assert (ran.code, ran.out) == (1, "")
    assert {line.split(":")[0] for line in ran.err.splitlines()} == {"web.port", "nonsense", "node.name"}
    assert len(house.run("config", "check", "--json").facts["faults"]) == 3
    assert house.run("agents", "list").code == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"- a list", b"a: [", b"a: 1\na: 2"])
def test_rubbish_is_refused_without_a_traceback(content: bytes, house: CliHouse) -> None:
    house.file.write_bytes(content)
    ran = house.run("config", "check")
    assert ran.code == (0 if content == b"" else 1)
    assert "Traceback" not in ran.err


def test_a_missing_file_is_named(house: CliHouse) -> None:
    house.file.unlink()
    ran = house.run("agents", "list")
    assert ran.code == 1
    assert "config.yaml" in ran.sentence()


def test_what_is_in_force_can_be_loaded_again(house: CliHouse) -> None:
    shown = house.run("config", "show")
    assert yaml.safe_load(shown.out) == house.run("config", "show", "--json").facts
    house.file.write_text(shown.out, encoding="utf-8")
    assert house.run("config", "check").code == 0


@needs_asterisk
def test_a_rendered_dialplan_shows_no_secret(house: CliHouse, tmp_path: Path) -> None:
    assert house.run("agents", "add", "王坐席", "1001").code == 0
    shown = house.run("dialplan", "render")
    assert shown.code == 0, shown.err
    assert "password = (hidden)" in shown.out
    assert "secret = (hidden)" in shown.out
    assert shown.out.count("password = ") == shown.out.count("password = (hidden)")

    folder = tmp_path / "etc"
    assert house.run("dialplan", "render", "--to", str(folder)).code == 0
    secret = (tmp_path / "secrets/ami").read_text().strip()
    assert secret in (folder / "manager.conf").read_text()
    assert secret not in shown.out
    assert (folder / "manager.conf").stat().st_mode & 0o777 == 0o600


@needs_asterisk
def test_installing_twice_changes_nothing(house: CliHouse) -> None:
    first = house.run("dialplan", "install", "--json").facts
    assert "extensions.conf" in first["changed"]
    assert not first["asterisk_running"]
    assert house.run("dialplan", "install", "--json").facts["changed"] == []
    assert house.run("agents", "add", "王坐席", "1001").code == 0
    # The fallback rings every agent's phone.
    assert house.run("dialplan", "install", "--json").facts["changed"] == ["extensions_fallback.conf", "pjsip.conf"]


@needs_asterisk
@pytest.mark.parametrize("live", [False, True])
def test_a_standby_phone_that_is_an_emergency_number_is_never_rendered(live: bool, tmp_path: Path) -> None:
    sections = {
        "offers": {"standby": [{"name": "oops", "destination": "PJSIP/9120@trunk"}]},
        "dispatch": {"live": live, "routes": [{"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/9001"}]},
    }
    ran = CliHouse(tmp_path, sections).run("dialplan", "install")
    assert ran.code == 1
    assert "offers.standby.0.destination: would dial an emergency number" in ran.sentence()


def test_without_an_asterisk_the_prefix_is_named(tmp_path: Path) -> None:
    house = CliHouse(tmp_path, {"asterisk": {"prefix": "nowhere"}})
    assert "asterisk.prefix" in house.run("dialplan", "install").sentence()
    findings = house.run("doctor", "--json")
    assert findings.code == 3
    assert findings.facts[0]["health"] == "fault"


def test_missing_prompts_are_named(house: CliHouse) -> None:
    ran = house.run("prompts", "missing", "--json")
    assert ran.code == 1
    assert "received" in ran.facts["missing"]


@needs_asterisk
def test_a_fresh_machine_has_much_to_do_and_no_faults(house: CliHouse) -> None:
    ran = house.run("doctor", "--json")
    assert ran.code == 0, ran.out
    health = {finding["about"]: finding["health"] for finding in ran.facts if finding["health"] != "ok"}
    assert {"manager", "service", "database", "prompts", "agents"} <= set(health)
    assert set(health.values()) == {"warn"}
    assert all(finding["remedy"] for finding in ran.facts if finding["health"] != "ok")
    assert not (house.folder / "callcenter.db").exists()


@needs_asterisk
def test_a_key_that_does_not_fit_is_a_fault(house: CliHouse) -> None:
    assert house.run("agents", "add", "王坐席", "1001").code == 0
    (house.folder / "secrets/data-key").write_text("00" * 32)
    ran = house.run("doctor", "--json")
    assert ran.code == 3
    (finding,) = (finding for finding in ran.facts if finding["health"] == "fault")
    assert finding["about"] == "database"


def test_nothing_is_simulated_where_it_could_be_real(tmp_path: Path) -> None:
    route = {"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/9001"}
    live = CliHouse(tmp_path, {"dispatch": {"live": True, "routes": [route]}})
    for verb in (["red-key"], ["power-cut", "3"], ["wrong-number"]):
        ran = live.run("simulate", *verb)
        assert (ran.code, ran.out) == (1, "")
        assert "dispatch.live" in ran.sentence()


def test_a_simulated_caller_needs_a_device_and_an_asterisk(house: CliHouse) -> None:
    assert "device" in house.run("simulate", "red-key").sentence()
    assert house.run("agents", "add", "王坐席", "1001").code == 0
    ran = house.run("simulate", "red-key", "--account", "p1001")
    assert ran.code == 1
    assert "Asterisk" in ran.sentence()
