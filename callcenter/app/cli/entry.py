"""From a command line to an exit code."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from callcenter import logs
from callcenter.app.cli import (
    agents,
    config,
    dialplan,
    doctor,
    elders,
    emergencies,
    looks,
    orders,
    prompts,
    service,
    simulate,
    speech,
)
from callcenter.app.cli.command import FAILED, Command, Groups, add_global_options
from callcenter.app.cli.output import Output
from callcenter.config import Logging, load
from callcenter.errors import ConfigurationFaulty, HotlineError
from callcenter.words import Words, load_words

_GROUPS: Final = (
    service, doctor, config, dialplan, elders, agents, emergencies, orders, looks, simulate, prompts, speech,
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Every verb and its options."""
    whole = argparse.ArgumentParser(
        prog="callcenter",
        description="平安热线: the hotline for elders. A red key reaches a human.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 doctor found faults.",
    )
    whole.set_defaults(config=Path("config.yaml"), json=False, language=None, own_logs=False)
    add_global_options(whole)
    groups: Groups = whole.add_subparsers(metavar="COMMAND", required=True)
    for group in _GROUPS:
        group.add_to(groups)
    return whole


def run(arguments: Sequence[str]) -> int:
    """Runs one verb. A `HotlineError` becomes one sentence on standard error and exit code 1; wrong usage ends in 2."""
    options = parser().parse_args(arguments)
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
