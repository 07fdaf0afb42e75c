"""A PostgreSQL 15 of our own for the tests, from `var/servers`, on a free port of the loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from callcenter.app.free_port import free_port

SERVERS = Path(__file__).resolve().parents[2] / "var" / "servers"
_START_SECONDS = 90.0  # after a loss of power it reads back what was not yet on its disk


def missing() -> str:
    """Why the tests cannot run it; "" when they can."""
    if not (SERVERS / "usr/lib/postgresql/15/bin/postgres").exists():
        return "no PostgreSQL in var/servers (make setup unpacks it)"
    return ""


class PrivatePostgres:
    """One cluster in a folder of its own. Can be stopped, started again and frozen."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._server: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        # Root may not run it, and nobody else may read our tree: the programs go along into the folder.
        shutil.copytree(SERVERS / "usr", self._folder / "usr", symlinks=True)
        self._data = self._folder / "data"
        self._data.mkdir(mode=0o700)
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            self._folder.chmod(0o755)
            os.chown(self._data, account.pw_uid, account.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "hotline", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://hotline@127.0.0.1:{self.port}/{database}"

    def new_database(self, name: str) -> str:
        """Returns its address."""
        with self._connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def execute(self, database: str, statement: str) -> None:
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="hotline", dbname=database, autocommit=True
        ) as connection:
            connection.execute(statement)

    def start(self) -> None:
        self._server = subprocess.Popen(
            [*self._program("postgres"), "-D", str(self._data), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""],
            env=self._environment(),
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """As a machine that loses its power would."""
        if self._server is not None:
            self.thaw()
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(_START_SECONDS)
            self._server = None

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _signal_all(self, what: signal.Signals) -> None:
        assert self._server is not None
        parent = self._server.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        for pid in (parent, *(int(child) for child in children)):
            with suppress(ProcessLookupError):  # a connection's process that has ended since
                os.kill(pid, what)

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="hotline", dbname="postgres", autocommit=True, connect_timeout=2
        )

    def _program(self, name: str) -> list[str]:
        return [str(self._folder / "usr/lib/postgresql/15/bin" / name)]

    def _environment(self) -> dict[str, str]:
        libraries = ":".join(str(path) for path in sorted((self._folder / "usr/lib").glob("*-linux-gnu")))
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "LD_LIBRARY_PATH": libraries}

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [*self._program(name), *arguments],
            env=self._environment(),
            user=self._user,
            cwd="/",
            check=True,
            capture_output=True,
            timeout=_START_SECONDS,
        )
