"""What the pages say, in 中文 or English. The texts in the code are 中文; English is in `locale/en`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from callcenter.words import LOCAL_ZONE, Words

CHINESE: Final = "zh"
ENGLISH: Final = "en"
_CATALOGUES: Final = Path(__file__).parent / "locale" / ENGLISH  #: a .po file for each matter
_LOCALES: Final = {CHINESE: "zh_CN", ENGLISH: "en_GB"}


class Language:
    """One of the two, and what a template may ask of it."""

    def __init__(self, code: str, texts: Mapping[str, str], words: Words) -> None:
        self.code = code
        self.html = {CHINESE: "zh-CN", ENGLISH: "en"}[code]  #: of the lang attribute
        self._texts = texts
        self._words = words

    @property
    def chinese(self) -> bool:
        return self.code == CHINESE

    def t(self, text: str, **values: object) -> str:
        """A text of the pages, which stands in the code in 中文; `values` fill its braces."""
        found = self._texts.get(text, text)
        return found.format(**values) if values else found

    def word(self, word: StrEnum) -> str:
        """Of an enumeration."""
        return self._words.of(word) if self.chinese else word.value.replace("_", " ")

    def disposition(self, word: str) -> str:
        return self._words.disposition(word) if self.chinese else word.replace("_", " ")

    def checklist(self, item: str) -> str:
        return self._words.checklist(item) if self.chinese else item.replace("_", " ")

    def moment(self, at: datetime | None) -> str:
        """To the second, where the elders live; "" for none."""
        if at is None:
            return ""
        return format_datetime(at, "yyyy-MM-dd HH:mm:ss", tzinfo=LOCAL_ZONE, locale=_LOCALES[self.code])

    def minute(self, at: datetime | None) -> str:
        """With its day; "" for none."""
        return self.moment(at)[:-3]

    def time(self, at: datetime | None) -> str:
        """To the minute, of a day that is named already; "" for none."""
        return format_datetime(at, "HH:mm", tzinfo=LOCAL_ZONE, locale=_LOCALES[self.code]) if at else ""

    def day(self, day: date | None) -> str:
        return format_date(day, "long", locale=_LOCALES[self.code]) if day else ""


class Languages:
    """Both, read once."""

    def __init__(self, words: Words) -> None:
        english = english_texts()
        self._known = {CHINESE: Language(CHINESE, {}, words), ENGLISH: Language(ENGLISH, english, words)}

    def named(self, code: str | None) -> Language:
        """中文 for a code that is none of ours."""
        return self._known.get(code or CHINESE, self._known[CHINESE])

    def known(self, code: str) -> bool:
        return code in self._known


@cache
def english_texts() -> Mapping[str, str]:
    """Read once a process. Of all catalogues. A text that stands in two is meant to read the same in both."""
    texts: dict[str, str] = {}
    for path in sorted(_CATALOGUES.glob("*.po")):
        texts |= read_catalogue(path)
    return texts


def read_catalogue(path: Path) -> dict[str, str]:
    """Text in the code → text in this catalogue's language. What nobody has translated is left out."""
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
