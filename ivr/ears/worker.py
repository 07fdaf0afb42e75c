"""The worker: what is expected, who listens to what has come, and how much is too much."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

import structlog

from callcenter.config.speech import Speech
from callcenter.errors import HotlineError
from callcenter.ports.story_call import Ending, Heard
from ivr.ears.commands import Mode, Refusal
from ivr.ears.connection import AudioConnection
from ivr.ears.decoding import Decoding
from ivr.ears.order import Order
from ivr.ears.playback import load
from ivr.ears.question import QuestionEar
from ivr.ears.recognizer import Recognizer
from ivr.ears.transcript import TranscriptEar

#: Connections that have not said yet who they are, beyond those that are listened to.
_STRANGERS_AT_MOST: Final = 32
_STOP_WITHIN_SECONDS: Final = 1.0

log = structlog.get_logger()


class Owner(Protocol):
    """The service that ordered: it is told."""

    def partial(self, uuid: UUID, words: str) -> None: ...
    def final(self, uuid: UUID, words: str, confidence: float, spoken_seconds: float) -> None: ...
    def ended(self, uuid: UUID, heard: Heard) -> None: ...


@dataclass(kw_only=True)
class _Place:
    """One of the streams that there is room for, from its order to its end."""

    order: Order
    prompts: bytes
    owner: Owner
    late: asyncio.TimerHandle
    connection: AudioConnection | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class Ears:
    """One process's ears. Everything is called on the loop."""

    def __init__(self, speech: Speech, sounds: Path, recognizer: Recognizer | None) -> None:
        self._speech = speech
        self._sounds = sounds
        self._decoding = Decoding(recognizer, threads=speech.decoding_threads) if recognizer else None
        self._loop = asyncio.get_running_loop()
        self._places: dict[UUID, _Place] = {}
        self._connections: set[AudioConnection] = set()
        self._stopping = False

    @property
    def streams(self) -> int:
        """Listened to, or expected."""
        return len(self._places)

    @property
    def room(self) -> int:
        return max(0, self._speech.streams_at_most - len(self._places)) if self._decoding else 0

    @property
    def lag_seconds(self) -> float:
        return self._decoding.lag_seconds if self._decoding else 0.0

    @property
    def has_model(self) -> bool:
        return self._decoding is not None

    # -------------------------------------------------------------------------------- told by a service

    def expect(self, owner: Owner, order: Order) -> Refusal:
        """Makes room for a stream that is about to come, or says why not."""
        if self._stopping:
            return Refusal.STOPPING
        if self._decoding is None:
            return Refusal.DEAF
        if not self.room:
            return Refusal.FULL
        if self.lag_seconds > self._speech.refuse_above_lag_seconds:
            return Refusal.LATE
        if order.uuid in self._places or not order.is_within(self._speech):
            return Refusal.UNUSABLE
        try:
            prompts = load(self._sounds, order.prompts)
        except HotlineError as error:
            log.warning("prompt_unusable", error=str(error))
            return Refusal.UNUSABLE
        late = self._loop.call_later(self._speech.connect_within_seconds, self._never_came, order.uuid)
        self._places[order.uuid] = _Place(order=order, prompts=prompts, owner=owner, late=late)
        return Refusal.NONE

    def cancel(self, owner: Owner, uuid: UUID) -> None:
        """Ends it without a word. Only who ordered it can."""
        place = self._places.get(uuid)
        if place is not None and place.owner is owner:
            self._drop(place, "cancelled")

    def forget(self, owner: Owner) -> None:
        """This service is gone: all its sound is ended, so that its calls reach the dialplan's fallback."""
        orphans = [place for place in self._places.values() if place.owner is owner]
        for place in orphans:
            self._drop(place, "service gone")
        if orphans:
            log.warning("ears_service_gone", streams=len(orphans))

    # ------------------------------------------------------------------------------ told by connections

    def has_room_to_ask(self) -> bool:
        """Whether one more connection may say who it is."""
        return not self._stopping and len(self._connections) < self._speech.streams_at_most + _STRANGERS_AT_MOST

    def made(self, connection: AudioConnection) -> None:
        self._connections.add(connection)

    def left(self, connection: AudioConnection) -> None:
        self._connections.discard(connection)

    def arrived(self, uuid: UUID, connection: AudioConnection) -> QuestionEar | TranscriptEar | None:
        place = self._places.get(uuid)
        if place is None or place.connection is not None or self._decoding is None:
            return None
        place.connection = connection
        place.late.cancel()
        ear = self._ear(place, connection, self._decoding)
        place.task = asyncio.ensure_future(self._attend(place, connection, ear.listen))
        return ear

    async def stop(self) -> None:
        """Ends everything within about a second."""
        self._stopping = True
        for place in list(self._places.values()):
            place.owner.ended(place.order.uuid, Heard(ending=Ending.AWAY))
            self._drop(place, "stopping")
        for connection in list(self._connections):
            connection.end("stopping")
        async with asyncio.timeout(_STOP_WITHIN_SECONDS * 2):
            while self._connections:
                await asyncio.sleep(0.01)
        if self._decoding is not None:
            self._decoding.close()

    # ------------------------------------------------------------------------------------ one stream's life

    def _ear(self, place: _Place, connection: AudioConnection, decoding: Decoding) -> QuestionEar | TranscriptEar:
        uuid, owner = place.order.uuid, place.owner

        def partial(words: str) -> None:
            owner.partial(uuid, words)

        def final(words: str, confidence: float, spoken_seconds: float) -> None:
            owner.final(uuid, words, confidence, spoken_seconds)

        if place.order.mode is Mode.TRANSCRIPT:
            return TranscriptEar(place.order, speech=self._speech, decoding=decoding, partial=partial, final=final)
        return QuestionEar(
            place.order,
            place.prompts,
            speech=self._speech,
            decoding=decoding,
            send=connection.send,
            partial=partial,
        )

    async def _attend(
        self, place: _Place, connection: AudioConnection, listen: Callable[[], Coroutine[None, None, Heard]]
    ) -> None:
        heard = Heard(ending=Ending.AWAY)
        try:
            heard = await listen()
        finally:
            # Whoever dropped it has told the owner what there was to tell.
            if self._places.pop(place.order.uuid, None) is not None:
                place.owner.ended(place.order.uuid, heard)
            connection.end("heard")

    def _never_came(self, uuid: UUID) -> None:
        place = self._places.pop(uuid)
        place.owner.ended(uuid, Heard(ending=Ending.AWAY))

    def _drop(self, place: _Place, why: str) -> None:
        del self._places[place.order.uuid]
        place.late.cancel()
        if place.connection is not None:
            place.connection.end(why)
        if place.task is not None:
            place.task.cancel()
