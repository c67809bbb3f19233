"""Which tool calls Skolon's APIs: a bearer token, looked up in the endpoint's transaction."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app.skolon import tokens

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


def _unauthorized() -> HTTPException:
    return HTTPException(
        401,
        "A bearer token is needed that is known, in time and not revoked.",
        headers={"WWW-Authenticate": "Bearer"},
    )
