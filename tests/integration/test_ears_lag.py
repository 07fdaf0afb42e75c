"""More sound than can be decoded: nothing new is taken, then transcripts end, then questions; the rest is heard out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from callcenter.config.speech import Speech
from callcenter.ports.story_call import Ending, Heard
from ivr.ears.commands import Mode, Refusal
from ivr.ears.decoding import Decoding
from ivr.ears.order import Order
from ivr.ears.question import QuestionEar
from ivr.ears.recognizer import Recognizer
from ivr.ears.transcript import TranscriptEar
from ivr.ears.worker import Ears
from tests.integration.ears_house import MODEL, clip, needs_model, phrases

pytestmark = needs_model

ONE_SECOND = bytes(16000)


class Told:
    """A service that keeps what it is told."""

    def __init__(self) -> None:
        self.endings: dict[UUID, Heard] = {}

    def partial(self, uuid: UUID, words: str) -> None: ...
    def final(self, uuid: UUID, words: str, confidence: float, spoken_seconds: float) -> None: ...
    def ended(self, uuid: UUID, heard: Heard) -> None:
        self.endings[uuid] = heard


def order(mode: Mode = Mode.QUESTION) -> Order:
    return Order(
        uuid=uuid4(),
        mode=mode,
        prompts=(),
        phrases=tuple(phrases()),
        keys="",
        seconds=2.0,
        silence_seconds=0.8,
        longest_seconds=10.0,
    )


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(MODEL)


async def test_nothing_new_is_taken_while_sound_waits(recognizer: Recognizer, tmp_path: Path) -> None:
    ears = Ears(Speech(), tmp_path, recognizer)
    assert ears.expect(Told(), order()) is Refusal.NONE
    assert ears._decoding is not None
    voice = ears._decoding.open(phrases(), lambda _: None, whole=True)
    voice.feed(ONE_SECOND)
    assert ears.lag_seconds == pytest.approx(1.0)
    assert ears.expect(Told(), order()) is Refusal.LATE
    await voice.finish(within_seconds=10)
    assert ears.lag_seconds == 0
    assert ears.expect(Told(), order()) is Refusal.NONE
    await ears.stop()


async def test_a_transcript_ends_before_a_question_does(recognizer: Recognizer) -> None:
    decoding = Decoding(recognizer, threads=1)
    speech = Speech()
    transcript = TranscriptEar(
        order(Mode.TRANSCRIPT), speech=speech, decoding=decoding, partial=lambda _: None, final=lambda *_: None
    )
    question = QuestionEar(order(), b"", speech=speech, decoding=decoding, send=lambda _: None, partial=lambda _: None)
    both = asyncio.gather(transcript.listen(), question.listen())
    for ear in (transcript, question):
        ear.sound(ONE_SECOND + bytes(8000))
    said, asked = await asyncio.wait_for(both, 15)
    assert said.ending is Ending.AWAY
    assert asked.ending is Ending.SILENCE
    decoding.close()


async def test_a_question_that_is_too_far_behind_goes_on_by_keys(recognizer: Recognizer) -> None:
    decoding = Decoding(recognizer, threads=1)
    question = QuestionEar(
        order(), b"", speech=Speech(), decoding=decoding, send=lambda _: None, partial=lambda _: None
    )
    listening = asyncio.ensure_future(question.listen())
    question.sound(ONE_SECOND * 3)
    assert (await asyncio.wait_for(listening, 1)).ending is Ending.AWAY
    decoding.close()


async def test_many_voices_in_few_threads_are_all_heard(recognizer: Recognizer) -> None:
    decoding = Decoding(recognizer, threads=2)
    said = clip("人工").pcm
    voices = [decoding.open(phrases(), lambda _: None, whole=True) for _ in range(12)]
    for start in range(0, len(said), 1600):
        for voice in voices:
            voice.feed(said[start : start + 1600])
        await asyncio.sleep(0)
    results = await asyncio.gather(*(voice.finish(within_seconds=30) for voice in voices))
    assert {result.words for result in results} == {"人工"}
    decoding.close()
