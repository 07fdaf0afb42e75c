"""Vosk behind two small classes: a model that is loaded once, and a stream for each voice."""

from __future__ import annotations

import json
import random
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from callcenter.errors import EarsAway

#: 8,000 samples a second, mono, 16 bit, little-endian: what the telephone carries. Vosk resamples if its model differs.
RATE: Final = 8000
#: What Vosk answers for sound that is none of the grammar's words.
UNKNOWN: Final = "[unk]"
_LONGEST_WORD: Final = 12
_FRAME_BYTES: Final = RATE // 50 * 2  #: 20 ms


def _line_noise() -> bytes:
    """20 ms as quiet as a good line, about -72 dBFS. The same every time."""
    chance = random.Random(20)  # noqa: S311 - not a secret
    noise = array("h", (round(chance.gauss(0, 8)) for _ in range(_FRAME_BYTES // 2)))
    if sys.byteorder == "big":
        noise.byteswap()
    return noise.tobytes()


#: Digital silence is no sound a model was trained on: words after it are lost that are heard after a line's noise.
_SILENCE: Final = bytes(_FRAME_BYTES)
_NOISE: Final = _line_noise()


@dataclass(frozen=True, kw_only=True)
class Update:
    """What is understood so far (`final` is False), or a sentence that the model has found to be over."""

    words: str  #: without spaces
    final: bool
    confidence: float = 0.0  #: 0 … 1; of a sentence only
    spoken_seconds: float = 0.0  #: from its first word's begin to its last one's end; of a sentence only
    foreign: bool = False  #: sound outside the grammar was heard; with words, it was around them


@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything since the stream's begin, or since its last sentence.

    `words` is "" when nothing was said, and when something outside the grammar stood between words: that is a
    rejection. `foreign` tells the two apart.
    """

    words: str = ""
    confidence: float = 0.0  #: the mean of its words', 0 … 1
    spoken_seconds: float = 0.0
    foreign: bool = False


class Recognizer:
    """A model in memory (the small ones: 20 to 150 MB). Use it from any thread; each stream from one at a time."""

    def __init__(self, model_folder: Path) -> None:
        """Loads it: 0.1 to 2 s. Raises `EarsAway` if there is no model or it cannot be used."""
        if not (model_folder / "am" / "final.mdl").is_file() and not (model_folder / "final.mdl").is_file():
            raise EarsAway(f"no speech model in {model_folder}")
        try:
            import vosk  # here, because it loads a library of 25 MB, and few processes listen
        except (ImportError, OSError) as error:
            raise EarsAway(f"vosk does not load: {error}") from error
        vosk.SetLogLevel(-1)
        self._vosk = vosk
        try:
            self._model: Any = vosk.Model(str(model_folder))
        except Exception as error:  # vosk raises nothing more precise
            raise EarsAway(f"the speech model in {model_folder} cannot be used") from error

    def knows(self, word: str) -> bool:
        """Whether the word is in the model's vocabulary."""
        return int(self._model.vosk_model_find_word(word)) >= 0

    def split(self, phrase: str) -> tuple[str, ...]:
        """The phrase in words of the vocabulary, each as long as possible; () where that is impossible.

        Vosk wants spaces between words and drops, with no more than a line in its log, those it does not know.
        """
        rest = "".join(phrase.replace("120", "幺二零").split())
        words: list[str] = []
        while rest:
            ends = range(min(_LONGEST_WORD, len(rest)), 0, -1)
            end = next((end for end in ends if self.knows(rest[:end])), 0)
            if not end:
                return ()
            words.append(rest[:end])
            rest = rest[end:]
        return tuple(words)

    def dropped(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Those phrases that cannot be understood, since the model lacks a word."""
        return tuple(phrase for phrase in phrases if not self.split(phrase))

    def stream(self, phrases: Sequence[str] = (), *, whole: bool = True) -> Stream:
        """Listens for these phrases and tells everything else apart; with none, for all that the model knows.

        Phrases that cannot be understood are left out; when none is left, raises `EarsAway`. Takes some ms. A stream
        that is not `whole` keeps no sentence that it has told: for transcripts of hours.
        """
        if not phrases:
            return Stream(self._vosk.KaldiRecognizer(self._model, float(RATE)), whole=whole)
        known = [" ".join(words) for words in map(self.split, phrases) if words]
        if not known:
            raise EarsAway("the speech model knows none of these phrases")
        grammar = json.dumps([*dict.fromkeys(known), UNKNOWN], ensure_ascii=False)
        return Stream(self._vosk.KaldiRecognizer(self._model, float(RATE), grammar), whole=whole)


class Stream:
    """One voice. Blocks while it decodes (the interpreter goes on meanwhile), so it belongs into a thread."""

    def __init__(self, vosk_recognizer: Any, *, whole: bool) -> None:
        self._vosk = vosk_recognizer
        self._whole = whole
        self._vosk.SetWords(True)
        self._partial = ""
        self._sentences: list[_Sentence] = []

    def feed(self, pcm: bytes) -> Update | None:
        """Takes sound, any number of whole samples. Returns what is new: a sentence, or its changed beginning."""
        if self._vosk.AcceptWaveform(_with_noise(pcm)):
            self._partial = ""
            sentence = _Sentence.read(self._vosk.Result())
            if self._whole:
                self._sentences.append(sentence)
            result = _joined([sentence])
            if not result.words and not result.foreign:
                return None
            return Update(
                words=result.words,
                final=True,
                confidence=result.confidence,
                spoken_seconds=result.spoken_seconds,
                foreign=result.foreign,
            )
        text = json.loads(self._vosk.PartialResult())["partial"]
        if text == self._partial:
            return None
        self._partial = text
        words = text.split()
        return Update(words="".join(w for w in words if w != UNKNOWN), final=False, foreign=UNKNOWN in words)

    def finish(self) -> Result:
        """The end of the sound: all that was said, or what came after the last sentence. Nothing may be fed then."""
        self._sentences.append(_Sentence.read(self._vosk.FinalResult()))
        return _joined(self._sentences)


def _with_noise(pcm: bytes) -> bytes:
    """The sound with every whole frame of digital silence made a quiet line's."""
    if _SILENCE not in pcm:
        return pcm
    frames = (pcm[start : start + _FRAME_BYTES] for start in range(0, len(pcm), _FRAME_BYTES))
    return b"".join(_NOISE if frame == _SILENCE else frame for frame in frames)


@dataclass(frozen=True, kw_only=True)
class _Sentence:
    words: tuple[tuple[str, float, float, float], ...]  #: word, confidence, begin and end in seconds of the stream

    @classmethod
    def read(cls, answer: str) -> _Sentence:
        heard = json.loads(answer).get("result", ())
        return cls(words=tuple((w["word"], float(w["conf"]), float(w["start"]), float(w["end"])) for w in heard))


def _joined(sentences: Sequence[_Sentence]) -> Result:
    heard = [word for sentence in sentences for word in sentence.words]
    inner = [place for place, word in enumerate(heard) if word[0] != UNKNOWN]
    if not inner:
        return Result(foreign=bool(heard))
    kept = heard[inner[0] : inner[-1] + 1]
    spoken = kept[-1][3] - kept[0][2]
    if len(kept) > len(inner):
        return Result(spoken_seconds=spoken, foreign=True)
    return Result(
        words="".join(word[0] for word in kept),
        confidence=sum(min(1.0, word[1]) for word in kept) / len(kept),
        spoken_seconds=spoken,
        foreign=len(heard) > len(kept),
    )
