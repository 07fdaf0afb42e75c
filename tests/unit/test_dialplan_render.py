"""What is rendered: nothing injected, nothing rung that must not be, the same twice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.asterisk.accounts import SipAccount, SipKind, SipSecrets, browser_account
from callcenter.asterisk.render import render
from callcenter.config import check
from callcenter.errors import ConfigurationFaulty

SECRETS = SipSecrets(ami="ami-secret", sip="sip-secret")
ACCOUNTS = [
    SipAccount(kind=SipKind.PAGER, name="p001"),
    SipAccount(kind=SipKind.LANDLINE, name="6001"),
    SipAccount(kind=SipKind.AGENT, name="1001"),
    SipAccount(kind=SipKind.PHONE, name="2001"),
]
ROUTE = {"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/9001"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `layout` looks for of an Asterisk."""
    folder = tmp_path_factory.mktemp("hotline")
    (folder / "var/asterisk/bin").mkdir(parents=True)
    (folder / "var/asterisk/bin/asterisk").touch()
    (folder / "var/asterisk/usr/lib/x/asterisk/modules").mkdir(parents=True)
    return folder


def _rendered(folder: Path, accounts: list[SipAccount] | None = None, **sections: Any) -> dict[str, str]:
    return render(check(sections, folder), ACCOUNTS if accounts is None else accounts, SECRETS)


