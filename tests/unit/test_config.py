"""`config.yaml` is the code's own defaults, written down; faults are all told at once; rubbish is answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from callcenter import config
from callcenter.domain.ladder import RungKind
from callcenter.errors import ConfigurationFaulty

PROJECT = Path(__file__).parents[2]
SHIPPED = PROJECT / "config.yaml"
_WORDS_OF_THE_HOUSE = ("dispositions", "orders.items", "records.checklists", "records.keep_recordings_days")
SECTIONS = sorted(set(config.Config.model_fields) - {"folder"})


def faults_of(data: Any) -> list[str]:
    with pytest.raises(ConfigurationFaulty) as caught:
        config.check(data, Path("/"))
    return caught.value.faults


def settings(model: BaseModel, path: str = "") -> Iterator[str]:
    """The path of every setting, down through the sections and the first of each list of sections."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        first = value[0] if isinstance(value, tuple) and value else value
        yield path + name
        if isinstance(first, BaseModel):
            yield from settings(first, f"{path}{name}.")


def written(data: Any, path: str = "") -> Iterator[str]:
    for name, value in data.items():
        first = value[0] if isinstance(value, list) and value else value
        yield path + name
        if isinstance(first, dict) and path + name not in _WORDS_OF_THE_HOUSE:
            yield from written(first, f"{path}{name}.")


# ----------------------------------------------------------------------------------- the shipped files


def test_the_shipped_file_says_what_the_code_does_without_it() -> None:
    assert config.load(SHIPPED) == config.Config(folder=PROJECT)


def test_the_shipped_file_shows_every_setting_and_no_other() -> None:
    shown = set(written(yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))))
    assert shown == set(settings(config.Config())) - {"folder"}


def test_every_setting_that_is_a_time_or_a_size_says_its_unit() -> None:
    unit_less = {"port", "backlog", "calls_at_most", "agents", "tries", "pool_size", "words_per_minute"}
    for path in settings(config.Config()):
        name = path.rpartition(".")[2]
        if re.search(r"(within|every|after|again|timeout|ttl|wait|ring|beat|lease|refresh|size)", name):
            assert name in unit_less or name.endswith(("_seconds", "_ms", "_mib")), path


def test_the_production_example_loads_and_keeps_the_real_120_off() -> None:
    example = config.load(PROJECT / "deploy" / "examples" / "config.production.yaml")
    assert example.trunks
    assert example.dispatch.routes
    assert not example.dispatch.live
    assert {"120@trunk_a", "120@trunk_b"} == {route.live.removeprefix("PJSIP/") for route in example.dispatch.routes}
    assert all("120" not in example.dispatch.destination(route) for route in example.dispatch.routes)
    assert example.database.url.startswith("postgresql")
    assert example.redis.url


# ------------------------------------------------------------------------------------------- faults


def test_every_fault_is_told_at_once_with_its_path_its_limit_and_what_was_found() -> None:
    faults = faults_of(
        {
            "fastagi": {"port": "abc", "backlog": 5},
            "asterisk": {"ami": {"port": 70000}},
            "offers": {"standby": [{"name": "duty", "destination": "System(rm)"}]},
            "hotlin": {},
        }
    )
    assert len(faults) == 5
    told = "\n".join(sorted(faults))
    assert "asterisk.ami.port" in told and "65535" in told and "'70000'" in told
    assert "fastagi.port" in told and "'abc'" in told
    assert "fastagi.backlog" in told and "1024" in told
    assert "offers.standby.0.destination" in told and "PJSIP" in told
    assert "hotlin: no such setting" in told


