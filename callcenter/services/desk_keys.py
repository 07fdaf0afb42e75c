"""按键: each agent's own keys of the desk, kept with the user."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from callcenter.domain.desk_keys import DEFAULT_KEYS, DeskAction, faults_of
from callcenter.errors import KeysUnusable
from callcenter.ports.storage import Storage, UnitOfWork


def keys_of(work: UnitOfWork, user: UUID) -> dict[DeskAction, str]:
    """Of this user; the default ones of a user who has chosen none, or whose choice no longer holds."""
    keys = work.access.desk_keys(user)
    chosen = {action: keys.get(action.value, default) for action, default in DEFAULT_KEYS.items()}
    return dict(DEFAULT_KEYS) if faults_of(chosen) else chosen


async def choose_keys(storage: Storage, user: UUID, keys: Mapping[DeskAction, str]) -> None:
    """Raises `KeysUnusable`, `UserUnknown`, `StorageAway` and `NotWhileStorageAway`."""
    if faults := faults_of(keys):
        raise KeysUnusable(", ".join(faults))
    words = {action.value: key for action, key in keys.items()}
    await storage.transact("desk keys", lambda work: work.access.save_desk_keys(user, words), urgent=False)
