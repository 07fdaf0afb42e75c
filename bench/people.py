"""Half a million elders in a minute: a crowd that the database makes up by itself, and a few thousand real ones in it.

The crowd fills tables and indexes with rows of the usual size; what is sealed in it is noise, and nobody asks for it.
The sample is written through our own repositories, sealed and indexed like everything in production, and is spread
evenly among the crowd.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID, uuid4

import sqlalchemy as sa

from callcenter.config import Config
from callcenter.domain.devices import Device, DeviceKind
from callcenter.domain.people import Contact, ContactRole, Elder, Household, Line, LineKind
from callcenter.ports.storage import Storage, UnitOfWork
from storage.engines import is_sqlite, sqlite_path
from storage.search_words import note_all
from storage.tables import PEOPLE

K = TypeVar("K")

CONTACTS = 3
STREETS = 300
ESTATES = 3000
SURNAMES = "王李张刘陈杨黄赵周吴徐孙胡朱高林何郭马罗单曾"
GIVEN = "秀英桂兰玉珍凤淑华建国明文平德志永春红梅云霞芳丽静福贵荣祥金银海江山林树根长生和乐义仁忠孝宝成"
_PORTIONS = 50  #: of crowd, with some of the sample after each
_SINCE = datetime(2026, 1, 1, tzinfo=UTC)

#: One statement a table. `{id}(text)` makes a UUID of a text, `{noise}(text, pieces)` 16 bytes a piece.
_CROWD = (
    """INSERT INTO households (id, district, street, estate, landmark, sealed, updated_at) SELECT {household},
    '东城区', '和平' || {street} || '街', '小区' || {estate}, '菜市场对面', {noise_6}, '2026-01-01 00:00:00'
    FROM {series}""",
    """INSERT INTO elders (id, household, name, sex, born, dialect, needs, how_to_talk, ladder, identity_index, sealed,
    updated_at) SELECT {elder}, {household}, {name}, '女', '1940-01-01', '', '[]', '', 'default', {blind_identity},
    {noise_8}, '2026-01-01 00:00:00' FROM {series}""",
    """INSERT INTO lines (id, household, kind, sealed, number_index, last_four_index, updated_at) SELECT {line},
    {household}, 'landline', {noise_4}, {blind_line}, {blind_four}, '2026-01-01 00:00:00' FROM {series}""",
    """INSERT INTO devices (id, elder, kind, account, sealed, number_index, last_four_index, since, updated_at)
    SELECT {device}, {elder}, 'pager', 'crowd' || i, {noise_4}, {blind_device}, {blind_four}, '2026-01-01 00:00:00',
    '2026-01-01 00:00:00' FROM {series}""",
    *(
        f"""INSERT INTO contacts (id, elder, name, role, ring_order, has_key, sealed, number_index, last_four_index,
        updated_at) SELECT {{contact{n}}}, {{elder}}, '家属{n}', 'family', {n}, {{no}}, {{noise_4}},
        {{blind_contact{n}}}, {{blind_four}}, '2026-01-01 00:00:00' FROM {{series}}"""
        for n in range(CONTACTS)
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Known:
    """One of the sample, as the caller who is asked for."""

    elder: UUID
    account: str
    number: str


async def settle(
    storage: Storage,
    config: Config,
    *,
    crowd: int,
    sample: int,
    add: Callable[[UnitOfWork, int, int], list[K]],
    searchable: bool = False,
) -> list[K]:
    """Fills an empty database that is open, and returns the sample, made by `add` (from which number, how many).

    PostgreSQL's must belong to a superuser. `searchable`: the crowd is found by name and address, too, which takes
    the time of the migration that does it.
    """
    known: list[K] = []
    engine = _fast_sqlite(sqlite_path(config)) if is_sqlite(config) else sa.create_engine(config.database.url)
    portion, few = crowd // _PORTIONS, sample // _PORTIONS
    with _without_indexes(engine):
        for number in range(_PORTIONS):
            with engine.begin() as connection:
                if not is_sqlite(config):
                    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no look at references
                for statement in _CROWD:
                    connection.exec_driver_sql(_spelled(statement, number * portion, portion, config))
            start = len(known)
            known += await storage.transact("sample", lambda work, start=start: add(work, start, few), urgent=False)
    if searchable:
        with engine.begin() as connection:
            note_all(connection)
    if not is_sqlite(config):
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")  # as its autovacuum would soon do
    engine.dispose()
    return known


def add_known(work: UnitOfWork, start: int, count: int) -> list[Known]:
    """Elders with the accounts pager<start> and on."""
    return [_add(work, start + number) for number in range(count)]


def _add(work: UnitOfWork, number: int) -> Known:
    """A household of one, with a pager, a landline and three contacts."""
    home = Household(id=uuid4(), district="东城区", street="和平街", estate="和平里", building="3号楼", door="501")
    elder = Elder(
        id=uuid4(), household=home.id, name=f"老人{number}", sex="女", illness="高血压，冠心病", medicines="阿司匹林"
    )
    known = Known(elder=elder.id, account=f"pager{number}", number=f"+8610{number:08d}")
    work.people.add_household(home)
    work.people.add_elder(elder)
    work.people.add_line(Line(id=uuid4(), household=home.id, number=known.number, kind=LineKind.LANDLINE))
    device = Device(id=uuid4(), elder=elder.id, kind=DeviceKind.PAGER, account=known.account, since=_SINCE)
    work.people.add_device(device)
    for order in range(CONTACTS):
        contact = Contact(
            id=uuid4(),
            elder=elder.id,
            name=f"家属{order}",
            role=ContactRole.FAMILY,
            number=f"+861390000{order:04d}",
            ring_order=order,
        )
        work.people.add_contact(contact)
    return known


@contextmanager
def _without_indexes(engine: sa.Engine) -> Iterator[None]:
    """They are made once at the end, which is many times faster."""
    indexes = [index for table in PEOPLE for index in table.indexes]
    with engine.begin() as connection:
        for index in indexes:
            index.drop(connection)
    yield
    with engine.begin() as connection:
        for index in indexes:
            index.create(connection)


def _fast_sqlite(path: Path) -> sa.Engine:
    """With PostgreSQL's functions that the statements use. A power cut may destroy this one."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path)
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;")
        connection.create_function("md5", 1, lambda text: hashlib.md5(text.encode()).hexdigest(), deterministic=True)
        connection.create_function("decode", 2, lambda text, _: bytes.fromhex(text), deterministic=True)
        connection.create_function("repeat", 2, lambda text, times: text * times, deterministic=True)
        return connection

    return sa.create_engine("sqlite://", creator=connect)