@pytest.mark.parametrize(
    ("data", "path", "said"),
    [
        ({"web": {"host": "0.0.0.0"}}, "web", "named_networks"),
        ({"web": {"host": "localhost"}}, "web", "localhost"),
        ({"web": {"host": "10.1.2.3", "named_networks": ["10.1.2.3/8"]}}, "web", "host bits"),
        ({"database": {"url": "mysql://x"}}, "database.url", "sqlite:///"),
        ({"database": {"url": "postgresql+psycopg://u:word@h/d"}}, "database.url", "password_file"),
        ({"redis": {"url": "redis://:word@h:1/0"}}, "redis.url", "pattern"),
        ({"hotline": {"red_numbers": ["1"], "green_numbers": ["1"]}}, "hotline", "twice: 1"),
        ({"hotline": {"caller_number": "1;System(x)"}}, "hotline.caller_number", "pattern"),
        ({"hotline": {"ring_first_seconds": 3}}, "hotline.ring_first_seconds", "less than or equal to 0.5"),
        ({"fallback": {"round_seconds": 1}}, "fallback.round_seconds", "greater than or equal to 5"),
        ({"fallback": {"agents": ["PJSIP/1&PJSIP/2"]}}, "fallback.agents.0", "pattern"),
        ({"offers": {"contact_destination": "PJSIP/trunk"}}, "offers.contact_destination", "pattern"),
        ({"ladders": [{"name": "default", "rungs": []}]}, "ladders.0.rungs", "at least 1"),
        ({"ladders": []}, "config", 'one must be named "default"'),
        (
            {
                "check_ins": {"enabled": True},
                "ladders": [
                    {
                        "name": "default",
                        "rungs": [{"kind": "contacts", "wait_seconds": 1}, {"kind": "dispatch", "wait_seconds": 1}],
                    },
                    {"name": "service", "rungs": [{"kind": "all_agents", "wait_seconds": 1}]},
                    {"name": "check_in", "rungs": [{"kind": "contacts", "wait_seconds": 1}]},
                ],
            },
            "config",
            "check_in must lead to contacts and dispatch",
        ),
        ({"dispositions": {"10": "other"}}, "dispositions.10", "pattern"),
        ({"dispositions": {1: "other"}}, "dispositions.1", "string"),
        ({"watchdog": {"hung_after_seconds": 20}}, "config", "below fastagi.lease_seconds"),
        ({"offers": {"wrap_up_seconds": float("nan")}}, "offers.wrap_up_seconds", "3600"),
        ({"call_back": {"ring_seconds": float("inf")}}, "call_back.ring_seconds", "86400"),
        ({"console": {"certificate": "c.pem"}}, "console", "certificate and key go together"),
        ({"console": {"host": "192.0.2.7", "named_networks": ["192.0.2.0/24"]}}, "console", "needs a certificate"),
        ({"console": {"trusted_proxies": ["everybody"]}}, "console.trusted_proxies", "everybody"),
        ({"folder": "/"}, "folder", "not a setting"),
    ],
)
def test_what_would_hurt_is_refused(data: dict[str, Any], path: str, said: str) -> None:
    (fault,) = faults_of(data)
    assert fault.startswith(path)
    assert said in fault


@pytest.mark.parametrize("simulated", ["PJSIP/120@trunk", "PJSIP/110@trunk", "PJSIP/119@trunk"])
def test_a_simulated_120_can_never_be_an_emergency_number(simulated: str) -> None:
    route = {"name": "city", "live": "PJSIP/120@city", "simulated": simulated}
    (fault,) = faults_of({"dispatch": {"routes": [route]}})
    assert fault.startswith("dispatch")
    assert "would dial an emergency number" in fault


def test_the_real_120_rings_only_when_dispatch_is_live() -> None:
    route = {"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/dispatcher"}
    off = config.check({"dispatch": {"routes": [route]}}, Path("/")).dispatch
    on = config.check({"dispatch": {"routes": [route], "live": True}}, Path("/")).dispatch
    assert off.destination(off.routes[0]) == "PJSIP/dispatcher"
    assert on.destination(on.routes[0]) == "PJSIP/120@trunk"


def test_live_is_not_switched_on_by_a_word() -> None:
    (fault,) = faults_of({"dispatch": {"live": "live"}})
    assert fault.startswith("dispatch.live")


# ------------------------------------------------------------------------------------------ ladders


def test_an_elder_whose_ladder_is_gone_climbs_the_default_one() -> None:
    defaults = config.Config()
    assert defaults.ladder("no such") == defaults.ladder("default")
    assert [rung.kind for rung in defaults.ladder("default").rungs] == list(RungKind)


