"""Logins: why one was refused, by the reference that the person reads to support."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime

from app.dependencies import Clock, Database
from app.partner import login_support
from app.partner.api.keys import Cursor, Key, Limit, authorize
from app.partner.api_keys import Scope
from app.partner.domain.placement import Outcome
from app.partner.schemas import LoginOut, LoginPage

router = APIRouter(prefix="/api/v1/logins", tags=["logins"])

A_DAY = timedelta(days=1)


@router.get("", name="partner:list_logins")
def list_logins(
    key: Key,
    database: Database,
    clock: Clock,
    outcome: Outcome | None = None,
    since: Annotated[AwareDatetime | None, Query(description="a day ago if absent")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> LoginPage:
    """List how logins ended, newest first, and count each outcome."""
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_READ)
        return login_support.page(
            session, outcome=outcome, since=since or clock() - A_DAY, limit=limit, cursor=cursor
        )


@router.get("/{reference}", name="partner:read_login")
def read_login(
    reference: Annotated[str, Path(max_length=40, examples=["K7QM2XWD"])],
    request: Request,
    key: Key,
    database: Database,
) -> LoginOut:
    """Say how a login ended and what to do; small letters, spaces and hyphens do not matter."""
    cases_at = str(request.url_for("partner:list_code_cases"))
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_READ)
        return login_support.read(session, reference, cases_at=cases_at)
