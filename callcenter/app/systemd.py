"""What systemd wants to hear from a service of type notify: one datagram a fact (sd_notify(3))."""

from __future__ import annotations

import os
import socket
from contextlib import suppress


class Systemd:
    """Says nothing when NOTIFY_SOCKET is not set. What cannot be said is dropped: a full socket must not hold us up."""

    def __init__(self) -> None:
        path = os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        usec = os.environ.get("WATCHDOG_USEC", "") if os.environ.get("WATCHDOG_PID") in (None, str(os.getpid())) else ""
        self._every_seconds = int(usec) / 1e6 / 3 if usec.isdecimal() else 0.0
        self._said_alive_at = float("-inf")

    def tell(self, facts: str) -> None:
        """E.g. READY=1, STATUS=…, STOPPING=1; several on lines of their own."""
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as pipe:
            pipe.sendto(facts.encode(), self._address)

    def alive(self, now: float) -> None:
        """WATCHDOG=1 three times in every WatchdogSec; `now` is monotonic. May be called as often as one likes."""
        if self._every_seconds and now - self._said_alive_at >= self._every_seconds:
            self._said_alive_at = now
            self.tell("WATCHDOG=1")
