"""A private Asterisk: laid out, started, found again, asked and stopped. It survives whoever started it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from callcenter.asterisk.hold_music import ensure_hold_music
from callcenter.asterisk.install import install
from callcenter.asterisk.layout import Layout, layout
from callcenter.asterisk.modules import modules
from callcenter.asterisk.ports_in_use import listening_ports
from callcenter.config import Config
from callcenter.errors import AsteriskAway

_BOOT_SECONDS = 20.0  #: boots in 0.5 s on a quiet machine
_CLI_SECONDS = 10.0
_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_SHARED = ("documentation", "firmware", "keys", "phoneprov", "rest-api", "static-http")
#: What must be reloaded when a file has changed. `pjsip.conf`'s transport and global sections need a restart.
_RELOADS = {
    "confbridge.conf": "module reload app_confbridge.so",
    "http.conf": "module reload http",
    "rtp.conf": "module reload res_rtp_asterisk.so",
    "manager.conf": "manager reload",
    "musiconhold.conf": "moh reload",
    "pjsip.conf": "module reload res_pjsip.so",
    "logger.conf": "logger reload",
}


class PrivateAsterisk:
    """The Asterisk of one configuration."""

    def __init__(self, config: Config) -> None:
        """Raises `ConfigurationFaulty` when there is no Asterisk under the configured prefix."""
        self._config = config
        self.layout: Layout = layout(config)

    @property
    def pid(self) -> int | None:
        """The process, if it lives and is ours: it runs with this configuration's file."""
        try:
            pid = int(self.layout.pid_file.read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self._conf) in command else None

    async def start(self, files: Mapping[str, str]) -> bool:
        """Installs the files and starts Asterisk, or adopts and reloads the one that runs. True if it was started.

        Returns when Asterisk is fully booted and owns its ports; raises `AsteriskAway` with the reason otherwise.
        """
        self.lay_out()
        changed = install(files, self.layout.etc)
        if self.pid is not None and await self.answers():
            await self.reload(changed)
            return False
        if self.pid is not None:
            await self.stop()
        self.layout.control.unlink(missing_ok=True)  # stale after a SIGKILL, and it answers nothing
        self.layout.pid_file.unlink(missing_ok=True)
        await self._run(_BOOT_SECONDS)  # it puts itself into the background, in a session of its own
        await self._booted()
        return True

    async def reload(self, changed: list[str]) -> None:
        """Makes the running Asterisk read the changed files. Calls go on."""
        if "modules.conf" in changed:
            for module in await self.missing_modules():
                await self.cli(f"module load {module}.so")
        if any(name.startswith("extensions") for name in changed):
            await self.cli("dialplan reload")
        for name, command in _RELOADS.items():
            if name in changed:
                await self.cli(command)

    async def answers(self) -> bool:
        try:
            return "Asterisk" in await self.cli("core show version")
        except AsteriskAway:
            return False

    async def cli(self, command: str) -> str:
        """What Asterisk's console prints for a command. Raises `AsteriskAway`."""
        if not self.layout.control.exists():
            raise AsteriskAway("its control socket is missing")
        return await self._run(_CLI_SECONDS, "-rx", command)

    async def missing_modules(self) -> list[str]:
        """Modules that the dialplan needs and that do not run."""
        running = {
            line.split()[0].removesuffix(".so")
            for line in (await self.cli("module show")).splitlines()
            if " Running " in line and " Not Running " not in line
        }
        return [module for module in modules(self._config) if module not in running]

    async def stop(self) -> None:
        """Ends it, calls and all, by its pid. One that is gone already is no error."""
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        if not await self._gone(_STOP_SECONDS) and self.pid == pid:
            os.kill(pid, signal.SIGKILL)
            await self._gone(_STOP_SECONDS)

    def lay_out(self) -> None:
        """Makes the folders. Idempotent; touches nothing that Asterisk keeps there."""
        for folder in self.layout.folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.layout.sounds.mkdir(parents=True, exist_ok=True)
        for name in _SHARED:
            _point(self.layout.data / name, self.layout.shared / name)
        _point(self.layout.data / "sounds" / "zh", self.layout.sounds)
        ensure_hold_music(self.layout.music)

    @property
    def _conf(self) -> Path:
        return self.layout.etc / "asterisk.conf"

    async def _run(self, seconds: float, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            self.layout.program, "-C", self._conf, *arguments,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(seconds):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AsteriskAway(f"it did not answer within {seconds:.0f} s") from None
        text = output.decode("utf-8", "replace")
        if process.returncode != 0:
            raise AsteriskAway(text.strip()[-300:] or f"exit code {process.returncode}")
        return text

    async def _booted(self) -> None:
        try:
            async with asyncio.timeout(_BOOT_SECONDS):
                while not self.layout.control.exists() or self.pid is None:
                    await asyncio.sleep(_LOOK_SECONDS)
                await self.cli("core waitfullybooted")
        except TimeoutError:
            raise AsteriskAway(f"it did not boot within {_BOOT_SECONDS:.0f} s") from None
        pid = self.pid
        wanted = {("udp", self._config.asterisk.sip_port), ("tcp", self._config.asterisk.ami.port)}
        missing = wanted - listening_ports(pid) if pid is not None else wanted
        if missing:
            await self.stop()
            ports = ", ".join(f"{protocol} {port}" for protocol, port in sorted(missing))
            raise AsteriskAway(f"somebody else has its port: {ports}")

    async def _gone(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while self.pid is not None:
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            return False
        return True


def _point(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)
