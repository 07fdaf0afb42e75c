"""SIP accounts. Passwords are derived from one secret, so that none is stored and all survive a lost database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from callcenter.config import Config, make_once, secret

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_IN_BROWSER: Final = "-web"


class SipKind(StrEnum):
    """What a phone is allowed to do."""

    PAGER = "pager"  #: an elder's one-key device: reaches the hotline
    LANDLINE = "landline"  #: an elder's ordinary telephone: reaches the hotline
    AGENT = "agent"  #: an agent's own phone: logs in and out, and claims by answering
    BROWSER = "browser"  #: the same agent's telephone in a browser: is rung, and claims by answering
    PHONE = "phone"  #: is rung only: standby phones, the simulated 120


@dataclass(frozen=True, kw_only=True)
class SipAccount:
    """One telephone that registers with us. `name` is its SIP user, e.g. "1001"."""

    kind: SipKind
    name: str

    def __post_init__(self) -> None:
        name = self.name.removesuffix(_IN_BROWSER) if self.kind is SipKind.BROWSER else self.name
        if not _NAME.fullmatch(name):
            raise ValueError(f"a SIP account is 1 to 40 letters, digits, dots, dashes: found {self.name[:50]!r}")


@dataclass(frozen=True, kw_only=True)
class SipSecrets:
    """What the rendered files hold in secret."""

    ami: str
    sip: str
    trunks: Mapping[str, str] = field(default_factory=dict)  #: passwords by the trunk's name, of those with a user


def browser_account(extension: str) -> SipAccount:
    """The account of the telephone in the browser of the agent who has this extension."""
    return SipAccount(kind=SipKind.BROWSER, name=f"{extension}{_IN_BROWSER}")


def in_browser(destination: str) -> str:
    """The dial string of the same agent's telephone in a browser: PJSIP/1001-web for PJSIP/1001."""
    return f"{destination}{_IN_BROWSER}"


def sip_password(sip_secret: str, account: SipAccount) -> str:
    """The account's password: 160 bits of HMAC-SHA-256, in 32 letters and digits."""
    message = f"{account.kind.value}:{account.name}".encode()
    digest = hmac.new(sip_secret.encode(), message, hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode().lower()


def ensure_secrets(config: Config) -> SipSecrets:
    """Makes the AMI and SIP secrets, 0600, where they are missing; never changes one that exists."""
    for path in (config.asterisk.ami.secret_file, config.asterisk.sip_secret_file):
        make_once(config.path(path))
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
