"""升级方案: who is tried next, as it holds now; the form that changes it, and who changed what, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from aiohttp import web

from callcenter.console.house import Visit
from callcenter.domain.ladder import Ladder, Rung, RungKind
from callcenter.domain.ladder_versions import AGENTS_AT_MOST, RUNGS_AT_MOST, WAIT_SECONDS, LadderFault, LadderVersion
from callcenter.errors import (
    ChangedMeanwhile,
    HotlineError,
    LadderFaulty,
    LadderUnknown,
    NotWhileStorageAway,
    ReasonMissing,
    StorageAway,
)
from callcenter.ports.storage import UnitOfWork
from callcenter.services.ladders import LadderChange, change_ladder, names

_HISTORY: Final = 10
_FAULTS: Final = {
    LadderFault.RUNGS: "至少一步，最多八步。",
    LadderFault.WAIT: "每一步等待5至600秒，步骤要从列表中选。",
    LadderFault.AGENTS: "同时振铃1至50人。",
    LadderFault.NO_AGENTS: "必须有全部坐席这一步，重新升级从那里开始。",
    LadderFault.SERVICE_GOES_TO_120: "服务类来电不能升级到联系人或120。",
}
_REFUSALS: Final = {
    LadderUnknown: "没有这个升级方案。",
    ReasonMissing: "请填写原因，1至200个字。",
    ChangedMeanwhile: "刚刚被别人改动，请再试一次。",
    StorageAway: "数据库暂时不可用。",
    NotWhileStorageAway: "数据库暂时不可用。",
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One ladder on the page."""

    ladder: Ladder
    history: tuple[LadderVersion, ...]  #: the newest first
    typed: tuple[tuple[str, str, str], ...]  #: kind, seconds, agents of each row of the form
    why: str = ""

    @property
    def changed(self) -> bool:
        """Against the configuration."""
        return bool(self.history and self.history[0].rungs)


async def ladders(visit: Visit) -> web.StreamResponse:
    return await _shown(visit)


async def change(visit: Visit) -> web.StreamResponse:
    """A refusal is on the page, and what was typed stays."""
    form = await visit.form()
    try:
        await change_ladder(visit.house.desk, _change(form), by=visit.user.name)
    except LadderFaulty as refusal:
        return await _shown(visit, form, [LadderFault(fault) for fault in (refusal.detail or "").split()])
    except tuple(_REFUSALS) as refusal:
        return await _shown(visit, form, refusal=refusal)
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": "/ladders"})


def _change(form: Mapping[str, str]) -> LadderChange:
    """Raises `LadderFaulty` for a row that is none."""
    seen = form.get("seen", "")
    try:
        rungs = () if form.get("do") == "configured" else tuple(_rung(row) for row in _rows(form) if row[0])
        if not rungs and form.get("do") != "configured":
            raise LadderFaulty(LadderFault.RUNGS)
        return LadderChange(
            name=form.get("name", ""), rungs=rungs, why=form.get("why", ""), seen=UUID(seen) if seen else None
        )
    except ValueError as error:
        raise LadderFaulty(LadderFault.WAIT) from error


def _rung(row: tuple[str, str, str]) -> Rung:
    kind, seconds, agents = row
    return Rung(kind=RungKind(kind), wait_seconds=float(seconds), agents=int(agents or "1"))


def _rows(form: Mapping[str, str]) -> list[tuple[str, str, str]]:
    fields = ("kind", "wait", "agents")
    kinds, waits, agents = ([form.get(f"{name}{row}", "") for row in range(RUNGS_AT_MOST)] for name in fields)
    return list(zip(kinds, waits, agents, strict=True))


async def _shown(
    visit: Visit,
    form: Mapping[str, str] | None = None,
    faults: list[LadderFault] | None = None,
    refusal: HotlineError | None = None,
) -> web.Response:
    desk, typed = visit.house.desk, form or {}

    def read(work: UnitOfWork) -> list[Shown]:
        return [_one(desk.ladder(name), tuple(work.ladders.history(name, _HISTORY)), typed) for name in names(desk)]

    said = next((text for kind, text in _REFUSALS.items() if isinstance(refusal, kind)), "")
    return visit.page(
        "ladders.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if faults or refusal else HTTPStatus.OK,
        ladders=await visit.read("ladders", read),
        kinds=list(RungKind),
        faults=[visit.language.t(_FAULTS[fault]) for fault in faults or []],
        refusal=visit.language.t(said) if said else "",
        wait_seconds=WAIT_SECONDS,
        agents_at_most=AGENTS_AT_MOST,
    )


def _one(ladder: Ladder, history: tuple[LadderVersion, ...], typed: Mapping[str, str]) -> Shown:
    if typed.get("name") == ladder.name:
        return Shown(ladder=ladder, history=history, typed=tuple(_rows(typed)), why=typed.get("why", ""))
    rows = [(rung.kind.value, f"{rung.wait_seconds:g}", str(rung.agents)) for rung in ladder.rungs]
    rows += [("", "", "")] * (RUNGS_AT_MOST - len(rows))
    return Shown(ladder=ladder, history=history, typed=tuple(rows))
