"""线路与设置: trunks, 120, ladders and the whole configuration, to see. Secrets are files and stand in none of it."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml
from aiohttp import web

from callcenter.console.house import Visit

#: A password inside an address, which somebody may have written there all the same.
_IN_AN_ADDRESS: Final = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]+@")


async def settings(visit: Visit) -> web.StreamResponse:
    config = visit.house.desk.config
    return visit.page(
        "settings.html",
        trunks=config.trunks,
        routes=[(route, config.dispatch.destination(route)) for route in config.dispatch.routes],
        live=config.dispatch.live,
        standby=config.offers.standby,
        ladders=[visit.house.desk.ladder(section.name) for section in config.ladders],
        whole=shown(config.model_dump(mode="json", exclude={"folder"})),
    )


def shown(settings: dict[str, Any]) -> str:
    """As YAML, without a password that stands in an address."""
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    return _IN_AN_ADDRESS.sub(r"\1:…@", text)
