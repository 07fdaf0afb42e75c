"""A redis-server of our own: on a socket in a folder, with a password, stopped and started at will."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from callcenter.app.free_port import free_port
from callcenter.lifeline import die_with

_PROJECT = Path(__file__).parents[2]
_UNPACKED = _PROJECT / "var/servers"
_LIBRARIES = _UNPACKED / "usr/lib/x86_64-linux-gnu"
PASSWORD = "made-up-for-tests"


def _program() -> Path | None:
    unpacked = _UNPACKED / "usr/bin/redis-server"
    installed = shutil.which("redis-server")
    return unpacked if unpacked.exists() else Path(installed) if installed else None


def missing() -> str:
    """Why there is no redis-server here, or ""."""
    return "" if _program() else "no redis-server: `make setup` unpacks one"


class PrivateRedis:
    """Keeps its port over stops and starts, and nothing else: like a Redis that was lost."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Returns when it answers."""
        program, parent = _program(), os.getpid()
        assert program
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "requirepass": PASSWORD}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self._process = subprocess.Popen(
            [program, *words, "--dir", self._folder],
            stdout=subprocess.DEVNULL,
            env={**os.environ, "LD_LIBRARY_PATH": str(_LIBRARIES)},
            preexec_fn=lambda: die_with(parent),
        )
        until = time.monotonic() + 10
        while not self._answers():
            assert self._process.poll() is None, "redis-server ended"
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.02)

    def stop(self) -> None:
        """As a power cut stops it."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"-NOAUTH")
        except OSError:
            return False
