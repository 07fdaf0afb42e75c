"""Every address of the console × every role, and what a stranger may try at the log-in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from uuid import uuid4

import pytest

from callcenter.console.routes import ROUTES, Route
from callcenter.console.server import open_console_or_none
from callcenter.domain.access import Permission, UserRole, may
from callcenter.services.console_users import set_disabled, set_password
from tests.unit.browser import ORIGIN, PASSWORD, Browser, ConsoleHouse, around, password_hash, with_console
from tests.unit.house import House

ROLES: list[UserRole | None] = [None, *UserRole]
AT_THE_DESK = (UserRole.AGENT, UserRole.SUPERVISOR)


@pytest.fixture
async def console(house: House) -> AsyncIterator[ConsoleHouse]:
    async with with_console(house) as opened:
        yield opened


async def everybody(console: ConsoleHouse) -> None:
    for number, role in enumerate(UserRole, start=1001):
        extension = str(number) if role in AT_THE_DESK else ""
        if extension:
            await console.house.agent(extension)
        await console.user(role.value, role, extension)


async def status(browser: Browser, route: Route) -> int:
    path = re.sub(r"\{\w+\}", str(uuid4()), route.path.replace("{code}", "en"))
    if route.method == "POST":
        signed_in = (await browser.get("/password")).status == 200
        token = await browser.form_token() if signed_in else ""
        if route.upload or route.streamed:
            return (await browser.uploads(path, b"x", form_token=token)).status
        return (await browser.post(path, form_token=token, why="x", name="nobody", password="x")).status
    return (await browser.get(path, Origin=ORIGIN)).status


def _logout_last(route: Route) -> bool:
    return route.path == "/logout"


# --------------------------------------------------------------------------------- who may go where


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_reaches_its_own_pages_and_no_other(console: ConsoleHouse, role: UserRole | None) -> None:
    await everybody(console)
    async with console.browser(role.value if role else "") as browser:
        statuses = {route: await status(browser, route) for route in sorted(ROUTES, key=_logout_last)}
    for route, got in statuses.items():
        if route.operation is not None:
            assert got == 401, "a program's, whoever is signed in"
        elif may(role, route.permission):
            assert got not in (401, 403, 500), (route, got)
        elif role is None and route.method == "GET" and not route.live:
            assert got == 303, (route, got)
        else:
            assert got == (401 if role is None else 403), (route, got)


def test_the_application_serves_the_table_and_nothing_else(console: ConsoleHouse) -> None:
    from callcenter.console.server import console_app

    served = {(route.method, route.resource.canonical) for route in console_app(console.console).router.routes()}
    served = {(method, path) for method, path in served if method != "HEAD"}
    assert served == {(route.method, route.path) for route in ROUTES}


def test_nobody_but_agents_and_supervisors_sees_the_desk_or_a_whole_card() -> None:
    for permission in (Permission.DESK, Permission.ELDERS_WHOLE):
        assert {role for role in UserRole if may(role, permission)} == set(AT_THE_DESK)
    assert {role for role in UserRole if may(role, Permission.SUPERVISE)} == {UserRole.SUPERVISOR}
    assert {role for role in UserRole if may(role, Permission.ADMINISTER)} == {UserRole.ADMINISTRATOR}
    assert not may(UserRole.BUREAU, Permission.ELDERS)
    assert not may(UserRole.ADMINISTRATOR, Permission.EMERGENCIES)


async def test_what_is_not_there_is_a_page_that_says_so(console: ConsoleHouse) -> None:
    async with console.browser() as browser:
        for path in ("/nothing", "/language/fr", "/elders/../desk", "/static/../../config.yaml"):
            assert (await browser.get(path)).status in (303, 404), path


async def test_every_answer_tells_the_browser_to_run_nothing_foreign(console: ConsoleHouse) -> None:
    async with console.browser() as browser:
        for path in ("/login", "/nothing", "/desk"):
            answer = await browser.get(path, **{"X-Forwarded-Proto": "https"})
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'self';") and "unsafe" not in policy
            assert "wss://desk.example" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Strict-Transport-Security"]
        odd = await browser.get("/login", **{"X-Forwarded-Host": "x; script-src *"})
        assert "script-src" not in odd.headers["Content-Security-Policy"]


async def test_calls_need_no_console(house_with: Callable[..., AbstractAsyncContextManager[House]]) -> None:
    """Off, or with a socket that cannot be made: then there is none, and the rest goes on."""
    for section in ({"enabled": False}, {"socket": "callcenter.db/console.sock"}, {"socket": "x" * 120}):
        async with (
            house_with(console=section) as house,
            open_console_or_none(house.desk, around(house)) as console,
        ):
            assert console is None
            await house.elder()
            assert await house.pressed()


# ------------------------------------------------------------------------------------------ sessions


@pytest.fixture
async def agent(console: ConsoleHouse) -> ConsoleHouse:
    await console.house.agent("1001")
    await console.user("li", UserRole.AGENT, "1001")
    return console


async def test_the_cookie_is_for_the_server_alone(agent: ConsoleHouse) -> None:
    async with agent.browser() as browser:
        plain = (await browser.signs_in("li")).headers.getall("Set-Cookie")
        assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in plain)
        assert {cookie.partition("=")[0] for cookie in plain} == {"hotline_session", "phone_ticket"}
    async with agent.browser() as browser:
        secure = await browser.client.post(
            "/login",
            data={"name": "li", "password": PASSWORD},
            headers={"Origin": "https://desk.example", "X-Forwarded-Proto": "https"},
            allow_redirects=False,
        )
        assert all("Secure" in cookie for cookie in secure.headers.getall("Set-Cookie"))


async def test_the_storage_has_no_token_and_no_password(agent: ConsoleHouse) -> None:
    async with agent.browser("li") as browser:
        [token] = [cookie.value for cookie in browser.client.cookie_jar if cookie.key == "hotline_session"]
    files = b"".join(file.read_bytes() for file in agent.house.desk.config.folder.glob("callcenter.db*"))
    assert token.encode() not in files
    assert PASSWORD.encode() not in files


async def test_a_session_that_was_planted_is_worth_nothing_after_the_log_in(agent: ConsoleHouse) -> None:
    async with agent.browser() as browser:
        browser.client.cookie_jar.update_cookies({"hotline_session": "planted"})
        await browser.signs_in("li")
        tokens = [cookie.value for cookie in browser.client.cookie_jar if cookie.key == "hotline_session"]
        assert len(tokens) == 2, "ours stands beside the planted one"
    async with agent.browser() as other:
        other.client.cookie_jar.update_cookies({"hotline_session": "planted"})
        assert (await other.get("/desk")).status == 303


async def test_signing_out_ends_it_for_good(agent: ConsoleHouse) -> None:
    async with agent.browser("li") as browser:
        cookies = {cookie.key: cookie.value for cookie in browser.client.cookie_jar}
        await browser.post("/logout", form_token=await browser.form_token())
        browser.client.cookie_jar.update_cookies(cookies)
        assert (await browser.get("/desk")).status == 303


async def test_it_ends_by_itself_after_a_shift(agent: ConsoleHouse) -> None:
    async with agent.browser("li") as browser:
        agent.house.clock.let_pass(agent.house.desk.config.access.session_seconds - 1)
        assert (await browser.get("/password")).status == 200
        agent.house.clock.let_pass(1)
        assert (await browser.get("/password")).status == 303


@pytest.mark.parametrize("change", ["disabled", "another password"])
async def test_who_is_disabled_or_has_a_new_password_is_out(agent: ConsoleHouse, change: str) -> None:
    clock, storage = agent.house.clock, agent.house.storage
    async with agent.browser("li") as browser:
        if change == "disabled":
            await storage.transact("disable", lambda work: set_disabled(work, clock, "li", disabled=True))
        else:
            await storage.transact("password", lambda work: set_password(work, clock, "li", password_hash()))
        clock.let_pass(agent.house.desk.config.access.session_looked_up_every_seconds)
        assert (await browser.get("/desk")).status == 303
        assert (await browser.signs_in("li")).status == (422 if change == "disabled" else 303)


async def test_a_password_is_changed_by_who_knows_the_old_one(agent: ConsoleHouse) -> None:
    async with agent.browser("li") as browser:
        token = await browser.form_token()
        for old, new, expected in (("wrong", "a newer password", 422), (PASSWORD, "short", 422)):
            assert (await browser.post("/password", form_token=token, old=old, new=new)).status == expected
        done = await browser.post("/password", form_token=token, old=PASSWORD, new="a newer password")
        assert done.status == 303
        assert (await browser.get("/desk")).status == 303
        assert (await browser.signs_in("li")).status == 422
        assert (await browser.signs_in("li", "a newer password")).status == 303


# ------------------------------------------------------------------------------- forms and guessing


async def test_a_form_of_another_site_changes_nothing(agent: ConsoleHouse) -> None:
    async with agent.browser("li") as browser:
        token = await browser.form_token()
        assert (await browser.post("/logout", origin="http://evil.example", form_token=token)).status == 403
        assert (await browser.post("/logout", origin=None, form_token=token)).status == 403
        assert (await browser.post("/logout")).status == 403
        assert (await browser.post("/logout", form_token="0" * 64)).status == 403
        assert (await browser.get("/password")).status == 200
        assert (await browser.post("/logout", form_token=token)).status == 303


async def test_a_body_that_is_none_of_our_forms_is_refused(agent: ConsoleHouse) -> None:
    headers = {"Origin": ORIGIN}
    kinds = {"Content-Type": "application/x-www-form-urlencoded"}
    async with agent.browser("li") as browser:
        for body, more in ((b"{}", {}), (b"\xff\xfe=1", kinds), (b"&".join([b"a=1"] * 200), kinds)):
            answer = await browser.client.post("/login", data=body, headers=headers | more)
            assert answer.status == 403, body[:20]
        large = await browser.client.post("/login", data=b"a" * 100_000, headers=headers | kinds)
        assert large.status == 413


async def test_guessing_ends_after_some_tries_for_the_name_and_for_the_address(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    limits = {"tries": 3, "tries_of_address": 6}
    async with house_with(access=limits) as house, with_console(house) as agent, agent.browser() as browser:
        access = house.desk.config.access
        await agent.house.agent("1001")
        await agent.user("li", UserRole.AGENT, "1001")
        for _ in range(access.tries):
            assert (await browser.signs_in("li", "wrong password")).status == 422
        assert (await browser.signs_in("li", "wrong password")).status == 429
        assert (await browser.signs_in("LI ")).status == 429, "not even with the right one"
        for number in range(access.tries_of_address - access.tries):
            assert (await browser.signs_in(f"nobody{number}", "wrong password")).status == 422
        assert (await browser.signs_in("somebody")).status == 429
        agent.house.clock.let_pass(access.tries_forgotten_after_seconds + 1)
        assert (await browser.signs_in("li")).status == 303


async def test_many_guesses_at_once_are_counted_as_many(agent: ConsoleHouse) -> None:
    async with agent.browser() as browser:
        answers = await asyncio.gather(*(browser.signs_in("li", "wrong password") for _ in range(12)))
        assert sorted(answer.status for answer in answers) == [422] * 5 + [429] * 7


async def test_the_access_log_says_who_signed_in_and_only_grows(agent: ConsoleHouse) -> None:
    async with agent.browser() as browser:
        await browser.signs_in("nobody", "x")
        await browser.signs_in("li")
    lines = await agent.house.do(lambda work: work.access.sign_ins(10))
    assert [(line.name, line.result.value) for line in reversed(lines)] == [
        ("nobody", "tried"),
        ("li", "tried"),
        ("li", "signed_in"),
    ]


async def test_while_the_database_is_away_who_is_in_stays_in_and_nobody_else_enters(
    house_with: Callable[..., AbstractAsyncContextManager[House]],
) -> None:
    from tests.integration.test_storage_away import locked

    async with house_with(database={"answer_within_seconds": 0.2}) as house, with_console(house) as console:
        await house.agent("1001")
        await console.user("li", UserRole.AGENT, "1001")
        async with console.browser("li") as browser, console.browser() as stranger:
            config = replace(house.desk).config
            with locked(config):
                assert (await stranger.signs_in("li")).status == 503
                assert house.storage.away
                house.clock.let_pass(60)
                assert (await browser.get("/desk")).status == 200


# ------------------------------------------------------------------------------------------ language


async def test_the_pages_speak_both_languages_and_the_switch_goes_nowhere_else(console: ConsoleHouse) -> None:
    async with console.browser() as browser:
        assert "用户名" in await (await browser.get("/login")).text()
        switched = await browser.get("/language/en", Referer="http://evil.example//evil.example/login")
        assert switched.headers["Location"] == "/"
        switched = await browser.get("/language/en", Referer=f"{ORIGIN}/login?x=1")
        assert switched.headers["Location"] == "/login"
        page = await (await browser.get("/login")).text()
        assert 'lang="en"' in page and "User name" in page and "用户名" not in page
