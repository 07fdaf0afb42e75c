"""From a command line to an exit code."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from callcenter import logs
from callcenter.app.cli.command import FAILED, Command, Groups, add_global_options
from callcenter.app.cli.output import Output
from callcenter.config import load
from callcenter.config.process import Logging
from callcenter.errors import ConfigurationFaulty, HotlineError
from callcenter.words import Words, load_words

#: Which module knows a command. Together they take a second to import, and each command needs one.
_MODULES: Final = {
    "run": "service", "serve": "service", "door": "service", "demo": "service", "doctor": "doctor", "config": "config",
    "dialplan": "dialplan", "elders": "elders", "agents": "agents", "emergencies": "emergencies", "orders": "orders",
    "check-ins": "check_ins", "report": "report", "roster": "roster", "clients": "clients",
    "looks": "looks", "users": "users", "simulate": "simulate", "prompts": "prompts", "speech": "speech",
}  # fmt: skip


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Every verb and its options, or those of one command alone."""
    whole = argparse.ArgumentParser(
        prog="callcenter",
        description="平安热线: the hotline for elders. A red key reaches a human.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 doctor found faults.",
    )
    whole.set_defaults(config=Path("config.yaml"), json=False, language=None, own_logs=False)
    add_global_options(whole)
    groups: Groups = whole.add_subparsers(metavar="COMMAND", required=True)
    for module in dict.fromkeys(_MODULES.values()) if command is None else [_MODULES[command]]:
        importlib.import_module(f"callcenter.app.cli.{module}").add_to(groups)
    return whole


def run(arguments: Sequence[str]) -> int:
    """Runs one verb. A `HotlineError` becomes one sentence on standard error and exit code 1; wrong usage ends in 2."""
    options = parser(_command(arguments)).parse_args(arguments)
    if not options.own_logs:
        logs.configure(Logging(level="error", format="plain"))
    command = Command(options=options, config_path=options.config, out=_output(options))
    try:
        result = options.verb(command)
        code = result if isinstance(result, int) else asyncio.run(result)
        sys.stdout.flush()
        return int(code)
    except ConfigurationFaulty as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
    except HotlineError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130  # what a shell makes of SIGINT
    except BrokenPipeError:  # `callcenter elders list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


def _command(arguments: Sequence[str]) -> str | None:
    """None if it is not plain which one is meant: then all of them are needed, to help or to say what is wrong."""
    first = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    add_global_options(first)
    first.add_argument("command", nargs="?", choices=_MODULES)
    try:
        known, left = first.parse_known_args(arguments)
    except argparse.ArgumentError:
        return None
    command: str | None = known.command
    return None if {"-h", "--help"} & set(left) else command


def _output(options: argparse.Namespace) -> Output:
    @cache
    def words() -> Words:
        return load_words(load(options.config))

    return Output(as_json=options.json, chinese=_chinese(options.language), words=words)


def _chinese(language: str | None) -> bool:
    """As asked, otherwise as the first of the locale's variables that says something."""
    if language is not None:
        return language == "zh"
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return said.lower().startswith("zh")
