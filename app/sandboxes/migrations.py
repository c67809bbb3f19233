"""Bringing a world's tables up to date with Alembic, and telling cheaply whether they are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, event, inspect, text

from app.database import Database
from app.patience import unhurried

MIGRATIONS = Path(__file__).parents[2] / "migrations"

_REVISION = re.compile(r'^revision: str = "(\w+)"', re.MULTILINE)
_DOWN_REVISION = re.compile(r'^down_revision: str \| None = "(\w+)"', re.MULTILINE)

# The table whose rows a statement may add, change or remove; Alembic changes a table by a copy.
_TOUCHES = re.compile(
    r'\s*(?:INSERT INTO|UPDATE|DELETE FROM|DROP TABLE)\s+"?(?:_alembic_tmp_)?(\w+)', re.IGNORECASE
)
_LEAVES_ROWS = re.compile(r"\s*(?:CREATE|ALTER|SELECT|PRAGMA|DROP INDEX)\b", re.IGNORECASE)


@cache
def newest() -> str:
    """Return the newest revision; read from the files, since importing Alembic takes 0.3 s."""
    (head,) = revisions() - {found for text_ in _texts() for found in _DOWN_REVISION.findall(text_)}
    return str(head)


def revisions() -> set[str]:
    """Return all revisions that there have been."""
    return {found for text_ in _texts() for found in _REVISION.findall(text_)}


def _texts() -> list[str]:
    return [file.read_text() for file in (MIGRATIONS / "versions").glob("*.py")]


def is_up_to_date(database: Database) -> bool:
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found == newest()


def bring_up_to_date(database: Database) -> None:
    """Run the migrations that are missing, all of them or none."""
    if not is_up_to_date(database):
        migrate(database, "head")


def migrate(database: Database, revision: str) -> None:
    """Run the migrations up to this one."""
    from alembic import command  # noqa: PLC0415, costs 0.3 s and is rarely needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config(MIGRATIONS.parent / "alembic.ini")
    config.set_main_option("script_location", str(MIGRATIONS))
    # Tables of a whole nation take longer to change than a request may wait.
    with unhurried(), migrating(database) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """Open a transaction for migrations, in which SQLite may replace a table by its successor."""
    with database.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        # To drop a table is to delete its rows, which rows of others refer to; SQLite heeds this
        # only outside a transaction, so it is told on the driver's own connection.
        driver = connection.connection.driver_connection
        assert driver is not None  # noqa: S101, for the type checker
        driver.execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin(), _statements(connection) as statements:
                yield connection
                orphans = _orphans(connection, statements)
                if orphans:
                    message = f"the migrations would leave {orphans} rows without theirs"
                    raise RuntimeError(message)
        finally:
            driver.execute("PRAGMA foreign_keys = ON")


@contextmanager
def _statements(connection: Connection) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _orphans(connection: Connection, statements: list[str]) -> int:
    """Count the rows that refer to rows which are not there.

    In the tables that were touched and those that refer to them: in all, it takes seconds for an
    index of a small table beside some million users.
    """
    touched: set[str] = set()
    for statement in statements:
        found = _TOUCHES.match(statement)
        if found:
            touched.add(found[1])
        elif not _LEAVES_ROWS.match(statement):
            return len(connection.exec_driver_sql("PRAGMA foreign_key_check").all())
    return sum(
        len(connection.exec_driver_sql(f'PRAGMA foreign_key_check("{table}")').all())
        for table in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        if touched & {table, *_referred_to(connection, table)}
    )


def _referred_to(connection: Connection, table: str) -> set[str]:
    keys = connection.exec_driver_sql(f'PRAGMA foreign_key_list("{table}")')
    return {str(key.table) for key in keys}


def settle(database: Database) -> None:
    """Leave everything in the one file that a copy will take."""
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect().execution_options(sqlite_begin="") as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
