"""Every address of the API. The routes and the OpenAPI document are made of this list, and of nothing else."""

from __future__ import annotations

from typing import Final

from callcenter.console.api import models, reading
from callcenter.console.api.asking import Operation
from callcenter.domain.clients import ApiScope

BASE: Final = "/api/v1"
DOCUMENT_PATH: Final = f"{BASE}/openapi.json"

OPERATIONS: Final = (
    Operation(
        name="listElders",
        path=f"{BASE}/elders",
        summary="Elders, masked: by a whole telephone number, or page by page.",
        scope=ApiScope.ELDERS,
        query=models.EldersQuery,
        result=models.Elders,
        serve=reading.elders,
    ),
    Operation(
        name="getElder",
        path=f"{BASE}/elders/{{id}}",
        summary="One elder, masked.",
        scope=ApiScope.ELDERS,
        query=models.Nothing,
        result=models.Elder,
        serve=reading.elder,
        may_be_missing=True,
    ),
    Operation(
        name="listEmergencies",
        path=f"{BASE}/emergencies",
        summary="Emergencies, the newest first.",
        scope=ApiScope.EMERGENCIES,
        query=models.EmergenciesQuery,
        result=models.Emergencies,
        serve=reading.emergencies,
    ),
    Operation(
        name="getEmergency",
        path=f"{BASE}/emergencies/{{id}}",
        summary="One emergency with every step.",
        scope=ApiScope.EMERGENCIES,
        query=models.Nothing,
        result=models.EmergencyWhole,
        serve=reading.emergency,
        may_be_missing=True,
    ),
    Operation(
        name="listCalls",
        path=f"{BASE}/calls",
        summary="Calls with the elder of one emergency.",
        scope=ApiScope.CALLS,
        query=models.CallsQuery,
        result=models.Calls,
        serve=reading.calls,
        may_be_missing=True,
    ),
    Operation(
        name="listAgents",
        path=f"{BASE}/agents",
        summary="Agents and where they are.",
        scope=ApiScope.AGENTS,
        query=models.Nothing,
        result=models.Agents,
        serve=reading.agents,
    ),
    Operation(
        name="streamEvents",
        path=f"{BASE}/events",
        summary="That something changed, as it happens: Server-Sent Events, each with an Event as its data.",
        scope=ApiScope.EVENTS,
        query=models.Nothing,
        result=models.Event,
    ),
)
