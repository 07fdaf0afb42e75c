"""The words of the code as people read them: 中文 for timelines, tables and the desk, from `prompts/words.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty

#: Emergencies happen where the elders live.
LOCAL_ZONE: Final = ZoneInfo("Asia/Shanghai")


class Words:
    """What to show for a word. One that nobody has translated is shown as it is."""

    def __init__(self, groups: Mapping[str, Mapping[str, str]]) -> None:
        self._groups = groups

    def of(self, word: StrEnum) -> str:
        """Of a member of one of our enumerations, e.g. `Step.CLAIMED` → 接警."""
        return self._of(re.sub(r"(?<!^)(?=[A-Z])", "_", type(word).__name__).lower(), word.value)

    def disposition(self, word: str) -> str:
        return self._of("disposition", word)

    def checklist(self, item: str) -> str:
        """Of an item that `records.checklists` names."""
        return self._of("checklist", item)

    def _of(self, group: str, word: str) -> str:
        return self._groups.get(group, {}).get(word, word)


def load_words(config: Config) -> Words:
    """From `words.yaml` beside the prompts. Raises `ConfigurationFaulty`."""
    path = config.path(config.voice.prompts).with_name("words.yaml")
    data = load_yaml(path)
    groups: dict[str, dict[str, str]] = {}
    for name, group in data.items():
        if not isinstance(group, dict):
            raise ConfigurationFaulty([f"{path}: {name}: must hold words, found {type(group).__name__}"])
        groups[str(name)] = {str(word): str(shown) for word, shown in group.items()}
    return Words(groups)


def load_yaml(path: Path) -> dict[object, object]:
    """A YAML file that holds names. Raises `ConfigurationFaulty`."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationFaulty([f"{path}: cannot be read: {error}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigurationFaulty([f"{path}: not YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(data, dict):
        raise ConfigurationFaulty([f"{path}: must hold names, found {type(data).__name__}"])
    return data
