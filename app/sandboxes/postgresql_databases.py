"""Worlds on PostgreSQL: one database each, on one server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from app.database import Database
from app.driver_errors import UNDEFINED_FILE, UNDEFINED_OBJECT, sqlstate
from app.patience import PATIENCE_SECONDS
from app.sandboxes.news import Newsroom

# How often something is tried that another process may get in the way of: a copy of a database to
# which it keeps connecting, a look at one that it drops.
ATTEMPTS = 5
# None while the files are removed already, and the entry is not yet.
_SIZE = "coalesce(pg_database_size(oid), 0)"
# What begins so, the next start removes; sandbox names have no underscore.
_ASIDE = "unfinished_"
# From so many bytes on, a database is copied file by file.
_LARGE = 64 * 1024 * 1024
# A turn is waited for as long as the other may take, and a copy takes as long as it is large.
_WAITS = "-c statement_timeout=600s -c lock_timeout=0"
# Seconds for the same where it is waited for; a request loses patience before that.
_LONGEST_TURN = 600.0


class PostgresqlDatabases:
    """One database each, their names told apart by a prefix; the note on it is its comment.

    Whoever makes databases and takes turns needs a session that lasts, so it goes the direct way,
    past a pooler that shares its connections out by the transaction.
    """

    def __init__(
        self,
        server: URL,
        prefix: str,
        *,
        direct: URL,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.server = server
        self._patience_seconds = patience_seconds
        self.direct = direct
        self.prefix = f"{prefix}-"
        patiently = {"options": f"{direct.query.get('options', '')} {_WAITS}".strip()}
        self._engine = create_engine(
            direct, isolation_level="AUTOCOMMIT", pool_size=2, connect_args=patiently
        )
        # Who has a turn uses the other connections meanwhile, so that turns have their own.
        self._turns = create_engine(
            direct,
            isolation_level="AUTOCOMMIT",
            pool_size=2,
            max_overflow=-1,
            connect_args=patiently,
        )
        self._dropping = ThreadPoolExecutor(1, "dropping")
        self._is_closed = False
        # Imported where it is needed: it takes a driver along.
        from app.postgresql_connections import connect_patiently  # noqa: PLC0415

        for engine in (self._engine, self._turns):
            connect_patiently(engine, _LONGEST_TURN)
            event.listen(engine, "checkin", self._let_go)

    def url(self, name: str) -> str:
        """Return where who fills or measures a database finds it, past any pooler."""
        return _text(self.direct.set(database=self.prefix + name))

    def database(self, name: str, *, durable: bool, is_new: bool = False) -> Database:
        """Open a database; one that is being made not through a pooler, which would hold it open.

        A pooler gives each transaction another session, and none knows what was prepared in one.
        """
        if is_new or self.server == self.direct:
            return Database(
                self.url(name), durable=durable, patience_seconds=self._patience_seconds
            )
        url = _text(self.server.set(database=self.prefix + name))
        return Database(
            url, durable=durable, prepares=False, patience_seconds=self._patience_seconds
        )

    def names(self) -> set[str]:
        return set(self._of_each("datname"))

    def notes(self) -> dict[str, str]:
        comments = self._of_each("shobj_description(oid, 'pg_database')")
        return {name: comment for name, comment in comments.items() if comment is not None}

    def sizes(self) -> dict[str, int]:
        for _ in range(ATTEMPTS - 1):
            try:
                return self._of_each(_SIZE)
            except DBAPIError as error:
                # Somebody has dropped one that was found a moment ago, or is removing its files.
                if sqlstate(error) not in (UNDEFINED_OBJECT, UNDEFINED_FILE):
                    raise
        return self._of_each(_SIZE)

    def free_bytes(self) -> int | None:
        """Return nothing: a server does not tell how much room its disk has."""
        return None

    def note(self, notes: dict[str, str]) -> None:
        with self._alone() as connection:
            for name, note in notes.items():
                self._note(connection, name, note)

    def create(self, name: str) -> None:
        with self._alone() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {self._quoted(name)}")

    def copy(self, source: str, target: str) -> None:
        """Copy a database that nobody is connected to."""
        with self._alone() as connection:
            self._copy(connection, source, target)

    def copy_live(self, source: str, target: str) -> None:
        """Copy a database from which other processes have to be turned out first."""
        with self._alone() as connection:
            for attempt in range(ATTEMPTS):
                self._turn_out(connection, source)
                try:
                    self._copy(connection, source, target)
                except OperationalError:
                    # Somebody was quicker to connect again.
                    if attempt == ATTEMPTS - 1:
                        raise
                else:
                    return

    def rename(self, source: str, target: str) -> None:
        with self._alone() as connection:
            self._turn_out(connection, source)
            self._rename(connection, source, target)

    def replace(self, source: str, target: str) -> None:
        """Give the target's name to the source, in one step."""
        with self._alone() as connection:
            if target not in self.names():
                self._rename(connection, source, target)
                return
            replaced = self._put_aside(connection, target, successor=source)
        self._dropping.submit(self._drop_replaced, replaced)

    def drop(self, name: str) -> None:
        """Drop a database, of which nothing is left under its name, even if this is cut off."""
        with self._alone() as connection:
            if not name.startswith(_ASIDE) and name in self.names():
                name = self._put_aside(connection, name)
            self._drop(connection, name)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Wait until no other process does anything about this name, and keep it so."""
        with self._turns.connect() as connection:
            connection.execute(
                text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"),
                {"name": self._turn(name)},
            )
            try:
                yield
            finally:
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")

    def newsroom(self) -> Newsroom:
        """Return where this process tells the others on the server what it does."""
        return Newsroom(self._engine, self.direct, f"{self.prefix}news")

    def is_taken(self, name: str) -> bool:
        """Say whether a living process does something about this name."""
        with self._turns.connect() as connection:
            is_free = connection.scalar(
                text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))"),
                {"name": self._turn(name)},
            )
            connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
        return not is_free

    def tidy(self) -> None:
        """Have nothing to do: the server itself finishes or forgets what was under way."""

    def close(self) -> None:
        """Let go of every connection; one that a thread still works with goes after use."""
        self._dropping.shutdown()
        self._is_closed = True
        self._engine.dispose()
        self._turns.dispose()

    def _let_go(self, connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        if self._is_closed and connection is not None:
            record.invalidate()

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        """Take turns: PostgreSQL refuses to copy a database that somebody else is copying."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('skolon-mock worlds'))")
            try:
                yield connection
            finally:
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")

    def _of_each(self, fact: str) -> dict[str, Any]:
        statement = text(
            f"SELECT datname, {fact} FROM pg_database WHERE starts_with(datname, :prefix)"  # noqa: S608, our own constants
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement, {"prefix": self.prefix}).all()
        return {name.removeprefix(self.prefix): value for name, value in rows}

    def _note(self, connection: Connection, name: str, note: str) -> None:
        # Statements of this kind take no parameters; a note is ASCII without backslashes.
        literal = note.replace("'", "''").replace("%", "%%")
        connection.exec_driver_sql(f"COMMENT ON DATABASE {self._quoted(name)} IS '{literal}'")

    def _copy(self, connection: Connection, source: str, target: str) -> None:
        # By files, both databases have to be on the disk first, each with hundreds of them; through
        # the log, every page of it is written twice.
        facts = text("SELECT current_setting('fsync'), pg_database_size(:name)")
        waits, size = connection.execute(facts, {"name": self.prefix + source}).one()
        strategy = "WAL_LOG" if waits == "on" and size < _LARGE else "FILE_COPY"
        connection.exec_driver_sql(
            f"CREATE DATABASE {self._quoted(target)} TEMPLATE {self._quoted(source)}"
            f" STRATEGY {strategy}"
        )

    def _rename(self, connection: Connection, source: str, target: str) -> None:
        connection.exec_driver_sql(
            f"ALTER DATABASE {self._quoted(source)} RENAME TO {self._quoted(target)}"
        )

    def _put_aside(self, connection: Connection, name: str, successor: str | None = None) -> str:
        """Rename a database to what the next start would remove, and a successor to its name."""
        aside = f"{_ASIDE}{uuid4().hex[:12]}"
        for attempt in range(ATTEMPTS):
            self._turn_out(connection, name)
            connection.exec_driver_sql("BEGIN")
            try:
                self._rename(connection, name, aside)
                if successor is not None:
                    self._rename(connection, successor, name)
            except DBAPIError:
                connection.exec_driver_sql("ROLLBACK")
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                connection.exec_driver_sql("COMMIT")
                break
        return aside

    def _drop_replaced(self, name: str) -> None:
        """Drop what was replaced, for which nobody waits; if that fails, the next start does it."""
        with self._engine.connect() as connection:
            self._drop(connection, name)

    def _drop(self, connection: Connection, name: str) -> None:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {self._quoted(name)} (FORCE)")

    def _turn_out(self, connection: Connection, name: str) -> None:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = :name AND pid <> pg_backend_pid()"
            ),
            {"name": self.prefix + name},
        ).all()

    def _turn(self, name: str) -> str:
        return f"skolon-mock {self.prefix}{name}"

    def _quoted(self, name: str) -> str:
        return self._engine.dialect.identifier_preparer.quote_identifier(self.prefix + name)


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
