"""Many rows into new tables, by the quickest way that each store has.

Indexes and foreign keys are put aside meanwhile and made again as they were declared: the tables
are then exactly those of the migrations.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from app.database import Database
from app.population import Put, Row, Sheet

ROWS_AT_ONCE = 5_000
# In KiB; with less, pages of the keys that come in no order are written over and over.
_SQLITE_CACHE = 120_000
# To sort by for an index; as much again is used beside it.
_SQLITE_SORTING = 40_000

# How far it is with what is done after the rows: from 0 to 1.
Advance = Callable[[float], None]


@contextmanager
def loading(database: Database, sheets: Sequence[Sheet], advance: Advance) -> Iterator[Put]:
    """Take in rows of these tables; they are whole when this is left."""
    connection = database.engine.raw_connection()
    try:
        driver: Any = connection.driver_connection
        load = _sqlite if database.engine.dialect.name == "sqlite" else _postgresql
        with load(driver, sorted({sheet.table for sheet in sheets}), advance) as write:
            waiting: dict[Sheet, list[Row]] = {sheet: [] for sheet in sheets}

            def put(sheet: Sheet, rows: Iterable[Row]) -> None:
                held = waiting[sheet]
                held.extend(rows)
                if len(held) >= ROWS_AT_ONCE:
                    write(sheet, held)
                    held.clear()

            yield put
            for sheet, rows in waiting.items():
                write(sheet, rows)
    finally:
        connection.invalidate()
        connection.close()


Write = Callable[[Sheet, Sequence[Row]], None]


@contextmanager
def _sqlite(driver: Any, tables: Sequence[str], advance: Advance) -> Iterator[Write]:  # noqa: ANN401, sqlite3's connection
    marks = ", ".join("?" * len(tables))
    indexes = driver.execute(
        "SELECT name, sql FROM sqlite_master"  # noqa: S608, our own names
        f" WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks}) ORDER BY rowid",
        tables,
    ).fetchall()
    for pragma in (
        "foreign_keys = OFF",
        # Nobody else has the file, and a half one is thrown away.
        "journal_mode = DELETE",
        "journal_mode = OFF",
        "synchronous = OFF",
        f"cache_size = -{_SQLITE_CACHE}",
    ):
        driver.execute(f"PRAGMA {pragma}")
    driver.execute("BEGIN")
    for name, _ in indexes:
        driver.execute(f'DROP INDEX "{name}"')

    def write(sheet: Sheet, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(sheet.columns))
        driver.executemany(
            f"INSERT INTO {sheet.table} ({', '.join(sheet.columns)}) VALUES ({marks})",  # noqa: S608, our own names
            rows,
        )

    yield write
    driver.execute(f"PRAGMA cache_size = -{_SQLITE_SORTING}")
    for done, (_, statement) in enumerate(indexes, 1):
        driver.execute(statement)
        advance(0.9 * done / len(indexes))
    driver.execute("COMMIT")
    driver.execute("ANALYZE")
    driver.execute("PRAGMA journal_mode = WAL")
    _, _, file = driver.execute("PRAGMA database_list").fetchone()
    with open(file, "rb+") as opened:  # noqa: PTH123, as the name that SQLite gives
        os.fsync(opened.fileno())
    advance(1)


@contextmanager
def _postgresql(driver: Any, tables: Sequence[str], advance: Advance) -> Iterator[Write]:  # noqa: ANN401, psycopg's connection
    with driver.transaction(), driver.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
        cursor.execute("SET LOCAL statement_timeout = 0")
        keys = cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [list(tables)],
        ).fetchall()
        indexes = cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid::regclass::text = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint"
            " WHERE conindid = indexrelid AND contype IN ('p', 'u'))",
            [list(tables)],
        ).fetchall()
        for table, name, _ in keys:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")

        def write(sheet: Sheet, rows: Sequence[Row]) -> None:
            with cursor.copy(f"COPY {sheet.table} ({', '.join(sheet.columns)}) FROM STDIN") as copy:
                copy.write("".join(map(_line, rows)))

        yield write
        again = [
            *(definition for _, definition in indexes),
            *(f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}" for table, name, text in keys),
        ]
        for done, statement in enumerate(again, 1):
            cursor.execute(statement)
            advance(0.9 * done / len(again))
    driver.autocommit = True
    # Also for the map of what all can see, without which indexes are not enough to answer.
    driver.execute("SET statement_timeout = 0")
    driver.execute("VACUUM ANALYZE")
    advance(1)


def _line(row: Row) -> str:
    # No name here has a tab or a line break; JSON has backslashes.
    return (
        "\t".join(["\\N" if value is None else str(value).replace("\\", "\\\\") for value in row])
        + "\n"
    )
