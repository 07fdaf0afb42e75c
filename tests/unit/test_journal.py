"""The journal file: torn, full, rubbish, of another key, in use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.errors import JournalFull, StorageAway, StorageInUse, WrongDataKey
from storage import tables
from storage.changes import Change, Kind
from storage.journal import Journal, Record
from storage.vault import Vault

VAULT = Vault(bytes(range(32)))


def a_record(text: str = "x") -> Record:
    row = {
        "id": uuid4(),
        "name": text,
        "needs": ["medical"],
        "sealed": b"\x00\xff",
        "born": date(1940, 1, 2),
        "updated_at": datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC),
        "identity_index": None,
    }
    return Record(id=uuid4(), changes=(Change(kind=Kind.INSERT, table=tables.elders, row=row),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    opened = Journal(path, VAULT, size_mib=1)
    yield opened
    opened.close()


def written(path: Path, *records: Record) -> None:
    journal = Journal(path, VAULT, size_mib=1)
    for record in records:
        journal.append(record.id, record.changes)
    journal.close()


def read(path: Path, vault: Vault = VAULT) -> list[Record]:
    journal = Journal(path, vault, size_mib=1)
    try:
        return journal.records()
    finally:
        journal.close()


def test_its_space_is_taken_at_once(journal: Journal, path: Path) -> None:
    assert journal.empty
    found = path.stat()
    assert found.st_size == 1024 * 1024
    assert found.st_blocks * 512 >= found.st_size
    assert found.st_mode & 0o777 == 0o600


def test_records_come_back_in_order_after_a_restart(path: Path) -> None:
    records = [a_record(str(number)) for number in range(5)]
    written(path, *records)
    assert read(path) == records


def test_nothing_in_it_is_readable(path: Path) -> None:
    written(path, a_record("张示例"))
    assert "张示例".encode() not in path.read_bytes()


def test_a_torn_last_record_is_ignored_wherever_it_tore(path: Path) -> None:
    first, last = a_record("first"), a_record("last")
    written(path, first)
    journal = Journal(path, VAULT, size_mib=1)
    begin = journal.used_bytes
    journal.append(last.id, last.changes)
    end = journal.used_bytes
    journal.close()
    whole = path.read_bytes()
    for length in range(end - begin):
        path.write_bytes(whole[: begin + length] + bytes(len(whole) - begin - length))
        assert read(path) == [first], length
    path.write_bytes(whole)
    assert read(path) == [first, last]


def test_it_goes_on_behind_a_torn_record(path: Path) -> None:
    first, torn, next_one = a_record("first"), a_record("a long torn one" * 50), a_record("next")
    written(path, first, torn)
    data = bytearray(path.read_bytes())
    journal = Journal(path, VAULT, size_mib=1)
    data[journal.used_bytes - 3] ^= 1
    journal.close()
    path.write_bytes(data)
    written(path, next_one)
    assert read(path) == [first, next_one]


def test_a_full_one_says_so_and_keeps_what_it_has(journal: Journal) -> None:
    big = a_record(os.urandom(100_000).hex())
    count = 0
    with pytest.raises(JournalFull):
        for _ in range(10):
            journal.append(big.id, big.changes)
            count += 1
    assert 0 < count < 10
    assert len(journal.records()) == count
    journal.clear()
    assert journal.empty and journal.records() == []
    journal.append(big.id, big.changes)


def test_cleared_records_do_not_come_back(path: Path) -> None:
    written(path, *(a_record() for _ in range(50)))
    journal = Journal(path, VAULT, size_mib=1)
    journal.clear()
    journal.close()
    one = a_record("one")
    written(path, one)
    assert read(path) == [one]


def test_another_key_is_refused(path: Path) -> None:
    written(path, a_record())
    with pytest.raises(WrongDataKey):
        read(path, Vault(bytes(32)))


def test_one_process_at_a_time(journal: Journal, path: Path) -> None:
    with pytest.raises(StorageInUse):
        Journal(path, VAULT, size_mib=1)


def test_something_else_is_not_overwritten(path: Path) -> None:
    path.write_bytes(b"a letter to my daughter")
    with pytest.raises(StorageAway):
        Journal(path, VAULT, size_mib=1)
    assert path.read_bytes().startswith(b"a letter")


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageAway):
        Journal(tmp_path / "file" / "journal", VAULT, size_mib=1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rubbish=st.binary(max_size=300), at=st.integers(8, 2000))
def test_rubbish_in_it_never_stops_the_start(rubbish: bytes, at: int, path: Path) -> None:
    records = [a_record(str(number)) for number in range(3)]
    path.unlink(missing_ok=True)
    written(path, *records)
    with path.open("r+b") as file:
        file.seek(at)
        file.write(rubbish)
        os.fsync(file.fileno())
    found = read(path)
    assert found == records[: len(found)]
