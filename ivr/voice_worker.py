"""The voice worker: a process of its own that makes sounds, one at a time.

    python -m ivr.voice_worker VOICE WORDS_PER_MINUTE PARENT_PID

espeak-ng blocks and has one state, so it gets a process: one for each rate. Whoever asked may kill it at any moment.
Requests come on stdin and answers go to stdout, each a big-endian 32-bit length and a JSON object: `{"to", "text" or
"recording", "at_most_seconds", "clear"}` is answered by `{"seconds"}` or `{"fault"}`. It ends with
its stdin or its parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
from array import array
from pathlib import Path
from typing import Any, BinaryIO, Final

from callcenter.errors import HotlineError
from callcenter.lifeline import die_with
from ivr import sound

LENGTH: Final = struct.Struct(">I")
MESSAGE_AT_MOST: Final = 64 * 1024
_NICENESS: Final = 10  #: fifty presses want a hundred sentences, at the very moment their calls want the processor

#: Mandarin takes 0.25 to 0.45 s a syllable at 80 … 300 words a minute; far outside, something else was said.
SECONDS_A_SYLLABLE: Final = (0.08, 1.2)


class Speaker:
    """espeak-ng by pyttsx3's bindings. Raises `SoundUnusable` when it cannot speak.

    pyttsx3's own engine is left aside: it hands words and rate to a thread of espeak-ng and goes on, and under load
    one sentence in some thousand was spoken at another rate or came back empty. Synchronous calls have no such race.
    """

    def __init__(self, voice: str, words_per_minute: int) -> None:
        self._voice, self._words_per_minute = voice, words_per_minute
        self._espeak: Any = None
        self._rate = 0
        self._said: list[bytes] = []

    def speak(self, text: str) -> tuple[sound.Samples, int]:
        """(mono samples, samples a second)."""
        if not any(map(str.isalnum, text)):
            raise sound.SoundUnusable("it is empty")
        espeak = self._started()
        self._said.clear()
        if espeak.Synth(text, flags=espeak.CHARS_UTF8 | espeak.ENDPAUSE) != espeak.EE_OK:
            raise sound.SoundUnusable("espeak-ng does not speak it")
        return array("h", b"".join(self._said)), self._rate

    def _started(self) -> Any:
        if self._espeak is None:
            try:
                from pyttsx3.drivers import _espeak as espeak  # here: the service imports this module for its messages
            except (RuntimeError, OSError, ImportError, AttributeError) as error:
                raise sound.SoundUnusable(f"espeak-ng is not installed or does not start: {error}") from error
            self._rate = espeak.Initialize(espeak.AUDIO_OUTPUT_SYNCHRONOUS)
            if self._rate <= 0:
                raise sound.SoundUnusable("espeak-ng does not start")
            espeak.SetSynthCallback(self._hear)
            chosen = espeak.SetVoiceByName(self._voice.encode())
            if chosen != espeak.EE_OK or not self._is_the_voice(espeak.GetCurrentVoice()):  # it may take a likely one
                raise sound.SoundUnusable(f"espeak-ng has no voice {self._voice}")
            espeak.SetParameter(espeak.RATE, self._words_per_minute, 0)
            self._espeak = espeak
        return self._espeak

    def _is_the_voice(self, current: Any) -> bool:
        identifier: bytes = current.contents.identifier if current else b""
        return identifier.decode().rpartition("/")[2].lower() == self._voice.lower()

    def _hear(self, wav: Any, samples: int, _events: Any) -> int:
        """espeak-ng's callback: another stretch of sound, or none at the end. 0: go on."""
        if samples > 0:
            self._said.append(ctypes.string_at(wav, samples * ctypes.sizeof(ctypes.c_short)))
        return 0


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
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever espeak-ng prints
    speaker = Speaker(voice, int(words_per_minute))
    while (request := receive(sys.stdin.buffer)) is not None:
        answers.write(frame(answer(speaker, request)))
        answers.flush()


if __name__ == "__main__":
    main()
