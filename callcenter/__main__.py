"""`callcenter` on the command line. No import chooses a Twisted reactor: `run` does, first thing in its child."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb and returns its exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 doctor found faults."""
    from callcenter.app.cli.entry import run

    return run(sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    sys.exit(main())
