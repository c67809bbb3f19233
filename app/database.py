"""One world's database: tables' base, transactions, and first writes that may race."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Condition, Lock
from time import monotonic
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    MetaData,
    Select,
    String,
    Table,
    TypeDecorator,
    Uuid,
    create_engine,
    event,
    insert,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from app import patience, sqlite_connections
from app.driver_errors import ADMIN_SHUTDOWN, NO_SUCH_DATABASE, is_deadlock, sqlstate
from app.errors import BusyError, ConflictError
from app.patience import PATIENCE_SECONDS

LONGEST_TRANSACTION_SECONDS = 30
POOL_SIZE = 16
# Of two transactions that waited for each other, the other one is through by the next attempt.
ATTEMPTS = 5
# By so many more, a table may be another one to PostgreSQL, which only looks once a minute.
MANY_ROWS = 200

T = TypeVar("T")

# Forgets, in the caller's transaction, the people whom Skolon knows by these ids.
Forgetter = Callable[[Session, Collection[str]], None]


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware on the way in and out, kept in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "an instant needs a time zone"
            raise ValueError(message)
        utc = value.astimezone(UTC)
        # SQLite has no time zones; stored without one, the text sorts as the instant does.
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, the signature is SQLAlchemy's
        if value is None:
            return None
        # PostgreSQL gives it in the time zone of its session, SQLite without one.
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables of all three companies, in one database a world."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, UUID: Uuid(), str: String()}  # noqa: RUF012, read by SQLAlchemy


class GoneDatabaseError(ConflictError):
    """The sandbox was reset or deleted while this was asked; ask again."""

    code = "sandbox_gone"


class Database:
    """The engine of one world; `read()` and `write()` are its only transactions."""

    def __init__(
        self,
        url: str,
        *,
        durable: bool = False,
        prepares: bool = True,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._patience_seconds = patience_seconds
        arguments: dict[str, Any] = {}
        if url.startswith("sqlite"):
            arguments["connect_args"] = {
                "timeout": patience_seconds,
                "check_same_thread": False,
            }
        elif not prepares:
            arguments["connect_args"] = {"prepare_threshold": None}
        # Statement parameters hold names and emails: they must not reach logs by way of an error.
        engine = create_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=0,
            # Each connection keeps pages and plans of its own: few that are used often do better.
            pool_use_lifo=True,
            pool_timeout=patience_seconds,
            hide_parameters=True,
            **arguments,
        )
        if engine.dialect.name == "sqlite":
            sqlite_connections.prepare(engine, durable=durable, seconds=patience_seconds)
        else:
            from app.postgresql_connections import connect_patiently  # noqa: PLC0415, takes a driver along

            connect_patiently(engine, patience_seconds, self._doubt)
        self.engine = engine
        self._is_closed = False
        event.listen(engine, "checkin", self._let_go)
        self._writing = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._reading = engine
        self._looking = engine.execution_options(sqlite_begin="")
        if engine.dialect.name == "postgresql":
            # As in SQLite: what is read in one transaction is of one moment.
            self._reading = engine.execution_options(isolation_level="REPEATABLE READ")
            self._looking = engine.execution_options(isolation_level="AUTOCOMMIT")
        # Counts what this process has written; whoever watches need not ask the database.
        self.writes = 0
        # Who keeps something of people beside the companies' own tables.
        self.forgetters: list[Forgetter] = []
        # Whether another process turned us out: by its name, another database may be found now.
        self.is_doubtful = False
        self._has_ended = False
        self._is_at_rest = False
        self._transactions = 0
        self._changed = Condition()
        # SQLite lets one write, and has the others ask again at ever longer intervals.
        self._turns = Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that sees one moment and is never committed."""
        with self._in_use(), Session(self._reading, autoflush=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """Open a connection on which each statement sees its own moment, for what is asked often.

        Without a session and without a transaction it takes half the time.
        """
        with self._in_use(), self._looking.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, counts: bool = True) -> Iterator[Session]:
        """Open a transaction that commits when left and rolls back when something is raised."""
        with self._in_use(), self._turn(), Session(self._writing) as session, session.begin():
            yield session
        # What nobody has to act upon does not count.
        self.writes += counts

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do it in a transaction that commits, again if it was ended for a deadlock."""
        for _ in range(ATTEMPTS - 1):
            try:
                with self.write() as session:
                    return work(session)
            except OperationalError as error:
                if not is_deadlock(error):
                    raise
        with self.write() as session:
            return work(session)

    def forget(self, session: Session, public_ids: Collection[str]) -> None:
        """Let everybody who keeps something of these people forget it, in this transaction."""
        for forget in self.forgetters:
            forget(session, public_ids)

    def close(self) -> None:
        """Let go of every connection; those in use, and any that is opened yet, go after use."""
        with self._changed:
            self._is_closed = True
            in_use = bool(self._transactions)
        # A connection that is on its way back would come to a pool that nobody looks after.
        if not in_use:
            self.engine.dispose()

    def end(self) -> None:
        """Let nobody begin anything any more, wait for what goes on, and close.

        A SQLite file must not be replaced under somebody: the journal beside it goes by its name,
        so that closing the old one would remove that of the new one.
        """
        with self._changed:
            self._has_ended = True
            self._changed.wait_for(lambda: not self._transactions, LONGEST_TRANSACTION_SECONDS)
        self.close()

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Wait until nobody is in it, and let those who come meanwhile wait, without a connection.

        PostgreSQL copies only a database that nobody is connected to.
        """
        with self._changed:
            self._is_at_rest = True
            self._changed.wait_for(lambda: not self._transactions, LONGEST_TRANSACTION_SECONDS)
        try:
            self.engine.dispose()
            yield
        finally:
            with self._changed:
                self._is_at_rest = False
                self._changed.notify_all()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_at_rest, LONGEST_TRANSACTION_SECONDS)
            if self._has_ended:
                raise GoneDatabaseError
            self._transactions += 1
        try:
            yield
        except OperationalError as error:
            if self._was_taken_away(error):
                raise GoneDatabaseError from error
            raise
        finally:
            with self._changed:
                self._transactions -= 1
                was_last = self._is_closed and not self._transactions
                self._changed.notify_all()
            if was_last:
                self.engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._turns is None:
            yield
            return
        most = min(patience.left(self._patience_seconds), self._patience_seconds)
        started = monotonic()
        has_turn = self._turns.acquire(timeout=most)
        patience.spend(monotonic() - started)
        if not has_turn:
            raise BusyError
        try:
            yield
        finally:
            self._turns.release()

    def _doubt(self) -> None:
        self.is_doubtful = True

    def _was_taken_away(self, error: OperationalError) -> bool:
        """Say whether another process replaced or deleted the database, or copied it."""
        if sqlstate(error) != ADMIN_SHUTDOWN:
            return sqlstate(error) == NO_SUCH_DATABASE
        self.is_doubtful = True
        # A server that stops ends everybody's connections in the same words.
        try:
            self.engine.connect().close()
        except OperationalError as now:
            return sqlstate(now) == NO_SUCH_DATABASE
        return True

    def _let_go(self, connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        # The pool that it came from is forgotten by then, and would leave it open.
        if self._is_closed and connection is not None:
            record.invalidate()


def add_rows(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in one statement, without making objects of them; a third of the time."""
    session.flush()
    connection = session.connection()
    # As a statement about the table, so that a None is written and does not split the rows.
    connection.execute(insert(table.__table__), rows)  # type: ignore[arg-type]  # always a Table
    if len(rows) >= MANY_ROWS and connection.dialect.name == "postgresql":
        # It may have planned to read the whole table for each reference, when that was small.
        connection.exec_driver_sql("DISCARD PLANS")


def add_missing(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]
) -> set[UUID]:
    """Insert the rows that break no unique index, in one statement; return the ids of those.

    PostgreSQL waits for whoever adds the same just now, and then finds it there.
    """
    session.flush()
    target = cast("Table", table.__table__)
    insert_into = sqlite.insert
    if session.get_bind().dialect.name != "sqlite":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415, by then it is there anyway

        insert_into = postgresql.insert  # type: ignore[assignment]
    statement = insert_into(target).values(rows).on_conflict_do_nothing().returning(target.c.id)
    return set(session.connection().scalars(statement))


def find_or_add(session: Session, statement: Select[T], make: Callable[[], T]) -> T:
    """Return the one row of the statement, made now if need be, also when others do the same."""
    found = session.scalars(statement).one_or_none()
    if found is not None:
        return found
    try:
        with session.begin_nested():
            row = make()
            session.add(row)
    except IntegrityError:
        return session.scalars(statement).one()
    return row
