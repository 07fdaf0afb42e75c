"""查找老人: one box for name, pinyin, initials, number, last four digits, street and estate. Nothing that is sealed."""

from __future__ import annotations

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.console.looking import note
from callcenter.domain.looks import Seen
from callcenter.domain.search import Answer
from callcenter.services.find_elders import TYPED_AT_MOST, WORDS_AT_MOST, wanted_by


async def search(visit: Visit) -> web.StreamResponse:
    """`?q=`, and `page=` from 1; nothing sought shows nothing."""
    settings = visit.house.desk.config.access
    sought = visit.request.query.get("q", "").strip()[:TYPED_AT_MOST]
    page, last = _page_number(visit), settings.rows_at_most // settings.search_rows
    page = min(page, last)
    answer = Answer(found=(), complete=True)
    fault = ""
    if sought:
        try:
            wanted = wanted_by(sought, visit.house.desk.config.hotline)
        except ValueError:
            fault = visit.language.t("最多{words}个词。", words=WORDS_AT_MOST)
        else:
            await note(visit, Seen.LIST, why="search of elders")
            answer = await visit.read(
                "search",
                lambda work: work.search.find(
                    wanted,
                    limit=settings.search_rows + 1,
                    skip=(page - 1) * settings.search_rows,
                    candidates=settings.search_candidates,
                ),
            )
    found = answer.found
    more = len(found) > settings.search_rows
    return visit.page(
        "elders.html",
        sought=sought,
        longest=TYPED_AT_MOST,
        fault=fault,
        found=found[: settings.search_rows],
        page=page,
        following=page + 1 if more and page < last else None,
        too_many=(more and page == last) or not answer.complete,
        today=visit.house.desk.clock.now().date(),
    )


def _page_number(visit: Visit) -> int:
    """1 for what is none."""
    text = visit.request.query.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 5 else 1
