"""License requests: the list, a new one, and what became of one."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings, peer
from app.skolon import license_requests, logins
from app.skolon.browser import SessionToken, go
from app.skolon.domain.licenses import Failure, RequestKind
from app.skolon.license_requests import Answered, Posting, Wanted
from app.skolon.partner_client import post_license_request
from app.skolon.portal.dates import day_of
from app.skolon.portal.log_in import administering
from app.skolon.schemas import Text
from app.skolon.schemas.license_requests import Receipt

router = APIRouter(prefix="/portal")


@router.get("", name="skolon:portal")
def list_requests(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    answered: Annotated[Answered | None, Query()] = None,
    search: Annotated[Text, Query()] = "",
    after: Annotated[UUID | None, Query()] = None,
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        wanted = Wanted(answered, search, after)
        rows, more = license_requests.asked(session, administrator, wanted, now=clock())
        return pages.page(
            request,
            "skolon/portal.html",
            administrator=administrator,
            rows=rows,
            more=more,
            wanted=wanted,
            answers=Answered,
        )


@router.get("/license-requests/new", name="skolon:new_license_request")
def new_request(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    settings: Settings,
    provider_search: Annotated[Text, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        tools, has_more = license_requests.providers(session, provider_search)
        return pages.page(
            request,
            "skolon/new_request.html",
            administrator=administrator,
            schools=license_requests.own_schools(session, administrator),
            today=swedish_date(clock()),
            tools=tools,
            has_more=has_more,
            provider_search=provider_search,
            partner=settings.skolon_client_id,
            form_id=uuid4(),
        )


def ask(
    database: Database,
    clock: Clock,
    token: SessionToken,
    settings: Settings,
    kind: Annotated[RequestKind, Form()],
    wanted_on: Annotated[Text, Form()] = "",
    scope: Annotated[Text, Form()] = "chosen",
    school: Annotated[list[Text] | None, Form()] = None,
    form_id: Annotated[UUID | None, Form()] = None,
    client_id: Annotated[Text, Form()] = "",
) -> Posting:
    """Store the request and commit, before anybody is told."""
    with database.write() as session:
        now = clock()
        return license_requests.ask(
            session,
            logins.portal_user(session, token, now=now),
            None if scope == "all" else school or [],
            kind,
            day_of(wanted_on) if wanted_on else swedish_date(now),
            client_id=client_id or settings.skolon_client_id,
            partner=settings.skolon_client_id,
            form_id=form_id or uuid4(),
            now=now,
        )


def ask_again(request_id: UUID, database: Database, clock: Clock, token: SessionToken) -> Posting:
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        return license_requests.ask_again(session, administrator, request_id, now=clock())


async def posted(
    request: Request, settings: Settings, posting: Annotated[Posting, Depends(ask)]
) -> Receipt | Failure | None:
    return await _post(request, settings, posting)


async def posted_again(
    request: Request, settings: Settings, posting: Annotated[Posting, Depends(ask_again)]
) -> Receipt | Failure | None:
    return await _post(request, settings, posting)


@router.post("/license-requests", name="skolon:send_license_request")
def send_request(
    request: Request,
    posting: Annotated[Posting, Depends(ask)],
    outcome: Annotated[Receipt | Failure | None, Depends(posted)],
    database: Database,
) -> Response:
    """Send a license request to the partner, and show what it answers (R1, R13)."""
    return _noted(request, database, posting.request_id, outcome)


@router.post("/license-requests/{request_id}/send", name="skolon:send_license_request_again")
def send_again(
    request_id: UUID,
    request: Request,
    outcome: Annotated[Receipt | Failure | None, Depends(posted_again)],
    database: Database,
) -> Response:
    """Send what has not arrived once more; under the same key, so it counts once."""
    return _noted(request, database, request_id, outcome)


@router.get("/license-requests/{request_id}", name="skolon:license_request")
def show_request(
    request_id: UUID, request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        return pages.page(
            request,
            "skolon/request.html",
            administrator=administrator,
            asked=license_requests.read(session, administrator, request_id, now=clock()),
        )


async def _post(request: Request, settings: Settings, posting: Posting) -> Receipt | Failure | None:
    return await post_license_request(
        peer(request, settings.partner_url),
        settings.partner_api_key,
        posting,
        patience=settings.request_timeout,
    )


def _noted(
    request: Request, database: Database, request_id: UUID, outcome: Receipt | Failure | None
) -> Response:
    if outcome is not None:
        with database.write() as session:
            license_requests.note_delivery(session, request_id, outcome)
    return go(request, f"/portal/license-requests/{request_id}")
