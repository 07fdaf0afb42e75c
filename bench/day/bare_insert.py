"""The day's rows by the driver alone, into a table of the same columns and indexes: what planning is held against."""

from __future__ import annotations

import sqlite3
import time
from itertools import repeat
from typing import Any

import psycopg
import sqlalchemy as sa

from bench.day.town import DAY
from callcenter.config import Config
from storage.engines import is_sqlite, open_engine, sqlite_path
from storage.tables import check_ins


def bare_insert(config: Config, rows: int) -> float:
    """Seconds for so many rows, as many in a transaction as `plan_chunk`."""
    chunk = config.check_ins.plan_chunk
    engine = open_engine(config, patient=True)
    with engine.connect() as connection:
        if is_sqlite(config):
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        copy = check_ins.to_metadata(sa.MetaData(), name="bare")
        columns = [column.name for column in check_ins.columns]
        ready = connection.execute(sa.select(check_ins).where(check_ins.c.day == DAY).limit(rows)).all()
        copy.constraints = {c for c in copy.constraints if not isinstance(c, sa.ForeignKeyConstraint)}
        for index in list(copy.indexes):
            index.name = f"bare_{index.name}"
        copy.create(connection)
        connection.commit()
    engine.dispose()
    values = [[_plain(value, is_sqlite(config)) for value in row] for row in ready]
    mark = "?" if is_sqlite(config) else "%s"
    statement = f"INSERT INTO bare ({', '.join(columns)}) VALUES ({', '.join(repeat(mark, len(columns)))})"
    driver: Any
    if is_sqlite(config):
        driver = sqlite3.connect(sqlite_path(config), isolation_level=None)
        driver.execute("PRAGMA synchronous = FULL")
    else:
        driver = psycopg.connect(config.database.url.replace("+psycopg", ""), autocommit=True)
    began = time.perf_counter()
    for begin in range(0, len(values), chunk):
        driver.execute("BEGIN")
        driver.cursor().executemany(statement, values[begin : begin + chunk])
        driver.execute("COMMIT")
    took = time.perf_counter() - began
    driver.close()
    return took


def _plain(value: Any, sqlite: bool) -> Any:
    if not sqlite:
        return value
    return value if value is None or isinstance(value, int | str) else getattr(value, "hex", None) or str(value)
