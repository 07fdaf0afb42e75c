"""One AudioSocket connection of Asterisk's: says who it is, then sends sound and keys, and is played to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol
from uuid import UUID

import structlog
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from ivr.ears.audiosocket import SILENCE, FrameReader, FrameUnusable, Kind, encoded
from ivr.ears.recognizer import RATE

#: Asterisk drops a connection without sound either way after 2 s.
_KEEP_ALIVE_SECONDS: Final = 1.0
#: Sound cannot come faster than it is spoken; a network's hold-up brings this much at once.
_AHEAD_SECONDS: Final = 3.0
_FLUSH_WITHIN_SECONDS: Final = 1.0
_UUID_BYTES: Final = 16

log = structlog.get_logger()


class Listener(Protocol):
    """Who gets what the caller says. Called on the loop."""

    def sound(self, pcm: bytes) -> None: ...
    def key(self, digit: str) -> None: ...
    def gone(self) -> None:
        """The connection has ended, whoever ended it. Nothing comes afterwards."""


class Door(Protocol):
    """Who knows which connections are expected."""

    def arrived(self, uuid: UUID, connection: AudioConnection) -> Listener | None:
        """Who listens to it; None for one that nobody expects, which is closed."""

    def left(self, connection: AudioConnection) -> None: ...


class Wire(Protocol):
    """What we use of Twisted's TCP transport."""

    def write(self, data: bytes) -> None: ...
    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def registerProducer(self, producer: object, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


class AudioConnection(TwistedProtocol):
    """Whatever is wrong with what it gets (late, too long, too fast, no uuid, rubbish) ends it, and nothing else.

    Twisted's push producer, too: `pauseProducing` says that its peer does not read.
    """

    transport: Wire  # type: ignore[assignment]

    def __init__(self, door: Door, loop: asyncio.AbstractEventLoop, *, uuid_within_seconds: float) -> None:
        self._door = door
        self._loop = loop
        self._uuid_within_seconds = uuid_within_seconds
        self._reader = FrameReader()
        self._listener: Listener | None = None
        self._received_seconds = 0.0
        self._began = 0.0
        self._sent_lately = False
        self._timer: asyncio.TimerHandle | None = None
        self._ended = ""

    def send(self, pcm: bytes) -> None:
        """Plays this to the caller. Nothing happens once it has ended."""
        if not self._ended:
            self._sent_lately = True
            self.transport.write(encoded(Kind.AUDIO, pcm))

    def end(self, why: str) -> None:
        """Tells Asterisk that it is over and closes. Asterisk's channel goes on."""
        if self._ended:
            return
        self._ended = why
        self._wait(_FLUSH_WITHIN_SECONDS, self._abort)
        self.transport.unregisterProducer()
        self.transport.write(encoded(Kind.END))
        self.transport.loseConnection()

    # ------------------------------------------------------------------------------ called by Twisted

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)
        self._wait(self._uuid_within_seconds, lambda: self._refuse("no uuid in time"))

    def dataReceived(self, data: bytes) -> None:
        try:
            for frame in self._reader.frames(data):
                if self._ended:
                    return
                if self._listener is None:
                    self._introduce(frame.kind, frame.payload)
                else:
                    self._take(self._listener, frame.kind, frame.payload)
        except FrameUnusable:
            self._refuse("frame too long")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ended = self._ended or "EOF"
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.gone()
        self._door.left(self)

    def pauseProducing(self) -> None:
        """Its buffer holds seconds of sound: the peer does not read."""
        self._refuse("does not read")
        self._abort()

    def resumeProducing(self) -> None:
        pass

    def stopProducing(self) -> None:
        pass

    # -------------------------------------------------------------------------------------- its frames

    def _introduce(self, kind: int, payload: bytes) -> None:
        if kind != Kind.UUID or len(payload) != _UUID_BYTES:
            self._refuse("no uuid")
            return
        self._began = self._loop.time()
        self._wait(_KEEP_ALIVE_SECONDS, self._keep_alive)
        self._listener = self._door.arrived(UUID(bytes=payload), self)
        if self._listener is None:
            self._refuse("not expected")

    def _take(self, listener: Listener, kind: int, payload: bytes) -> None:
        if kind == Kind.AUDIO:
            self._received_seconds += len(payload) / (RATE * 2)
            if self._received_seconds > self._loop.time() - self._began + _AHEAD_SECONDS:
                self._refuse("faster than sound")
            else:
                listener.sound(payload)
        elif kind == Kind.KEY:
            if len(payload) == 1 and payload in b"0123456789*#ABCD":
                listener.key(payload.decode())
        elif kind == Kind.END:
            self.end("Asterisk ended it")
        elif kind == Kind.ERROR:
            self._refuse("Asterisk reports an error")
        # Kinds that a newer Asterisk may send are passed over.

    # -------------------------------------------------------------------------------------- its bounds

    def _refuse(self, why: str) -> None:
        if not self._ended:
            log.warning("sound_refused", why=why)
        self.end(why)

    def _keep_alive(self) -> None:
        if not self._sent_lately:
            self.send(SILENCE)
        self._sent_lately = False
        self._wait(_KEEP_ALIVE_SECONDS, self._keep_alive)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, then)

    def _abort(self) -> None:
        self.transport.abortConnection()
