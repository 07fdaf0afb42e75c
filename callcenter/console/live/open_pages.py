"""Which desks are open: one for each agent, since only one may ring. And which have been gone for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(eq=False, kw_only=True)
class OpenPage:
    """`leave` is called, once, when another page takes its place or the server ends."""

    extension: str
    leave: Callable[[str], None]


@dataclass(kw_only=True)
class OpenPages:
    """At most `at_most` of them. `gone` is told of agents whose page has not come back for `gone_after_seconds`."""

    at_most: int
    gone_after_seconds: float
    gone: Callable[[tuple[str, ...]], object]
    _open: dict[str, OpenPage] = field(default_factory=dict)
    _gone: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    _expected: asyncio.TimerHandle | None = None

    @property
    def full(self) -> bool:
        return len(self._open) >= self.at_most

    def enter(self, page: OpenPage) -> None:
        """The page that was opened last has the desk; the one before is told to leave."""
        if (timer := self._gone.pop(page.extension, None)) is not None:
            timer.cancel()
        before = self._open.pop(page.extension, None)
        self._open[page.extension] = page
        if before is not None:
            before.leave("replaced")

    def end(self, extension: str, why: str) -> None:
        """The page of this agent, if there is one, is told to leave."""
        page = self._open.pop(extension, None)
        if page is not None:
            page.leave(why)

    def left(self, page: OpenPage) -> None:
        if self._open.get(page.extension) is page:
            del self._open[page.extension]
            later = asyncio.get_running_loop().call_later
            self._gone[page.extension] = later(self.gone_after_seconds, self._is_gone, page.extension)

    def expect(self, extensions: Iterable[str]) -> None:
        """At the start: whose page may have been open before, and is not back in time, is gone as well. Once."""
        expected = tuple(extensions)
        self._expected = asyncio.get_running_loop().call_later(
            self.gone_after_seconds, lambda: self.gone(tuple(each for each in expected if each not in self._open))
        )

    def close(self) -> None:
        for timer in (*self._gone.values(), *([self._expected] if self._expected else [])):
            timer.cancel()
        self._gone.clear()
        for page in list(self._open.values()):
            page.leave("closing")

    def _is_gone(self, extension: str) -> None:
        del self._gone[extension]
        self.gone((extension,))
