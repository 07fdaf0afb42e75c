"""The voice and the ears."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from callcenter.config.values import Listener, Port, Seconds, Section, Word

DialectFolder = Annotated[str, Field(pattern=r"^[a-z]{2,20}$")]


class VoiceSection(Section):
    language: str = "cmn"
    words_per_minute: Annotated[int, Field(ge=80, le=300)] = 150  #: to elders, contacts and 120
    slow_words_per_minute: Annotated[int, Field(ge=80, le=300)] = 125  #: when something is said again
    agent_words_per_minute: Annotated[int, Field(ge=80, le=300)] = 180
    prompts: Path = Path("prompts/prompts.yaml")
    recorded: Path = Path("prompts/recorded")
    sounds: Path = Path("var/sounds")
    dialects: dict[str, DialectFolder] = Field(default={})  #: of `Elder.dialect`: the folder below `recorded`
    render_within_seconds: Seconds = 8.0
    forget_sheets_after_seconds: Annotated[float, Field(ge=60, le=31_536_000)] = 86400.0

    @field_validator("dialects")
    @classmethod
    def _of_their_own(cls, dialects: dict[str, str]) -> dict[str, str]:
        if taken := {"cc", "slow", "said"}.intersection(dialects.values()):
            raise ValueError(f"{min(taken)} is the folder of sounds in Mandarin")
        return dialects


class AudioListener(Listener):
    port: Port = 9092


class ControlListener(Listener):
    port: Port = 9093


class EarsWorker(Section):
    """One process that listens: where Asterisk sends it sound, and where the service talks with it."""

    name: Word = "local"
    managed: bool = True  #: `callcenter run` starts and watches it; False: somebody else does, perhaps elsewhere
    audio: AudioListener = AudioListener()
    control: ControlListener = ControlListener()


class Speech(Section):
    """Ears. Limits hold for each worker."""

    enabled: bool = True
    model: Path = Path("var/speech/model")  #: a folder in Vosk's format; without one: keys only
    workers: tuple[EarsWorker, ...] = (EarsWorker(),)
    streams_at_most: Annotated[int, Field(ge=1, le=1000)] = 20  #: listened to at once; more are told "full"
    decoding_threads: Annotated[int, Field(ge=1, le=64)] = 2
    reply_within_seconds: Seconds = 0.5  #: a worker's answer to the service; later it counts as away
    reconnect_every_seconds: Seconds = 1.0  #: to a worker that is away
    look_for_model_every_seconds: Seconds = 5.0  #: where there is none yet; then its managed workers start
    start_within_seconds: Seconds = 30.0  #: a managed worker that does not answer by then is started again
    stop_within_seconds: Seconds = 3.0  #: a managed worker's orderly end; then it is killed
    beat_seconds: Seconds = 0.5
    beat_lost_after_seconds: Seconds = 2.0  #: a service that has not beaten for so long is gone: its sockets are ended
    connect_within_seconds: Seconds = 3.0  #: from what is expected to Asterisk's connection
    uuid_within_seconds: Seconds = 2.0  #: from a connection to its uuid
    end_of_speech_silence_seconds: Annotated[float, Field(ge=0.2, le=5)] = 0.8
    longest_speech_seconds: Annotated[float, Field(ge=1, le=60)] = 10.0  #: then an answer is taken as it is
    question_at_most_seconds: Seconds = 120.0  #: with its prompts
    transcript: bool = False  #: write down what an elder says after a red key; her consent is the hotline's to have
    transcript_again_seconds: Seconds = 2.0  #: before a call is listened to again whose listening was cut off
    transcript_at_most_seconds: Seconds = 7200.0
    refuse_above_lag_seconds: Seconds = 0.5  #: sound that waits to be decoded: nothing new is listened to
    shed_transcripts_above_lag_seconds: Seconds = 1.0
    shed_questions_above_lag_seconds: Seconds = 2.0

    @model_validator(mode="after")
    def _fits_together(self) -> Speech:
        names = [worker.name for worker in self.workers]
        if len(set(names)) != len(names):
            raise ValueError("workers: names must differ")
        ends = [(end.host, end.port) for worker in self.workers for end in (worker.audio, worker.control)]
        if len(set(ends)) != len(ends):
            raise ValueError("workers: each needs addresses of its own")
        if self.beat_lost_after_seconds < 2 * self.beat_seconds:
            raise ValueError("beat_lost_after_seconds must be twice beat_seconds or more")
        lags = (
            self.refuse_above_lag_seconds,
            self.shed_transcripts_above_lag_seconds,
            self.shed_questions_above_lag_seconds,
        )
        if sorted(lags) != list(lags):
            raise ValueError("lag: new ones are refused first, then transcripts go, then questions")
        return self
