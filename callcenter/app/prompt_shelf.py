"""`callcenter.ports.prompts.Prompts`. A recording is looked at and converted by a process of its own, the command
`callcenter prompts import`: seconds of computing are nothing for a loop that rings telephones.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from callcenter.config import Config
from callcenter.errors import PromptMissing, RecordingRefused
from callcenter.ports.prompts import PromptVoiceKind, SpokenPrompt
from ivr.prompts import PromptSound, load_prompts
from ivr.recordings import names_of, sound_named
from ivr.voice_shelf import Shelf

_KILLED_WITHIN_SECONDS: Final = 2.0


class PromptShelf:
    """`file` is where `config` was read from: the other process reads it, too."""

    def __init__(self, config: Config, file: Path) -> None:
        self._config = config
        self._file = file
        self._one_at_a_time = asyncio.Lock()

    async def all(self) -> list[SpokenPrompt]:
        """See the port, as for all of these."""
        return await asyncio.to_thread(self._all)

    async def sound(self, name: str) -> bytes:
        def read() -> bytes:
            try:
                return Shelf(self._config).path(sound_named(self._config, name).file).read_bytes()
            except OSError as error:
                raise PromptMissing(name) from error

        return await asyncio.to_thread(read)

    async def keep(self, name: str, recording: bytes) -> None:
        each = await asyncio.to_thread(sound_named, self._config, name)
        ending = f".{each.folder}.wav" if each.folder else ".wav"
        with tempfile.TemporaryDirectory(prefix="prompt-") as folder:
            file = Path(folder) / f"{each.prompt.name}{ending}"
            await asyncio.to_thread(file.write_bytes, recording)
            async with self._one_at_a_time:
                answer = await self._import(file)
        if answer:
            raise RecordingRefused(answer)

    async def _import(self, file: Path) -> str:
        """What was wrong with it, or ""."""
        command = (sys.executable, "-m", "callcenter", "--config", str(self._file), "--json", "prompts", "import")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, str(file), stdout=pipe, stderr=pipe)
        try:
            async with asyncio.timeout(self._config.supervision.recording_within_seconds):
                out, _ = await process.communicate()
            refused = json.loads(out)["refused"]
        except (TimeoutError, ValueError, KeyError):
            return "it was not looked at in time"
        finally:
            if process.returncode is None:
                process.kill()
                async with asyncio.timeout(_KILLED_WITHIN_SECONDS):
                    await process.wait()
        return str(refused[0]) if refused else ""

    def _all(self) -> list[SpokenPrompt]:
        shelf = Shelf(self._config)
        kinds = {each.name: _kind(shelf, each) for each in shelf.sounds()}
        return [
            SpokenPrompt(
                name=name,
                text=prompt.text,
                en=prompt.en,
                to_agents=prompt.to == "agent",
                voice=kinds.get(name, PromptVoiceKind.UNRECORDED if "/" in name else PromptVoiceKind.WHEN_NEEDED),
            )
            for prompt in load_prompts(self._config).values()
            for name in names_of(prompt, self._config)
        ]


def _kind(shelf: Shelf, each: PromptSound) -> PromptVoiceKind:
    if not shelf.is_up_to_date(each):
        return PromptVoiceKind.MISSING
    return PromptVoiceKind.RECORDED if shelf.recording(each) else PromptVoiceKind.MACHINE
