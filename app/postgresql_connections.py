"""Connections to PostgreSQL that give up: in time on an answer, at once on a gone server."""

import re
import select
from collections.abc import Callable
from functools import cache
from math import isfinite
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError

from app import patience

# How long a server may take to let somebody in; the driver knows no less than two seconds.
CONNECT_SECONDS = 2
# How long it may take to call off a statement. One that does not is as good as gone.
CANCEL_SECONDS = 1.0
# How long a server that is gone is left alone; then one asks it, for all.
PAUSE_SECONDS = 1.0

_QUOTED = re.compile(r'"(.*?)"')

T = TypeVar("T")


class Circuit:
    """What this process knows of a server: while it is gone, nobody waits to find that out."""

    def __init__(self) -> None:
        self._is_broken = False
        self._not_before = 0.0
        self._lock = Lock()

    def connect(self, connect: Callable[[], T], database: str) -> T:
        """Connect, unless it is known to be in vain."""
        with self._lock:
            if self._is_broken:
                if monotonic() < self._not_before:
                    message = "the server was gone a moment ago"
                    raise errors.OperationalError(message)
                # Whoever is first asks; the others do not wait for what comes of it.
                self._not_before = monotonic() + CONNECT_SECONDS + PAUSE_SECONDS
        try:
            connection = connect()
        except errors.OperationalError as error:
            # The driver gives no code of what a server says instead of letting somebody in.
            if _QUOTED.findall(str(error).rpartition(" failed: ")[2])[:1] == [database]:
                raise errors.InvalidCatalogName(str(error)) from error
            self.break_off()
            raise
        self._is_broken = False
        return connection

    def break_off(self) -> None:
        """Take the server for gone."""
        with self._lock:
            self._is_broken, self._not_before = True, monotonic() + PAUSE_SECONDS


@cache
def circuit_of(_host: str | None, _port: str | None) -> Circuit:
    """Return the one circuit of a server, which all databases on it share."""
    return Circuit()


class PatientConnection(psycopg.Connection[Any]):
    """Waits no longer than whoever waits for the answer does."""

    # Of those that no request asked for, the longest wait.
    patience: float
    circuit: Circuit

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        if timeout is not None:
            # Whoever waits for notifications says for how long, and goes on without.
            return super().wait(gen, interval, timeout)
        seconds = patience.left(self.patience)
        started = monotonic()
        try:
            return super().wait(gen, interval, seconds if isfinite(seconds) else None)
        except errors._WaitTimeout:  # noqa: SLF001, what `wait` says that it raises
            return self._call_off(gen)
        finally:
            patience.spend(monotonic() - started)

    def _call_off(self, gen: PQGen[T]) -> T:
        """Have the server end the statement, which it answers with an error; or let go of it."""
        try:
            self.cancel_safe(timeout=CANCEL_SECONDS)
            return super().wait(gen, timeout=CANCEL_SECONDS)
        except errors.QueryCanceled:
            raise
        except errors.OperationalError as error:
            self.close()
            self.circuit.break_off()
            message = "the server answers no more"
            raise errors.OperationalError(message) from error


def connect_patiently(
    engine: Engine, seconds: float, found_dead: Callable[[], None] = lambda: None
) -> None:
    """Let the connections of an engine give up; no statement waits longer than these seconds."""

    @event.listens_for(engine, "do_connect")
    def _connect(
        _dialect: object, _record: object, arguments: list[Any], parameters: dict[str, Any]
    ) -> PatientConnection:
        parameters.setdefault("connect_timeout", CONNECT_SECONDS)
        circuit = circuit_of(parameters.get("host"), parameters.get("port"))
        connection = circuit.connect(
            lambda: PatientConnection.connect(*arguments, **parameters),
            parameters.get("dbname", ""),
        )
        connection.patience, connection.circuit = seconds, circuit
        return connection

    @event.listens_for(engine, "checkout")
    def _look(connection: PatientConnection, _record: object, _proxy: object) -> None:
        # A server says nothing unasked, except farewell. A look costs no way to it and back.
        look = select.poll()
        look.register(connection.fileno(), select.POLLIN)
        if look.poll(0):
            found_dead()
            raise DisconnectionError
