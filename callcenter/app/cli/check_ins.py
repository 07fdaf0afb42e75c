"""`callcenter check-ins plan|end|today|board|show|call|hold|resume|accept|arrived|found`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from callcenter.app.check_in_verbs import check_in_verbs
from callcenter.app.cli import check_in_lists
from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.looking import add_look_options, note
from callcenter.app.cli.output import Column
from callcenter.app.clock import SystemClock
from callcenter.app.reach import ask_or, read
from callcenter.domain.check_ins import AfterLast, CheckIn, Confirmation, Frequency, Risk
from callcenter.domain.dial_hours import day_of
from callcenter.domain.looks import Seen
from callcenter.domain.visits import Found, VisitTask
from callcenter.ports.storage import UnitOfWork
from storage.database import open_storage

_ROWS_AT_MOST: Final = 10_000

_DAY: Final = (
    Column(fact="elder", en="elder", zh="老人"),
    Column(fact="id", en="elder's id", zh="老人编号"),
    Column(fact="state", en="state", zh="状态"),
    Column(fact="outcome", en="outcome", zh="结果"),
    Column(fact="tries", en="attempts", zh="次数"),
    Column(fact="due_at", en="next step", zh="下一步"),
    Column(fact="settled_by", en="settled by", zh="依据"),
)
_CALENDAR: Final = (Column(fact="day", en="day", zh="日期"), *_DAY[2:])
_DOORS: Final = (
    Column(fact="visit", en="visit", zh="上门编号"),
    Column(fact="elder", en="elder", zh="老人"),
    Column(fact="address", en="address", zh="地址"),
    Column(fact="outcome", en="because of", zh="原因"),
    Column(fact="overdue_at", en="overdue at", zh="应完成"),
    Column(fact="accepted_by", en="accepted by", zh="接单人"),
    Column(fact="arrived_at", en="arrived", zh="到达"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "check-ins", "平安问候")
    planning = add_verb(group, "plan", _plan, "her plan from now on")
    planning.add_argument("elder", type=UUID, help="the elder's id")
    planning.add_argument("--from", dest="begins", required=True, type=check_in_lists.minute, metavar="HH:MM")
    planning.add_argument("--to", dest="ends", required=True, type=check_in_lists.minute, metavar="HH:MM")
    planning.add_argument(
        "--every",
        choices=[each.value for each in Frequency],
        default="week",
        help="of a month or quarter: its first week",
    )
    planning.add_argument(
        "--risk", choices=[each.value for each in Risk], default="general", help="the higher, the earlier in the window"
    )
    planning.add_argument("--days", type=_days, default="1234567", help="1 (Monday) to 7, as in 135")
    planning.add_argument(
        "--minutes", type=_offsets, default="0,10,30", help="of each attempt, from the first (0,10,30)"
    )
    planning.add_argument("--group", default="", help="独居, 空巢, 留守, 失能 …")
    planning.add_argument("--confirmation", choices=[each.value for each in Confirmation], default="either")
    planning.add_argument(
        "--after-last", choices=[each.value for each in AfterLast], default=AfterLast.CONTACTS_THEN_VISIT.value
    )
    check_in_lists.add_verbs(group)
    ending = add_verb(
        group, "end", _end, "no more calls: she asked for it and a human has confirmed it, or she is gone"
    )
    ending.add_argument("elder", type=UUID)
    add_look_options(add_verb(group, "today", _today, "每一位: everybody who is due today"))
    add_look_options(add_verb(group, "board", _board, "今日看板: how many, who needs a human, which doors to knock on"))
    showing = add_verb(group, "show", _show, "her last days")
    showing.add_argument("elder", type=UUID)
    add_look_options(showing)
    calling = add_verb(group, "call", _call, "what is due of her today is due now")
    calling.add_argument("elder", type=UUID)
    holding = add_verb(group, "hold", _hold, "请假")
    holding.add_argument("elder", type=UUID)
    holding.add_argument("--from", dest="begins", type=date.fromisoformat, metavar="DATE", help="today, if left out")
    holding.add_argument(
        "--returns",
        type=date.fromisoformat,
        metavar="DATE",
        help="called again from this day on; without: until resumed",
    )
    holding.add_argument("--reason", required=True)
    holding.add_argument("--by", required=True, metavar="NAME")
    resuming = add_verb(group, "resume", _resume, "ends her absence")
    resuming.add_argument("elder", type=UUID)
    resuming.add_argument("--by", required=True, metavar="NAME")
    for step, verb, help_ in (
        ("accept", _accept, "接单: somebody goes there"),
        ("arrived", _arrived, "到达"),
        ("found", _found, "办结: what was found, the only way to close a visit"),
    ):
        visiting = add_verb(group, step, verb, help_)
        visiting.add_argument("visit", type=UUID, help="as the board shows it")
        visiting.add_argument("--by", required=True, metavar="NAME")
        if step == "found":
            visiting.add_argument("--what", required=True, choices=[each.value for each in Found])
            visiting.add_argument("--note", default="")


async def _plan(command: Command) -> int:
    options = command.options
    words = {
        "elder": str(options.elder),
        "begins": options.begins,
        "ends": options.ends,
        "every": options.every,
        "risk": options.risk,
        "days": options.days,
        "offsets_seconds": options.minutes,
        "group": options.group,
        "confirmation": options.confirmation,
        "after_last": options.after_last,
    }
    return await _change(command, "check_in_plan", words, "planned", "已设方案")


async def _end(command: Command) -> int:
    return await _change(command, "check_in_end", {"elder": str(command.options.elder)}, "ended", "已停止问候")


async def _call(command: Command) -> int:
    return await _change(command, "check_in_call", {"elder": str(command.options.elder)}, "due now", "现在拨打")


async def _hold(command: Command) -> int:
    options = command.options
    days = {name: value.isoformat() for name in ("begins", "returns") if (value := getattr(options, name))}
    words = {"elder": str(options.elder), "reason": options.reason, "by": options.by, **days}
    return await _change(command, "check_in_hold", words, "on leave", "已请假")


async def _resume(command: Command) -> int:
    words = {"elder": str(command.options.elder), "by": command.options.by}
    return await _change(command, "check_in_resume", words, "called again", "已恢复问候")


async def _accept(command: Command) -> int:
    return await _visit(command, {"step": "accept"})


async def _arrived(command: Command) -> int:
    return await _visit(command, {"step": "arrived"})


async def _found(command: Command) -> int:
    return await _visit(command, {"step": "found", "found": command.options.what, "note": command.options.note})


async def _visit(command: Command, step: Mapping[str, Any]) -> int:
    words = {"visit": str(command.options.visit), "by": command.options.by, **step}
    return await _change(command, "check_in_visit", words, "noted", "已登记")


async def _change(command: Command, verb: str, words: Mapping[str, Any], en: str, zh: str) -> int:
    config = command.config

    async def instead() -> Mapping[str, Any]:
        clock = SystemClock()
        async with open_storage(config, clock) as storage:
            return await check_in_verbs(storage, clock, config)[verb](words)

    answer = await ask_or(config, {"verb": verb, **words}, instead)
    command.out.say(answer, en, zh)
    return DONE


async def _today(command: Command) -> int:
    await note(command, Seen.LIST)
    day = day_of(SystemClock().now())
    rows = await read(
        command.config,
        lambda work: [_row(work, each) for each in work.check_ins.of_day(day, _ROWS_AT_MOST)],
    )
    command.out.table(_DAY, rows)
    return DONE


async def _board(command: Command) -> int:
    await note(command, Seen.LIST)
    day = day_of(SystemClock().now())

    def look(work: UnitOfWork) -> tuple[Counter[str], list[dict[str, Any]]]:
        states = Counter(_place(each) for each in work.check_ins.of_day(day, _ROWS_AT_MOST))
        return states, [_door(work, visit) for visit in work.visits.open(_ROWS_AT_MOST)]

    states, doors = await read(command.config, look)
    out = command.out
    if out.as_json:
        out.say({"day": day, "states": dict(states), "visits": doors}, "", "")
        return DONE
    shown = ", ".join(f"{name} {count}" for name, count in sorted(states.items())) or "-"
    out.say({}, f"{day}: {shown}", f"{day}：{shown}")
    out.table(_DOORS, doors)
    return DONE


async def _show(command: Command) -> int:
    elder = command.options.elder
    await note(command, Seen.PROFILE, elder=elder)
    rows = await read(command.config, lambda work: [_row(work, each) for each in work.check_ins.of_elder(elder, 31)])
    command.out.table(_CALENDAR, rows)
    return DONE


def _place(check_in: CheckIn) -> str:
    """Where it stands on the board: its state, or what it was settled with."""
    return str(check_in.state if check_in.open else check_in.outcome or check_in.settled_by)


def _row(work: UnitOfWork, check_in: CheckIn) -> dict[str, Any]:
    profile = work.people.profile(check_in.elder)
    return {
        "elder": profile.elder.name if profile else "",
        "id": check_in.elder,
        "day": check_in.day,
        "state": check_in.state,
        "outcome": check_in.outcome,
        "tries": check_in.tries,
        "due_at": check_in.due_at,
        "settled_by": check_in.settled_by,
    }


def _door(work: UnitOfWork, visit: VisitTask) -> dict[str, Any]:
    profile, check_in = work.people.profile(visit.elder), work.check_ins.get(visit.check_in)
    return {
        "visit": visit.id,
        "elder": profile.elder.name if profile else "",
        "address": profile.address if profile else "",
        "outcome": check_in.outcome if check_in else None,
        "overdue_at": visit.overdue_at,
        "accepted_by": visit.accepted_by,
        "arrived_at": visit.arrived_at,
    }


def _days(text: str) -> list[int]:
    if not text or set(text) - set("1234567"):
        raise argparse.ArgumentTypeError("must be days as in 135")
    return [int(day) for day in text]


def _offsets(text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.isdigit() and len(part) <= 4 for part in parts):
        raise argparse.ArgumentTypeError("must be minutes as in 0,10,30")
    return [int(part) * 60 for part in parts]
