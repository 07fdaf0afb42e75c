"""Templates, compiled once a process."""

from __future__ import annotations

from functools import cache

import jinja2
from jinja2.bccache import Bucket


@cache
def compiled() -> jinja2.BytecodeCache:
    """For every application of this process: a template that has changed is compiled anew."""
    return _InMemory()


class _InMemory(jinja2.BytecodeCache):
    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if (known := self._known.get(bucket.key)) is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()
