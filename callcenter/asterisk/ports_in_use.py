"""Which ports a process really listens on: Asterisk says "fully booted" even when somebody else has its port."""

from __future__ import annotations

import os
from pathlib import Path

_LISTENING = {"tcp": "0A", "udp": "07"}


def listening_ports(pid: int) -> frozenset[tuple[str, int]]:
    """("tcp" or "udp", port) of every socket this process listens on. Empty when the process is gone."""
    own = _socket_inodes(pid)
    found = set()
    for protocol, state in _LISTENING.items():
        for table in (Path("/proc/net") / protocol, Path("/proc/net") / f"{protocol}6"):
            for line in table.read_text().splitlines()[1:] if table.exists() else ():
                fields = line.split()
                if fields[3] == state and fields[9] in own:
                    found.add((protocol, int(fields[1].rpartition(":")[2], 16)))
    return frozenset(found)


def _socket_inodes(pid: int) -> set[str]:
    inodes = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(descriptor)
            except OSError:
                continue  # closed meanwhile
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    except OSError:
        return set()
    return inodes
