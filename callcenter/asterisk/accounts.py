"""SIP accounts. Passwords are derived from one secret, so that none is stored and all survive a lost database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from callcenter.config import Config, secret

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


class SipKind(StrEnum):
    """What a phone is allowed to do."""

    PAGER = "pager"  #: an elder's one-key device: reaches the hotline
    LANDLINE = "landline"  #: an elder's ordinary telephone: reaches the hotline
    AGENT = "agent"  #: an agent's own phone: logs in and out, and claims by answering
    PHONE = "phone"  #: is rung only: standby phones, the simulated 120


@dataclass(frozen=True, kw_only=True)
class SipAccount:
    """One telephone that registers with us. `name` is its SIP user, e.g. "1001"."""

    kind: SipKind
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a SIP account is 1 to 40 letters, digits, dots, dashes: found {self.name[:50]!r}")


@dataclass(frozen=True, kw_only=True)
class SipSecrets:
    """What the rendered files hold in secret."""

    ami: str
    sip: str
    trunks: Mapping[str, str] = field(default_factory=dict)  #: passwords by the trunk's name, of those with a user


def sip_password(sip_secret: str, account: SipAccount) -> str:
    """The account's password: 160 bits of HMAC-SHA-256, in 32 letters and digits."""
    message = f"{account.kind.value}:{account.name}".encode()
    digest = hmac.new(sip_secret.encode(), message, hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode().lower()


def ensure_secrets(config: Config) -> SipSecrets:
    """Makes the AMI and SIP secrets, 0600, where they are missing; never changes one that exists."""
    for path in (config.asterisk.ami.secret_file, config.asterisk.sip_secret_file):
        _make_once(config.path(path))
    return load_secrets(config)


def load_secrets(config: Config) -> SipSecrets:
    """Reads them, the trunks' passwords too, from the environment or their files. Raises `ConfigurationFaulty`."""
    return SipSecrets(
        ami=secret(config, config.asterisk.ami.secret_file, "CALLCENTER_AMI_SECRET"),
        sip=secret(config, config.asterisk.sip_secret_file, "CALLCENTER_SIP_SECRET"),
        trunks={
            trunk.name: secret(config, trunk.password_file, trunk.password_variable)
            for trunk in config.trunks
            if trunk.user
        },
    )


def _make_once(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(24) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)  # fails if somebody was first: then theirs stands
    except FileExistsError:
        pass
    finally:
        beside.unlink()
