"""License requests: received, looked at, checked and decided about."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.partner import idempotency, license_requests, outbox, request_lists, request_views
from app.partner.api.answers import as_csv, kept, wants_csv
from app.partner.api.keys import Cursor, IdempotencyKey, Key, Limit, authorize
from app.partner.api_keys import Scope
from app.partner.domain.licensing import CheckName, Decision, RequestStatus
from app.partner.license_requests import Decided
from app.partner.outbox import Message
from app.partner.request_lists import Filters
from app.partner.schemas import (
    DecisionIn,
    EmailText,
    EventOut,
    LicenseRequestIn,
    LicenseRequestOut,
    LicenseRequestPage,
    OrganizationNumber,
)
from app.partner.telling import AtSkolon, Told, tell

router = APIRouter(prefix="/api/v1/license-requests", tags=["license requests"])

CSV_COLUMNS = (
    "id",
    "organization.organization_number",
    "organization.name",
    "implementer",
    "kind",
    "status",
    "received_at",
    "answer_by",
    "is_overdue",
    "wanted_on",
    "starts_on",
)


@router.post(
    "",
    name="partner:receive_license_request",
    status_code=201,
    response_model=LicenseRequestOut,
)
def receive_license_request(
    asked: LicenseRequestIn,
    key: Key,
    idempotency_key: IdempotencyKey,
    request: Request,
    database: Database,
    clock: Clock,
) -> Response:
    """Receive a license request; the answer says at once how each unit stands (R1, R13)."""
    with database.write() as session:
        now = clock()
        caller = authorize(session, key, Scope.REQUESTS_WRITE)
        claimed = idempotency.claim(
            session, caller, idempotency_key, asked.model_dump_json(), now=now
        )
        if claimed.answer is None:
            made = license_requests.receive(session, asked, actor=caller.name, now=now)
            claimed.answer = request_views.read(session, made).model_dump_json()
            claimed.license_request_id = made
        answer, made_before = claimed.answer, claimed.license_request_id
    location = request.url_for("partner:read_license_request", request_id=made_before)
    return Response(answer, 201, headers={"Location": str(location)}, media_type="application/json")


@router.get("", name="partner:list_license_requests", response_model=LicenseRequestPage)
def list_license_requests(
    request: Request,
    key: Key,
    database: Database,
    clock: Clock,
    status: RequestStatus | None = None,
    organization_number: Annotated[OrganizationNumber | None, Query()] = None,
    implementer: Annotated[EmailText | None, Query(description="an email address")] = None,
    overdue: bool | None = None,
    changed_since: AwareDatetime | None = None,
    first_for: Annotated[
        EmailText | None, Query(description="an implementer's email; theirs come first")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """List license requests, newest first; as CSV with `Accept: text/csv`."""
    with database.read() as session:
        authorize(session, key, Scope.REQUESTS_READ)
        page = request_lists.page(
            session,
            Filters(status, organization_number, implementer, overdue, changed_since),
            today=swedish_date(clock()),
            limit=limit,
            cursor=cursor,
            first_for=request_lists.implementer_id(session, first_for) if first_for else None,
        )
    if wants_csv(request):
        return as_csv(page.license_requests, CSV_COLUMNS, page.next_cursor)
    return kept(request, page)


@router.get("/{request_id}", name="partner:read_license_request", response_model=LicenseRequestOut)
def read_license_request(
    request_id: UUID, request: Request, key: Key, database: Database
) -> Response:
    """Return one license request with units, checks and timeline."""
    with database.read() as session:
        authorize(session, key, Scope.REQUESTS_READ)
        return kept(request, request_views.read(session, request_id))


@router.get("/{request_id}/timeline", name="partner:read_timeline")
def read_timeline(request_id: UUID, key: Key, database: Database) -> list[EventOut]:
    """Return what has happened to a license request, oldest first."""
    with database.read() as session:
        authorize(session, key, Scope.REQUESTS_READ)
        return request_views.read(session, request_id).timeline


@router.post("/{request_id}/checks/{name}", name="partner:pass_check")
def pass_check(
    request_id: UUID, name: CheckName, key: Key, database: Database, clock: Clock
) -> LicenseRequestOut:
    """Mark one of the checks as passed (scope license-requests:decide)."""
    return _set_check(request_id, name, key, database, clock(), passed=True)


@router.delete("/{request_id}/checks/{name}", name="partner:reopen_check")
def reopen_check(
    request_id: UUID, name: CheckName, key: Key, database: Database, clock: Clock
) -> LicenseRequestOut:
    """Open a check again, as long as nothing is confirmed."""
    return _set_check(request_id, name, key, database, clock(), passed=False)


def decide(
    request_id: UUID,
    decision: Decision,
    key: Key,
    database: Database,
    clock: Clock,
    asked: DecisionIn | None = None,
) -> Sequence[Message]:
    """Decide and commit, and return what Skolon is to be told."""
    given = asked or DecisionIn()
    with database.write() as session:
        caller = authorize(session, key, Scope.REQUESTS_DECIDE)
        license_requests.decide(
            session,
            request_id,
            Decided(decision, given.starts_on, given.ends_on, given.reason),
            actor=caller.name,
            now=clock(),
        )
        return outbox.claim(session)


async def tell_of_decision(
    due: Annotated[Sequence[Message], Depends(decide)], at_skolon: AtSkolon
) -> Told:
    return await tell(at_skolon, due)


@router.post("/{request_id}/{decision}", name="partner:decide")
def answer_decision(
    request_id: UUID,
    decision: Decision,  # noqa: ARG001, read by the dependency; here for the description
    told: Annotated[Told, Depends(tell_of_decision)],
    database: Database,
    clock: Clock,
) -> LicenseRequestOut:
    """Confirm, delay, decline or activate a license request; Skolon is told (R7)."""
    with database.write() as session:
        told.remember(session, now=clock())
        return request_views.read(session, request_id)


def _set_check(
    request_id: UUID, name: CheckName, key: str, database: Database, now: datetime, *, passed: bool
) -> LicenseRequestOut:
    with database.write() as session:
        caller = authorize(session, key, Scope.REQUESTS_DECIDE)
        license_requests.set_check(
            session, request_id, name, passed=passed, actor=caller.name, now=now
        )
        return request_views.read(session, request_id)
