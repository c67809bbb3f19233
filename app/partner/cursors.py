"""Keyset cursors: where a list goes on, as an opaque text."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from app.errors import InvalidError

MOST = 1000


class InvalidCursorError(InvalidError):
    """This cursor was not given by a previous page of the same list."""

    code = "invalid_cursor"


def cursor_of(*keys: datetime | date | UUID | str | bool) -> str:
    """Return the cursor behind a row with these keys."""
    plain = [key if isinstance(key, bool) else str(key) for key in keys]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def keys_of(cursor: str, length: int) -> Sequence[str]:
    """Return the keys in a cursor that this module made, or refuse."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        keys = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidCursorError(pointer="/cursor") from error
    if not isinstance(keys, list) or len(keys) != length:
        raise InvalidCursorError(pointer="/cursor")
    return keys


def instant(key: str) -> datetime:
    """Return a key that is an instant."""
    try:
        return datetime.fromisoformat(str(key))
    except ValueError as error:
        raise InvalidCursorError(pointer="/cursor") from error


def day(key: str) -> date:
    """Return a key that is a date."""
    try:
        return date.fromisoformat(str(key))
    except ValueError as error:
        raise InvalidCursorError(pointer="/cursor") from error


def row_id(key: str) -> UUID:
    """Return a key that is an id."""
    try:
        return UUID(str(key))
    except ValueError as error:
        raise InvalidCursorError(pointer="/cursor") from error
