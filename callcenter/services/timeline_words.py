"""The timeline's words as people read them: who it was, and what exactly happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Protocol

from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.emergencies import Step, TimelineEntry
from callcenter.domain.ladder import RungKind
from callcenter.services.timeline import Told

#: What the first word of an entry's detail is a member of.
_DETAIL: Final[Mapping[Step, type[StrEnum]]] = {
    Step.RAISED: Key,
    Step.JOINED_BY_ALARM: Key,
    Step.RUNG_TRIED: RungKind,
    Step.OFFER_ENDED: LegOutcome,
    Step.CALL_BACK_ENDED: LegOutcome,
}
_PHRASES: Final = (
    (re.compile(r"\bround (\d+)"), r"第\1轮"),
    (re.compile(r"\btry (\d+)"), r"第\1次"),
    (re.compile(r"\b(\d+) candidates"), r"\1位"),
    (re.compile(r": nobody free"), "：无人空闲"),
    (re.compile(r"\binvited"), "受邀加入"),
    (re.compile(r"\bcarries on"), "继续处置"),
    (re.compile(r"\btakes over"), "接管"),
    (re.compile(r"\bno number known"), "没有号码"),
    (re.compile(r"\bcall-back"), "回拨"),
    (re.compile(r"\basked for"), "坐席要求"),
    (re.compile(r"\bfound after restart"), "重启后发现"),
    (re.compile(r"\bnot back from hold"), "保持超时未返回"),
    (re.compile(r"\bhanded back"), "交还"),
    (re.compile(r"\btransfer from (\d+)"), r"\1转接"),
)


class Telling(Protocol):
    """In which language."""

    @property
    def chinese(self) -> bool: ...
    def word(self, word: StrEnum) -> str: ...
    def disposition(self, word: str) -> str: ...


def who(telling: Telling, told: Told, who: str) -> str:
    """`agent:1001` → 坐席 王坐席 1001; what is nobody's name is shown as it is."""
    kind, colon, target = who.partition(":")
    name = told.names.get(who, "")
    if not colon:
        return (
            told.names.get(f"agent:{who}", "") + f" {who}"
            if f"agent:{who}" in told.names
            else _in_chinese(telling, who)
        )
    role = telling.word(Role(kind)) if kind in list(Role) else _in_chinese(telling, kind)
    extension = target if kind == Role.AGENT and len(target) < 10 else ""
    return " ".join(part for part in (role, name, extension if name else target) if part)


def detail(telling: Telling, entry: TimelineEntry) -> str:
    """`best_agents: nobody free` → 最合适的坐席：无人空闲."""
    if entry.step is Step.CLOSED:
        return telling.disposition(entry.detail)
    text = entry.detail
    kind = _DETAIL.get(entry.step)
    if kind is not None and (found := re.match(r"\w+", text)) and found[0] in list(kind):
        text = telling.word(kind(found[0])) + text[found.end() :]
    if telling.chinese:
        for pattern, shown in _PHRASES:
            text = pattern.sub(shown, text)
    return text


def _in_chinese(telling: Telling, kind: str) -> str:
    return {"account": "账号", "retention": "保存期限"}.get(kind, kind) if telling.chinese else kind
