"""The file that takes emergencies while the database is away.

Its space is allocated ahead, so that a full disk cannot stop it. A record is one transaction: its length, a checksum,
its own id, and what the transaction wrote, packed and encrypted. A record that a crash tore is recognised by its
checksum and ignored, together with everything behind it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from callcenter.errors import JournalFull, StorageAway, StorageInUse
from storage.changes import Change, decode, encode
from storage.vault import Vault

_MAGIC = b"CC-JRNL1"
_HEAD = struct.Struct(">II16s")  # length of the sealed part, checksum of id and sealed part, id
_ZERO_CHUNK = 1024 * 1024
_COMPRESSION = 1  # rows are mostly names of columns: a third of the size for a few microseconds


@dataclass(frozen=True, kw_only=True)
class Record:
    id: UUID
    changes: tuple[Change, ...]


class Journal:
    """One process at a time; safe in every thread."""

    def __init__(self, path: Path, vault: Vault, *, size_mib: int) -> None:
        """Opens or makes the file. Raises `StorageInUse`; `StorageAway` when it cannot be made or is something else."""
        self._vault = vault
        self._size = size_mib * 1024 * 1024
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageAway(f"{path}: {error.strerror}") from error
        try:
            self._claim(path)
            self._allocate(path)
            self._end = len(_MAGIC)
            self._end = self._scan()[1]
        except BaseException:
            os.close(self._file)
            raise

    @property
    def empty(self) -> bool:
        return self._end == len(_MAGIC)

    @property
    def used_bytes(self) -> int:
        return self._end

    def append(self, record: UUID, changes: Sequence[Change]) -> None:
        """On the disk when it returns. Raises `JournalFull`, or `StorageAway` when even this file cannot be written."""
        sealed = self._vault.seal_record(zlib.compress(encode(changes), _COMPRESSION), record)
        checksum = zlib.crc32(sealed, zlib.crc32(record.bytes))
        data = _HEAD.pack(len(sealed), checksum, record.bytes) + sealed
        with self._lock:
            if self._end + len(data) + _HEAD.size > self._size:
                raise JournalFull(f"{self._size} bytes")
            # The empty head behind it ends the journal, whatever an older, longer record left there.
            self._write(data + bytes(_HEAD.size), self._end)
            self._end += len(data)

    def records(self) -> list[Record]:
        """Oldest first. Raises `WrongDataKey`."""
        with self._lock:
            found, _ = self._scan()
        return [
            Record(id=record, changes=tuple(decode(zlib.decompress(self._vault.open_record(sealed, record)))))
            for record, sealed in found
        ]

    def clear(self) -> None:
        """Only after a replay was committed: a crash half-way leaves records that the replay knows."""
        with self._lock:
            used = self._end
            for offset in range(len(_MAGIC), used + _HEAD.size, _ZERO_CHUNK):
                self._write(bytes(min(_ZERO_CHUNK, used + _HEAD.size - offset)), offset)
            self._end = len(_MAGIC)

    def close(self) -> None:
        os.close(self._file)

    def _claim(self, path: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageInUse(str(path)) from error

    def _allocate(self, path: Path) -> None:
        try:
            found = os.pread(self._file, len(_MAGIC), 0)
            if found not in (b"", _MAGIC, bytes(len(_MAGIC))):
                raise StorageAway(f"{path}: is not a journal")
            length = os.fstat(self._file).st_size
            self._size = max(self._size, length)
            if length < self._size:
                os.posix_fallocate(self._file, 0, self._size)
                for offset in range(length, self._size, _ZERO_CHUNK):  # written once, a later sync moves data only
                    os.pwrite(self._file, bytes(min(_ZERO_CHUNK, self._size - offset)), offset)
            os.pwrite(self._file, _MAGIC, 0)
            os.fsync(self._file)
        except OSError as error:
            raise StorageAway(f"{path}: {error.strerror}") from error

    def _write(self, data: bytes, offset: int) -> None:
        try:
            written = os.pwrite(self._file, data, offset)
            if written != len(data):
                raise StorageAway(f"journal took {written} of {len(data)} bytes")
            os.fdatasync(self._file)
        except OSError as error:
            raise StorageAway(f"journal: {error.strerror}") from error

    def _scan(self) -> tuple[list[tuple[UUID, bytes]], int]:
        """Whole records, and where the last one ends."""
        found: list[tuple[UUID, bytes]] = []
        offset = len(_MAGIC)
        while True:
            head = os.pread(self._file, _HEAD.size, offset)
            if len(head) < _HEAD.size:
                return found, offset
            length, checksum, record = _HEAD.unpack(head)
            if not 0 < length <= self._size - offset - _HEAD.size:
                return found, offset
            sealed = os.pread(self._file, length, offset + _HEAD.size)
            if len(sealed) != length or zlib.crc32(sealed, zlib.crc32(record)) != checksum:
                return found, offset
            found.append((UUID(bytes=record), sealed))
            offset += _HEAD.size + length
