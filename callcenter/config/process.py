"""The process: what it shows, what it writes, what watches it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from callcenter.config.values import Listener, Port, Seconds, Section


class Web(Listener):
    port: Port = 8080


class Control(Section):
    socket: Path = Path("var/run/control.sock")


class Logging(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "plain"] = "json"


class Watchdog(Section):
    beat_seconds: Seconds = 1.0
    hung_after_seconds: Seconds = 5.0
    start_within_seconds: Seconds = 60.0  #: until the first beat
    stop_within_seconds: Seconds = 15.0  #: after SIGTERM; then it is killed