def test_the_service_ladder_never_reaches_120() -> None:
    kinds = [rung.kind for rung in config.Config().ladder("service").rungs]
    assert RungKind.DISPATCH not in kinds
    assert RungKind.CONTACTS not in kinds


# ---------------------------------------------------------------------------------- files and secrets


def load_text(folder: Path, text: str | bytes) -> config.Config:
    path = folder / "config.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return config.load(path)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load_text(tmp_path, "") == config.Config(folder=tmp_path)


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "{}")
    assert loaded.path(Path("var/x")) == tmp_path / "var" / "x"
    assert loaded.path(Path("/var/x")) == Path("/var/x")


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe\x00rubbish",
        "node: [",
        "- a\n- b\n",
        "42",
        "node: &a [*a]",
        "node: {name: &a {x: *a}}",
        "? {a: 1}\n: 2",
        "!!python/object/apply:os.system ['true']",
        "[" * 600,
        "node: {name: 0x" + "f" * 9000 + "}",
        "0x" + "f" * 9000 + ": 1",
        '"\\ud800": 1',
        'node: {name: "\\ud800"}',
        "node: 2026-01-01",
        "node: !!binary aGFsbG8=",
    ],
)
def test_a_file_that_is_no_configuration_is_answered(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(ConfigurationFaulty) as caught:
        load_text(tmp_path, text)
    assert caught.value.faults
    "\n".join(caught.value.faults).encode()


def test_a_section_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """YAML alone would take the last one and drop the other without a word."""
    with pytest.raises(ConfigurationFaulty, match=r"line 3.*dispatch.*twice"):
        load_text(tmp_path, "dispatch: {live: false}\nnode: {}\ndispatch: {live: true}\n")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaulty, match="cannot be read"):
        config.load(tmp_path / "none.yaml")


def test_a_secret_comes_from_the_environment_or_else_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load_text(tmp_path, "{}")
    (tmp_path / "word").write_text("from-file\n", encoding="utf-8")
    assert config.secret(loaded, Path("word"), "CALLCENTER_TEST_SECRET") == "from-file"
    monkeypatch.setenv("CALLCENTER_TEST_SECRET", "from-environment")
    assert config.secret(loaded, Path("word"), "CALLCENTER_TEST_SECRET") == "from-environment"


def test_a_secret_that_is_nowhere_is_told_without_being_shown(tmp_path: Path) -> None:
    loaded = load_text(tmp_path, "{}")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    for path, said in [(None, "neither set"), (Path("none"), "cannot be read"), (Path("empty"), "is empty")]:
        with pytest.raises(ConfigurationFaulty, match=said):
            config.secret(loaded, path, "CALLCENTER_TEST_SECRET")


# ------------------------------------------------------------------------------------------- rubbish

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates()
rubbish = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(scalars, inner, max_size=4), max_leaves=12
)


def answered(data: Any) -> None:
    try:
        config.check(data, Path("/"))
    except ConfigurationFaulty as error:
        assert error.faults
        assert all(fault.strip() and "\n" not in fault for fault in error.faults)


@given(rubbish)
def test_anything_at_all_is_answered(data: Any) -> None:
    answered(data)


@given(st.dictionaries(st.sampled_from(SECTIONS), rubbish, max_size=5))
def test_rubbish_in_any_section_is_answered(data: Any) -> None:
    answered(data)


@given(st.data())
def test_rubbish_in_any_setting_is_answered(data: st.DataObject) -> None:
    section = data.draw(
        st.sampled_from([name for name in SECTIONS if isinstance(getattr(config.Config(), name), BaseModel)])
    )
    setting = data.draw(st.sampled_from(sorted(type(getattr(config.Config(), section)).model_fields)))
    answered({section: {setting: data.draw(rubbish)}})


def test_a_house_of_other_dispositions_needs_no_word_about_records_and_a_wrong_one_is_named() -> None:
    other = {"dispositions": {"1": "well"}}
    assert config.check(other, Path("/")).records.keep_days("well") == 1095
    for section in ({"checklists": {"wel": ["spoke"]}}, {"keep_recordings_days": {"wel": 3}}):
        [fault] = faults_of(other | {"records": section})
        assert "records: not in dispositions: wel" in fault
