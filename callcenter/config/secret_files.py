"""Secrets: from the environment or a file, never from `config.yaml`; made where they are missing."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from callcenter.errors import ConfigurationFaulty

if TYPE_CHECKING:
    from callcenter.config.whole import Config


def secret(config: Config, path: Path | None, variable: str) -> str:
    """A secret from the environment variable, else from its file. Raises `ConfigurationFaulty`."""
    from_environment = os.environ.get(variable)
    if from_environment:
        return from_environment
    if path is None:
        raise ConfigurationFaulty([f"{variable}: neither set in the environment nor named as a file"])
    try:
        value = config.path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationFaulty([f"{path}: cannot be read: {error.strerror}"]) from error
    if not value:
        raise ConfigurationFaulty([f"{path}: is empty"])
    return value


def make_once(path: Path) -> None:
    """A secret of 192 bits in a file, 0600 from its first byte, durable on return. One that is there is kept."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(24) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(beside, path)  # fails if somebody was first: then theirs stands
    except FileExistsError:
        pass
    finally:
        beside.unlink()
