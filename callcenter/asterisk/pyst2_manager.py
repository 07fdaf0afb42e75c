"""pyst2's `Manager` as the vocabulary of one connection, without its socket, its queues and its three threads.

Every verb of pyst2 (`login`, `ping`, `redirect`, `dbput` …) builds a dict and returns what `send_action` returns. Here
`send_action` returns a future, so each verb can be awaited, many may be in flight, and each gets its own answer.
What pyst2 0.5.1 does instead, and why none of it is used, stands in docs/decisions/0001.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from asterisk.manager import Manager

from callcenter.asterisk.wire import Message, encode
from callcenter.errors import ActionRefused, AsteriskAway

Fields = Mapping[str, str | Sequence[str]]
Answer = asyncio.Future[Message]


class Pyst2Manager(Manager):  # type: ignore[misc]
    """The actions of one connection and who waits for which answer. Make a new one for every connection."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        """`super().__init__` is left out: it makes threads and queues that nothing here starts or reads."""
        self._write = write
        self._numbers = itertools.count(1)
        self._waiting: dict[str, Answer] = {}
        self._over = False

    def __del__(self) -> None:
        """pyst2 logs off here, which may block the collecting thread for ever."""

    def connected(self) -> bool:
        return not self._over

    def send_action(self, cdict: Fields | None = None, **fields: Any) -> Answer:
        """Sends at once and returns the future answer: a `Message`, or `AsteriskAway` when the connection ends first.

        An `ActionID` given by the caller is kept. Raises `ActionRefused` for a value that cannot be sent safely or an
        id that is in flight already, `AsteriskAway` when the connection has ended.
        """
        if self._over:
            raise AsteriskAway("the connection has ended")
        action: dict[str, str | Sequence[str]] = {**(cdict or {}), **fields}
        action_id = str(action.setdefault("ActionID", f"cc-{next(self._numbers)}"))
        if action_id in self._waiting:
            raise ActionRefused("an action with this id is in flight")
        packet = encode(action)
        answer = self._waiting[action_id] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda _: self._waiting.pop(action_id, None))
        self._write(packet)
        return answer

    def login(self, username: str, secret: str) -> Answer:
        """pyst2's own looks into the answer before it can be awaited."""
        return self.send_action(Action="Login", Username=username, Secret=secret)

    def answered(self, response: Message) -> None:
        """Hands a response to whoever waits for it; one that nobody waits for any more is dropped."""
        answer = self._waiting.get(response.get("ActionID", ""))
        if answer is not None and not answer.done():
            answer.set_result(response)

    def close(self) -> None:
        """Whoever still waits gets `AsteriskAway`."""
        self._over = True
        for answer in list(self._waiting.values()):
            if not answer.done():
                answer.set_exception(AsteriskAway("the connection ended before the answer"))
                answer.exception()  # whoever asked may have been cancelled
