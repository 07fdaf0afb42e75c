"""What a verb gets, and the exit codes it may give back."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeAlias

from callcenter.app.cli.output import Output
from callcenter.config import Config, load

Groups: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

DONE: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
FAULTS_FOUND: Final = 3


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command line, taken apart. `config` is read when it is first asked for."""

    options: argparse.Namespace
    config_path: Path
    out: Output

    @cached_property
    def config(self) -> Config:
        """Raises `ConfigurationFaulty`."""
        return load(self.config_path)


Verb = Callable[[Command], int | Coroutine[Any, Any, int]]


def add_verb(group: Groups, name: str, verb: Verb, help_: str) -> argparse.ArgumentParser:
    """A parser for one verb; it knows the global options too, so that they may stand at the end."""
    parser = group.add_parser(name, help=help_, description=help_, parents=[global_options()])
    parser.set_defaults(verb=verb)
    return parser


def add_group(groups: Groups, name: str, help_: str) -> Groups:
    """A word that needs a verb after it, as in `agents list`."""
    parser = groups.add_parser(name, help=help_, description=help_)
    return parser.add_subparsers(metavar="VERB", required=True)


def global_options() -> argparse.ArgumentParser:
    """Options of every verb. Without defaults: those are the main parser's."""
    options = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    add_global_options(options)
    return options


def add_global_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="the configuration (config.yaml)")
    parser.add_argument("--json", action="store_true", help="the same facts for machines, on standard output")
    parser.add_argument("--language", choices=("zh", "en"), help="of what is printed; otherwise as LANG says")
