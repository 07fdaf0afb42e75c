"""Ports for a hotline of one's own: the demo's and the tests'."""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress

_FROM, _TO = 12_000, 32_000  #: above those of the phones' sound, below those that outgoing connections take
_drawn: dict[int, int] = {}  #: the file descriptor that holds each


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of loopback that nobody has now, and nobody else draws before it is given back or this process ends.

    It is bound and not listened on: a server listens there all the same if it sets SO_REUSEADDR, and until then, and
    when it is gone, whoever connects is refused. Drawn and let go, such a port would be drawn by somebody else, who
    then gets the calls that were meant to find nobody.
    """
    while True:
        port = random.randrange(_FROM, _TO)  # noqa: S311 - not a secret
        with suppress(OSError), socket.socket(socket.AF_INET, kind) as probe, socket.socket() as holder:
            probe.bind(("127.0.0.1", port))
            probe.close()
            holder.bind(("127.0.0.1", port))  # SO_REUSEADDR comes after: a port that another process drew is refused
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _drawn[port] = holder.detach()
            return port


def give_back(port: int) -> None:
    """Others may draw it. Twice is once."""
    if (holder := _drawn.pop(port, None)) is not None:
        os.close(holder)
