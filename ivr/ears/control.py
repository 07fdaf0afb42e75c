"""A service's connection to the worker: its orders, its beats, and what it is told. Twisted AMP."""

# mypy: disable-error-code="no-untyped-call"
# Twisted's AMP has no types.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from twisted.internet.protocol import connectionDone
from twisted.protocols.amp import AMP, Command
from twisted.python.failure import Failure

from callcenter.config.speech import Speech
from callcenter.ports.story_call import Heard
from ivr.ears import commands
from ivr.ears.commands import Refusal
from ivr.ears.order import Order
from ivr.ears.worker import Ears

#: An order of two thousand phrases has 40 KB; AMP itself would collect one message without end.
_MESSAGE_BYTES_AT_MOST: Final = 512 * 1024

log = structlog.get_logger()


class Wire(Protocol):
    """What we use of Twisted's TCP transport."""

    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


class ControlConnection(AMP):
    """One service. Its streams end with it: when it closes, and when it has not beaten for too long."""

    transport: Wire  # type: ignore[assignment]

    def __init__(self, ears: Ears, speech: Speech, gone: Callable[[ControlConnection], None]) -> None:
        super().__init__()
        self._ears = ears
        self._speech = speech
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._unfinished_bytes = 0
        self._silence: asyncio.TimerHandle | None = None
        self._over = False

    def end(self) -> None:
        """Closes after what is already written."""
        self.transport.loseConnection()

    # -------------------------------------------------------------------------------------- it is told

    def partial(self, uuid: UUID, words: str) -> None:
        self._tell(commands.Partial, uuid=uuid, words=words)

    def final(self, uuid: UUID, words: str, confidence: float, spoken_seconds: float) -> None:
        self._tell(commands.Final, uuid=uuid, words=words, confidence=confidence, spoken=spoken_seconds)

    def ended(self, uuid: UUID, heard: Heard) -> None:
        self._tell(
            commands.Ended,
            uuid=uuid,
            ending=heard.ending,
            words=heard.words,
            confidence=heard.confidence,
            key=heard.key,
            spoken=heard.spoken_seconds,
        )

    def _tell(self, command: type[Command], **words: object) -> None:
        if not self._over:
            self.callRemote(command, **words)

    # ---------------------------------------------------------------------------------------- it orders

    @commands.Expect.responder
    def _expect(self, **fields: Any) -> Mapping[str, Any]:
        limits: dict[str, Any] = {
            "silence_seconds": self._speech.end_of_speech_silence_seconds,
            "longest_seconds": self._speech.longest_speech_seconds,
        }
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
        order = Order(**limits | {name: value for name, value in given.items() if value is not None})
        refusal = self._ears.expect(self, order)
        if refusal is not Refusal.NONE:
            log.warning("ears_refused", why=refusal, streams=self._ears.streams)
        return {"accepted": refusal is Refusal.NONE, "why": refusal}

    @commands.Cancel.responder
    def _cancel(self, uuid: UUID) -> Mapping[str, Any]:
        self._ears.cancel(self, uuid)
        return {}

    @commands.Beat.responder
    def _beat(self) -> Mapping[str, Any]:
        self._await_beat()
        ears = self._ears
        return {
            "streams": ears.streams,
            "room": ears.room,
            "lag_ms": round(ears.lag_seconds * 1000),
            "model": ears.has_model,
        }

    # ------------------------------------------------------------------------------- called by Twisted

    def connectionMade(self) -> None:
        super().connectionMade()
        self._await_beat()

    def dataReceived(self, data: bytes) -> None:
        self._unfinished_bytes += len(data)
        super().dataReceived(data)
        if self._unfinished_bytes > _MESSAGE_BYTES_AT_MOST:
            log.warning("ears_message_too_long")
            self.transport.abortConnection()

    def ampBoxReceived(self, box: Any) -> None:
        self._unfinished_bytes = 0
        super().ampBoxReceived(box)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._over = True
        if self._silence is not None:
            self._silence.cancel()
        self._ears.forget(self)
        self._gone(self)
        super().connectionLost(reason)

    def _await_beat(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
        self._silence = self._loop.call_later(self._speech.beat_lost_after_seconds, self._beat_lost)

    def _beat_lost(self) -> None:
        log.error("ears_beat_lost", after_seconds=self._speech.beat_lost_after_seconds)
        self._ears.forget(self)
        self.transport.abortConnection()
