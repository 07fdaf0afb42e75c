"""Whether a trunk is registered, as a real Asterisk says it; the carrier is SIPp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from callcenter.asterisk.accounts import ensure_secrets
from callcenter.asterisk.link import AmiLink
from callcenter.asterisk.trunks import TrunkWatch
from callcenter.config import Config
from callcenter.domain.health import Health
from tests.integration.cli_house import PREFIX
from tests.integration.test_trunk_password import PASSWORD, WITHIN_SECONDS, Carrier, configured, folder, running

__all__ = ["folder"]

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.skipif(not (PREFIX / "bin/sipp").exists(), reason="`make asterisk` was not run"),
]


@asynccontextmanager
async def linked(config: Config) -> AsyncIterator[AmiLink]:
    up = asyncio.Event()
    link = AmiLink(config.asterisk.ami, ensure_secrets(config).ami, lambda _: None, up.set, lambda: None)
    async with link:
        await asyncio.wait_for(up.wait(), WITHIN_SECONDS)
        yield link


async def health(link: AmiLink, *trunks: str) -> Health:
    watch = TrunkWatch(link, trunks)
    await watch.look()
    return watch.health


async def test_a_trunk_is_well_while_its_carrier_has_let_it_in(folder: Path) -> None:
    carrier = Carrier(folder, "carrier_register.xml", PASSWORD)
    config = configured(folder, carrier.port, registers=True)
    async with running(config), linked(config) as link:
        assert await health(link, "city-line") is Health.UNWELL, "nobody answers there yet"
    async with carrier.listening() as sipp, running(config), linked(config) as link:
        assert await asyncio.wait_for(sipp.wait(), WITHIN_SECONDS) == 0, carrier.text("errors.log")
        async with asyncio.timeout(WITHIN_SECONDS):  # Asterisk takes note a moment after its carrier has answered
            while await health(link, "city-line") is not Health.WELL:
                await asyncio.sleep(0.05)
        assert await health(link, "city-line", "country-line") is Health.UNWELL
    assert await health(link, "city-line") is Health.NO_DATA, "the link is down"
