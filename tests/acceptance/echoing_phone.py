"""A telephone whose loudspeaker is heard by its own microphone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.acceptance import sounds
from tests.acceptance.phone import Phone

_MODULES = "\nmodule aubridge.so\nmodule mixausrc.so\nmodule sndfile.so\nsnd_path {folder}\n"


class EchoingPhone(Phone):
    """Says nothing but what it hears, some tens of milliseconds later, at so many percent once `echo` was called."""

    def __init__(self, *, folder: Path, **options: Any) -> None:
        super().__init__(folder=folder, **options)
        self._folder = folder
        config = folder / "config"
        bridged = re.sub(r"(audio_(?:player|source)) .*", r"\1 aubridge,echo", config.read_text())
        config.write_text(bridged.replace("module aufile.so", "module aufile.so" + _MODULES.format(folder=folder)))

    async def echo(self, percent: int) -> None:
        """In a call. From now on its own echo is so loud, of what it hears."""
        silence = sounds.tone(self._folder / "nothing.wav", 0, seconds=60)
        await self.command("mixausrc_enc_start", f"aufile {silence} {percent} 100")

    @property
    def dumped(self) -> tuple[Path, Path]:
        """What it has heard, and what it has sent, of its one call."""
        [heard], [sent] = (list(self._folder.glob(f"dump-*-{which}.wav")) for which in ("dec", "enc"))
        return heard, sent
