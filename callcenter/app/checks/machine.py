"""Room on the disks, and a clock that can be believed: every ladder and every timeline hangs on it."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from callcenter.app.checks.finding import Finding, fault, ok, warn
from callcenter.config import Config

#: A recording takes 1 MiB a minute; a database without room is away.
LEAST_MIB: Final = 256
ENOUGH_MIB: Final = 2048
#: When this was written: an earlier time is a clock that has never been set.
_WRITTEN: Final = datetime(2025, 1, 1, tzinfo=UTC)
_LOOK_SECONDS: Final = 0.2
_AGREES_WITHIN_SECONDS: Final = 0.1
_TIMEDATECTL_WITHIN_SECONDS: Final = 3.0


async def check_disk(config: Config) -> list[Finding]:
    """One finding for each disk that holds something of ours."""
    places = {
        "database": Path(config.database.url.removeprefix("sqlite:///")).parent,
        "journal": config.journal.path.parent,
        "recordings": config.asterisk.recordings,
        "sounds": config.voice.sounds,
    }
    if not config.database.url.startswith("sqlite"):
        del places["database"]
    disks: dict[int, tuple[Path, list[str]]] = {}
    for what, path in places.items():
        there = _existing(config.path(path))
        disks.setdefault(there.stat().st_dev, (there, []))[1].append(what)
    return [_disk(path, ", ".join(names)) for path, names in disks.values()]


def _existing(path: Path) -> Path:
    return next(place for place in (path, *path.parents) if place.is_dir())


def _disk(path: Path, names: str) -> Finding:
    free = shutil.disk_usage(path).free // (1 << 20)
    en, zh = f"{free} MiB free for {names}", f"{names} 所在磁盘剩余 {free} MiB"
    if free < LEAST_MIB:
        return fault("disk", en, zh, f"make room, {LEAST_MIB} MiB at least", f"至少清理出 {LEAST_MIB} MiB")
    if free < ENOUGH_MIB:
        return warn("disk", en, zh, f"make room, {ENOUGH_MIB} MiB would do", f"建议清理出 {ENOUGH_MIB} MiB")
    return ok("disk", en, zh)


async def check_clock(config: Config) -> list[Finding]:
    """It moves as fast as the machine counts, it was set once, and somebody keeps it right, if that can be told."""
    wall, counted = time.time(), time.monotonic()
    await asyncio.sleep(_LOOK_SECONDS)
    strayed = (time.time() - wall) - (time.monotonic() - counted)
    now = datetime.now(UTC)
    if abs(strayed) > _AGREES_WITHIN_SECONDS or now < _WRITTEN:
        shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
        return [
            fault("clock", f"cannot be believed: {shown}", f"时钟不可信：{shown}",
                  "set it, and have NTP keep it", "校准时钟并启用NTP")
        ]  # fmt: skip
    match await _synchronised():
        case "yes":
            return [ok("clock", "moves and is synchronised", "正常，已同步")]
        case "no":
            return [
                warn("clock", "moves, nobody keeps it right", "正常，但未与时间服务器同步", "enable NTP", "启用NTP")
            ]
        case _:
            return [
                ok("clock", "moves; whether it is synchronised cannot be told here", "正常；本机无法得知是否已同步")
            ]


async def _synchronised() -> str:
    """What timedatectl says, or "" where there is none or it cannot tell."""
    program = shutil.which("timedatectl")
    if program is None:
        return ""
    process = await asyncio.create_subprocess_exec(
        program, "show", "--property=NTPSynchronized", "--value",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_TIMEDATECTL_WITHIN_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return output.decode(errors="replace").strip()
