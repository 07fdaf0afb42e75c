"""`callcenter elders import|export|add|list`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from callcenter.app.cli.command import DONE, FAILED, Command, Groups, add_group, add_verb
from callcenter.app.cli.looking import add_look_options, look_words, note, user_of_machine
from callcenter.app.cli.output import Column
from callcenter.app.cli.telephones import let_register
from callcenter.app.clock import SystemClock
from callcenter.app.new_people import export_to, import_from, import_one
from callcenter.app.reach import ask_or, read
from callcenter.domain.looks import Seen
from callcenter.errors import LookNotNoted, NotWhileStorageAway
from callcenter.ports.storage import UnitOfWork
from callcenter.services.elder_columns import COLUMN_BY_KEY, COLUMNS
from callcenter.services.note_look import note_look
from storage.database import open_storage

#: Half a million rows take in this much and less.
_WHOLE_FILE_WITHIN_SECONDS: Final = 3600.0
_GIVEN: Final = tuple(column for column in COLUMNS if column.key != "name")
_BAD_COLUMNS: Final = (
    Column(fact="row", en="row", zh="行"),
    Column(fact="column", en="column", zh="列"),
    Column(fact="message", en="what is wrong", zh="问题"),
)
_COLUMNS: Final = (
    Column(fact="id", en="id", zh="编号"),
    Column(fact="name", en="name", zh="姓名"),
    Column(fact="age", en="age", zh="年龄"),
    Column(fact="district", en="district", zh="区"),
    Column(fact="street", en="street", zh="街道"),
    Column(fact="estate", en="estate", zh="小区"),
    Column(fact="accounts", en="devices", zh="设备账号"),
    Column(fact="contacts", en="contacts", zh="联系人"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "elders", "老人")
    importing = add_verb(group, "import", _import, "takes in a list; doing it twice changes nothing")
    importing.add_argument("file", type=Path, help=".xlsx or .csv; the first row has the headings of `elders export`")
    exporting = add_verb(group, "export", _export, "writes all of them, illness and numbers too, for the owner's eyes")
    exporting.add_argument("file", type=Path, help=".xlsx or .csv that is not there yet")
    add_look_options(exporting)
    adding = add_verb(group, "add", _add, "takes in one; again with the same number or account: changes her")
    adding.add_argument("name")
    for column in _GIVEN:
        adding.add_argument(
            f"--{column.key.replace('_', '-')}", metavar="TEXT", help=column.headings[0], dest=column.key
        )
    listing = add_verb(group, "list", _list, "who they are and what they hold; no illness, no address, no number")
    listing.add_argument("--limit", type=int, default=100, metavar="N", help="at most so many (100)")
    listing.add_argument("--after", type=UUID, metavar="ID", help="the page after this one")
    add_look_options(listing)


async def _import(command: Command) -> int:
    path, config, by = command.options.file.resolve(), command.config, user_of_machine()

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return await import_from(storage, SystemClock(), config, path, by=by)

    report = await ask_or(
        config,
        {"verb": "import_elders", "path": str(path), "by": by},
        instead,
        within_seconds=_WHOLE_FILE_WITHIN_SECONDS,
    )
    return await _tell(command, report)


async def _add(command: Command) -> int:
    options, config = command.options, command.config
    cells = {column.key: getattr(options, column.key) for column in _GIVEN if getattr(options, column.key) is not None}
    cells["name"] = options.name
    by = user_of_machine()

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            return await import_one(storage, SystemClock(), config, cells, by=by)

    return await _tell(command, await ask_or(config, {"verb": "add_elder", "cells": cells, "by": by}, instead))


async def _tell(command: Command, report: Mapping[str, Any]) -> int:
    """What went in, then every row that did not; exit code 1 if there is one."""
    out, bad = command.out, report["bad"]
    if out.as_json:
        out.say(report, "", "")
    else:
        numbers = [report[word] for word in ("added", "updated", "unchanged")]
        en = "{} added, {} updated, {} unchanged, {} bad rows".format(*numbers, len(bad))
        zh = "新增{}人，更新{}人，未变{}人，有误{}行".format(*numbers, len(bad))
        out.say(report, en, zh)
        if bad:
            out.table(_BAD_COLUMNS, [row | {"column": _heading(command, row["column"])} for row in bad])
    if report["added"] or report["updated"]:
        await let_register(command)
    return FAILED if bad else DONE


def _heading(command: Command, key: str) -> str:
    column = COLUMN_BY_KEY.get(key)
    return command.out.text(key, column.headings[0]) if column else key


async def _export(command: Command) -> int:
    path, config, look = command.options.file.resolve(), command.config, look_words(command)

    async def instead() -> Mapping[str, Any]:
        async with open_storage(config, SystemClock()) as storage:
            await note_look(storage, SystemClock(), who=look["who"], what=Seen.EXPORT, why=look["why"])
            return await export_to(storage, SystemClock(), path)

    words = {"verb": "export_elders", "path": str(path), **look}
    try:
        answer = await ask_or(config, words, instead, within_seconds=_WHOLE_FILE_WITHIN_SECONDS)
    except NotWhileStorageAway as error:
        raise LookNotNoted(str(error)) from error
    count = answer["elders"]
    command.out.say(
        {"file": str(path), "elders": count}, f"{count} elders written to {path}", f"已导出{count}位老人：{path}"
    )
    return DONE


async def _list(command: Command) -> int:
    options = command.options
    await note(command, Seen.LIST)
    rows = await read(command.config, lambda work: _page(work, options.after, max(1, options.limit)))
    command.out.table(_COLUMNS, rows)
    return DONE


def _page(work: UnitOfWork, after: UUID | None, limit: int) -> list[dict[str, Any]]:
    now = SystemClock().now()
    rows = []
    for id_ in work.people.ids_after(after, limit):
        profile = work.people.profile(id_)
        if profile is None:
            continue
        rows.append(
            {
                "id": id_,
                "name": profile.elder.name,
                "age": profile.age(now.date()),
                "district": profile.household.district,
                "street": profile.household.street,
                "estate": profile.household.estate,
                "accounts": [device.account for device in work.people.devices(id_, now) if device.account],
                "contacts": len(profile.contacts),
            }
        )
    return rows
