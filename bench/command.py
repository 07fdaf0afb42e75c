"""What the parts of the bench have in common as commands: `--quick`, `--json`, and 1 for a limit that is missed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NoReturn, TypeVar

import structlog

R = TypeVar("R", bound=Any)


def run(
    doc: str | None,
    measure: Callable[[bool], list[R]],
    table: Callable[[list[R]], str],
    complaints: Callable[[list[R]], list[str]],
) -> NoReturn:
    """Measures, prints rows (dataclasses) as a table or as JSON, and what limit each of them misses on stderr."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    measured = measure(options.quick)
    print(json.dumps([asdict(row) for row in measured], indent=2) if options.json else table(measured))
    missed = complaints(measured)
    for complaint in missed:
        print(complaint, file=sys.stderr)
    sys.exit(1 if missed else 0)
