"""The voice: prompts rendered once, sheets when they are needed. Stands behind the `Voice` port.

Everything is cached by content below `voice.sounds`: the prompts as `cc/<name>.wav` with `<name>.from` beside it, which
says what it was made of; a piece of a sheet as `said/<hash>.wav`. Asterisk's sounds for the language are this folder.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from callcenter.config import Config, VoiceSection
from callcenter.errors import VoiceAway
from ivr.pieces import pieces
from ivr.prompts import FOLDER, LONGEST_SECONDS, Prompt, load_prompts
from ivr.say_zh import spoken
from ivr.voice_worker import LENGTH, MESSAGE_AT_MOST, frame

SAID_FOLDER: Final = "said"
#: Three minutes; and their names fit into one line of a manager action, which ends at 1,024 characters.
SHEET_AT_MOST_PIECES: Final = 30

#: Changes whenever the way from text to sound does, so that everything is made anew.
_WAY: Final = 1

#: espeak-ng 1.51 turns 汉字 into pinyin inside; its voice `cmn` then reads the pinyin as English ("yao one"), its voice
#: `cmn-latn-pinyin` as Mandarin. 1.52 reads both well.
_ESPEAK_VOICES: Final = {"cmn": "cmn-latn-pinyin", "zh": "cmn-latn-pinyin", "yue": "yue-latn-jyutping"}

_CLOSE_WITHIN_SECONDS: Final = 1.0

log = structlog.get_logger()


def espeak_voice(language: str) -> str:
    """The voice of espeak-ng that speaks this language."""
    return _ESPEAK_VOICES.get(language, language)


def missing(config: Config) -> list[str]:
    """Names of prompts that have no sound yet, or one made of an older text or recording.

    Empty means that Asterisk meets no missing file. Raises `ConfigurationFaulty`.
    """
    shelf = _Shelf(config)
    return [prompt.name for prompt in load_prompts(config).values() if not shelf.is_up_to_date(prompt)]


class PromptVoice:
    """`callcenter.ports.Voice`. Use it as a context manager; its worker starts with the first sound to be made.

    A worker that dies is started again; one that does not answer within `voice.render_within_seconds` is killed.
    """

    def __init__(self, config: Config, *, worker: tuple[str, ...] = (sys.executable, "-m", "ivr.voice_worker")) -> None:
        self._config = config
        self._shelf = _Shelf(config)
        self._command = worker
        self._one_at_a_time = asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end_worker()

    async def sheet(self, text: str) -> tuple[str, ...]:
        """Renders a text; the files to play one after the other, "said/…" below the sounds folder, without endings.

        None lasts longer than 8 s. The same words are rendered once. What goes beyond `SHEET_AT_MOST_PIECES` is not
        said, so the most important comes first. Bounded by `voice.render_within_seconds`; raises `VoiceAway`.
        """
        said = pieces(spoken(text), words_per_minute=self._config.voice.words_per_minute)
        if not said:
            raise VoiceAway("there is nothing to say")
        if len(said) > SHEET_AT_MOST_PIECES:
            log.warning("sheet_cut", pieces=len(said), kept=SHEET_AT_MOST_PIECES)
        try:
            async with asyncio.timeout(self._config.voice.render_within_seconds):
                return tuple([await self._piece(piece) for piece in said[:SHEET_AT_MOST_PIECES]])
        except TimeoutError as error:
            raise VoiceAway("no answer in time") from error

    async def _piece(self, said: str) -> str:
        file = f"{SAID_FOLDER}/{self._shelf.hash_of_text(said)}"
        to = self._shelf.path(file)
        if _is_sound(to):
            to.touch()  # it is in use: `forget_sheets` must not take it
        else:
            await self._make({"to": str(to), "text": said, "at_most_seconds": LONGEST_SECONDS})
        return file

    async def render_all(self) -> list[str]:
        """Makes every prompt whose text or recording has changed; their names.

        Raises `VoiceAway` with every prompt that could not be made, after the others were; `ConfigurationFaulty`.
        """
        made, faults = [], []
        for prompt in load_prompts(self._config).values():
            if self._shelf.is_up_to_date(prompt):
                continue
            try:
                await self._render(prompt)
            except VoiceAway as error:
                faults.append(f"{prompt.name}: {error.detail}")
            else:
                made.append(prompt.name)
        log.info("prompts_rendered", made=len(made), faults=len(faults))
        if faults:
            raise VoiceAway("; ".join(faults))
        return made

    def forget_sheets(self, *, older_than_seconds: float) -> int:
        """Deletes pieces that nobody asked for so long, since names and addresses are in them; their number."""
        old = time.time() - older_than_seconds
        sheets = [
            path for path in self._shelf.path(SAID_FOLDER).parent.glob("said/*.wav") if path.stat().st_mtime < old
        ]
        for path in sheets:
            path.unlink(missing_ok=True)
        return len(sheets)

    # ------------------------------------------------------------------------------------ the worker

    async def _render(self, prompt: Prompt) -> None:
        source = self._shelf.source_of(prompt)
        mark = self._shelf.mark(prompt)
        mark.unlink(missing_ok=True)
        request: dict[str, Any] = {"to": str(self._shelf.path(prompt.file)), "at_most_seconds": prompt.max_seconds}
        recording = self._shelf.recording(prompt)
        await self._make(request | ({"recording": str(recording)} if recording else {"text": spoken(prompt.text)}))
        mark.write_text(source, encoding="ascii")

    async def _make(self, request: Mapping[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._config.voice.render_within_seconds), self._one_at_a_time:
                answer = await self._asked(request)
        except TimeoutError as error:
            raise VoiceAway("no answer in time") from error
        if "seconds" not in answer:
            raise VoiceAway(str(answer.get("fault", "an answer nobody understands")))

    async def _asked(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Asks the worker; once more when it turns out to have died since the last time."""
        fresh = self._worker is None
        try:
            return await self._exchange(request)
        except _WorkerDied as error:
            if fresh:
                raise VoiceAway("its worker dies") from error
        try:
            return await self._exchange(request)
        except _WorkerDied as error:
            raise VoiceAway("its worker dies") from error

    async def _exchange(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        done = False
        try:
            if self._worker is None:
                self._worker = await self._start()
            writer, reader = self._worker.stdin, self._worker.stdout
            assert writer and reader  # both are pipes
            writer.write(frame(dict(request)))
            await writer.drain()
            (length,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            if length > MESSAGE_AT_MOST:
                raise _WorkerDied
            answer: Any = json.loads(await reader.readexactly(length))
            if not isinstance(answer, dict):
                raise _WorkerDied
            done = True
            return answer
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise _WorkerDied from error
        finally:
            if not done:  # also when we were cancelled: the next answer would not be ours
                await self._end_worker()

    async def _start(self) -> asyncio.subprocess.Process:
        section: VoiceSection = self._config.voice
        words = (espeak_voice(section.language), str(section.words_per_minute), str(os.getpid()))
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*self._command, *words, stdin=pipe, stdout=pipe)

    async def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        if worker.returncode is None:
            worker.kill()
        if worker.stdin:
            worker.stdin.close()
        await worker.wait()
        if worker.stdout:
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_WITHIN_SECONDS):
                    await worker.stdout.read()  # until its end: only then is the pipe closed


