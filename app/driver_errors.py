"""What the errors of the two drivers mean: a database out of reach, busy, full or damaged.

PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html,
SQLite's: https://www.sqlite.org/rescode.html.
"""

import errno
import sqlite3

from sqlalchemy import exc

from app.errors import (
    BusyError,
    DamagedError,
    NoRoomError,
    OutOfReachError,
    ReadOnlyError,
    RefusalError,
)

# Two transactions waited for each other, and this one was ended.
DEADLOCK = "40P01"
# Somebody ended this connection.
ADMIN_SHUTDOWN = "57P01"
NO_SUCH_DATABASE = "3D000"
UNDEFINED_OBJECT = "42704"
UNDEFINED_FILE = "58P01"

_SQLSTATES: dict[str, type[RefusalError]] = {
    "25006": ReadOnlyError,  # a standby, or told to be
    "40001": BusyError,
    DEADLOCK: BusyError,
    "53100": NoRoomError,  # the disk
    "53200": OutOfReachError,  # the memory
    "53300": OutOfReachError,  # too many connections
    "55P03": BusyError,  # no lock in time
    "57014": BusyError,  # called off, because it took too long
    ADMIN_SHUTDOWN: OutOfReachError,
    "57P02": OutOfReachError,  # crashed
    "57P03": OutOfReachError,  # starting, or in recovery
    "58030": OutOfReachError,  # the disk does not answer
    "XX001": DamagedError,  # a table
    "XX002": DamagedError,  # an index
}
# All codes that begin so are about the connection.
_CONNECTION = "08"

_SQLITE_CODES: dict[int, type[RefusalError]] = {
    sqlite3.SQLITE_BUSY: BusyError,
    sqlite3.SQLITE_LOCKED: BusyError,
    sqlite3.SQLITE_READONLY: ReadOnlyError,
    sqlite3.SQLITE_IOERR: OutOfReachError,
    sqlite3.SQLITE_CORRUPT: DamagedError,
    sqlite3.SQLITE_FULL: NoRoomError,
    sqlite3.SQLITE_CANTOPEN: OutOfReachError,
    sqlite3.SQLITE_NOTADB: DamagedError,
}
# A result code says more in its higher bytes: a quota that is used up is a write that failed.
_SQLITE_EXTENDED_CODES: dict[int, type[RefusalError]] = {
    sqlite3.SQLITE_IOERR_WRITE: NoRoomError,
    sqlite3.SQLITE_IOERR_SHMSIZE: NoRoomError,
}
_PRIMARY = 0xFF

_FILE_ERRORS: dict[int | None, type[RefusalError]] = {
    errno.ENOSPC: NoRoomError,
    errno.EDQUOT: NoRoomError,
    errno.EFBIG: NoRoomError,
    errno.EROFS: ReadOnlyError,
    errno.EACCES: ReadOnlyError,
    errno.EIO: OutOfReachError,
}

# What may mean more than that the code here is wrong.
DRIVER_ERRORS = (exc.SQLAlchemyError, sqlite3.Error, OSError)


def refusal_of(error: Exception) -> RefusalError | None:
    """Return what to answer to whoever asked, if it was not the code here that was wrong."""
    if isinstance(error, exc.DBAPIError):
        cause = error.orig
    elif isinstance(error, exc.TimeoutError):
        return BusyError()
    else:
        cause = error
    kind = _kind(cause)
    if kind is None and isinstance(error.__context__, DRIVER_ERRORS):
        # SQLite ends a transaction that finds no room; then it misses the savepoints in it.
        return refusal_of(error.__context__)
    return None if kind is None else kind()


def as_refusal(error: Exception) -> RefusalError:
    """Return what to answer, or raise the error again if there is nothing to say."""
    refusal = error if isinstance(error, RefusalError) else refusal_of(error)
    if refusal is None:
        raise error
    return refusal


def sqlstate(error: exc.DBAPIError) -> str | None:
    """Return PostgreSQL's code for what was wrong, if it was PostgreSQL that said so."""
    code: str | None = getattr(error.orig, "sqlstate", None)
    return code


def is_deadlock(error: exc.DBAPIError) -> bool:
    """Say whether PostgreSQL ended this one of two transactions that waited for each other."""
    return sqlstate(error) == DEADLOCK


def _kind(cause: BaseException | None) -> type[RefusalError] | None:
    if isinstance(cause, OSError):
        return _FILE_ERRORS.get(cause.errno)
    if isinstance(cause, sqlite3.Error):
        result = getattr(cause, "sqlite_errorcode", 0)
        return _SQLITE_EXTENDED_CODES.get(result) or _SQLITE_CODES.get(result & _PRIMARY)
    code = getattr(cause, "sqlstate", "")
    if code is None:
        # The driver itself, which could not connect or lost its connection.
        return OutOfReachError if type(cause).__name__ in _OF_THE_WAY else None
    return OutOfReachError if code.startswith(_CONNECTION) else _SQLSTATES.get(code)


_OF_THE_WAY = ("OperationalError", "ConnectionTimeout", "InterfaceError")
