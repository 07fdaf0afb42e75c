"""An emergency's timeline as people read it: when, how long after the press, what, who."""

from __future__ import annotations

from typing import Any

from callcenter.app.cli.output import Output, aligned, local
from callcenter.domain.emergencies import Attended, Closed, state_of
from callcenter.services.timeline import Told
from callcenter.services.timeline_words import detail, who


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
            who(out, told, entry.who),
            detail(out, entry),
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
