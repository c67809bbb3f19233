"""Which tool calls Skolon's APIs: a bearer token, looked up in the endpoint's transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app.dependencies import Clock, Database
from app.skolon import call_limits, tokens
from app.skolon.tokens import Caller

_bearer = HTTPBearer(auto_error=False, description="A token from `/oauth/access_token`.")


async def _access_token(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    if credentials is None:
        raise _unauthorized()
    return credentials.credentials


AccessToken = Annotated[str, Depends(_access_token)]


def caller_with(session: Session, token: str, *, now: datetime) -> tokens.Caller:
    """Return who calls, or answer 401."""
    caller = tokens.caller(session, token, now=now)
    if caller is None:
        raise _unauthorized()
    return caller


@contextmanager
def calling(database: Database, token: str, clock: Clock) -> Iterator[tuple[Session, Caller]]:
    """Open a transaction that reads for whoever calls, or answer 401, or 429 where that is on."""
    now = clock()
    with database.read() as session:
        caller = caller_with(session, token, now=now)
        limit = caller.switches.calls_per_minute
        if not limit:
            yield session, caller
            return
    # One connection after the other: two at once in each thread could run out of them.
    with database.write() as session:
        wait = call_limits.seconds_to_wait(session, caller.tool_id, limit, now=now)
    if wait:
        raise HTTPException(429, "Too many requests.", headers={"Retry-After": str(wait)})
    with database.read() as session:
        yield session, caller


def _unauthorized() -> HTTPException:
    return HTTPException(
        401,
        "A bearer token is needed that is known, in time and not revoked.",
        headers={"WWW-Authenticate": "Bearer"},
    )
