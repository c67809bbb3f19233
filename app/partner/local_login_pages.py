"""The demo's login of accounts that were there before Skolon; production has none."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from app import pages
from app.dependencies import Clock, Database, Settings
from app.partner import browser_sessions, local_login
from app.partner.schemas import EmailText
from app.partner.visits import SESSION_COOKIE

router = APIRouter(prefix="/login", include_in_schema=False)


@router.get("", name="partner:local_login")
def choose_account(request: Request, settings: Settings, database: Database) -> Response:
    with database.read() as session:
        choices = local_login.choices(session)
    return pages.page(request, "partner/local_login.html", settings=settings, choices=choices)


@router.post("", name="partner:log_in_locally", dependencies=[Depends(pages.same_origin)])
def log_in(
    request: Request, email: Annotated[EmailText, Form()], database: Database, clock: Clock
) -> Response:
    """Log in by email alone: there are passwords nowhere, so only in a sandbox."""
    now = clock()
    with database.write() as session:
        account_id = local_login.log_in(session, email, now=now)
        before = pages.cookie(request, SESSION_COOKIE)
        token = browser_sessions.open_for(session, account_id=account_id, replaces=before, now=now)
    response = RedirectResponse(request.url_for("partner:landing"), 303)
    pages.set_cookie(request, response, SESSION_COOKIE, token)
    return response
