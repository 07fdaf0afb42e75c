"""Sealing of what must not be readable at rest, and blind indexes to find numbers without storing them."""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from callcenter.errors import DataKeyMissing, WrongDataKey

KEY_BYTES = 32
_NONCE_BYTES = 12
_INDEX_BYTES = 16


def ensure_data_key(path: Path) -> bool:
    """Makes the data key, readable by its owner only, unless it is there. True if it was made now."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def read_data_key(path: Path) -> bytes:
    """32 bytes. Raises `DataKeyMissing` when the file is missing, unreadable, or not 64 hexadecimal digits."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise DataKeyMissing(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise DataKeyMissing(f"{path}: not hexadecimal") from error
    if len(key) != KEY_BYTES:
        raise DataKeyMissing(f"{path}: {len(key)} bytes, must be {KEY_BYTES}")
    return key


class Vault:
    """Seals with AES-256-GCM under keys derived from the data key, one per purpose. Safe in every thread.

    What was sealed for one row of one table cannot be opened as another's. Nonces are random, which is safe for
    about four thousand million seals per key.
    """

    def __init__(self, data_key: bytes) -> None:
        self._fields = AESGCM(_derive(data_key, b"fields"))
        self._journal = AESGCM(_derive(data_key, b"journal"))
        self._whole = _derive(data_key, b"index of the whole")
        self._last_four = _derive(data_key, b"index of the last four")
        self._identity = _derive(data_key, b"index of identity numbers")
        self.key_check = hmac.digest(_derive(data_key, b"key check"), b"elder hotline", sha256)

    def seal(self, fields: Mapping[str, str], table: str, row: UUID) -> bytes:
        """Empty when every field is."""
        filled = {name: text for name, text in fields.items() if text}
        if not filled:
            return b""
        plain = json.dumps(filled, ensure_ascii=False, separators=(",", ":")).encode()
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._fields.encrypt(nonce, plain, table.encode() + row.bytes)

    def open(self, sealed: bytes, table: str, row: UUID) -> dict[str, str]:
        """The fields that were not empty. Raises `WrongDataKey`, also for a row that was tampered with."""
        if not sealed:
            return {}
        try:
            plain = self._fields.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], table.encode() + row.bytes)
        except (InvalidTag, ValueError) as error:
            raise WrongDataKey(f"{table} {row}") from error
        fields: dict[str, str] = json.loads(plain)
        return fields

    def seal_record(self, plain: bytes, record: UUID) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._journal.encrypt(nonce, plain, record.bytes)

    def open_record(self, sealed: bytes, record: UUID) -> bytes:
        try:
            return self._journal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], record.bytes)
        except (InvalidTag, ValueError) as error:
            raise WrongDataKey("journal") from error

    def number_index(self, number: str) -> bytes | None:
        return _index(self._whole, number)

    def last_four_index(self, number: str) -> bytes | None:
        return _index(self._last_four, number[-4:]) if len(number) >= 4 else None

    def identity_index(self, identity_number: str) -> bytes | None:
        return _index(self._identity, identity_number.strip().upper())


def _derive(data_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"elder hotline: " + purpose).derive(data_key)


def _index(key: bytes, text: str) -> bytes | None:
    return hmac.digest(key, text.encode(), sha256)[:_INDEX_BYTES] if text else None
