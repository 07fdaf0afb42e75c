"""The kinds of columns our tables are made of."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

_KEPT: Final = 4096  #: values of each kind; a value costs about 200 bytes


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware time, UTC, to the microsecond. Refuses a naive one."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.DateTime())

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], datetime | str | None]:
        return _in_utc if dialect.name == "postgresql" else _as_text

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Both written out, since an emergency reads hundreds of them and a planned day writes fifty thousand."""
        return _of_native if dialect.name == "postgresql" else _of_text


class Id(sa.types.TypeDecorator[UUID]):
    """A UUID. The same few come back with each emergency, agents' above all, so those seen lately are kept."""

    impl = sa.Uuid
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        return None if dialect.name == "postgresql" else _hex

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return None if dialect.name == "postgresql" else _id_of


class Words(sa.types.TypeDecorator[tuple[str, ...]]):
    """A few words, as a JSON list. They come back as a tuple."""

    impl = sa.JSON
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], tuple[str, ...]]:
        if dialect.name != "postgresql":
            return _words_of
        read = sa.JSON().dialect_impl(dialect).result_processor(dialect, coltype)
        return tuple if read is None else lambda value: tuple(read(value) or ())


def _hex(value: UUID | None) -> str | None:
    return None if value is None else value.hex


@lru_cache(_KEPT)
def _id_of(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)


@lru_cache(_KEPT)
def _words_of(value: str) -> tuple[str, ...]:
    return tuple(json.loads(value))


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without zone cannot be stored")
    return value.astimezone(UTC)


def _as_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes a DateTime into SQLite."""
    utc = _in_utc(value)
    return None if utc is None else utc.replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(_KEPT)
def _of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


def _of_native(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def id_column() -> sa.Column[Any]:
    return sa.Column("id", Id, primary_key=True)


def word(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(80), nullable=more.pop("nullable", False), **more)


def text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Moment, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def words(name: str, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, Words, nullable=False, **more)


def flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean, nullable=False)


def sealed() -> sa.Column[Any]:
    return sa.Column("sealed", sa.LargeBinary, nullable=False)


def blind(name: str) -> sa.Column[Any]:
    """16 bytes of a keyed hash, or NULL where there is nothing to find."""
    return sa.Column(name, sa.LargeBinary(16), nullable=True)


def to(name: str, table: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Id, sa.ForeignKey(f"{table}.id"), nullable=nullable)
