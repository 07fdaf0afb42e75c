"""Secrets are made once, passwords are derived, files with secrets are for one pair of eyes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from callcenter.asterisk.accounts import SipAccount, SipKind, ensure_secrets, sip_password
from callcenter.asterisk.install import install
from callcenter.config import check
from callcenter.errors import ConfigurationFaulty


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    config = check({}, tmp_path)
    first = ensure_secrets(config)
    assert ensure_secrets(config) == first
    assert first.ami != first.sip
    assert len(first.sip) == 48
    assert _mode(config.path(config.asterisk.sip_secret_file)) == 0o600
    assert _mode(config.path(config.asterisk.ami.secret_file)) == 0o600
    assert len(list(config.path(config.asterisk.sip_secret_file).parent.iterdir())) == 2


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_SIP_SECRET", "from-outside")
    assert ensure_secrets(check({}, tmp_path)).sip == "from-outside"


def test_a_trunks_password_comes_from_its_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").write_text("from-file\n")
    trunks = [
        {"name": "no-user", "host": "a.example"},
        {"name": "line-a", "host": "a.example", "user": "u", "password_file": "b"},
        {"name": "line-b", "host": "b.example", "user": "u", "password_file": "b"},
    ]
    monkeypatch.setenv("CALLCENTER_TRUNK_LINE_B_PASSWORD", "from-outside")
    assert ensure_secrets(check({"trunks": trunks}, tmp_path)).trunks == {
        "line-a": "from-file",
        "line-b": "from-outside",
    }
    monkeypatch.delenv("CALLCENTER_TRUNK_LINE_B_PASSWORD")
    del trunks[2]["password_file"]
    with pytest.raises(ConfigurationFaulty, match="CALLCENTER_TRUNK_LINE_B_PASSWORD"):
        ensure_secrets(check({"trunks": trunks}, tmp_path))


@pytest.mark.parametrize("more", [{"registers": True}, {"password_file": "x"}])
def test_a_password_without_a_user_is_a_fault(more: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaulty, match="need a user"):
        check({"trunks": [{"name": "line", "host": "a.example", **more}]}, tmp_path)


def test_a_password_belongs_to_one_kind_and_name() -> None:
    accounts = [SipAccount(kind=kind, name=name) for kind in SipKind for name in ("1001", "1002")]
    passwords = [sip_password("secret", account) for account in accounts]
    assert len(set(passwords)) == len(passwords)
    assert passwords == [sip_password("secret", account) for account in accounts]
    assert sip_password("other", accounts[0]) != passwords[0]
    assert all(len(password) == 32 and password.isalnum() for password in passwords)


@pytest.mark.parametrize("name", ["", "a b", "a]\n[x", "a;b", "${x}", "-a", "a" * 41, "张三", "a@b", "1001\n"])
def test_a_name_that_is_no_account_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a SIP account is"):
        SipAccount(kind=SipKind.PAGER, name=name)


def test_only_what_differs_is_written_and_what_is_stale_goes(tmp_path: Path) -> None:
    assert install({"a.conf": "1\n", "pjsip.conf": "secret\n"}, tmp_path) == ["a.conf", "pjsip.conf"]
    assert _mode(tmp_path / "pjsip.conf") == 0o600
    assert install({"a.conf": "1\n", "pjsip.conf": "secret\n"}, tmp_path) == []
    assert install({"a.conf": "2\n"}, tmp_path) == ["a.conf", "pjsip.conf"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]
    assert (tmp_path / "a.conf").read_text() == "2\n"
