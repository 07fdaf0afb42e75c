"""`callcenter simulate …`: calls as elders make them, into the running Asterisk, labelled as tests."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Final

from callcenter.app.cli.command import DONE, FAILED, Command, Groups, add_group, add_verb
from callcenter.app.cli.output import Column
from callcenter.app.simulate import Caller, accounts_of_a_district, any_account, place, refuse_if_real
from callcenter.domain.calls import Key

_COLUMNS: Final = (
    Column(fact="test", en="test", zh="测试"),
    Column(fact="key", en="key", zh="来源"),
    Column(fact="account", en="account", zh="账号"),
    Column(fact="uniqueid", en="call", zh="通话"),
    Column(fact="emergency", en="emergency", zh="警情"),
)
#: Nobody's: a number that no elder has.
_STRANGER: Final = "13900009999"
_CUT_AFTER_SECONDS: Final = 1


def add_to(groups: Groups) -> None:
    group = add_group(groups, "simulate", "测试: calls as elders make them; never while dispatch.live is true")
    for name, key, help_ in (
        ("red-key", Key.RED, "somebody presses the red key and talks"),
        ("green-key", Key.GREEN, "somebody presses the green key and talks"),
    ):
        _add(group, name, Caller(key=key), help_)
    _add(group, "silent", Caller(talks=False), "somebody presses the red key and lies silent")
    _add(group, "cut", Caller(stays_seconds=_CUT_AFTER_SECONDS), "somebody presses the red key and is cut off")
    wrong = add_verb(group, "wrong-number", _wrong_number, "a stranger dials the hotline and hangs up")
    _add_common(wrong, 8)
    power_cut = add_verb(group, "power-cut", _power_cut, "N red keys of one district within seconds")
    power_cut.add_argument("number", type=_number, metavar="N")
    power_cut.add_argument("--district", default="", help="otherwise the one with most devices")
    power_cut.add_argument("--within", type=float, default=3.0, metavar="SECONDS")
    _add_common(power_cut, 120)


def _add(group: Groups, name: str, caller: Caller, help_: str) -> None:
    verb = add_verb(group, name, partial(_press, caller=caller), help_)
    verb.add_argument("--account", default="", help="whose device; otherwise the first that somebody holds")
    _add_common(verb, caller.stays_seconds)


def _add_common(verb: argparse.ArgumentParser, seconds: int) -> None:
    verb.add_argument(
        "--seconds", type=_number, default=seconds, metavar="N", help=f"once answered, until they hang up ({seconds})"
    )
    verb.add_argument(
        "--ring-real-telephones", action="store_true", help="a trunk is configured, and contacts may really be rung"
    )


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3600:
        raise argparse.ArgumentTypeError("a number from 1 to 3600")
    return int(text)


async def _press(command: Command, caller: Caller) -> int:
    _refuse(command)
    options = command.options
    account = options.account or await any_account(command.config)
    pressed = Caller(account=account, key=caller.key, number=account, talks=caller.talks, stays_seconds=options.seconds)
    return await _place(command, [pressed])


async def _wrong_number(command: Command) -> int:
    _refuse(command)
    dialled = next(iter(command.config.hotline.landline_numbers), "") or command.config.hotline.caller_number
    stranger = Caller(key=Key.LANDLINE, number=_STRANGER, dialled=dialled, stays_seconds=command.options.seconds)
    return await _place(command, [stranger])


async def _power_cut(command: Command) -> int:
    _refuse(command)
    options = command.options
    accounts = await accounts_of_a_district(command.config, options.number, options.district)
    callers = [Caller(account=account, number=account, stays_seconds=options.seconds) for account in accounts]
    return await _place(command, callers, within_seconds=max(0.0, options.within))


def _refuse(command: Command) -> None:
    refuse_if_real(command.config, trunks_meant=command.options.ring_real_telephones)


async def _place(command: Command, callers: Sequence[Caller], *, within_seconds: float = 0.0) -> int:
    placed = await place(command.config, callers, within_seconds=within_seconds)
    command.out.table(
        _COLUMNS,
        [
            {
                "test": True,
                "key": one.caller.key,
                "account": one.caller.account,
                "uniqueid": one.uniqueid,
                "emergency": one.emergency,
            }
            for one in placed
        ],
    )
    failed = sum(one.failed for one in placed)
    waiting = sum(one.emergency is None and not one.failed for one in placed)
    if failed:
        command.out.note(f"{failed} could not be placed: see Asterisk's log", f"{failed}个未能呼出：见 Asterisk 日志")
    if waiting:
        command.out.note(
            f"{waiting} not recorded: the fallback has them; they become emergencies when the service is back",
            f"{waiting}个尚未立案：由后备流程接听，服务恢复后会成为警情",
        )
    command.out.note(
        "These are tests. End each with: callcenter emergencies close ID --disposition test_call --by NAME",
        "以上均为测试。请逐个结案：callcenter emergencies close 编号 --disposition test_call --by 姓名",
    )
    return FAILED if failed or waiting else DONE
