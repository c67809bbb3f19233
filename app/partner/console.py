"""The implementers' console: license requests, their checks, and the confirmation."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BeforeValidator
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings
from app.errors import ForbiddenError
from app.partner import (
    browser_sessions,
    license_requests,
    outbox,
    request_lists,
    request_views,
)
from app.partner.api.keys import Cursor
from app.partner.domain.licensing import CheckName, Decision
from app.partner.license_requests import Decided
from app.partner.models import Implementer
from app.partner.outbox import Message
from app.partner.request_lists import Filters
from app.partner.schemas import Reason
from app.partner.telling import AtSkolon, Told, tell
from app.partner.visits import CONSOLE_COOKIE, note_visit
from app.settings import Mode

A_PAGE = 50

# A form sends a field that was left empty as an empty text.
OptionalDate = Annotated[date | None, BeforeValidator(lambda text: text or None)]
OptionalReason = Annotated[Reason | None, BeforeValidator(lambda text: text or None)]

router = APIRouter(
    prefix="/console",
    include_in_schema=False,
    dependencies=[Depends(pages.same_origin), Depends(note_visit)],
)


class NotAnImplementerError(ForbiddenError):
    """Only implementers work here; log in at /console/login."""

    code = "not_an_implementer"


@router.get("/login", name="partner:console_login")
def choose_implementer(request: Request, settings: Settings, database: Database) -> Response:
    with database.read() as session:
        staff = session.scalars(select(Implementer).order_by(Implementer.name)).all()
        return pages.page(
            request,
            "partner/console_login.html",
            settings=settings,
            staff=staff if settings.mode is Mode.SANDBOX else [],
        )


@router.post("/login", name="partner:console_log_in")
def log_in(
    request: Request,
    implementer_id: Annotated[UUID, Form()],
    settings: Settings,
    database: Database,
    clock: Clock,
) -> Response:
    """Become an implementer by choice: there are passwords nowhere, so only in a sandbox."""
    if settings.mode is not Mode.SANDBOX:
        raise NotAnImplementerError
    with database.write() as session:
        if session.get(Implementer, implementer_id) is None:
            raise NotAnImplementerError
        before = pages.cookie(request, CONSOLE_COOKIE)
        token = browser_sessions.open_for(
            session, implementer_id=implementer_id, replaces=before, now=clock()
        )
    response = RedirectResponse(request.url_for("partner:console"), 303)
    pages.set_cookie(request, response, CONSOLE_COOKIE, token)
    return response


@router.post("/logout", name="partner:console_logout")
def log_out(request: Request, database: Database) -> RedirectResponse:
    with database.write() as session:
        browser_sessions.close(session, pages.cookie(request, CONSOLE_COOKIE))
    response = RedirectResponse(request.url_for("partner:console_login"), 303)
    pages.delete_cookie(request, response, CONSOLE_COOKIE)
    return response


@router.get("", name="partner:console")
def console(
    request: Request,
    settings: Settings,
    database: Database,
    clock: Clock,
    cursor: Cursor = None,
) -> Response:
    with database.read() as session:
        implementer = implementer_of(session, request, clock)
        if implementer is None:
            return RedirectResponse(request.url_for("partner:console_login"), 303)
        page = request_lists.page(
            session,
            Filters(),
            today=swedish_date(clock()),
            limit=A_PAGE,
            cursor=cursor,
            first_for=implementer.id,
        )
        return pages.page(
            request, "partner/console.html", settings=settings, implementer=implementer, page=page
        )


@router.get("/license-requests/{request_id}", name="partner:console_request")
def show_request(
    request_id: UUID, request: Request, settings: Settings, database: Database, clock: Clock
) -> Response:
    with database.read() as session:
        implementer = implementer_of(session, request, clock)
        if implementer is None:
            return RedirectResponse(request.url_for("partner:console_login"), 303)
        return pages.page(
            request,
            "partner/console_request.html",
            settings=settings,
            implementer=implementer,
            asked=request_views.read(session, request_id),
        )


@router.post("/license-requests/{request_id}/checks/{name}", name="partner:console_check")
def set_check(
    request_id: UUID,
    name: CheckName,
    passed: Annotated[bool, Form()],
    request: Request,
    database: Database,
    clock: Clock,
) -> Response:
    with database.write() as session:
        actor = require_implementer(session, request, clock).name
        license_requests.set_check(
            session, request_id, name, passed=passed, actor=actor, now=clock()
        )
    return _back_to(request, request_id)


def decide_in_console(
    request_id: UUID,
    decision: Decision,
    request: Request,
    database: Database,
    clock: Clock,
    starts_on: Annotated[OptionalDate, Form()] = None,
    reason: Annotated[OptionalReason, Form()] = None,
) -> Sequence[Message]:
    """Decide and commit, and return what Skolon is to be told."""
    with database.write() as session:
        actor = require_implementer(session, request, clock).name
        decided = Decided(decision, starts_on=starts_on, reason=reason)
        license_requests.decide(session, request_id, decided, actor=actor, now=clock())
        return outbox.claim(session)


def still_untold(request: Request, database: Database, clock: Clock) -> Sequence[Message]:
    with database.write() as session:
        require_implementer(session, request, clock)
        return outbox.claim(session)


async def tell_of_decision(
    due: Annotated[Sequence[Message], Depends(decide_in_console)], at_skolon: AtSkolon
) -> Told:
    return await tell(at_skolon, due)


async def tell_the_rest(
    due: Annotated[Sequence[Message], Depends(still_untold)], at_skolon: AtSkolon
) -> Told:
    return await tell(at_skolon, due)


@router.post("/license-requests/{request_id}/tell", name="partner:console_tell")
def tell_once_more(
    request_id: UUID,
    told: Annotated[Told, Depends(tell_the_rest)],
    request: Request,
    database: Database,
    clock: Clock,
) -> Response:
    """Tell Skolon what it has not been told."""
    with database.write() as session:
        told.remember(session, now=clock())
    return _back_to(request, request_id)


@router.post("/license-requests/{request_id}/{decision}", name="partner:console_decide")
def decide(
    request_id: UUID,
    decision: Decision,  # noqa: ARG001, read by the dependency; here for the path
    told: Annotated[Told, Depends(tell_of_decision)],
    request: Request,
    database: Database,
    clock: Clock,
) -> Response:
    """Confirm, delay, decline or activate, and tell Skolon."""
    with database.write() as session:
        told.remember(session, now=clock())
    return _back_to(request, request_id)


def implementer_of(session: Session, request: Request, clock: Clock) -> Implementer | None:
    """Return the implementer who is logged in in this browser."""
    token = pages.cookie(request, CONSOLE_COOKIE)
    return browser_sessions.implementer(session, token, now=clock())


def require_implementer(session: Session, request: Request, clock: Clock) -> Implementer:
    """Return the implementer who is logged in, or refuse."""
    implementer = implementer_of(session, request, clock)
    if implementer is None:
        raise NotAnImplementerError
    return implementer


def _back_to(request: Request, request_id: UUID) -> RedirectResponse:
    return RedirectResponse(request.url_for("partner:console_request", request_id=request_id), 303)
