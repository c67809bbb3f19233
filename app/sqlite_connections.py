"""Connections to SQLite: transactions as they are meant, and writers that wait for a time only."""

import sqlite3
from time import monotonic
from typing import Any

from sqlalchemy import Connection, event

from app import patience


def prepare(engine: Any, *, durable: bool, seconds: float) -> None:  # noqa: ANN401, an Engine; listens_for is untyped
    """Let the connections of an engine be as this; nobody waits for a lock for longer."""

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # Left to itself, sqlite3 begins late and deferred; then writers lose races (14 of 40).
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # NORMAL survives a killed process, FULL also a power cut; docs/crash-safety.md says at
        # what cost.
        connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        begin = connection.get_execution_options().get("sqlite_begin", "BEGIN")
        if begin == "BEGIN":
            # This takes no lock, so nothing can go wrong; for SQLAlchemy it is a statement as any.
            connection.connection.cursor().execute("BEGIN").close()
        if begin != "BEGIN IMMEDIATE":
            return
        # All that a writer waits for, it waits for here.
        most = min(patience.left(seconds), seconds)
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA busy_timeout = {most * 1000:.0f}")
        started = monotonic()
        try:
            connection.exec_driver_sql(begin)
        finally:
            patience.spend(monotonic() - started)
