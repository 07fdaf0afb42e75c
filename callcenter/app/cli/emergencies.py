"""`callcenter emergencies list|show|close|reopen|call-back`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from callcenter.app.ask_service import ask_service
from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.looking import add_look_options, note
from callcenter.app.cli.offline_desk import offline_desk
from callcenter.app.cli.output import Column
from callcenter.app.cli.story import show
from callcenter.app.reach import ask_or, read
from callcenter.domain.emergencies import Attended, Closed, Emergency, State, state_of
from callcenter.domain.looks import Seen
from callcenter.errors import DispositionUnknown, EmergencyAmbiguous, EmergencyUnknown
from callcenter.ports.storage import UnitOfWork
from callcenter.services.close_emergency import close_emergency
from callcenter.services.timeline import tell

#: So many of the newest are searched for the beginning of an id.
_SEARCHED: Final = 10_000

_COLUMNS: Final = (
    Column(fact="id", en="id", zh="编号"),
    Column(fact="opened_at", en="opened", zh="报警时间"),
    Column(fact="state", en="state", zh="状态"),
    Column(fact="key", en="key", zh="来源"),
    Column(fact="elder", en="elder", zh="老人"),
    Column(fact="account", en="account", zh="账号"),
    Column(fact="presses", en="presses", zh="按键次数"),
    Column(fact="owner", en="with", zh="接警"),
    Column(fact="disposition_shown", en="disposition", zh="处置结果"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "emergencies", "警情")
    listing = add_verb(group, "list", _list, "the newest first")
    listing.add_argument("--state", choices=[state.value for state in State])
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")
    add_look_options(listing)
    showing = add_verb(group, "show", _show, "what happened, step by step")
    showing.add_argument("id", help="the id, or as much of its beginning as no other has")
    add_look_options(showing)
    closing = add_verb(group, "close", _close, "结案: the only thing that ends an emergency")
    closing.add_argument("id", help="the id, or as much of its beginning as no other has")
    closing.add_argument("--disposition", required=True, metavar="WORD", help="a word or digit of `dispositions`")
    closing.add_argument("--by", required=True, metavar="NAME", help="who decides, e.g. an agent's extension")
    closing.add_argument("--note", default="", help="at most 500 letters are kept")
    opening = add_verb(group, "reopen", _reopen, "重新打开: it waits again; the running service does it")
    opening.add_argument("id", help="the id, or as much of its beginning as no other has")
    opening.add_argument("--by", required=True, metavar="NAME", help="who decides, e.g. an agent's extension")
    opening.add_argument("--why", required=True, metavar="TEXT")
    opening.add_argument("--agent", default="", metavar="EXTENSION", help="whose telephone rings (the ladder's first)")
    opening.add_argument("--call-back", action="store_true", help="she is rung when somebody is in her room")
    ringing = add_verb(group, "call-back", _call_back, "回拨: she is rung and brought together with the agent")
    ringing.add_argument("id", help="the id, or as much of its beginning as no other has")
    ringing.add_argument("--agent", required=True, metavar="EXTENSION", help="who speaks with her")


async def _list(command: Command) -> int:
    state = State(command.options.state) if command.options.state else None
    limit = max(1, command.options.limit)

    def look(work: UnitOfWork) -> list[dict[str, Any]]:
        return [_facts(command, work, emergency) for emergency in work.emergencies.recent(limit, state)]

    await note(command, Seen.LIST)
    rows = await read(command.config, look)
    if command.out.as_json:
        rows = [{fact: value for fact, value in row.items() if fact != "disposition_shown"} for row in rows]
    command.out.table(_COLUMNS, rows)
    return DONE


def _facts(command: Command, work: UnitOfWork, emergency: Emergency) -> dict[str, Any]:
    profile = work.people.profile(emergency.elder) if emergency.elder else None
    disposition = emergency.disposition if isinstance(emergency, Closed) else ""
    return {
        "id": emergency.id,
        "opened_at": emergency.opened_at,
        "state": state_of(emergency),
        "key": emergency.key,
        "elder": profile.elder.name if profile else "",
        "account": emergency.account,
        "presses": emergency.presses,
        "owner": emergency.owner if isinstance(emergency, Attended) else "",
        "disposition": disposition,
        "disposition_shown": command.out.disposition(disposition) if disposition else "",
    }


async def _show(command: Command) -> int:
    id_ = await read(command.config, lambda work: find(work, command.options.id))
    await note(command, Seen.TIMELINE, emergency=id_)
    told = await read(command.config, lambda work: tell(work, id_))
    if told is None:
        raise EmergencyUnknown(command.options.id)
    show(command.out, told)
    return DONE


async def _close(command: Command) -> int:
    options, config = command.options, command.config
    if options.disposition not in {*config.dispositions, *config.dispositions.values()}:
        raise DispositionUnknown(f"{options.disposition}; known: {', '.join(config.dispositions.values())}")
    id_ = await read(config, lambda work: find(work, options.id))
    words = {
        "verb": "close", "emergency": str(id_), "by": options.by,
        "disposition": options.disposition, "note": options.note,
    }  # fmt: skip

    async def instead() -> Mapping[str, Any]:
        async with offline_desk(config) as desk:
            closed = await close_emergency(
                desk, id_, by=options.by, disposition=options.disposition, note=options.note[:500]
            )
        return {"emergency": str(closed.id), "disposition": closed.disposition}

    answer = await ask_or(config, words, instead)
    shown = command.out.disposition(str(answer["disposition"]))
    command.out.say(answer, f"{id_} is closed: {shown}", f"{id_} 已结案：{shown}")
    return DONE


async def _reopen(command: Command) -> int:
    options, config = command.options, command.config
    id_ = await read(config, lambda work: find(work, options.id))
    answer = await ask_service(
        config,
        verb="reopen",
        emergency=str(id_),
        by=options.by,
        why=options.why,
        agent=options.agent,
        call_back=options.call_back,
    )
    command.out.say(answer, f"{id_} waits again", f"{id_} 已重新打开")
    return DONE


async def _call_back(command: Command) -> int:
    id_ = await read(command.config, lambda work: find(work, command.options.id))
    answer = await ask_service(command.config, verb="call_back", emergency=str(id_), agent=command.options.agent)
    command.out.say(answer, f"{id_}: she is being rung back", f"{id_} 正在回拨")
    return DONE


def find(work: UnitOfWork, beginning: str) -> UUID:
    """The emergency whose id begins so. Raises `EmergencyUnknown` and `EmergencyAmbiguous`."""
    try:
        return UUID(beginning)
    except ValueError:
        pass
    wanted = beginning.lower()
    found = [emergency.id for emergency in work.emergencies.recent(_SEARCHED) if str(emergency.id).startswith(wanted)]
    if not wanted or not found:
        raise EmergencyUnknown(beginning[:40])
    if len(found) > 1:
        raise EmergencyAmbiguous(f"{beginning[:40]}: {len(found)} of them")
    return found[0]
