"""A folder for a house, gone afterwards unless somebody wants to read what happened in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import PREFIX


@contextmanager
def folder_for_a_house() -> Iterator[Path]:
    """Short: the control socket's path has 107 characters at most. `CC_KEEP` keeps logs and recordings."""
    if not (PREFIX / "bin/asterisk").exists():
        pytest.skip("no private Asterisk in var/asterisk: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="cf-"))
    try:
        yield folder
    finally:
        if not os.environ.get("CC_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
