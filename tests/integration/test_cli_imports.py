"""What a command loads before it does anything: each runs in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_a_command_imports_nothing_of_another() -> None:
    look = (
        "import sys; from callcenter.app.cli.entry import run; code = run(['--language', 'en', 'config', 'check']);"
        "sys.exit(code or 'callcenter.app.cli.speech' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", look], check=False, cwd=PROJECT).returncode == 0


def test_no_verb_chooses_a_twisted_reactor() -> None:
    look = (
        "import sys; from callcenter.app.cli.entry import parser; parser();"
        "sys.exit('twisted.internet.reactor' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", look], check=False).returncode == 0
