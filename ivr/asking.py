"""One question by ears: their worker plays it over the caller's own sound and listens meanwhile."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from callcenter.ports.story_call import Heard, Question


class Hearing(Protocol):
    """A question that a worker is ready for. Leaving it calls the question off, if it has not ended."""

    @property
    def sound(self) -> str:
        """Where the caller's sound goes: the options of Asterisk's AudioSocket, `uuid,host:port`."""

    @property
    def at_most_seconds(self) -> float:
        """So long after its sound is joined the worker has closed the connection."""

    async def heard(self) -> Heard:
        """To be asked once the sound has ended. Bounded; raises `EarsAway` when the worker went without a word."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Ears(Protocol):
    """Who can listen to a question."""

    async def expect(self, question: Question) -> Hearing:
        """Asks the least busy worker to play and listen. Bounded; raises `EarsAway` when none is there or all are full.

        Whoever is not there is not waited for.
        """
