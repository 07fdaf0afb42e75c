"""An emergency's timeline as people read it: when, how long after the press, what, who."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from callcenter.app.cli.output import Output, aligned, local
from callcenter.app.timeline import Told
from callcenter.domain.calls import Key, LegOutcome, Role
from callcenter.domain.emergencies import Attended, Closed, Step, TimelineEntry, state_of
from callcenter.domain.ladder import RungKind

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
    (re.compile(r"\bno number known"), "没有号码"),
    (re.compile(r"\bcall-back"), "回拨"),
    (re.compile(r"\bfound after restart"), "重启后发现"),
)


def show(out: Output, told: Told) -> None:
    """The head and the timeline, or the same facts as JSON."""
    if out.as_json:
        out.say(facts(told), "", "")
        return
    print(_head(out, told))
    rows = [
        (
            local(entry.at),
            f"{told.since_start(entry).total_seconds():+8.1f} s",
            out.cell(entry.step),
            _who(out, told, entry.who),
            _detail(out, entry),
        )
        for entry in told.entries
    ]
    for line in aligned(rows):
        print(line)
    if told.transcript:
        print(out.text("What the ears understood of her words:", "语音识别的老人原话（仅供参考）："))
    for sentence in told.transcript:
        print(f"{local(sentence.at)}  {sentence.words}")


def facts(told: Told) -> dict[str, Any]:
    """Ids, words and times, as `--json` gives them."""
    emergency = told.emergency
    closed = emergency if isinstance(emergency, Closed) else None
    return {
        "id": emergency.id,
        "state": state_of(emergency),
        "key": emergency.key,
        "opened_at": emergency.opened_at,
        "elder": {"id": emergency.elder, "name": told.elder} if emergency.elder else None,
        "account": emergency.account,
        "presses": emergency.presses,
        "owner": emergency.owner if isinstance(emergency, Attended) else None,
        "closed_at": closed and closed.closed_at,
        "closed_by": closed and closed.closed_by,
        "disposition": closed and closed.disposition,
        "note": closed and closed.note,
        "timeline": [
            {
                "at": entry.at,
                "seconds": round(told.since_start(entry).total_seconds(), 3),
                "step": entry.step,
                "who": entry.who,
                "name": told.names.get(entry.who, ""),
                "detail": entry.detail,
            }
            for entry in told.entries
        ],
        "transcript": [
            {"at": sentence.at, "call": sentence.uniqueid, "words": sentence.words, "confidence": sentence.confidence}
            for sentence in told.transcript
        ],
    }


def _head(out: Output, told: Told) -> str:
    emergency = told.emergency
    parts = [str(emergency.id), out.cell(emergency.key), out.cell(state_of(emergency))]
    parts.append(told.elder or out.text("unknown caller", "身份不明"))
    if isinstance(emergency, Closed):
        parts.append(out.disposition(emergency.disposition))
        parts += [emergency.note] if emergency.note else []
    return "  ".join(parts)


def _who(out: Output, told: Told, who: str) -> str:
    """`agent:1001` → 坐席 王坐席 1001; what is nobody's name is shown as it is."""
    kind, colon, target = who.partition(":")
    name = told.names.get(who, "")
    if not colon:
        return told.names.get(f"agent:{who}", "") + f" {who}" if f"agent:{who}" in told.names else who
    role = out.cell(Role(kind)) if kind in list(Role) else out.text(kind, {"account": "账号"}.get(kind, kind))
    extension = target if kind == Role.AGENT and len(target) < 10 else ""
    return " ".join(part for part in (role, name, extension if name else target) if part)


def _detail(out: Output, entry: TimelineEntry) -> str:
    if entry.step is Step.CLOSED:
        return out.disposition(entry.detail)
    text = entry.detail
    kind = _DETAIL.get(entry.step)
    if kind is not None and (found := re.match(r"\w+", text)) and found[0] in list(kind):
        text = out.cell(kind(found[0])) + text[found.end() :]
    if out.chinese:
        for pattern, shown in _PHRASES:
            text = pattern.sub(shown, text)
    return text
