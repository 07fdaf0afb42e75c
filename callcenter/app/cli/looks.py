"""`callcenter looks list`: who looked at what about an elder, when and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from callcenter.app.cli.command import DONE, Command, Groups, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.reach import read

_COLUMNS: Final = (
    Column(fact="at", en="when", zh="时间"),
    Column(fact="who", en="who", zh="查看人"),
    Column(fact="what", en="what", zh="内容"),
    Column(fact="elder", en="elder", zh="老人"),
    Column(fact="emergency", en="emergency", zh="警情"),
    Column(fact="why", en="why", zh="原因"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "looks", "查看记录")
    listing = add_verb(group, "list", _list, "who looked at what, when and why; the newest first")
    listing.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many (50)")


async def _list(command: Command) -> int:
    looks = await read(command.config, lambda work: work.looks.recent(max(1, command.options.limit)))
    command.out.table(_COLUMNS, [asdict(look) for look in looks])
    return DONE
