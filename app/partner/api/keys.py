"""Who calls: a bearer key, checked in the transaction that the call opens anyway."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Header, Query
from fastapi.exceptions import HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from app.partner import api_keys, cursors
from app.partner.api_keys import Caller, Scope

_bearer = HTTPBearer(auto_error=False, description="a key of the partner, with scopes")


async def key_in_header(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """Return the key that was sent; whether it is in force is asked of the database."""
    if credentials is None:
        raise _unauthorized()
    return credentials.credentials


Key = Annotated[str, Depends(key_in_header)]
IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")
]
Limit = Annotated[int, Query(ge=1, le=cursors.MOST, description="rows a page")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next_cursor` of a page")]


def authorize(session: Session | Connection, key: str, scope: Scope) -> Caller:
    """Return who calls, or answer 401 for an unknown key and 403 for a missing scope."""
    with unauthorized_without():
        return api_keys.check(session, key, scope)


@contextmanager
def unauthorized_without() -> Iterator[None]:
    """Answer 401 when the key turns out not to be in force."""
    try:
        yield
    except api_keys.UnknownKeyError as error:
        raise _unauthorized() from error


def _unauthorized() -> HTTPException:
    return HTTPException(
        401, "A bearer key in force is needed.", headers={"WWW-Authenticate": "Bearer"}
    )
