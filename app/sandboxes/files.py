"""A whole world as one file that either store reads: a SQLite database of nothing but rows.

What is uploaded may be anything. Its own tables are never opened for writing nor kept: rows are
copied out of it into tables that the migrations made, and from there into the new world.
"""

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import JSON, Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.database import Base, Database
from app.driver_errors import refusal_of
from app.errors import InvalidError, NoRoomError
from app.sandboxes import migrations

HEADER = b"SQLite format 3\x00"
ROWS_AT_ONCE = 1000
LONGEST_VALUE = 1_000_000

# What is raised by values that are not what their column, or a migration, takes them for.
_STUMBLES = (
    sqlite3.Error,
    SQLAlchemyError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


class NotASandboxError(InvalidError):
    """This file is no sandbox that was downloaded here."""

    code = "not_a_sandbox"


def write(database: Database, file: Path) -> None:
    """Write the world as it is at one moment."""
    with _fresh(file, migrations.newest()) as copied:
        with database.read() as reading, copied.engine.begin() as writing:
            _copy_rows(reading.connection(), writing)
        migrations.settle(copied)


def read(file: Path, database: Database) -> None:
    """Fill a new database with the world in the file, or refuse the file."""
    with tempfile.TemporaryDirectory(prefix="skolon-mock-") as folder:
        try:
            with _fresh(Path(folder) / "world.db", _revision(file)) as clean:
                clean.close()
                _take_rows(file, Path(folder) / "world.db")
                migrations.bring_up_to_date(clean)
                migrations.bring_up_to_date(database)
                with clean.read() as reading, database.write() as writing:
                    _copy_rows(reading.connection(), writing.connection())
        # A value of the wrong kind is found by whoever first wants it to be of its own.
        except _STUMBLES as error:
            if isinstance(refusal_of(error), NoRoomError):
                raise
            raise NotASandboxError from error


@contextmanager
def _fresh(file: Path, revision: str) -> Iterator[Database]:
    file.write_bytes(_blank(revision))
    database = Database(f"sqlite:///{file}")
    try:
        yield database
    finally:
        database.close()


@lru_cache(maxsize=2)
def _blank(revision: str) -> bytes:
    """Return a file without rows; the migrations take half a second."""
    with tempfile.TemporaryDirectory(prefix="skolon-mock-") as folder:
        file = Path(folder) / "blank.db"
        database = Database(f"sqlite:///{file}")
        try:
            migrations.migrate(database, revision)
            migrations.settle(database)
        finally:
            database.close()
        return file.read_bytes()


def _revision(file: Path) -> str:
    """Return the version of the file's tables, if it is one that is known here."""
    with file.open("rb") as opened:
        if opened.read(len(HEADER)) != HEADER:
            raise NotASandboxError
    with closing(_connected(f"file:{quote(str(file))}?mode=ro&immutable=1")) as connection:
        # Nothing but a plain table is read: a view might never come to its end.
        plain = connection.execute(
            "SELECT 1 FROM sqlite_master"
            " WHERE name = 'alembic_version' AND sql LIKE 'CREATE TABLE alembic_version (%'"
        ).fetchone()
        row = plain and connection.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise NotASandboxError
    (found,) = row
    if found not in migrations.revisions():
        message = "This file is of a version that is not known here, perhaps a newer one."
        raise NotASandboxError(message)
    return str(found)


def _take_rows(file: Path, clean: Path) -> None:
    """Copy the rows of a file, if it has exactly the tables that it should have."""
    with closing(_connected(f"file:{quote(str(clean))}?mode=rw")) as connection:
        connection.execute(
            "ATTACH ? AS uploaded", (f"file:{quote(str(file))}?mode=ro&immutable=1",)
        )
        ours, theirs = (_tables(connection, schema) for schema in ("main", "uploaded"))
        # No views, triggers or computed columns either, then, which would run somebody's code.
        if ours != theirs:
            message = "The tables in this file are not those of a sandbox."
            raise NotASandboxError(message)
        connection.execute("BEGIN")
        for kind, name, *_ in ours:
            if kind == "table" and name != "alembic_version":
                columns = ", ".join(
                    f'"{column}"'
                    for _, column, *_ in connection.execute(f'PRAGMA main.table_info("{name}")')
                )
                connection.execute(
                    f'INSERT INTO main."{name}" ({columns})'  # noqa: S608, our own names
                    f' SELECT {columns} FROM uploaded."{name}"'
                )
        if connection.execute("PRAGMA main.foreign_key_check").fetchone():
            message = "Rows in this file refer to rows that are not there."
            raise NotASandboxError(message)
        connection.execute("COMMIT")


def _tables(connection: sqlite3.Connection, schema: str) -> set[tuple[str, ...]]:
    """Describe all that is declared, in lines: Alembic writes constraints in any order."""
    declared = connection.execute(
        f"SELECT type, name, tbl_name, sql FROM {schema}.sqlite_master"  # noqa: S608, our own name
        " WHERE sql IS NOT NULL"
    )
    return {
        (kind, name, table, *sorted(line.strip(" \t,") for line in sql.splitlines()))
        for kind, name, table, sql in declared
    }


def _connected(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in Base.metadata.sorted_tables:
        # Those that refer to rows of the same table are pointed at them when all are there.
        inward = [key.parent.name for key in table.foreign_keys if key.column.table is table]
        pointers = []
        found = source.execute(select(table).execution_options(yield_per=ROWS_AT_ONCE))
        for part in found.mappings().partitions():
            rows = [dict(row) for row in part]
            _check(table, rows)
            for row in rows:
                if any(row[name] is not None for name in inward):
                    pointers.append({f"{name}_": row[name] for name in (*inward, "id")})
                    row.update(dict.fromkeys(inward))
            target.execute(insert(table).values(_parameters(table)), rows)
        if pointers:
            pointing: dict[str, Any] = {name: bindparam(f"{name}_") for name in inward}
            target.execute(
                update(table).where(table.c.id == bindparam("id_")).values(pointing), pointers
            )
        _count_on(table, target)


def _check(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Refuse values that SQLite keeps in any column, though they are of another type."""
    for column in table.columns:
        if isinstance(column.type, JSON):
            continue
        of_its_type = (column.type.python_type, type(None))
        if not all(isinstance(row[column.name], of_its_type) for row in rows):
            message = f"A value in {table.name}.{column.name} is of the wrong type."
            raise NotASandboxError(message)


def _parameters(table: Table) -> dict[str, Any]:
    """Say of each column how it is written: nothing at all is not JSON's `null`."""
    return {
        column.name: bindparam(
            column.name,
            type_=JSON(none_as_null=True)
            if isinstance(column.type, JSON) and column.nullable
            else column.type,
        )
        for column in table.columns
    }


def _count_on(table: Table, target: Connection) -> None:
    """Let PostgreSQL number the next row after the last one."""
    column = table.autoincrement_column
    if target.dialect.name == "postgresql" and column is not None:
        last = select(func.max(column)).scalar_subquery()
        sequence = func.pg_get_serial_sequence(table.name, column.name)
        target.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))
