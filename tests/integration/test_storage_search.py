"""Elders looked for in the database, on SQLite and on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from callcenter.app.clock import SystemClock
from callcenter.config import Config
from callcenter.config.stories import Hotline
from callcenter.domain.people import Profile
from callcenter.domain.search import Answer, Found, MatchedBy
from callcenter.services.find_elders import wanted_by
from storage.arrival import begun
from storage.database import SqlStorage
from storage.engines import open_engine
from storage.search_words import note_all
from storage.tables import search_words
from tests.integration.people_made_up import a_pager, a_profile, add


async def house(storage: SqlStorage, clock: SystemClock, name: str, **home: str) -> Profile:
    profile = a_profile(clock, name=name, identity_number="")
    profile = replace(profile, household=replace(profile.household, **home))  # type: ignore[arg-type]
    await storage.transact("add", lambda work: add(work, profile), urgent=False)
    return profile


async def find(storage: SqlStorage, typed: str, *, limit: int = 20, skip: int = 0) -> list[Found]:
    wanted = wanted_by(typed, Hotline())
    answer = await storage.look_up(
        "find",
        lambda work: work.search.find(wanted, limit=limit, skip=skip, candidates=1000),
        within_seconds=2.0,
    )
    assert answer.complete
    return list(answer.found)


async def test_an_elder_is_found_in_every_way_and_told_why(storage: SqlStorage, clock: SystemClock) -> None:
    wang = await house(storage, clock, "王秀英", estate="和平里")
    await storage.transact("pager", lambda work: work.people.add_device(a_pager(clock, wang.elder.id)))
    await house(storage, clock, "李四海", estate="和平里", street="王府井大街")
    for typed, by in (
        ("王秀", {MatchedBy.NAME}),
        ("xiuying", {MatchedBy.NAME}),
        ("wxy", {MatchedBy.NAME}),
        ("wang 和平里", {MatchedBy.NAME, MatchedBy.ESTATE}),
        ("hpl 英", {MatchedBy.NAME, MatchedBy.ESTATE}),
        ("wang 1111", {MatchedBy.NAME, MatchedBy.LAST_FOUR}),
        ("13900001111", {MatchedBy.NUMBER}),
    ):
        [found] = [one for one in await find(storage, typed) if one.name == "王秀英"]
        assert (found.elder, set(found.by)) == (wang.elder.id, by), typed
    assert [one.name for one in await find(storage, "wang")] == ["王秀英", "李四海"], "names before streets"
    assert {one.name for one in await find(storage, "2222")} == {"王秀英", "李四海"}, "the contacts' numbers"
    assert [one.name for one in await find(storage, "和平里 wangfujing")] == ["李四海"]
    for nobody in ("zhang", "wang 9999", "和平里 zhang", "%", "_", "'; DROP TABLE elders; --", "13900009999"):
        assert await find(storage, nobody) == [], nobody


async def test_a_new_name_and_a_new_address_are_found_at_once(storage: SqlStorage, clock: SystemClock) -> None:
    profile = await house(storage, clock, "王秀英")

    def change(work: object) -> None:
        people = work.people  # type: ignore[attr-defined]
        people.save_elder(replace(profile.elder, name="单秀英"))
        people.save_household(replace(profile.household, estate="重庆里"))

    await storage.transact("change", change)
    assert await find(storage, "wang") == []
    assert await find(storage, "样板") == []
    assert len(await find(storage, "shan chongqing")) == 1


async def test_pages_hold_everybody_once(storage: SqlStorage, clock: SystemClock) -> None:
    for number in range(7):
        await house(storage, clock, f"王旺{number}", estate="旺园")
    pages = [await find(storage, "wang", limit=3, skip=skip) for skip in (0, 3, 6)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert len({one.elder for page in pages for one in page}) == 7


async def test_those_who_were_there_before_the_words_are_found_after_the_migration(
    storage: SqlStorage, clock: SystemClock, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.search_words._PAGE", 2)
    for name in ("王秀英", "李四海", "单雄", "张示例", "赵示例"):
        await house(storage, clock, name)
    engine = open_engine(config)
    with engine.connect() as connection:
        with begun(connection):
            connection.execute(sa.delete(search_words))
        assert await find(storage, "shan") == []
        with begun(connection):
            note_all(connection)
    engine.dispose()
    for typed in ("wxy", "shan", "李四", "zhao", "ybxq zhang"):
        assert len(await find(storage, typed)) == 1, typed


async def test_the_rarest_word_leads_and_an_answer_says_when_it_is_not_whole(
    storage: SqlStorage, clock: SystemClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.repositories.elder_search._COUNTED", 2)
    for number in range(6):
        await house(storage, clock, f"王旺{number}", estate="旺园")
    await house(storage, clock, "王秀英", estate="和平里")

    async def ask(typed: str, candidates: int) -> Answer:
        wanted = wanted_by(typed, Hotline())
        return await storage.look_up(
            "find",
            lambda work: work.search.find(wanted, limit=20, skip=0, candidates=candidates),
            within_seconds=2.0,
        )

    for typed in ("wang hepingli", "hepingli wang", "wang xiuying"):
        answer = await ask(typed, 3)
        assert (answer.complete, [one.name for one in answer.found]) == (True, ["王秀英"]), typed
    assert not (await ask("wang wangyuan", 3)).complete
    whole = await ask("wang wangyuan", 100)
    assert whole.complete and len(whole.found) == 6
