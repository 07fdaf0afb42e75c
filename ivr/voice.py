"""The voice: prompts rendered once, sheets when they are needed. Stands behind the `Voice` port.

Everything is cached by content below `voice.sounds`: the prompts as `cc/<name>.wav` and `slow/<name>.wav` with
`<name>.from` beside it, which says what it was made of; a piece of a sheet as `said/<hash>.wav`. Asterisk's sounds for
the language are this folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import structlog

from callcenter.config import Config
from callcenter.errors import PromptMissing, VoiceAway
from ivr.pieces import pieces
from ivr.prompts import LONGEST_SECONDS, Prompt, PromptSound, load_prompts
from ivr.say_zh import spoken
from ivr.voice_shelf import SAID_FOLDER, Manner, Shelf, espeak_voice, is_sound
from ivr.voice_worker import LENGTH, MESSAGE_AT_MOST, frame

#: Three minutes; and their names fit into one line of a manager action, which ends at 1,024 characters.
SHEET_AT_MOST_PIECES: Final = 30

_CLOSE_WITHIN_SECONDS: Final = 1.0

log = structlog.get_logger()


def missing(config: Config) -> list[str]:
    """Names of sounds (`ask_who`, `slow/ask_who`) that are not there yet, or made of an older text or recording.

    Empty means that Asterisk meets no missing file. Raises `ConfigurationFaulty`.
    """
    shelf = Shelf(config)
    return [sound.name for sound in shelf.sounds() if not shelf.is_up_to_date(sound)]


class PromptVoice:
    """`callcenter.ports.speech.Voice`. Use it as a context manager; a worker starts with the first sound of its rate.

    A worker that dies is started again; one that does not answer within `voice.render_within_seconds` is killed.
    """

    def __init__(self, config: Config, *, worker: tuple[str, ...] = (sys.executable, "-m", "ivr.voice_worker")) -> None:
        self._config = config
        self._shelf = Shelf(config)
        self._command = worker
        self._known: Mapping[str, Prompt] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._workers: dict[int, asyncio.subprocess.Process] = {}  #: by words a minute

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for words_per_minute in tuple(self._workers):
            await self._end_worker(words_per_minute)

    async def sheet(self, text: str) -> tuple[str, ...]:
        """Renders a text; the files to play one after the other, "said/…" below the sounds folder, without endings.

        None lasts longer than 8 s. The same words are rendered once. What goes beyond `SHEET_AT_MOST_PIECES` is not
        said, so the most important comes first. Bounded by `voice.render_within_seconds`; raises `VoiceAway`.
        """
        return await self._said(text, self._shelf.manner())

    async def sentence(self, prompt: str, words: Mapping[str, str], *, slow: bool = False) -> tuple[str, ...]:
        """Renders the named prompt with the words in it; files as `sheet` gives them. `slow`: slower and louder.

        Raises `VoiceAway`, `PromptMissing` for a name nobody knows and `ValueError` for words that are not its own.
        """
        if self._known is None:
            self._known = load_prompts(self._config)
        known = self._known.get(prompt)
        if known is None:
            raise PromptMissing(prompt)
        return await self._said(known.filled(words), self._shelf.manner(slow=slow, to=known.to))

    def in_dialect(self, prompts: tuple[str, ...], dialect: str) -> tuple[str, ...]:
        """Each in that dialect where somebody has recorded it, as it is where nobody has."""
        return tuple(self._shelf.in_dialect(prompt, dialect) for prompt in prompts) if dialect else prompts

    async def _said(self, text: str, manner: Manner) -> tuple[str, ...]:
        said = pieces(spoken(text), words_per_minute=manner.words_per_minute)
        if not said:
            raise VoiceAway("there is nothing to say")
        if len(said) > SHEET_AT_MOST_PIECES:
            log.warning("sheet_cut", pieces=len(said), kept=SHEET_AT_MOST_PIECES)
        try:
            async with asyncio.timeout(self._config.voice.render_within_seconds):
                return tuple([await self._piece(piece, manner) for piece in said[:SHEET_AT_MOST_PIECES]])
        except TimeoutError as error:
            raise VoiceAway("no answer in time") from error

    async def _piece(self, said: str, manner: Manner) -> str:
        file = f"{SAID_FOLDER}/{self._shelf.hash_of_text(said, manner)}"
        to = self._shelf.path(file)
        if is_sound(to):
            to.touch()  # it is in use: `forget_sheets` must not take it
        else:
            await self._make({"to": str(to), "text": said, "at_most_seconds": LONGEST_SECONDS}, manner)
        return file

    async def render_all(self) -> list[str]:
        """Makes every sound whose text or recording has changed; their names, as `missing` gives them.

        Raises `VoiceAway` with every prompt that could not be made, after the others were; `ConfigurationFaulty`.
        """
        made, faults = [], []
        for sound in self._shelf.sounds():
            if self._shelf.is_up_to_date(sound):
                continue
            try:
                await self._render(sound)
            except VoiceAway as error:
                faults.append(f"{sound.name}: {error.detail}")
            else:
                made.append(sound.name)
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

    async def _render(self, sound: PromptSound) -> None:
        source = self._shelf.source_of(sound)
        mark = self._shelf.mark(sound)
        mark.unlink(missing_ok=True)
        recording = self._shelf.recording(sound)
        what = {"recording": str(recording)} if recording else {"text": spoken(sound.prompt.text)}
        whole = {"to": str(self._shelf.path(sound.file)), "at_most_seconds": sound.prompt.max_seconds, **what}
        await self._make(whole, self._shelf.manner_of(sound))
        mark.write_text(source, encoding="ascii")

    async def _make(self, request: Mapping[str, Any], manner: Manner) -> None:
        try:
            async with asyncio.timeout(self._config.voice.render_within_seconds), self._one_at_a_time:
                answer = await self._asked({**request, "clear": manner.clear}, manner.words_per_minute)
        except TimeoutError as error:
            raise VoiceAway("no answer in time") from error
        if "seconds" not in answer:
            raise VoiceAway(str(answer.get("fault", "an answer nobody understands")))

    async def _asked(self, request: Mapping[str, Any], words_per_minute: int) -> Mapping[str, Any]:
        """Asks a worker of this rate; once more when it turns out to have died since the last time."""
        fresh = words_per_minute not in self._workers
        try:
            return await self._exchange(request, words_per_minute)
        except _WorkerDied as error:
            if fresh:
                raise VoiceAway("its worker dies") from error
        try:
            return await self._exchange(request, words_per_minute)
        except _WorkerDied as error:
            raise VoiceAway("its worker dies") from error

    async def _exchange(self, request: Mapping[str, Any], words_per_minute: int) -> Mapping[str, Any]:
        done = False
        try:
            worker = self._workers.get(words_per_minute) or await self._start(words_per_minute)
            writer, reader = worker.stdin, worker.stdout
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
                await self._end_worker(words_per_minute)

    async def _start(self, words_per_minute: int) -> asyncio.subprocess.Process:
        words = (espeak_voice(self._config.voice.language), str(words_per_minute), str(os.getpid()))
        pipe = asyncio.subprocess.PIPE
        worker = await asyncio.create_subprocess_exec(*self._command, *words, stdin=pipe, stdout=pipe)
        self._workers[words_per_minute] = worker
        return worker

    async def _end_worker(self, words_per_minute: int) -> None:
        worker = self._workers.pop(words_per_minute, None)
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