class _WorkerDied(Exception):
    """The worker is gone, or says what no worker of ours says."""


class _Shelf:
    """Where sounds lie, and what they were made of."""

    def __init__(self, config: Config) -> None:
        self._voice = config.voice
        self._sounds = config.path(config.voice.sounds)
        self._recorded = config.path(config.voice.recorded)

    def path(self, file: str) -> Path:
        return self._sounds / f"{file}.wav"

    def mark(self, prompt: Prompt) -> Path:
        return self._sounds / FOLDER / f"{prompt.name}.from"

    def recording(self, prompt: Prompt) -> Path | None:
        path = self._recorded / f"{prompt.name}.wav"
        return path if path.is_file() else None

    def source_of(self, prompt: Prompt) -> str:
        recording = self.recording(prompt)
        if recording:
            return _hash(f"recording {_WAY} {prompt.max_seconds}".encode() + recording.read_bytes())
        return self.hash_of_text(f"{prompt.max_seconds} {spoken(prompt.text)}")

    def hash_of_text(self, said: str) -> str:
        words = [_WAY, espeak_voice(self._voice.language), self._voice.words_per_minute, said]
        return _hash(json.dumps(words).encode())

    def is_up_to_date(self, prompt: Prompt) -> bool:
        if not _is_sound(self.path(prompt.file)):
            return False
        try:
            return self.mark(prompt).read_text(encoding="ascii") == self.source_of(prompt)
        except (OSError, UnicodeDecodeError):
            return False


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _is_sound(path: Path) -> bool:
    try:
        return path.stat().st_size > 44  # more than the head of a WAV
    except OSError:
        return False