def _contexts(text: str) -> dict[str, str]:
    parts = re.split(r"^\[([\w-]+)\]$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_same_configuration_gives_the_same_files(folder: Path) -> None:
    assert _rendered(folder) == _rendered(folder)


def test_no_mark_of_the_templates_is_left(folder: Path) -> None:
    for name, text in _rendered(folder, dispatch={"routes": [ROUTE]}).items():
        assert "<<" not in text, name
        assert not re.search(r"^%%", text, re.MULTILINE), name


def test_every_agi_stands_under_a_lease_and_with_its_answer_cleared(folder: Path) -> None:
    seen = 0
    for name, text in _rendered(folder).items():
        lines = text.splitlines()
        for at, line in enumerate(lines):
            if "AGI(agi://" not in line:
                continue
            before = "\n".join(lines[max(0, at - 9) : at])
            assert re.search(r"Set\((.*,)?AGIEXITONHANGUP=yes[,)]", before), (name, line)
            assert re.search(r"Set\((.*,)?CC_DONE=[,)]", before), (name, line)
            assert "Set(TIMEOUT(absolute)=10)" in lines[at - 1], (name, line)
            assert "Set(TIMEOUT(absolute)=0)" in lines[at + 1], (name, line)
            seen += 1
    assert seen == 8


def test_every_context_that_asks_python_has_a_way_out_when_the_lease_ends(folder: Path) -> None:
    for text in _rendered(folder).values():
        for context, body in _contexts(text).items():
            if "AGI(agi://" in body:
                assert "exten => T,1,Set(TIMEOUT(absolute)=0)" in body, context


def test_the_elder_is_hung_up_in_one_place_only(folder: Path) -> None:
    elder = _contexts(_rendered(folder)["extensions_elder.conf"])["cc-elder"]
    assert elder.count("Hangup()") == 1
    assert "Playback(cc/goodbye)\n same => n,Hangup()" in elder
    assert "Hangup()" not in _rendered(folder)["extensions_fallback.conf"]


def test_nothing_hangs_on_a_global_variable(folder: Path) -> None:
    """They are gone for a moment in every reload, and somebody may press just then."""
    files = _rendered(folder)
    assert "[globals]" not in "".join(files.values())
    assert "GLOBAL(" not in files["extensions_elder.conf"]


def test_the_mark_is_written_before_python_is_asked(folder: Path) -> None:
    elder = _rendered(folder)["extensions_elder.conf"]
    assert 0 < elder.index("Set(DB(cc/entry/") < elder.index("AGI(")


@pytest.mark.parametrize("sends", ["CALLERID(name)", "PJSIP_HEADER", "CALLERID(all)", "SYSTEM", "SHELL", "EVAL"])
def test_what_a_caller_sends_is_not_read(folder: Path, sends: str) -> None:
    assert not [name for name, text in _rendered(folder).items() if sends in text]


def test_the_callers_number_is_filtered_where_it_is_read(folder: Path) -> None:
    everything = "\n".join(_rendered(folder).values())
    assert everything.count("CALLERID(") == everything.count("FILTER(0-9+*#,${CALLERID(num):0:40})") == 1


@pytest.mark.parametrize(
    "sections",
    [
        {"fallback": {"agents": ["PJSIP/120@trunk"]}},
        {"fallback": {"agents": ["PJSIP/0086120@trunk"]}},
        {"offers": {"standby": [{"name": "night", "destination": "PJSIP/119@trunk"}]}},
        {"dispatch": {"routes": [ROUTE | {"simulated": "PJSIP/120"}]}},
        {"dispatch": {"routes": [ROUTE | {"simulated": "PJSIP/010120@trunk"}]}},
        {"dispatch": {"routes": [ROUTE | {"simulated": "PJSIP/+86120@other"}]}},
    ],
)
def test_a_real_emergency_number_is_refused_while_dispatch_is_not_live(folder: Path, sections: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationFaulty, match="emergency number"):
        _rendered(folder, **sections)


@pytest.mark.parametrize(
    ("live", "rung", "silent"), [(False, "PJSIP/9001", "PJSIP/120@"), (True, "PJSIP/120@trunk", "9001")]
)
def test_the_last_resort_obeys_dispatch_live(folder: Path, live: bool, rung: str, silent: str) -> None:
    text = _rendered(folder, dispatch={"live": live, "routes": [ROUTE]})["extensions_fallback.conf"]
    assert rung in text
    assert silent not in text


@pytest.mark.parametrize(
    "sections",
    [
        {"trunks": [{"name": "trunk", "host": "a.example\nexten => s,1,System(x)"}]},
        {"trunks": [{"name": "trunk", "host": "a.example;x"}]},
        {"trunks": [{"name": "trunk", "host": "${SHELL(x)}"}]},
        {"trunks": [{"name": "trunk", "host": "a.example", "match": ["1.2.3.4]\n[x"]}]},
        {"asterisk": {"recordings": "/var/re cordings,x)"}},
        {"asterisk": {"recordings": "${x}"}},
    ],
)
def test_a_value_that_could_say_something_else_is_refused(folder: Path, sections: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationFaulty, match="cannot stand in Asterisk's files"):
        _rendered(folder, **sections)


@settings(max_examples=8)
@given(host=st.text(min_size=1, max_size=30))
def test_no_text_adds_a_line(folder: Path, host: str) -> None:
    plain = _rendered(folder, trunks=[{"name": "trunk", "host": "a.example"}])["pjsip.conf"]
    try:
        text = _rendered(folder, trunks=[{"name": "trunk", "host": host}])["pjsip.conf"]
    except ConfigurationFaulty:
        return
    assert len(text.splitlines()) == len(plain.splitlines())
    assert text.count(";") == plain.count(";")


@pytest.mark.parametrize(
    ("accounts", "sections"),
    [
        ([*ACCOUNTS, SipAccount(kind=SipKind.PHONE, name="1001")], {}),
        ([SipAccount(kind=SipKind.AGENT, name="trunk")], {"trunks": [{"name": "trunk", "host": "a.example"}]}),
        ([SipAccount(kind=SipKind.AGENT, name="global")], {}),
        ([SipAccount(kind=SipKind.AGENT, name="cc-elder-line")], {}),
    ],
)
def test_every_endpoint_has_a_name_of_its_own(
    folder: Path, accounts: list[SipAccount], sections: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationFaulty, match="names of their own"):
        _rendered(folder, accounts, **sections)


def test_responders_are_missed_soon_and_elders_later(folder: Path) -> None:
    pjsip = _rendered(folder)["pjsip.conf"]
    assert re.search(r"\[1001\]\(cc-responder-line\)", pjsip)
    assert re.search(r"\[2001\]\(cc-responder-line\)", pjsip)
    assert re.search(r"\[p001\]\(cc-elder-line\)", pjsip)
    assert "rtp_timeout = 3\n" in pjsip
    assert "rtp_timeout = 30\n" in pjsip


def test_the_fallback_rings_every_agent_unless_the_configuration_chooses(folder: Path) -> None:
    accounts = [SipAccount(kind=SipKind.AGENT, name=name) for name in ("1001", "1002")]
    everyone = _rendered(folder, accounts)["extensions_fallback.conf"]
    chosen = _rendered(folder, accounts, fallback={"agents": ["PJSIP/1002"]})["extensions_fallback.conf"]
    assert ["(PJSIP/1001," in everyone, "(PJSIP/1002," in everyone] == [True, True]
    assert ["(PJSIP/1001," in chosen, "(PJSIP/1002," in chosen] == [False, True]


CARRIER = {"name": "city-line", "host": "a.example", "user": "hotline-7"}


def _with_password(folder: Path, password: str, **more: Any) -> str:
    secrets = SipSecrets(ami="ami-secret", sip="sip-secret", trunks={"city-line": password})
    return render(check({"trunks": [CARRIER | more]}, folder), ACCOUNTS, secrets)["pjsip.conf"]


def test_a_trunk_without_a_user_neither_knows_a_password_nor_registers(folder: Path) -> None:
    pjsip = _rendered(folder, trunks=[{"name": "city-line", "host": "a.example"}])["pjsip.conf"]
    assert "outbound_auth" not in pjsip
    assert "registration" not in pjsip


def test_a_trunk_with_a_user_registers_only_if_it_is_told_to(folder: Path) -> None:
    assert "type = registration" not in _with_password(folder, "secret")
    pjsip = _with_password(folder, "secret", registers=True)
    assert pjsip.count("outbound_auth = city-line\n") == 2
    assert "client_uri = sip:hotline-7@a.example:5060\n" in pjsip
    assert pjsip.count("password = secret\n") == 1


@settings(max_examples=40)
@given(password=st.text(max_size=20) | st.text(max_size=8, alphabet=";\\ \n#[]$x"))
def test_a_trunks_password_stands_there_whole_or_not_at_all_and_is_never_said(folder: Path, password: str) -> None:
    plain = _with_password(folder, "secret")
    try:
        text = _with_password(folder, password)
    except ConfigurationFaulty as refused:
        assert len(password) < 2 or password not in str(refused).partition("must be")[0]
        assert not re.fullmatch(r"[A-Za-z0-9$#\[\]=&!]+", password)
        return
    assert text == plain.replace("password = secret\n", f"password = {password}\n")
    assert len(text.splitlines()) == len(plain.splitlines())
    assert text.count(";") == plain.count(";")


WITH_BROWSERS = [*ACCOUNTS, browser_account("1001")]


def test_an_agents_browser_is_an_endpoint_of_its_own_that_is_missed_soon(folder: Path) -> None:
    pjsip = _rendered(folder, WITH_BROWSERS)["pjsip.conf"]
    assert "[1001-web](cc-browser-line)" in pjsip
    assert "[1001-web](cc-registered-browser)" in pjsip
    assert "[1001](cc-responder-line)" in pjsip
    line = pjsip.partition("[cc-browser-line](!)")[2].partition("\n[")[0]
    assert "webrtc = yes" in line
    assert "rtp_timeout = 3\n" in line


def test_the_fallback_rings_the_agents_browser_too_and_names_the_agent(folder: Path) -> None:
    for sections in ({}, {"fallback": {"agents": ["PJSIP/1001"]}}):
        fallback = _rendered(folder, WITH_BROWSERS, **sections)["extensions_fallback.conf"]
        legs = re.findall(r"s,1\((PJSIP/1001[-a-z]*),cc-offer,agent,\d+,(\S+)\)\)", fallback)
        assert legs == [("PJSIP/1001", "PJSIP/1001"), ("PJSIP/1001-web", "PJSIP/1001")]


def test_without_a_console_nothing_listens_for_browsers(folder: Path) -> None:
    files = _rendered(folder, console={"enabled": False})
    assert "enabled = no" in files["http.conf"]
    assert "icesupport = no" in files["rtp.conf"]
    assert "[ws]" not in files["pjsip.conf"]
    assert "websocket" not in files["modules.conf"]


def test_browsers_come_by_loopback_only(folder: Path) -> None:
    files = _rendered(folder, asterisk={"sip_host": "192.0.2.7"})
    assert "bindaddr = 127.0.0.1\n" in files["http.conf"]
    assert "bind = 127.0.0.1:8088\n" in files["pjsip.conf"]


@pytest.mark.parametrize(
    ("host", "offered"), [("192.0.2.7", "ice_permit = 192.0.2.7\n"), ("127.0.0.1", ""), ("0.0.0.0", ""), ("::", "")]
)
def test_one_address_is_offered_to_browsers_where_there_is_one(folder: Path, host: str, offered: str) -> None:
    rtp = _rendered(folder, asterisk={"sip_host": host})["rtp.conf"]
    assert ("ice_permit" in rtp) == bool(offered)
    assert offered in rtp


@pytest.mark.parametrize(("seconds", "asked"), [(0, False), (30, True)])
def test_a_trunk_is_asked_for_a_sign_of_life_only_where_that_is_set(folder: Path, seconds: int, asked: bool) -> None:
    trunk = {"name": "trunk", "host": "a.example", "alive_every_seconds": seconds}
    assert ("qualify_frequency = 30" in _rendered(folder, trunks=[trunk])["pjsip.conf"]) is asked
