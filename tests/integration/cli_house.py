"""A hotline in a folder of its own, used only by its command line, as an administrator would."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from callcenter.app.free_port import free_port
from callcenter.config import Config, load

ROOT = Path(__file__).parents[2]
PREFIX = ROOT / "var" / "asterisk"
_VERB_SECONDS = 60.0
_READY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def facts(self) -> Any:
        """What `--json` printed."""
        return json.loads(self.out)

    def sentence(self) -> str:
        """What a refusal said: one line, and no traceback."""
        assert "Traceback" not in self.err
        (line,) = self.err.splitlines()
        return line


class CliHouse:
    """The folder, its configuration, and `python -m callcenter` in it."""

    def __init__(self, folder: Path, sections: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.file = folder / "config.yaml"
        settings = {
            "asterisk": {
                "prefix": str(PREFIX),
                "run_folder": "ast",
                "recordings": "recordings",
                "sip_port": free_port(socket.SOCK_DGRAM),
                "http_port": free_port(),
                "rtp_first_port": 34000,
                "rtp_last_port": 34199,
                "sip_secret_file": "secrets/sip",
                "ami": {"port": free_port(), "secret_file": "secrets/ami"},
            },
            "fastagi": {"port": free_port()},
            "web": {"port": free_port()},
            "console": {"port": free_port(), "socket": "console.sock"},
            "database": {"url": "sqlite:///callcenter.db", "data_key_file": "secrets/data-key"},
            "journal": {"path": "journal", "hot_cache": "hot_cache.db", "size_mib": 1},
            "voice": {
                "prompts": str(ROOT / "prompts/prompts.yaml"),
                "recorded": str(ROOT / "prompts/recorded"),
                "sounds": "sounds",
            },
            "control": {"socket": "control.sock"},
            "offers": {"standby": [{"name": "night", "destination": "PJSIP/2001"}]},
            "dispatch": {"routes": [{"name": "city", "live": "PJSIP/120@trunk", "simulated": "PJSIP/9001"}]},
        }
        self.file.write_text(yaml.safe_dump(settings | (sections or {}), allow_unicode=True), encoding="utf-8")

    @property
    def config(self) -> Config:
        return load(self.file)

    def run(self, *arguments: str, **environment: str) -> Ran:
        """One verb, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "callcenter", "--config", str(self.file), *arguments],
            cwd=ROOT,
            env=os.environ | {"LANG": "C.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""} | environment,
            capture_output=True,
            encoding="utf-8",
            timeout=_VERB_SECONDS,
            check=False,
        )
        return Ran(code=done.returncode, out=done.stdout, err=done.stderr)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The service runs meanwhile, with Asterisk or without."""
        with open(self.folder / "service.log", "ab") as log:
            service = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "callcenter", "--config", str(self.file), "serve",
                cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert service.stdout is not None
        try:
            line = await asyncio.wait_for(service.stdout.readline(), _READY_SECONDS)
            assert line == b"ready\n", (self.folder / "service.log").read_text(encoding="utf-8")
            yield service
        finally:
            if service.returncode is None:
                service.terminate()
            await asyncio.wait_for(service.communicate(), _READY_SECONDS)
