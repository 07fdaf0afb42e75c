"""`callcenter users add|list|password|disable|enable`."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from callcenter.app.cli.command import DONE, Command, Groups, Verb, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.clock import SystemClock
from callcenter.app.reach import ask_or, read, write
from callcenter.domain.access import User, UserRole
from callcenter.services.console_users import NAME, NewUser, add_user, set_disabled, set_password
from callcenter.services.passwords import Passwords

_MADE_UP_BYTES: Final = 12

_COLUMNS: Final = (
    Column(fact="name", en="user", zh="用户名"),
    Column(fact="shown", en="name", zh="姓名"),
    Column(fact="role", en="role", zh="角色"),
    Column(fact="extension", en="extension", zh="分机"),
    Column(fact="district", en="district", zh="限定区"),
    Column(fact="disabled", en="disabled", zh="停用"),
)


def add_to(groups: Groups) -> None:
    group = add_group(groups, "users", "用户: who may enter the console")
    add = add_verb(group, "add", _add, "adds a user and says a made-up password, once")
    add.add_argument("name", type=_name, help="as typed at the log-in: small letters, digits, dots, dashes")
    add.add_argument("shown", help="the person's name")
    add.add_argument("--role", required=True, choices=[role.value for role in UserRole])
    add.add_argument("--extension", default="", help="of the agent this is, for the desk")
    add.add_argument("--district", default="", help="whose figures alone a user of the bureau sees (all of them)")
    _may_say_password(add)
    add_verb(group, "list", _list, "all users")
    password = add_verb(group, "password", _password, "gives a user a new password; ends the user's sessions")
    password.add_argument("name", type=_name)
    _may_say_password(password)
    for word, disabled in (("disable", True), ("enable", False)):
        verb: Verb = partial(_disable, disabled=disabled)
        add_verb(group, word, verb, f"{word}s a user; ends the user's sessions").add_argument("name", type=_name)


def _may_say_password(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ask", action="store_true", help="reads the password from the terminal or standard input")


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError("a name is 2 to 40 small letters, digits, dots, dashes")
    return text


async def _add(command: Command) -> int:
    options, config = command.options, command.config
    password, hashed = _new_password(command)
    new = NewUser(
        name=options.name,
        shown=options.shown.strip(),
        role=UserRole(options.role),
        password_hash=hashed,
        extension=options.extension,
        district=options.district.strip(),
    )
    words = {
        "verb": "add_user", "name": new.name, "shown": new.shown, "role": new.role.value,
        "password_hash": hashed, "extension": new.extension, "district": new.district,
    }  # fmt: skip

    async def instead() -> Mapping[str, Any]:
        user = await write(config, "add user", lambda work: add_user(work, SystemClock(), new))
        return {"user": user.name}

    await ask_or(config, words, instead)
    _say_password(command, {"user": new.name, "role": new.role}, password)
    return DONE


async def _list(command: Command) -> int:
    users = await read(command.config, lambda work: work.access.users())
    command.out.table(_COLUMNS, [_facts(user) for user in users])
    return DONE


def _facts(user: User) -> dict[str, Any]:
    return {column.fact: getattr(user, column.fact) for column in _COLUMNS}


async def _password(command: Command) -> int:
    config, name = command.config, command.options.name
    password, hashed = _new_password(command)

    async def instead() -> Mapping[str, Any]:
        await write(config, "set password", lambda work: set_password(work, SystemClock(), name, hashed))
        return {"user": name}

    await ask_or(config, {"verb": "set_password", "name": name, "password_hash": hashed}, instead)
    _say_password(command, {"user": name}, password)
    return DONE


async def _disable(command: Command, disabled: bool) -> int:
    config, name = command.config, command.options.name

    async def instead() -> Mapping[str, Any]:
        await write(config, "disable user", lambda work: set_disabled(work, SystemClock(), name, disabled=disabled))
        return {"user": name, "disabled": disabled}

    answer = await ask_or(config, {"verb": "disable_user", "name": name, "disabled": disabled}, instead)
    en, zh = ("disabled", "已停用") if disabled else ("enabled", "已启用")
    command.out.say(answer, f"{name} is {en}", f"{name}：{zh}")
    return DONE


def _new_password(command: Command) -> tuple[str, str]:
    """The password if it was made up here, else ""; and its hash. Raises `PasswordTooShort`."""
    made_up = "" if command.options.ask else secrets.token_urlsafe(_MADE_UP_BYTES)
    passwords = Passwords(command.config.access)
    try:
        return made_up, passwords.hashed_now(made_up or _typed())
    finally:
        passwords.close()


def _typed() -> str:
    return getpass.getpass("password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _say_password(command: Command, facts: Mapping[str, Any], made_up: str) -> None:
    name = facts["user"]
    if made_up:
        command.out.say(
            {**facts, "password": made_up},
            f"{name} has the password {made_up} (said only now)",
            f"{name} 的密码：{made_up}（只显示这一次）",
        )
    else:
        command.out.say(facts, f"{name} has the password that was typed", f"{name} 的密码已设为所输入的密码")
