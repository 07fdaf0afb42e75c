"""The database, the journal that stands in for it, imports, Redis."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from callcenter.config.values import Seconds, Section


class Database(Section):
    url: str = "sqlite:///var/callcenter.db"
    password_file: Path | None = None  #: for PostgreSQL
    data_key_file: Path = Path("var/secrets/data-key")
    group_commit_ms: Annotated[float, Field(ge=0, le=5)] = 2.0
    answer_within_seconds: Annotated[float, Field(gt=0, le=5)] = 0.8  #: then it counts as away
    retry_every_seconds: Seconds = 1.0
    arrive_within_seconds: Seconds = 60.0  #: migrations at start, or a replay; then it counts as away still
    pool_size: Annotated[int, Field(ge=1, le=64)] = 4

    @field_validator("url")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
        if re.search(r"://[^/@]*:[^/@]+@", value):
            raise ValueError("holds a password; use password_file")
        return value


class Journal(Section):
    path: Path = Path("var/journal")
    size_mib: Annotated[int, Field(ge=1, le=4096)] = 16
    hot_cache: Path = Path("var/hot_cache.db")
    refresh_seconds: Seconds = 30.0


class Imports(Section):
    """How large a file of elders may be."""

    file_mib: Annotated[int, Field(ge=1, le=1024)] = 64
    unpacked_mib: Annotated[int, Field(ge=1, le=8192)] = 512  #: of an .xlsx, which is a packed file
    rows: Annotated[int, Field(ge=1, le=1_048_575)] = 600_000
    cell_characters: Annotated[int, Field(ge=100, le=32_767)] = 2000
    folder: Path = Path("var/lists")  #: of files that a browser sent or is to fetch
    forget_after_seconds: Annotated[float, Field(ge=60, le=86_400)] = 1800.0


class Photos(Section):
    """Of elders; sealed in the database."""

    file_kib: Annotated[int, Field(ge=16, le=4096)] = 1024
    side_at_most: Annotated[int, Field(ge=100, le=20_000)] = 8000  #: pixels, each way


class RedisSection(Section):
    url: str = Field(default="", pattern=r"^(rediss?://[^:@]*|unix:///.*)?$|^rediss?://[^@]*$")
    password_file: Path | None = None
    answer_within_seconds: Seconds = 0.5
    presence_ttl_seconds: Seconds = 30.0
