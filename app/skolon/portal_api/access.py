"""As which administrator a program works: a session's token as bearer, or the browser's cookie."""

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from app import pages
from app.dependencies import Clock
from app.skolon import logins
from app.skolon.browser import COOKIE
from app.skolon.domain.errors import NotLoggedInError
from app.skolon.logins import PortalUser
from app.skolon.schemas.provenance import assumed

# What every operation of this API says of itself.
A_PAGE = assumed("In reality it is a page of a portal, and no API of it is known.")

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="Administrator",
    description="A token from `POST /portal/api/sessions`.",
)


async def _token(
    request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> str:
    return sent.credentials if sent else pages.cookie(request, COOKIE)


PortalToken = Annotated[str, Depends(_token)]


def administrator_with(session: Session, token: str, clock: Clock) -> PortalUser:
    """Return the administrator whose session it is, or answer 401; 403 to whoever is none."""
    try:
        return logins.portal_user(session, token, now=clock())
    except NotLoggedInError as error:
        raise HTTPException(401, str(error), headers={"WWW-Authenticate": "Bearer"}) from error
