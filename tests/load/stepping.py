"""Migrations step by step on a world that has rows: how long each takes, and what waits for it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, inspect, text

from app.database import Database
from app.patience import unhurried
from app.sandboxes import migrations

# Those of more than 100,000 rows in a whole nation.
LARGE = frozenset(
    {
        "accounts",
        "identities",
        "placements",
        "skolon_group_memberships",
        "skolon_school_memberships",
        "skolon_seats",
        "skolon_users",
    }
)

# Who waits for whom holds such a lock of PostgreSQL's.
_WHO_WAITS = {
    "ShareLock": "writers",
    "ShareRowExclusiveLock": "writers",
    "ExclusiveLock": "writers",
    "AccessExclusiveLock": "everybody",
}
_LOCKS = (
    "SELECT relname, mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
    " WHERE pid = pg_backend_pid() AND relname = ANY(%s) AND mode = ANY(%s)"
)
# What SQLite does at length: it changes a table by filling another, and reads it for an index.
_LONG = re.compile(r"(?:INSERT INTO _alembic_tmp_|INDEX \w+ ON |UPDATE )(\w+)")


@dataclass
class Wait:
    """Who waits for a large table, and for how long."""

    table: str
    who: str
    seconds: float


@dataclass
class Step:
    """One run of one migration in one direction."""

    revision: str
    title: str
    docstring: str
    direction: str
    seconds: float = 0.0
    waits: list[Wait] = field(default_factory=list)
    # How many rows fewer there are in tables that are there before and after.
    lost: dict[str, int] = field(default_factory=dict)


def config() -> Config:
    """Return Alembic's configuration, as the application has it."""
    found = Config(migrations.MIGRATIONS.parent / "alembic.ini")
    found.set_main_option("script_location", str(migrations.MIGRATIONS))
    return found


def steps(database: Database) -> Iterator[Step]:
    """Go from the newest migration to before the first; each runs down, up and down again.

    So each meets the rows of its own time in both directions, and the next finds them there.
    """
    for script in list(ScriptDirectory.from_config(config()).walk_revisions()):
        for direction in ("down", "up", "down"):
            docstring = script.module.__doc__ or ""
            step = Step(script.revision, docstring.splitlines()[0], docstring, direction)
            before = rows_of(database)
            _run(database, step)
            after = rows_of(database)
            # What is made or dropped has nobody who waits for it.
            step.waits = [
                wait for wait in step.waits if {wait.table} <= before.keys() & after.keys()
            ]
            step.lost = {
                table: rows - after[table]
                for table, rows in before.items()
                if after.get(table, rows) < rows
            }
            yield step


def _run(database: Database, step: Step) -> None:
    alembic = config()
    started = time.perf_counter()
    with unhurried(), migrations.migrating(database) as connection:
        alembic.attributes["connection"] = connection
        with _noted(connection) as taken:
            if step.direction == "up":
                command.upgrade(alembic, step.revision)
            else:
                command.downgrade(alembic, f"{step.revision}-1")
    ended = time.perf_counter()
    step.seconds = ended - started
    # Nobody is let go before the transaction ends.
    step.waits = [Wait(table, who, ended - began) for (table, who), began in sorted(taken.items())]


@contextmanager
def _noted(connection: Connection) -> Iterator[dict[tuple[str, str], float]]:
    """Note after each statement which large tables others wait for from its beginning on."""
    taken: dict[tuple[str, str], float] = {}
    began = 0.0

    def note_beginning(*_: object) -> None:
        nonlocal began
        began = time.perf_counter()

    def note_taken(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        for table_and_who in _taken(connection, statement):
            taken.setdefault(table_and_who, began)

    event.listen(connection, "before_cursor_execute", note_beginning)
    event.listen(connection, "after_cursor_execute", note_taken)
    try:
        yield taken
    finally:
        event.remove(connection, "before_cursor_execute", note_beginning)
        event.remove(connection, "after_cursor_execute", note_taken)


def _taken(connection: Connection, statement: str) -> set[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        # To whatever table: SQLite has one writer at a time. Readers see what was before.
        return {(table, "writers") for table in _LONG.findall(statement) if table in LARGE}
    # On the driver's connection, where nobody listens.
    driver: Any = connection.connection.driver_connection
    found = driver.execute(_LOCKS, (list(LARGE), list(_WHO_WAITS))).fetchall()
    held = {(table, _WHO_WAITS[mode]) for table, mode in found}
    return {
        (table, who)
        for table, who in held
        if (table, "everybody") not in held or who == "everybody"
    }


def rows_of(database: Database) -> dict[str, int]:
    """Count the rows of every table."""
    with unhurried(), database.engine.connect() as connection:
        return {
            table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608, a name from the database
            for table in inspect(connection).get_table_names()
            if table != "alembic_version"
        }
