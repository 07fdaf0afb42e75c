"""Puts rendered files where Asterisk reads them: each file is either the old one or the new one, never half."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from callcenter.asterisk.render import SECRET_FILES


def install(files: Mapping[str, str], folder: Path) -> list[str]:
    """Writes what differs, removes .conf files that are no longer rendered, and says which names changed.

    Files with secrets are 0600 from their first byte. Asterisk does not notice before it is told to reload.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    changed = []
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            _write(path, text, 0o600 if name in SECRET_FILES else 0o644)
            changed.append(name)
    for stale in sorted(folder.glob("*.conf")):
        if stale.name not in files:
            stale.unlink()
            changed.append(stale.name)
    return changed


def _write(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
