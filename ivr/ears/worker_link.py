"""The service's connection to one worker: kept up, beaten, and lost at once when the worker goes silent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import ConnectError
from twisted.internet.protocol import connectionDone
from twisted.protocols.amp import AMP, AmpError, Command
from twisted.python.failure import Failure

from callcenter.config.speech import EarsWorker, Speech
from callcenter.errors import EarsAway
from callcenter.ports.speech import Said
from callcenter.ports.story_call import Ending, Heard
from callcenter.reactor import as_future
from ivr.ears.commands import Beat, Cancel, Ended, Expect, Final, Partial, Refusal

log = structlog.get_logger()

#: Told what was heard of one stream; None when its worker is lost.
Hear = Callable[[Said | Heard | None], None]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """How a worker is, as it answered the last beat."""

    streams: int = 0  #: listened to, or expected
    room: int = 0  #: for so many more; 0 also while it is away
    lag_seconds: float = 0.0  #: sound that waits to be decoded
    model: bool = False


class WorkerLink:
    """Connects when `keep_up` runs, and again every `speech.reconnect_every_seconds`. Loses nobody's call."""

    def __init__(self, worker: EarsWorker, config: Speech, reactor: Any) -> None:
        self.worker = worker
        self.condition = Condition()
        self._config = config
        self._reactor = reactor
        self._protocol: _Conversation | None = None
        self._streams: dict[UUID, Hear] = {}
        self._answered_at = 0.0

    @property
    def up(self) -> bool:
        """Whether it answers."""
        return self._protocol is not None

    @property
    def ready(self) -> bool:
        """Whether it could take one more stream, as far as it is known."""
        return self.up and self.condition.model and self.condition.room > 0

    @property
    def full(self) -> bool:
        """Whether it listens to as many as it can."""
        return self.up and self.condition.model and self.condition.room == 0

    async def keep_up(self) -> None:
        """Until it is cancelled."""
        known_away = False
        while True:
            try:
                await self._stay(await self._open())
                known_away = False
            except EarsAway as away:
                if not known_away:
                    log.warning("ears_away", worker=self.worker.name, why=away.detail)
                known_away = True
            await asyncio.sleep(self._config.reconnect_every_seconds)

    async def expect(self, stream: UUID, hear: Hear, **question: Any) -> None:
        """`question` holds the other fields of `Expect`. From now on `hear` is told of it, in the loop.

        Bounded by `speech.reply_within_seconds`. Raises `EarsAway` when the worker refuses or does not answer.
        """
        self._streams[stream] = hear
        accepted = False
        try:
            answer = await self._ask(Expect, uuid=stream, **question)
            accepted = answer["accepted"]
            if not accepted:
                raise EarsAway(str(answer["why"] or Refusal.UNUSABLE))
        finally:
            if not accepted:
                self.call_off(stream)

    def call_off(self, stream: UUID) -> None:
        """It is no longer wanted. One that has ended is no error. Does not wait."""
        if self._streams.pop(stream, None) is not None and self._protocol is not None:
            self._protocol.say(Cancel, uuid=stream).addErrback(_forget)

    # ------------------------------------------------------------------------- told by the conversation

    def heard(self, stream: UUID, what: Said | Heard) -> None:
        hear = self._streams.pop(stream, None) if isinstance(what, Heard) else self._streams.get(stream)
        if hear is not None:
            hear(what)

    def _ended(self) -> None:
        """Every stream is lost with the connection."""
        self._protocol = None
        self.condition = Condition()
        streams, self._streams = self._streams, {}
        for hear in streams.values():
            hear(None)

    # --------------------------------------------------------------------------------- the connection

    async def _open(self) -> _Conversation:
        control = self.worker.control
        endpoint = TCP4ClientEndpoint(
            self._reactor, control.host, control.port, timeout=self._config.reply_within_seconds
        )
        conversation = _Conversation(self)
        try:
            await as_future(connectProtocol(endpoint, conversation))  # type: ignore[no-untyped-call]
        except ConnectError as error:
            raise EarsAway(type(error).__name__) from error
        return conversation

    async def _stay(self, conversation: _Conversation) -> None:
        """Beats until the connection is lost, or no beat was answered for `speech.beat_lost_after_seconds`."""
        self._protocol = conversation
        loop = asyncio.get_running_loop()
        self._answered_at = loop.time()
        log.info("ears_up", worker=self.worker.name)
        try:
            while not conversation.lost.is_set():
                if loop.time() - self._answered_at > self._config.beat_lost_after_seconds:
                    raise EarsAway("it does not answer")
                conversation.say(Beat).addCallbacks(self._beaten, _forget)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._config.beat_seconds):
                        await conversation.lost.wait()
            raise EarsAway("it closed the connection")
        finally:
            self._ended()
            conversation.hang_up()

    def _beaten(self, answer: dict[str, Any]) -> None:
        self._answered_at = asyncio.get_running_loop().time()
        self.condition = Condition(
            streams=answer["streams"],
            room=answer["room"],
            lag_seconds=answer["lag_ms"] / 1000,
            model=answer["model"],
        )

    async def _ask(self, command: type[Command], **fields: Any) -> dict[str, Any]:
        if self._protocol is None:
            raise EarsAway(f"{self.worker.name} is away")
        try:
            async with asyncio.timeout(self._config.reply_within_seconds):
                return await as_future(self._protocol.say(command, **fields))
        except TimeoutError as error:
            raise EarsAway(f"{self.worker.name} does not answer in time") from error
        except (AmpError, ConnectError, ConnectionError) as error:
            raise EarsAway(f"{self.worker.name}: {type(error).__name__}") from error


class _Conversation(AMP):
    """Our end of one connection."""

    transport: Any

    def __init__(self, link: WorkerLink) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.lost = asyncio.Event()
        self._link = link

    def say(self, command: type[Command], **fields: Any) -> Deferred[dict[str, Any]]:
        return self.callRemote(command, **fields)  # type: ignore[no-any-return, no-untyped-call]

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        self.lost.set()

    @Partial.responder
    def partial(self, uuid: UUID, words: str) -> dict[str, Any]:
        self._link.heard(uuid, Said(words=words, final=False))
        return {}

    @Final.responder
    def final(self, uuid: UUID, words: str, confidence: float, spoken: float) -> dict[str, Any]:
        self._link.heard(uuid, Said(words=words, final=True, confidence=confidence))
        return {}

    @Ended.responder
    def ended(
        self, uuid: UUID, ending: Ending, words: str, confidence: float, key: str, spoken: float
    ) -> dict[str, Any]:
        self._link.heard(uuid, Heard(ending=ending, words=words, confidence=confidence, key=key, spoken_seconds=spoken))
        return {}


def _forget(_failure: Failure) -> None:
    """The connection's end says it, too."""
