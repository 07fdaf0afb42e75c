"""The voice worker: a process of its own that makes sounds, one at a time.

    python -m ivr.voice_worker VOICE WORDS_PER_MINUTE PARENT_PID

pyttsx3 blocks, and in a thread it hangs, so it gets a process with one engine; whoever asked may kill it at any moment.
A rate that is changed between sentences is now and then not heeded (3 of 30, espeak-ng 1.51): one process, one rate.
Requests come on stdin and answers go to stdout, each a big-endian 32-bit length and a JSON object: `{"to", "text" or
"recording", "at_most_seconds", "clear"}` is answered by `{"seconds"}` or `{"fault"}`. It ends with
its stdin or its parent.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, Final

from callcenter.errors import HotlineError
from callcenter.lifeline import die_with
from ivr import sound

LENGTH: Final = struct.Struct(">I")
MESSAGE_AT_MOST: Final = 64 * 1024
SPEAK_WITHIN_SECONDS: Final = 60.0  #: whoever asked has lost patience long before
RESTS_WITHIN_SECONDS: Final = 2.0
RESTS_LOOK_SECONDS: Final = 0.002
_NICENESS: Final = 10  #: fifty presses want a hundred sentences, at the very moment their calls want the processor

#: Mandarin takes 0.25 to 0.45 s a syllable at 80 … 300 words a minute; far outside, something else was said.
SECONDS_A_SYLLABLE: Final = (0.08, 1.2)


class Speaker:
    """espeak-ng through pyttsx3. Raises `SoundUnusable` when it cannot speak."""

    def __init__(self, voice: str, words_per_minute: int) -> None:
        self._voice, self._words_per_minute = voice, words_per_minute
        self._engine: Any = None
        self._done = threading.Event()

    def speak(self, text: str) -> tuple[sound.Samples, int]:
        if not any(map(str.isalnum, text)):
            raise sound.SoundUnusable("it is empty")
        engine = self._started()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "said.wav"
            self._done.clear()
            engine.save_to_file(text, str(path))
            engine.runAndWait()  # returns while espeak-ng's own thread still speaks
            if not self._done.wait(SPEAK_WITHIN_SECONDS) or not self._rests():
                raise sound.SoundUnusable("espeak-ng does not come to an end")
            if engine.getProperty("voice").rpartition("/")[2] != self._voice:
                raise sound.SoundUnusable(f"espeak-ng has no voice {self._voice}")
            return sound.read(path)

    def _rests(self) -> bool:
        """Whether pyttsx3 has put its things away. It says "finished" a moment before, and a command that meets it in
        that moment is done at some later time, with another sentence."""
        ends = time.monotonic() + RESTS_WITHIN_SECONDS
        while self._engine.isBusy() and time.monotonic() < ends:
            time.sleep(RESTS_LOOK_SECONDS)
        return not self._engine.isBusy()

    def _started(self) -> Any:
        if self._engine is None:
            try:
                import pyttsx3  # here, because the service imports this module for its messages

                engine = pyttsx3.init("espeak")
            except (RuntimeError, OSError, ImportError, AttributeError) as error:
                raise sound.SoundUnusable(f"espeak-ng is not installed or does not start: {error}") from error
            engine.setProperty("voice", self._voice)
            engine.setProperty("rate", self._words_per_minute)
            engine.connect("finished-utterance", lambda name, completed: self._done.set())
            self._engine = engine
        return self._engine


def answer(speaker: Speaker, request: dict[str, Any]) -> dict[str, Any]:
    """Makes one sound file."""
    try:
        if "recording" in request:
            samples, rate = sound.read(Path(request["recording"]))
        else:
            samples, rate = speaker.speak(request["text"])
        samples = sound.for_telephone(samples, rate, clear=request["clear"])
        lasts = sound.seconds(samples)
        if lasts > request["at_most_seconds"]:
            raise sound.SoundUnusable(f"it lasts {lasts:.1f} s, longer than {request['at_most_seconds']:g} s")
        if "text" in request:
            _check_plausible(request["text"], lasts)
        sound.write(Path(request["to"]), samples)
    except HotlineError as error:
        return {"fault": error.detail or str(error)}
    except OSError as error:
        return {"fault": f"{error.strerror}: {error.filename}"}
    return {"seconds": round(lasts, 3)}


def _check_plausible(text: str, lasts: float) -> None:
    syllables = sum(character.isalnum() for character in text)
    shortest, longest = (syllables * each for each in SECONDS_A_SYLLABLE)
    if not shortest <= lasts <= longest + 1:
        raise sound.SoundUnusable(f"{syllables} syllables took {lasts:.1f} s")


def receive(pipe: BinaryIO) -> dict[str, Any] | None:
    """The next message, or None at the end of the pipe or for anything that is none."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = pipe.read(length) if length <= MESSAGE_AT_MOST else b""
    if len(body) < length:
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def frame(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return LENGTH.pack(len(body)) + body


def main() -> None:
    voice, words_per_minute, parent = sys.argv[1:]
    die_with(int(parent))
    os.nice(_NICENESS)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # pyttsx3 prints
    speaker = Speaker(voice, int(words_per_minute))
    while (request := receive(sys.stdin.buffer)) is not None:
        answers.write(frame(answer(speaker, request)))
        answers.flush()


if __name__ == "__main__":
    main()
