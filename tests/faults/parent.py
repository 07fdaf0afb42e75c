"""`python -m tests.faults.parent CONFIG`: the watching parent of `callcenter run`; the Asterisk runs already."""

from __future__ import annotations

import sys
from pathlib import Path

from callcenter import logs
from callcenter.app.run import beside, command
from callcenter.app.watchdog import watch
from callcenter.config import load

if __name__ == "__main__":
    path = Path(sys.argv[1])
    config = load(path)
    logs.configure(config.logging)
    sys.exit(watch(command("serve", path), config.watchdog, beside(config, path)))