def _spelled(statement: str, begin: int, count: int, config: Config) -> str:
    sqlite = is_sqlite(config)
    row = "md5({!r} || i)"
    ids = ("household", "elder", "line", "device", *(f"contact{n}" for n in range(CONTACTS)))
    blinds = ("identity", "line", "device", "four", *(f"contact{n}" for n in range(CONTACTS)))
    words = {name: row.format(name) if sqlite else f"CAST({row.format(name)} AS uuid)" for name in ids}
    words |= {f"blind_{name}": f"decode({row.format('blind ' + name)}, 'hex')" for name in blinds}
    words |= {f"noise_{n}": f"decode(repeat({row.format('noise')}, {n}), 'hex')" for n in (4, 6, 8)}
    given = len(GIVEN)
    words["name"] = " || ".join(
        f"substr('{characters}', {_modulo(f'i / {every}', len(characters))} + 1, 1)"
        for characters, every in ((SURNAMES, 1), (GIVEN, len(SURNAMES)), (GIVEN, len(SURNAMES) * given))
    )
    words |= {"street": _modulo("i", STREETS), "estate": _modulo("i", ESTATES)}
    words["no"] = "0" if sqlite else "false"
    words["series"] = (
        f"(WITH RECURSIVE n(i) AS (SELECT {begin} UNION ALL SELECT i + 1 FROM n WHERE i < {begin + count - 1})"
        " SELECT i FROM n) AS n"
    )
    return statement.format(**words)


def _modulo(number: str, by: int) -> str:
    """Without the sign of percent, which drivers take for a parameter."""
    return f"({number} - {number} / {by} * {by})"


def crowds_name(i: int) -> str:
    """Of the elder with this number in the crowd."""
    first, second = i // len(SURNAMES), i // len(SURNAMES) // len(GIVEN)
    return SURNAMES[i % len(SURNAMES)] + GIVEN[first % len(GIVEN)] + GIVEN[second % len(GIVEN)]
