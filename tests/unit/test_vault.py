"""Sealing: only the right key, and only for the right row."""

from __future__ import annotations

import stat
from pathlib import Path
from uuid import uuid4

import pytest

from callcenter.errors import DataKeyMissing, WrongDataKey
from storage.vault import Vault, ensure_data_key, read_data_key

KEY = bytes(range(32))


def test_what_was_sealed_opens() -> None:
    vault, row = Vault(KEY), uuid4()
    sealed = vault.seal({"illness": "高血压", "medicines": ""}, "elders", row)
    assert "高血压".encode() not in sealed
    assert vault.open(sealed, "elders", row) == {"illness": "高血压"}
    assert sealed != vault.seal({"illness": "高血压"}, "elders", row)


def test_nothing_is_sealed_as_nothing() -> None:
    vault, row = Vault(KEY), uuid4()
    assert vault.seal({"door": ""}, "households", row) == b""
    assert vault.open(b"", "households", row) == {}


def test_another_key_row_table_or_bit_does_not_open() -> None:
    vault, row = Vault(KEY), uuid4()
    sealed = vault.seal({"door": "502"}, "households", row)
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for one, data, table, key in (
        (row, sealed, "households", bytes(32)),
        (uuid4(), sealed, "households", KEY),
        (row, sealed, "elders", KEY),
        (row, flipped, "households", KEY),
        (row, sealed[:5], "households", KEY),
    ):
        with pytest.raises(WrongDataKey):
            Vault(key).open(data, table, one)


def test_indexes_find_and_do_not_tell() -> None:
    vault = Vault(KEY)
    number = "+8613900001111"
    assert vault.number_index(number) == Vault(KEY).number_index(number)
    assert (
        len({vault.number_index(number), vault.number_index("+8613900001112"), Vault(bytes(32)).number_index(number)})
        == 3
    )
    assert vault.last_four_index(number) == vault.last_four_index("1111") != vault.number_index("1111")
    assert vault.number_index("") is None and vault.last_four_index("12") is None
    assert vault.identity_index(" 1101x ") == vault.identity_index("1101X")


def test_a_data_key_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "data-key"
    assert ensure_data_key(path) is True
    key = read_data_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ensure_data_key(path) is False
    assert read_data_key(path) == key and len(key) == 32


@pytest.mark.parametrize("content", [None, b"", b"not hexadecimal", b"abcd", b"\xff\xfe", b"ab" * 33])
def test_a_key_file_that_holds_no_key_is_said_so(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataKeyMissing):
        read_data_key(path)
