"""`callcenter check-ins import FILE|round|end-round`: many elders at once."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from callcenter.app.check_in_verbs import begin_round_of
from callcenter.app.cli.command import DONE, FAILED, Command, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.clock import SystemClock
from callcenter.app.new_people import import_plans_from
from callcenter.app.reach import ask_or
from callcenter.config.check_ins import minute_of
from callcenter.domain.check_ins import Notice
from callcenter.services.extra_round import end_round
from storage.database import open_storage

_WHOLE_FILE_WITHIN_SECONDS: Final = 3600.0
_BAD: Final = (
    Column(fact="row", en="row", zh="行"),
    Column(fact="column", en="column", zh="列"),
    Column(fact="message", en="what is wrong", zh="问题"),
)


def add_verbs(group: Any) -> None:
    importing = add_verb(
        group,
        "import",
        _import,
        "plans from .xlsx or .csv: 身份证号 or 呼叫器账号, 类别, 风险, 频率, 星期, 开始, 结束, 间隔分钟 …",
    )
    importing.add_argument("file", type=Path)
    importing.add_argument("--by", required=True, metavar="NAME")
    beginning = add_verb(group, "round", _round, "关怀外呼: an extra call today for everybody with a plan there")
    beginning.add_argument("--district", default="", help="区; without: everywhere")
    beginning.add_argument("--group", default="", help="独居, 空巢 …; without: everybody")
    beginning.add_argument("--from", dest="begins", required=True, type=minute, metavar="HH:MM")
    beginning.add_argument("--to", dest="ends", required=True, type=minute, metavar="HH:MM")
    ending = add_verb(group, "end-round", _end_round, "nobody else is rung today because of it")
    for verb in (beginning, ending):
        verb.add_argument("--notice", required=True, choices=[each.value for each in Notice])
        verb.add_argument("--by", required=True, metavar="NAME")


async def _round(command: Command) -> int:
    options = command.options
    words = {name: getattr(options, name) for name in ("notice", "district", "group", "begins", "ends", "by")}
    config = command.config

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return await begin_round_of(storage, SystemClock(), config, words)

    answer = await ask_or(config, {"verb": "begin_round", **words}, instead, within_seconds=_WHOLE_FILE_WITHIN_SECONDS)
    command.out.say(answer, f"{answer['elders']} elders", f"{answer['elders']}位老人")
    return DONE


async def _end_round(command: Command) -> int:
    options, config = command.options, command.config

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return {"ended": await end_round(storage, SystemClock(), Notice(options.notice), by=options.by)}

    answer = await ask_or(config, {"verb": "end_round", "notice": options.notice, "by": options.by}, instead)
    command.out.say(answer, f"ended for {answer['ended']} elders", f"已停止，涉及{answer['ended']}位老人")
    return DONE


def minute(text: str) -> int:
    """A time of day, as minutes from midnight."""
    try:
        found = minute_of(text)
    except ValueError:
        found = -1
    if not 0 <= found <= 1440:
        raise argparse.ArgumentTypeError("must be a time of day as in 08:30")
    return found


async def _import(command: Command) -> int:
    options, config = command.options, command.config
    path: Path = options.file.resolve()

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return await import_plans_from(storage, SystemClock(), config, path, by=options.by)

    words = {"verb": "import_plans", "path": str(path), "by": options.by}
    report = await ask_or(config, words, instead, within_seconds=_WHOLE_FILE_WITHIN_SECONDS)
    bad = report["bad"]
    en = f"{report['added']} plans set, {report['unchanged']} unchanged, {len(bad)} faults"
    zh = f"已设方案{report['added']}个，未变{report['unchanged']}个，有误{len(bad)}处"
    command.out.say(report, en, zh)
    if bad and not command.out.as_json:
        command.out.table(_BAD, bad)
    return FAILED if bad else DONE
