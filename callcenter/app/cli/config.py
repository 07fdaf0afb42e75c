"""`callcenter config check|show`."""

from __future__ import annotations

import sys

import yaml

from callcenter.app.cli.command import DONE, FAILED, Command, Groups, add_group, add_verb
from callcenter.errors import ConfigurationFaulty


def add_to(groups: Groups) -> None:
    group = add_group(groups, "config", "the configuration file")
    add_verb(group, "check", _check, "says every fault with its path, all in one go")
    add_verb(group, "show", _show, "every setting as it is in force, defaults too; secrets are never in it")


def _check(command: Command) -> int:
    path = command.config_path
    try:
        config = command.config
    except ConfigurationFaulty as error:
        if not command.out.as_json:
            raise
        command.out.say({"file": str(path), "faults": error.faults}, "", "")
        return FAILED
    sqlite = config.database.url.startswith("sqlite")
    notes = [command.out.text(en, zh) for en, zh in _notes(sqlite=sqlite, live=config.dispatch.live)]
    command.out.say({"file": str(path), "faults": [], "notes": notes}, f"{path}: no faults", f"{path}：没有错误")
    if not command.out.as_json:
        for note in notes:
            print(note, file=sys.stderr)
    return DONE


def _notes(*, sqlite: bool, live: bool) -> list[tuple[str, str]]:
    """What is right, but should be known."""
    notes = []
    if sqlite:
        notes.append(
            (
                "SQLite: one node, one process that writes; a second node or scheduler needs PostgreSQL and Redis",
                "SQLite：只能有一个节点、一个写入进程；第二个节点或调度进程需要 PostgreSQL 和 Redis",
            )
        )
    if live:
        notes.append(("dispatch.live is true: the real 120 is rung", "dispatch.live 为 true：会真正拨打120"))
    return notes


def _show(command: Command) -> int:
    settings = command.config.model_dump(mode="json")
    shown = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False, width=120).rstrip()
    command.out.say(settings, shown, shown)
    return DONE
