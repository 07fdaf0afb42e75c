"""What she says while help is on its way, in writing: on the agents' screens at once, and kept with the call.

It decides nothing: no state changes by it, and a call without it is the same call.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog

from callcenter.domain.calls import Key, Role
from callcenter.domain.elder_status import Purpose
from callcenter.domain.emergencies import Closed, Step
from callcenter.domain.transcripts import Sentence
from callcenter.errors import ActionRefused, AsteriskAway, EarsAway, StorageAway
from callcenter.ports.news import News, NewsKind
from callcenter.ports.speech import Ears, Said
from callcenter.ports.storage import UnitOfWork
from callcenter.services.desk import Desk

log = structlog.get_logger()

#: Sentences that wait for a database that is away; older ones are forgotten first.
WAITING_AT_MOST = 200


def begin_transcript(desk: Desk, *, emergency: UUID, uniqueid: str, channel: str) -> None:
    """In the background: nobody waits for it."""
    work = transcribe(desk, emergency=emergency, uniqueid=uniqueid, channel=channel)
    desk.background.start("transcript", work)


async def transcribe(desk: Desk, *, emergency: UUID, uniqueid: str, channel: str) -> None:
    """Listens to an elder's channel until it has ended, in the story and in the room; again when a worker is lost.

    Does nothing when `speech.transcript` is off, she has refused it, nobody can listen, or this channel is listened to
    already.
    """
    if not desk.config.speech.transcript or desk.ears is None or uniqueid in desk.overheard:
        return
    desk.overheard.add(uniqueid)
    transcript = _Transcript(desk, emergency, uniqueid)
    try:
        while await _still_there(desk, emergency, uniqueid):
            await _listen(desk, desk.ears, channel, transcript)
            await asyncio.sleep(desk.config.speech.transcript_again_seconds)
    finally:
        desk.overheard.discard(uniqueid)
    await transcript.keep()


async def transcribe_again(desk: Desk) -> None:
    """After a start: listens again to whoever pressed a red key and is in a call. Raises `AsteriskAway`."""
    if not desk.config.speech.transcript or desk.ears is None:
        return
    hers = [c for c in await desk.telephony.channels() if c.up and c.role is Role.ELDER and c.emergency]
    wanted = {channel.emergency for channel in hers if channel.emergency}

    def read(work: UnitOfWork) -> set[UUID]:
        found = (work.emergencies.get(id_) for id_ in wanted)
        return {emergency.id for emergency in found if emergency and emergency.key is Key.RED}

    red = await desk.storage.transact("red keys", read)
    for channel in hers:
        if channel.emergency in red:
            begin_transcript(desk, emergency=channel.emergency, uniqueid=channel.uniqueid, channel=channel.name)


async def _still_there(desk: Desk, emergency: UUID, uniqueid: str) -> bool:
    def read(work: UnitOfWork) -> bool:
        call = work.calls.by_uniqueid(uniqueid)
        current = work.emergencies.get(emergency)
        if call is None or call.ended_at is not None or current is None or isinstance(current, Closed):
            return False
        profile = work.people.profile(current.elder) if current.elder else None
        return profile is None or Purpose.TRANSCRIPT not in profile.elder.refused

    try:
        return await desk.storage.look_up("still there", read, within_seconds=1.0)
    except StorageAway:
        return True


async def _listen(desk: Desk, ears: Ears, channel: str, transcript: _Transcript) -> None:
    """Until the sound ends, for whatever reason."""
    try:
        async with ears.overhear() as ear:
            await desk.telephony.overhear(channel, ear.sound)
            async for said in ear.said():
                await transcript.hear(said)
    except (EarsAway, AsteriskAway, ActionRefused) as error:
        log.info("not_overheard", why=type(error).__name__)


class _Transcript:
    """Of one call."""

    def __init__(self, desk: Desk, emergency: UUID, uniqueid: str) -> None:
        self._desk = desk
        self._emergency = emergency
        self._uniqueid = uniqueid
        self._not_kept: list[Sentence] = []

    async def hear(self, said: Said) -> None:
        """Told to the desks at once; kept when it is final."""
        if not said.words:
            return
        desk = self._desk
        words = {"text": said.words, "final": "yes" if said.final else "no", "call": self._uniqueid}
        await desk.live.publish(News(kind=NewsKind.TRANSCRIPT, subject=str(self._emergency), words=words))
        if not said.final:
            return
        if said.distress:
            await self._tell_distress()
        sentence = Sentence(
            id=desk.clock.new_id(),
            emergency=self._emergency,
            uniqueid=self._uniqueid,
            at=desk.clock.now(),
            words=said.words,
            confidence=said.confidence,
        )
        self._not_kept = [*self._not_kept, sentence][-WAITING_AT_MOST:]
        await self.keep()

    async def _tell_distress(self) -> None:
        desk = self._desk
        try:
            await desk.storage.transact(
                "said distress", lambda work: desk.tell(work, self._emergency, Step.ELDER_SAID_DISTRESS)
            )
        except StorageAway:
            log.warning("distress_not_told")

    async def keep(self) -> None:
        """Writes what is not written yet; while the database is away, the next sentence tries again."""
        sentences = self._not_kept
        if not sentences:
            return

        def work(unit: UnitOfWork) -> None:
            for sentence in sentences:
                unit.transcripts.add(sentence)

        try:
            await self._desk.storage.transact("transcript", work, urgent=False)
        except StorageAway:
            log.warning("transcript_waits", sentences=len(sentences))
        else:
            self._not_kept = []
