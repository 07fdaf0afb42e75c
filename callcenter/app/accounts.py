"""Which telephones may register with Asterisk: what `callcenter.asterisk.render` gives an account."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from callcenter.asterisk.accounts import SipAccount, SipKind, browser_account
from callcenter.config import Config
from callcenter.domain.devices import DeviceKind
from callcenter.ports.storage import UnitOfWork

_KIND_OF_DEVICE: Final = {DeviceKind.PAGER: SipKind.PAGER, DeviceKind.LANDLINE_BOX: SipKind.LANDLINE}
#: A phone of our own; with an @ it would be a number behind a trunk.
_OWN_PHONE: Final = re.compile(r"PJSIP/([^@/]+)")


def sip_accounts(config: Config, work: UnitOfWork, at: datetime | None = None) -> list[SipAccount]:
    """Agents' phones, the devices in elders' hands at `at` (now, if left out), the configuration's own phones.

    With a console, also agents' telephones in browsers. In that order, each name once within its kind. A name that is
    an agent's or a device's keeps what it may do, even if the configuration rings it as a standby phone too; `render`
    refuses an agent and a device of one name.
    """
    agents = [agent.extension for agent in work.agents.all()]
    known = dict.fromkeys(SipAccount(kind=SipKind.AGENT, name=extension) for extension in agents)
    for name, kind in work.people.device_accounts(at or datetime.now(UTC)):
        known[SipAccount(kind=_KIND_OF_DEVICE[kind], name=name)] = None
    taken = {account.name for account in known}
    phones = dict.fromkeys(
        SipAccount(kind=SipKind.PHONE, name=name) for name in _own_phones(config) if name not in taken
    )
    return [*known, *phones, *(map(browser_account, agents) if config.console.enabled else ())]


def _own_phones(config: Config) -> Iterator[str]:
    """Standby phones and the simulated 120."""
    destinations = [phone.destination for phone in config.offers.standby]
    destinations += [route.simulated for route in config.dispatch.routes]
    for destination in destinations:
        if found := _OWN_PHONE.fullmatch(destination):
            yield found[1]
