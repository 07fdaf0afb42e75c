"""From a file to a configuration: every fault with its path, all in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from callcenter.config.whole import Config
from callcenter.errors import ConfigurationFaulty


class _KeysOnce(yaml.SafeLoader):
    """YAML keeps the last of two equal keys without a word: a second `dispatch:` would undo the first."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise ValueError(f"line {key.start_mark.line + 1}: {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: Path) -> Config:
    """Reads and checks the whole file. Raises `ConfigurationFaulty` with every fault and its path."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationFaulty([f"{path}: cannot be read: {error}"]) from error
    try:
        data = yaml.load(text, Loader=_KeysOnce) or {}  # noqa: S506, a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationFaulty([f"{path}: not YAML: {' '.join(str(error).split())}"]) from error
    return check(data, path.resolve().parent)


def check(data: Any, folder: Path) -> Config:
    """The same for data that is already parsed."""
    if not isinstance(data, dict):
        raise ConfigurationFaulty([f"the file must hold sections, found {type(data).__name__}"])
    if "folder" in data:
        raise ConfigurationFaulty(["folder: not a setting"])
    try:
        return Config(**{_shown(key): value for key, value in data.items()}, folder=folder)
    except ValidationError as error:
        raise ConfigurationFaulty([_fault(e) for e in error.errors()]) from error


def _fault(error: Any) -> str:
    where = ".".join(_shown(part) for part in error["loc"]) or "config"
    if error["type"] == "extra_forbidden":
        return f"{where}: no such setting"
    found = error.get("input")
    shown = "" if isinstance(found, (dict, list, tuple)) or found is None else f", found {_shown(found)!r}"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}{shown}"


def _shown(found: object) -> str:
    """At most 60 characters on one line, printable whatever was found."""
    try:
        text = str(found)[:60]
    except ValueError:  # Python will not write an integer of thousands of digits
        return "a number of thousands of digits"
    return text if text.isprintable() else ascii(text)
