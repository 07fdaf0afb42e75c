"""The whole hotline with its watching parent, so that a service that was killed or stopped comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from callcenter.lifeline import die_with
from dialplans import variables
from tests.acceptance.browser import listens
from tests.acceptance.hotline import QUICK, Hotline

#: Nothing that decides how long an elder hears nothing, or a contact may think, is shorter here than in a real house.
#: The sheet is spoken once, because every one of many tries hears it to its end.
UNHURRIED: dict[str, Any] = {
    "offers": QUICK["offers"] | {"silent_after_seconds": 6.0, "answer_question_seconds": 6.0, "question_times": 2},
    "dispatch": QUICK["dispatch"] | {"sheet_times": 1},
}
_BACK_SECONDS = 30.0
_ENTRIES_TAKEN_SECONDS = 10.0


class WatchedHotline(Hotline):
    """As `Hotline`; `kill_service` and `stop_service` hit the child, and the parent is left to mend it."""

    def __init__(self, folder: Path, overrides: dict[str, Any] | None = None) -> None:
        super().__init__(folder, UNHURRIED | (overrides or {}))
        self._ready: list[float] = []
        self._news = asyncio.Condition()
        self._reading: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Asterisk, database, parent and service are there; afterwards none of them is."""
        try:
            await self.start()
            await self.serve()
            yield
        finally:
            await asyncio.gather(*(phone.kill() for phone in self._phones))
            await self.quit()
            await self.asterisk.stop()

    async def serve(self) -> None:
        """Starts the parent; returns when its child is open."""
        us = os.getpid()
        self._ready, self._news = [], asyncio.Condition()
        with open(self.log, "ab") as log:
            self.service = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "tests.faults.parent",
                str(self.file),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                preexec_fn=lambda: die_with(us),
            )
        self._reading = asyncio.create_task(self._read(self.service))
        await self.back(0.0)

    async def quit(self) -> None:
        await super().quit()
        if self._reading is not None:
            await self._reading

    async def tidy(self) -> None:
        with suppress(TimeoutError):  # a stopped or starting child would refuse to close anything
            await self.back(self._ready[-1] if self._ready else 0.0)
        async with asyncio.timeout(_ENTRIES_TAKEN_SECONDS):
            while not (await self.asterisk.cli(f"database show {variables.DB_ENTRY}")).startswith("0 results"):
                await asyncio.sleep(0.05)  # a press that is taken over only now opens what must be closed here
        await super().tidy()

    def kill_service(self) -> float:
        """SIGKILL to the child; the moment, on the scale of `Phone.clock`."""
        os.kill(self._child(), signal.SIGKILL)
        return time.monotonic()

    def stop_service(self) -> float:
        """SIGSTOP to the child: it keeps its sockets and says nothing."""
        os.kill(self._child(), signal.SIGSTOP)
        return time.monotonic()

    async def back(self, after: float) -> float:
        """Waits until a service that was started after this moment is open; when that was."""
        async with asyncio.timeout(_BACK_SECONDS), self._news:
            await self._news.wait_for(lambda: bool(self._ready) and self._ready[-1] >= after)
        return self._ready[-1]

    def door(self) -> int:
        """The process of the console's door."""
        return self._child("door")

    async def door_open(self) -> None:
        await listens(self.config.console.host, self.config.console.port)

    def _child(self, verb: str = "serve") -> int:
        assert self.service is not None
        parent = self.service.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        wanted = f"\0{verb}\0".encode()
        return next(int(child) for child in children if wanted in Path(f"/proc/{child}/cmdline").read_bytes())

    async def _read(self, parent: asyncio.subprocess.Process) -> None:
        assert parent.stdout is not None
        async for line in parent.stdout:
            if line.strip() == b"ready":
                async with self._news:
                    self._ready.append(time.monotonic())
                    self._news.notify_all()
