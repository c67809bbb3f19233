"""License requests as JSON: the list, one, asking, and sending again."""

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings, peer
from app.skolon import license_requests
from app.skolon.domain.licenses import Failure
from app.skolon.license_requests import ANSWERS, Answered, Listed, Posting, Wanted
from app.skolon.partner_client import post_license_request
from app.skolon.portal_api.access import A_PAGE, PortalToken, administrator_with
from app.skolon.portal_api.licenses import Limit, Search
from app.skolon.schemas.license_requests import JudgedUnit, Receipt
from app.skolon.schemas.portal import OwnSchool
from app.skolon.schemas.portal_licenses import (
    NewRequest,
    RequestListed,
    RequestShown,
    RequestsPage,
    StandingShown,
)
from app.skolon.schemas.provenance import assumed

router = APIRouter(prefix="/license-requests")


@router.get("", name="skolon:list_portal_requests", openapi_extra=A_PAGE)
def list_requests(
    token: PortalToken,
    database: Database,
    clock: Clock,
    answered: Annotated[Answered | None, Query(json_schema_extra=assumed())] = None,
    search: Search = "",
    after: Annotated[
        UUID | None, Query(description="`next` of the page before", json_schema_extra=assumed())
    ] = None,
    limit: Limit = 50,
) -> RequestsPage:
    """List the requests for the administrator's schools, newest first."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        wanted = Wanted(answered, search, after, limit)
        rows, more = license_requests.asked(session, administrator, wanted, now=clock())
        return RequestsPage(
            license_requests=[RequestListed.model_validate(_listed(row)) for row in rows],
            next=str(more) if more else None,
        )


def ask(
    asked: NewRequest, token: PortalToken, database: Database, clock: Clock, settings: Settings
) -> Posting:
    """Store the request and commit, before anybody is told."""
    with database.write() as session:
        return license_requests.ask(
            session,
            administrator_with(session, token, clock),
            asked.schools,
            asked.kind,
            asked.wanted_on or swedish_date(clock()),
            client_id=asked.client_id or settings.skolon_client_id,
            partner=settings.skolon_client_id,
            form_id=asked.id or uuid4(),
            now=clock(),
        )


def ask_again(request_id: UUID, token: PortalToken, database: Database, clock: Clock) -> Posting:
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        return license_requests.ask_again(session, administrator, request_id, now=clock())


async def posted(
    request: Request, settings: Settings, posting: Annotated[Posting, Depends(ask)]
) -> Receipt | Failure | None:
    return await _post(request, settings, posting)


async def posted_again(
    request: Request, settings: Settings, posting: Annotated[Posting, Depends(ask_again)]
) -> Receipt | Failure | None:
    return await _post(request, settings, posting)


@router.post("", name="skolon:ask_in_portal", status_code=201, openapi_extra=A_PAGE)
def send_request(
    posting: Annotated[Posting, Depends(ask)],
    outcome: Annotated[Receipt | Failure | None, Depends(posted)],
    token: PortalToken,
    database: Database,
    clock: Clock,
) -> RequestShown:
    """Ask a provider for licenses, and say how it judges each school (R1, R13).

    A provider that cannot be reached is asked again until it answers; `delivery` says so.
    """
    with database.write() as session:
        return _noted(session, token, clock, posting.request_id, outcome)


@router.get("/{request_id}", name="skolon:read_portal_request", openapi_extra=A_PAGE)
def read_request(
    request_id: UUID, token: PortalToken, database: Database, clock: Clock
) -> RequestShown:
    """Say how far a request has come, and how each school stands."""
    with database.read() as session:
        return _shown(session, token, clock, request_id)


@router.post("/{request_id}/send", name="skolon:send_portal_request_again", openapi_extra=A_PAGE)
def send_again(
    request_id: UUID,
    outcome: Annotated[Receipt | Failure | None, Depends(posted_again)],
    token: PortalToken,
    database: Database,
    clock: Clock,
) -> RequestShown:
    """Send what has not arrived once more; under the same key, so it counts once."""
    with database.write() as session:
        return _noted(session, token, clock, request_id, outcome)


async def _post(request: Request, settings: Settings, posting: Posting) -> Receipt | Failure | None:
    return await post_license_request(
        peer(request, settings.partner_url),
        settings.partner_api_key,
        posting,
        patience=settings.request_timeout,
    )


def _noted(
    session: Session,
    token: str,
    clock: Clock,
    request_id: UUID,
    outcome: Receipt | Failure | None,
) -> RequestShown:
    if outcome is not None:
        license_requests.note_delivery(session, request_id, outcome)
    return _shown(session, token, clock, request_id)


def _listed(row: Listed) -> dict[str, object]:
    request = row.request
    return {
        "id": request.id,
        "client_id": row.tool.client_id,
        "provider": row.tool.provider or row.tool.name,
        "kind": request.kind,
        "asked_at": request.asked_at,
        "wanted_on": request.wanted_on,
        "delivery": request.delivery,
        "failure": request.failure,
        "attempts": request.attempts or 0,
        "is_answered": request.progress in ANSWERS,
        "progress": request.progress,
        "is_late": row.lateness is not None,
        "schools": row.number,
    }


def _shown(session: Session, token: str, clock: Clock, request_id: UUID) -> RequestShown:
    administrator = administrator_with(session, token, clock)
    asked = license_requests.read(session, administrator, request_id, now=clock())
    request = asked.request
    listed = Listed(request, asked.tool, len(asked.schools), asked.lateness)
    implementer = asked.receipt.implementer if asked.receipt else None
    units = [
        _standing(OwnSchool(id=id_, name=unit.name), unit.school_unit_code, asked.judged.get(id_))
        for id_, unit in zip(asked.ids, asked.schools, strict=True)
    ]
    return RequestShown.model_validate(
        _listed(listed)
        | {
            "available_on": request.available_on,
            "ends_on": request.ends_on,
            "message": request.message,
            "answered_at": request.told_at,
            "implementer_name": implementer.name if implementer else None,
            "implementer_email": implementer.email if implementer else None,
            "units": units,
        }
    )


def _standing(school: OwnSchool, code: str | None, judged: JudgedUnit | None) -> StandingShown:
    reason = judged.reason if judged else None
    next_step = judged.next_step if judged else None
    return StandingShown(
        school=school,
        school_unit_code=code,
        standing=judged.standing if judged else None,
        reason_sv=reason.sv if reason else None,
        reason_en=reason.en if reason else None,
        next_step_sv=next_step.sv if next_step else None,
        next_step_en=next_step.en if next_step else None,
    )
