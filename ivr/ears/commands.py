"""What the service and its ears say to each other: Twisted AMP, typed both ways.

The service connects to a worker's control port, says `Beat` every `speech.beat_seconds`, and `Expect` before it has
Asterisk connect sound. The worker answers each question with exactly one `Ended`, and each transcript too. It ends the
sound of a service that has not beaten for `speech.beat_lost_after_seconds`, or has closed its connection.
"""

# mypy: disable-error-code="no-untyped-call"
# Twisted's AMP has no types.

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from twisted.protocols.amp import Argument, Boolean, Command, Float, Integer, ListOf, Unicode

from callcenter.ports.story_call import Ending


class Mode(StrEnum):
    """How to listen."""

    QUESTION = "question"  #: prompts, then one answer; the worker closes the sound's connection when it has one
    TRANSCRIPT = "transcript"  #: everything that is said, a `Final` a sentence, until the caller or `Cancel` ends it


class Refusal(StrEnum):
    """Why nothing is expected."""

    NONE = ""
    FULL = "full"
    LATE = "late"  #: too much sound waits to be decoded
    DEAF = "deaf"  #: no speech model
    STOPPING = "stopping"
    UNUSABLE = "unusable"  #: a prompt that is not there, or values beyond their limits


class UuidOf(Argument):
    """A UUID, in its 16 bytes."""

    def toString(self, inObject: UUID) -> bytes:
        return inObject.bytes

    def fromString(self, inString: bytes) -> UUID:
        return UUID(bytes=bytes(inString))


class OneOf(Argument):
    """A word of one enumeration."""

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self._words = words

    def toString(self, inObject: StrEnum) -> bytes:
        return inObject.value.encode()

    def fromString(self, inString: bytes) -> StrEnum:
        return self._words(bytes(inString).decode())


# ----------------------------------------------------------------------------- the service to the worker


class Expect(Command):
    """Sound with this uuid is about to come. To be said, and answered, before Asterisk is told to connect it.

    `prompts` are sound files below `voice.sounds` without their endings, as in "cc/greeting". `phrases` are the
    grammar; none: whatever the model knows. `keys` are the digits that answer. `seconds` is the time to begin an answer
    after the prompts. The last two limits are the configuration's where they are left out.
    """

    arguments: ClassVar[Any] = [
        (b"uuid", UuidOf()),
        (b"mode", OneOf(Mode)),
        (b"prompts", ListOf(Unicode())),
        (b"phrases", ListOf(Unicode())),
        (b"keys", Unicode()),
        (b"seconds", Float()),
        (b"silence_seconds", Float(optional=True)),
        (b"longest_seconds", Float(optional=True)),
    ]
    response: ClassVar[Any] = [(b"accepted", Boolean()), (b"why", OneOf(Refusal))]


class Cancel(Command):
    """No longer wanted: its sound is ended, and nothing more is said of it. One that is unknown is no error."""

    arguments: ClassVar[Any] = [(b"uuid", UuidOf())]
    response: ClassVar[Any] = []


class Beat(Command):
    """The service is alive. The answer tells how the worker is."""

    arguments: ClassVar[Any] = []
    response: ClassVar[Any] = [
        (b"streams", Integer()),  #: listened to, or expected
        (b"room", Integer()),  #: for so many more
        (b"lag_ms", Integer()),  #: sound of the latest stream that waits to be decoded
        (b"model", Boolean()),
    ]


# ----------------------------------------------------------------------------- the worker to the service


class Partial(Command):
    """What has been understood of a sentence so far; it may still change."""

    arguments: ClassVar[Any] = [(b"uuid", UuidOf()), (b"words", Unicode())]
    requiresAnswer = False


class Final(Command):
    """A sentence of a transcript. `confidence` is 0 … 1, `spoken` in seconds."""

    arguments: ClassVar[Any] = [
        (b"uuid", UuidOf()),
        (b"words", Unicode()),
        (b"confidence", Float()),
        (b"spoken", Float()),
    ]
    requiresAnswer = False


class Ended(Command):
    """The listening is over; nothing more is said of this uuid.

    `ending` is AWAY if nothing can be said of the answer: the caller or Asterisk went, nobody connected in time, or the
    worker could not keep up. `spoken` is in seconds, from the first sound of the answer to its last.
    """

    arguments: ClassVar[Any] = [
        (b"uuid", UuidOf()),
        (b"ending", OneOf(Ending)),
        (b"words", Unicode()),
        (b"confidence", Float()),
        (b"key", Unicode()),
        (b"spoken", Float()),
    ]
    requiresAnswer = False
