"""Where the files of the private Asterisk lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from callcenter.config import Config
from callcenter.errors import ConfigurationFaulty

_SOCKET_LENGTH_AT_MOST = 107  #: of a unix socket's path, from sys/un.h


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Absolute paths. Below `root` everything is ours; `program`, `modules` and `shared` belong to the prefix."""

    root: Path
    program: Path
    modules: Path
    shared: Path  #: Asterisk's own data: documentation, keys, REST descriptions
    sounds: Path  #: the voice's folder, holding cc/<prompt>.wav
    recordings: Path

    @property
    def etc(self) -> Path:
        return self.root / "etc"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def control(self) -> Path:
        """Asterisk's control socket."""
        return self.run / "asterisk.ctl"

    @property
    def pid_file(self) -> Path:
        return self.run / "asterisk.pid"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def messages(self) -> Path:
        """Notices, warnings and errors."""
        return self.log / "messages"

    @property
    def state(self) -> Path:
        """AstDB: entry marks and registrations."""
        return self.root / "lib"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def music(self) -> Path:
        return self.data / "moh"

    @property
    def spool(self) -> Path:
        return self.root / "spool"

    @property
    def folders(self) -> tuple[Path, ...]:
        return (
            self.etc,
            self.run,
            self.log,
            self.state / "cache",
            self.state / "agi",
            self.state / "keys",
            self.data / "sounds",
            self.music,
            self.spool / "monitor",
            self.spool / "tmp",
            self.spool / "recording",
            self.recordings,
        )


def layout(config: Config) -> Layout:
    """The layout that the configuration asks for. Raises `ConfigurationFaulty` when no Asterisk is there."""
    prefix = config.path(config.asterisk.prefix)
    root = config.path(config.asterisk.run_folder)
    program = next((p for p in (prefix / "bin/asterisk", prefix / "usr/sbin/asterisk") if p.is_file()), None)
    modules = next(iter(sorted(prefix.glob("usr/lib/*/asterisk/modules"))), prefix / "usr/lib/asterisk/modules")
    if program is None or not modules.is_dir():
        raise ConfigurationFaulty([f"asterisk.prefix: no Asterisk in {prefix}"])
    found = Layout(
        root=root,
        program=program,
        modules=modules,
        shared=next((p for p in (prefix / "usr/share/asterisk", prefix / "var/lib/asterisk") if p.is_dir()), prefix),
        sounds=config.path(config.voice.sounds),
        recordings=config.path(config.asterisk.recordings),
    )
    if len(str(found.control)) > _SOCKET_LENGTH_AT_MOST:
        raise ConfigurationFaulty([f"asterisk.run_folder: too long for a unix socket: {root}"])
    return found
