"""Turns `config.yaml` into Asterisk's files. Pure: the same input gives the same text, and nothing is written."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2

import dialplans
from callcenter.asterisk.accounts import SipAccount, SipKind, SipSecrets, in_browser, sip_password
from callcenter.asterisk.layout import Layout, layout
from callcenter.asterisk.modules import modules
from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty
from dialplans import variables

SECRET_FILES: Final = frozenset({"manager.conf", "pjsip.conf"})

#: Manager events that `callcenter.asterisk.events` reads.
EVENTS: Final = (
    "FullyBooted", "UserEvent", "Newchannel", "Newstate", "DialState", "HangupRequest", "Hangup",
    "OriginateResponse",
    "ConfbridgeJoin", "ConfbridgeLeave", "ConfbridgeEnd", "ChannelTalkingStart", "ChannelTalkingStop", "ContactStatus",
)  # fmt: skip

#: Files that Asterisk complains about when they are missing, although we need nothing in them.
_EMPTY: Final = (
    "acl.conf", "ccss.conf", "pjproject.conf", "udptl.conf",
)  # fmt: skip
_HARMLESS: Final = re.compile(r"[A-Za-z0-9_./@:+*#-]+")
_TRUNK_PASSWORD: Final = re.compile(r"[!-:<-\[\]-~]{1,128}")
_PLACES: Final = {
    SipKind.PAGER: ("cc-elder-line", variables.CONTEXT_PAGER),
    SipKind.LANDLINE: ("cc-elder-line", variables.CONTEXT_LANDLINE),
    SipKind.AGENT: ("cc-responder-line", variables.CONTEXT_AGENT_PHONE),
    SipKind.BROWSER: ("cc-browser-line", "cc-closed"),
    SipKind.PHONE: ("cc-responder-line", "cc-closed"),
}


@dataclass(frozen=True, kw_only=True)
class _Endpoint:
    name: str
    line: str
    context: str
    password: str

    @property
    def registered(self) -> str:
        """The template of its address of record."""
        return "cc-registered-browser" if self.line == "cc-browser-line" else "cc-registered"


@dataclass(frozen=True, kw_only=True)
class _Agent:
    """What the fallback rings, and whom it names by it."""

    destination: str
    target: str


@dataclass(frozen=True, kw_only=True)
class _LastResort:
    name: str
    destination: str


@dataclass(frozen=True, kw_only=True)
class _TrunkPassword:
    """As the carrier gave it: more signs than `_harmless` lets pass, but none that ends the value early."""

    text: str

    def __str__(self) -> str:
        return self.text


def render(config: Config, accounts: Sequence[SipAccount], secrets: SipSecrets) -> dict[str, str]:
    """Every file of the `etc` folder by its name.

    Raises `ConfigurationFaulty` for a value that could say something else to Asterisk than what is meant, for
    names used twice, and for a fallback that would ring an emergency number otherwise than by a live route.
    """
    _refuse_double_names(config, accounts)
    _refuse_emergency_numbers(config, accounts)
    values = _values(config, accounts, secrets, layout(config))
    environment = _templates()
    files = {name: environment.get_template(name).render(values) for name in sorted(environment.list_templates())}
    return files | dict.fromkeys(_EMPTY, "; needed to be there, not to say anything\n")


@cache
def _templates() -> jinja2.Environment:
    """Compiled once a process."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(dialplans.__path__[0]) / "templates"),
        undefined=jinja2.StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        line_statement_prefix="%%",
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - not HTML; `_harmless` checks every value instead
        finalize=_harmless,
    )


