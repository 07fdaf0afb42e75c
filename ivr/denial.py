"""Whether a word was said or denied: 不用叫救护车 is no call for help, 没人叫救护车 is one."""

from __future__ import annotations

import re

from ivr.intent_words import WordList

#: Before a denial these turn it round (不是没摔倒), or make it a question or a plea (为什么不…, 难道不…).
_TURNING = "不|没|没有|别|甭|未|非|无|不能|不会|不得|不是|难道|怎么|为什么|能|哪能|谁说"
_PARTICLES = "[了吧啊呀呢嘛的]*"


class Denials:
    """The ways to deny of the word list, by name."""

    def __init__(self, words: WordList) -> None:
        between = f"(?:{_any(words.between)})*"
        self._before = {name: re.compile(f"(?P<denial>{_any(said)}){between}$") for name, said in words.denials.items()}
        self._after = {
            name: re.compile(f"[就都也先那]?(?:{_any(said)})[叫来打请送了再]*{_PARTICLES}$")
            for name, said in words.denials_after.items()
        }
        self._turned = re.compile(f"(?:{_TURNING}){between}$")

    def span(self, text: str, start: int, end: int, names: tuple[str, ...]) -> tuple[int, int] | None:
        """What of the text is a denial of `text[start:end]` together with it, or None if nothing denies it.

        A denial that is itself denied, or part of a question (有没有, 要不要), denies nothing.
        """
        for name in names:
            before = self._start(text, start, name)
            if before is not None:
                return before, end
            after = self._after[name].match(text, end) if name in self._after else None
            if after:
                return start, after.end()
        return None

    def _start(self, text: str, start: int, name: str) -> int | None:
        found = self._before[name].search(text[:start])
        if not found:
            return None
        before, denial = text[: found.start()], found["denial"]
        asked = len(denial) > 1 and before.endswith(denial[1])
        return None if asked or self._turned.search(before) else found.start()


def _any(said: tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, said), key=len, reverse=True))
