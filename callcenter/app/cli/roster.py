"""`callcenter roster list|now|add|cancel`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from callcenter.app.cli.command import DONE, FAULTS_FOUND, Command, Groups, add_group, add_verb
from callcenter.app.cli.looking import add_look_options, look_words
from callcenter.app.cli.output import Column
from callcenter.app.clock import SystemClock
from callcenter.app.reach import ask_or, read
from callcenter.app.roster_verbs import roster_verbs
from callcenter.domain.people import Agent
from callcenter.domain.shifts import RosterNow, Shift
from callcenter.ports.storage import UnitOfWork
from callcenter.services.roster import read_roster
from callcenter.words import LOCAL_ZONE
from storage.database import open_storage

_LISTED_DAYS: Final = 14

_COLUMNS: Final = (
    Column(fact="begins_at", en="from", zh="开始"),
    Column(fact="ends_at", en="to", zh="结束"),
    Column(fact="extension", en="extension", zh="分机"),
    Column(fact="name", en="name", zh="姓名"),
    Column(fact="set_by", en="set by", zh="排班人"),
    Column(fact="id", en="shift", zh="班次"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "roster", "排班: who is to answer when")
    add_verb(group, "list", _list, f"the shifts of the next {_LISTED_DAYS} days")
    add_verb(group, "now", _now, "what is wrong with the roster now; exit code 3 if anything is")
    add = add_verb(group, "add", _add, "adds a shift, or the same hours on several days in a row")
    add.add_argument("extension")
    add.add_argument("begins_at", type=_moment, metavar="FROM", help="as in 2026-11-23T08:00, local time")
    add.add_argument("ends_at", type=_moment, metavar="TO")
    add.add_argument("--days", type=int, default=1)
    add_look_options(add)
    cancel = add_verb(group, "cancel", _cancel, "cancels a shift; it stays in the records")
    cancel.add_argument("shift", type=UUID, help="as `roster list` shows it")
    add_look_options(cancel)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a time is written as in 2026-11-23T08:00") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=LOCAL_ZONE)


async def _list(command: Command) -> int:
    now = SystemClock().now()

    def look(work: UnitOfWork) -> tuple[list[Shift], list[Agent]]:
        return work.shifts.between(now, now + timedelta(days=_LISTED_DAYS)), work.agents.all()

    shifts, agents = await read(command.config, look)
    by_id = {agent.id: agent for agent in agents}
    command.out.table(_COLUMNS, [_facts(shift, by_id[shift.agent]) for shift in shifts])
    return DONE


def _facts(shift: Shift, agent: Agent) -> dict[str, Any]:
    return {
        "id": shift.id,
        "begins_at": shift.begins_at,
        "ends_at": shift.ends_at,
        "extension": agent.extension,
        "name": agent.name,
        "set_by": shift.set_by,
    }


async def _now(command: Command) -> int:
    now, limits = SystemClock().now(), command.config.supervision

    def look(work: UnitOfWork) -> tuple[RosterNow, dict[UUID, str]]:
        return read_roster(work, now, limits), {agent.id: agent.extension for agent in work.agents.all()}

    roster, extensions = await read(command.config, look)
    out = command.out
    alarms = [out.word(alarm) for alarm in roster.alarms]
    absent = ", ".join(extensions[agent] for agent in roster.absent) or "-"
    out.say(
        {
            "rostered": [extensions[agent] for agent in roster.rostered],
            "absent": [extensions[agent] for agent in roster.absent],
            "there": roster.there,
            "gap_at": roster.gap_at,
            "alarms": list(roster.alarms),
        },
        f"rostered {len(roster.rostered)}, logged in {roster.there}, absent {absent}: "
        f"{'; '.join(alarms) or 'all well'}",
        f"排班{len(roster.rostered)}人，在线{roster.there}人，未上线 {absent}：{'；'.join(alarms) or '正常'}",
    )
    return FAULTS_FOUND if roster.alarms else DONE


async def _add(command: Command) -> int:
    options = command.options
    words = {
        "extension": options.extension,
        "begins_at": options.begins_at.isoformat(),
        "ends_at": options.ends_at.isoformat(),
        "days": options.days,
        "by": look_words(command)["who"],
    }
    answer = await _change(command, "roster_add", words)
    count = len(answer["shifts"])
    command.out.say(answer, f"{count} added", f"已添加{count}个班次")
    return DONE


async def _cancel(command: Command) -> int:
    words = {"shift": str(command.options.shift), "by": look_words(command)["who"]}
    answer = await _change(command, "roster_cancel", words)
    command.out.say(answer, "cancelled", "已取消")
    return DONE


async def _change(command: Command, verb: str, words: Mapping[str, Any]) -> Mapping[str, Any]:
    config = command.config

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return await roster_verbs(storage, SystemClock(), config)[verb](words)

    return await ask_or(config, {"verb": verb, **words}, instead)