def _values(config: Config, accounts: Sequence[SipAccount], secrets: SipSecrets, place: Layout) -> Mapping[str, Any]:
    names = {name: value for name, value in vars(variables).items() if name.isupper()}
    route = next(iter(config.dispatch.routes), None)
    host = config.asterisk.sip_host
    return names | {
        "config": config,
        "layout": place,
        "modules": modules(config),
        "events": EVENTS,
        "ami_secret": secrets.ami,
        "trunk_passwords": {
            trunk.name: _trunk_password(trunk.name, secrets.trunks.get(trunk.name, ""))
            for trunk in config.trunks
            if trunk.user
        },
        "accounts": [_endpoint(account, secrets) for account in accounts],
        "media_address": "" if host in ("0.0.0.0", "::") else host,  # noqa: S104
        "ice_address": _ice_address(host),
        "fastagi": f"agi://{config.fastagi.host}:{config.fastagi.port}",
        "keys": (
            ("landline", config.hotline.landline_numbers),
            ("red", config.hotline.red_numbers),
            ("green", config.hotline.green_numbers),
        ),
        "ring": {
            "agent": math.ceil(config.offers.agent_ring_seconds),
            "standby": math.ceil(config.offers.standby_ring_seconds),
            "dispatch": math.ceil(config.dispatch.ring_seconds),
        },
        "listen_seconds": math.ceil(config.supervision.listen_at_most_seconds),
        "fallback_agents": _fallback_agents(config, accounts),
        "question_seconds": math.ceil(config.offers.answer_question_seconds),
        "last_resort": route and _LastResort(name=route.name, destination=config.dispatch.destination(route)),
    }


def _ice_address(host: str) -> str:
    """The one address that browsers may be offered for their sound; "" if it must be any that this machine has."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    return "" if address.is_unspecified or address.is_loopback else host


def _fallback_agents(config: Config, accounts: Sequence[SipAccount]) -> list[_Agent]:
    """Every agent's phone when the configuration does not choose: the dialplan cannot know who is on duty.

    With each its telephone in a browser, which is named like the agent's own.
    """
    named = {kind: [f"PJSIP/{account.name}" for account in accounts if account.kind is kind] for kind in SipKind}
    agents = config.fallback.agents or named[SipKind.AGENT]
    browsers = set(named[SipKind.BROWSER])
    return [
        _Agent(destination=destination, target=agent)
        for agent in agents
        for destination in (agent, in_browser(agent))
        if destination == agent or destination in browsers
    ]


def _endpoint(account: SipAccount, secrets: SipSecrets) -> _Endpoint:
    line, context = _PLACES[account.kind]
    return _Endpoint(name=account.name, line=line, context=context, password=sip_password(secrets.sip, account))


def _trunk_password(name: str, text: str) -> _TrunkPassword:
    if not _TRUNK_PASSWORD.fullmatch(text):
        raise ConfigurationFaulty([f"trunks.{name}: its password must be 1 to 128 of ! to ~, without ; and \\"])
    return _TrunkPassword(text=text)


def _harmless(value: object) -> object:
    if isinstance(value, (str, Path)) and not _HARMLESS.fullmatch(str(value)):
        raise ConfigurationFaulty([f"this cannot stand in Asterisk's files: {str(value)[:60]!r}"])
    return value


def _refuse_double_names(config: Config, accounts: Sequence[SipAccount]) -> None:
    names = [account.name for account in accounts] + [trunk.name for trunk in config.trunks]
    reserved = {"global", "udp", "system", "cc-line", "cc-elder-line", "cc-responder-line", "cc-registered"}
    reserved |= {"ws", "cc-browser-line", "cc-registered-browser"}
    twice = sorted({name for name in names if names.count(name) > 1 or name in reserved})
    if twice:
        raise ConfigurationFaulty([f"SIP accounts and trunks need names of their own: {', '.join(twice)}"])


def _refuse_emergency_numbers(config: Config, accounts: Sequence[SipAccount]) -> None:
    """The dialplan rings these by itself, so that nobody could refuse it later."""
    route = next(iter(config.dispatch.routes), None)
    rung = [
        *(agent.destination for agent in _fallback_agents(config, accounts)),
        *(phone.destination for phone in config.offers.standby),
    ]
    rung += [config.dispatch.destination(route)] if route else []
    faults = [f"would ring a real emergency number: {to}" for to in rung if not config.dispatch.may_ring(to)]
    if faults:
        raise ConfigurationFaulty(faults)
