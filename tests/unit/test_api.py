"""接口: whose token, which scope, how often; what is answered; and that the document says the same."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiohttp import ClientSession

from callcenter.console.api import models
from callcenter.console.api.document import document, statuses
from callcenter.console.api.operations import BASE, OPERATIONS
from callcenter.console.routes import ROUTES
from callcenter.domain.access import UserRole
from callcenter.domain.clients import ApiScope
from callcenter.domain.people import Presence
from callcenter.ports.news import News, NewsKind
from callcenter.services.agent_presence import change_presence
from callcenter.services.api_clients import revoke_client
from tests.unit.api import a_token, problem_of, program
from tests.unit.browser import ConsoleHouse, with_console
from tests.unit.house import House


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as opened:
        yield opened


@pytest.fixture
async def asks(console: ConsoleHouse) -> AsyncIterator[ClientSession]:
    async with program(console, await a_token(console)) as client:
        yield client


async def got(client: ClientSession, path: str) -> Any:
    async with client.get(f"{BASE}{path}") as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "application/json"
        return await answer.json()


# ---------------------------------------------------------------------------------- what is answered


async def test_elders_leave_masked_and_each_look_is_written_down(console: ConsoleHouse, asks: ClientSession) -> None:
    profile = await console.house.elder(name="王秀英")
    [listed] = (await got(asks, "/elders"))["items"]
    one = await got(asks, f"/elders/{profile.elder.id}")
    assert listed == one and one["name"] == "王秀英"
    text = json.dumps(one, ensure_ascii=False)
    elder, home = profile.elder, profile.household
    for hidden in (
        elder.illness, elder.medicines, elder.allergies, elder.identity_number, elder.instructions, home.building,
        home.door, home.access, profile.contacts[0].number, profile.lines[0].number,
    ):  # fmt: skip
        assert hidden and hidden not in text
    [contact, *_] = one["contacts"]
    assert contact["number_ends"] == profile.contacts[0].number[-4:]
    looks = await console.house.do(lambda work: work.looks.recent(5))
    assert [(look.who, look.what.value, look.elder) for look in looks] == [
        ("api:bureau", "profile", elder.id), ("api:bureau", "list", None),
    ]  # fmt: skip


async def test_elders_are_found_by_number_and_paged(console: ConsoleHouse, asks: ClientSession) -> None:
    await console.house.elder("pager1")
    await console.house.elder("pager2", identity_number="")
    for number, found in (("139 0000 1111", 2), ("+8613900001111", 2), ("13900009999", 0), ("abc", 0)):
        answer = await got(asks, f"/elders?number={number.replace('+', '%2B')}")
        assert len(answer["items"]) == found and answer["after"] is None, number
    first = await got(asks, "/elders?limit=1")
    second = await got(asks, f"/elders?limit=1&after={first['after']}")
    ids = {first["items"][0]["id"], second["items"][0]["id"]}
    assert len(ids) == 2
    assert await got(asks, f"/elders?limit=1&after={second['after']}") == {"items": [], "after": None}


async def test_an_emergency_its_steps_and_calls(console: ConsoleHouse, asks: ClientSession) -> None:
    house = console.house
    await house.agent("1001")
    profile = await house.elder()
    emergency = await house.pressed()
    [listed] = (await got(asks, "/emergencies?state=waiting"))["items"]
    assert (listed["id"], listed["elder"], listed["owner"]) == (str(emergency.id), str(profile.elder.id), "")
    assert (await got(asks, "/emergencies?state=closed"))["items"] == []
    await house.claims(house.leg_to("PJSIP/1001"))
    one = await got(asks, f"/emergencies/{emergency.id}")
    assert (one["state"], one["owner"], one["owner_role"]) == ("attended", "1001", "agent")
    assert [step["step"] for step in one["timeline"]][:2] == ["raised", "identified"]
    [call] = (await got(asks, f"/calls?emergency={emergency.id}"))["items"]
    assert (call["emergency"], call["inbound"]) == (str(emergency.id), True)
    [agent] = (await got(asks, "/agents"))["items"]
    assert (agent["extension"], agent["presence"]) == ("1001", "talking")
    [look] = await house.do(lambda work: work.looks.recent(1))
    assert look.emergency == emergency.id


async def test_events_come_as_they_happen_without_what_was_said(console: ConsoleHouse, asks: ClientSession) -> None:
    await console.house.agent("1001")
    async with asks.get(f"{BASE}/events") as stream, asyncio.timeout(5):
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readuntil(b"\n\n") == b": beat\n\n"
        said = News(kind=NewsKind.TRANSCRIPT, subject="x", words={"text": "我摔了"})
        await console.house.live.publish(said)
        await change_presence(console.house.desk, "1001", Presence.BREAK)
        while (part := await stream.content.readuntil(b"\n\n")) == b": beat\n\n":
            pass
        kind, data = part.decode().strip().split("\n")
        event = models.Event.model_validate_json(data.removeprefix("data: "))
        assert kind == "event: presence_changed" and event.words == {"presence": "break"}
        assert "我摔了" not in part.decode()


async def test_a_stream_ends_when_its_token_is_revoked_and_there_are_not_too_many(house_with: Any) -> None:
    async with house_with(api={"streams_at_most": 1, "beat_seconds": 0.1}) as house, with_console(house) as console:
        token = await a_token(console)
        async with program(console, token) as client, asyncio.timeout(5):
            async with client.get(f"{BASE}/events") as stream:
                await stream.content.readuntil(b"\n\n")
                async with client.get(f"{BASE}/events") as second:
                    await problem_of(second, 503)
                revoked = await house.do(lambda work: revoke_client(work, house.clock, "bureau", by="admin"))
                console.console.api_clients.forget(revoked)
                assert (await stream.content.read()).replace(b": beat\n\n", b"") == b""
            assert console.console.api_clients.streams == 0


# --------------------------------------------------------------------------------------- who may ask


async def test_without_a_token_or_with_a_wrong_one_nothing_is_said(console: ConsoleHouse) -> None:
    await a_token(console)
    async with program(console) as stranger:
        for headers in (
            {},
            {"Authorization": "Bearer "},
            {"Authorization": "Basic eDp5"},
            {"Authorization": "Bearer x"},
        ):
            async with stranger.get(f"{BASE}/agents", headers=headers) as answer:
                await problem_of(answer, 401)
                assert answer.headers["WWW-Authenticate"] == "Bearer"
        tries = console.house.desk.config.api.wrong_tokens_a_minute
        for _ in range(tries - 1):
            await stranger.get(f"{BASE}/agents", headers={"Authorization": "Bearer guess"})
        async with stranger.get(f"{BASE}/agents", headers={"Authorization": "Bearer guess"}) as answer:
            await problem_of(answer, 429)
        console.house.clock.let_pass(60)
        async with stranger.get(f"{BASE}/agents") as answer:
            await problem_of(answer, 401)


async def test_each_scope_opens_its_own_and_nothing_else(console: ConsoleHouse) -> None:
    for scope in ApiScope:
        async with program(console, await a_token(console, scope.value, frozenset({scope}))) as client:
            for operation in OPERATIONS:
                path = operation.path.replace("{id}", str(console.house.clock.new_id()))
                async with client.get(path) as answer:
                    assert (answer.status == 403) == (operation.scope is not scope), operation.name


async def test_a_token_ends_by_its_time_or_by_hand(console: ConsoleHouse) -> None:
    house = console.house
    token = await a_token(console)
    async with program(console, token) as client:
        await got(client, "/agents")
        await house.do(lambda work: revoke_client(work, house.clock, "bureau", by="admin"))
        house.clock.let_pass(house.desk.config.access.session_looked_up_every_seconds)
        async with client.get(f"{BASE}/agents") as answer:
            await problem_of(answer, 401)
    async with program(console, await a_token(console, "other")) as client:
        await got(client, "/agents")
        house.clock.let_pass(30 * 24 * 3600)
        async with client.get(f"{BASE}/agents") as answer:
            await problem_of(answer, 401)


async def test_who_asks_too_often_waits(console: ConsoleHouse, asks: ClientSession) -> None:
    for _ in range(console.house.desk.config.api.requests_at_once):
        await got(asks, "/agents")
    async with asks.get(f"{BASE}/agents") as answer:
        await problem_of(answer, 429)
        assert answer.headers["Retry-After"] == "1"
    async with program(console, await a_token(console, "patient")) as other:
        await got(other, "/agents")
    console.house.clock.let_pass(1)
    await got(asks, "/agents")


async def test_the_storage_has_no_token(console: ConsoleHouse) -> None:
    token = await a_token(console)
    files = b"".join(file.read_bytes() for file in console.house.desk.config.folder.glob("callcenter.db*"))
    assert token.encode() not in files


# --------------------------------------------------------------------------------------------- faults


async def test_what_does_not_fit_is_told_by_name_without_what_was_sent(asks: ClientSession) -> None:
    for path, name in (
        ("/emergencies?state=asleep", "state"), ("/emergencies?limit=0", "limit"), ("/elders?after=x", "after"),
        ("/calls", "emergency"), ("/agents?x=1", "x"), ("/elders/no-id", "id"), ("/elders?number=1", "number"),
    ):  # fmt: skip
        async with asks.get(f"{BASE}{path}") as answer:
            problem = await problem_of(answer, 422)
            assert [fault["name"] for fault in problem["errors"]] == [name]
            assert "asleep" not in json.dumps(problem)


async def test_what_is_not_there_and_what_cannot_be_done(console: ConsoleHouse, asks: ClientSession) -> None:
    unknown = console.house.clock.new_id()
    for path in (f"/elders/{unknown}", f"/emergencies/{unknown}", f"/calls?emergency={unknown}", "/nothing"):
        async with asks.get(f"{BASE}{path}") as answer:
            await problem_of(answer, 404)
    async with asks.post(f"{BASE}/elders", json={}) as answer:
        await problem_of(answer, 405)


async def test_while_the_database_is_away_the_answer_says_so(house_with: Any) -> None:
    from tests.integration.test_storage_away import locked

    async with house_with(database={"answer_within_seconds": 0.2}) as house, with_console(house) as console:
        token = await a_token(console)
        async with program(console, token) as client:
            await got(client, "/agents")
            with locked(house.desk.config):
                async with client.get(f"{BASE}/elders") as answer:
                    await problem_of(answer, 503)


# ---------------------------------------------------------------------------------------- the document


def references(part: Any) -> Iterator[str]:
    match part:
        case dict():
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for each in part.values():
                yield from references(each)
        case list():
            for each in part:
                yield from references(each)


async def test_the_document_describes_what_is_served_and_nothing_else(console: ConsoleHouse) -> None:
    async with program(console) as stranger, stranger.get(f"{BASE}/openapi.json") as answer:
        served = await answer.json()
    assert served == document() and served["openapi"] == "3.1.0"
    app = {(route.path, route.method) for route in ROUTES}
    paths = {(path, verb.upper()) for path, verbs in served["paths"].items() for verb in verbs}
    assert paths == {(path, method) for path, method in app if path.startswith(f"{BASE}/")} - {
        (f"{BASE}/openapi.json", "GET")
    }
    schemas = served["components"]["schemas"]
    for reference in references(served):
        assert reference.removeprefix("#/components/schemas/") in schemas, reference
    for operation in OPERATIONS:
        described = served["paths"][operation.path]["get"]
        assert {int(status) for status in described["responses"]} == set(statuses(operation))
        assert {each["name"] for each in described["parameters"] if each["in"] == "query"} == set(
            operation.query.model_fields
        )
        assert schemas[operation.result.__name__]["additionalProperties"] is False


# --------------------------------------------------------------------------------- the administrator's page


async def test_a_client_is_added_with_a_token_shown_once_and_revoked_at_once(console: ConsoleHouse) -> None:
    await console.user("admin", UserRole.ADMINISTRATOR)
    async with console.browser("admin") as admin:
        token = await admin.form_token()
        page = await (await admin.post("/admin/clients", form_token=token, name="bureau", agents="1")).text()
        secret = page.partition("<code>")[2].partition("</code>")[0]
        assert len(secret) == 43 and secret not in await (await admin.get("/admin/clients")).text()
        async with program(console, secret) as client:
            await got(client, "/agents")
            async with client.get(f"{BASE}/elders") as answer:
                await problem_of(answer, 403)
            assert "已撤销" in await (await admin.post("/admin/clients", form_token=token, revoke="bureau")).text()
            async with client.get(f"{BASE}/agents") as answer:
                await problem_of(answer, 401)
        for fields, said in (
            ({"name": "bureau", "agents": "1"}, "已用过"), ({"name": "x y", "agents": "1"}, "2至40个"),
            ({"name": "<script>"}, "2至40个"), ({"revoke": "nobody"}, "没有这个客户端"),
        ):  # fmt: skip
            answer = await admin.post("/admin/clients", form_token=token, **fields)
            page = await answer.text()
            assert answer.status == 422 and said in page and "<script>" not in page, fields
