"""License requests: receiving one, going through its checks, deciding about it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from app import tracing
from app.clock import swedish_date
from app.database import add_rows, find_or_add
from app.errors import ConflictError, NotFoundError
from app.partner import code_cases, outbox, register, schools
from app.partner.api_keys import hashed
from app.partner.domain import licensing
from app.partner.domain.errors import MissingReasonError, PeriodError
from app.partner.domain.licensing import CheckName, Decision, LicensePeriod, RequestStatus
from app.partner.domain.working_days import due_on
from app.partner.models import (
    License,
    LicenseRequest,
    RequestCheck,
    RequestedUnit,
    RequestEvent,
)
from app.partner.schemas import LicenseRequestIn
from app.partner.schools import NamedUnit
from app.tracing import Kind


class UnknownLicenseRequestError(NotFoundError):
    """There is no license request of that id."""

    code = "unknown_license_request"


class RequestDiffersError(ConflictError):
    """Another license request was received under this skolon_request_id."""

    code = "request_differs"


class CheckSettledError(ConflictError):
    """The checks of a request that is confirmed, declined or activated stay as they are."""

    code = "check_settled"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with what it needs: dates, and a reason when somebody is kept waiting."""

    decision: Decision
    starts_on: date | None = None
    ends_on: date | None = None
    reason: str | None = None


def receive(session: Session, asked: LicenseRequestIn, *, actor: str, now: datetime) -> UUID:
    """Store a license request, judge its units and open code cases; asked again, it is the same."""
    given = asked.organization
    tracing.belongs_to(tracing.trace_of(asked.skolon_request_id), Kind.LICENSE_REQUEST)
    body_hash = hashed(asked.model_dump_json())
    organization = schools.find_or_add_organization(
        session, given.organization_number, given.name, given.municipality
    )
    made = LicenseRequest(
        id=uuid4(),
        organization_id=organization.id,
        skolon_request_id=asked.skolon_request_id,
        body_hash=body_hash,
        kind=asked.kind,
        wanted_on=asked.wanted_on,
        status=RequestStatus.RECEIVED,
        received_at=now,
        changed_at=now,
        answer_by=due_on(swedish_date(now)),
    )
    request = find_or_add(
        session,
        select(LicenseRequest).where(LicenseRequest.skolon_request_id == asked.skolon_request_id),
        lambda: made,
    )
    tracing.refers_to(str(request.id))
    if request is not made:
        tracing.note("partner", "request.repeated", is_same=request.body_hash == body_hash)
        if request.body_hash != body_hash:
            raise RequestDiffersError(license_request_id=str(request.id))
        return request.id
    organization.name = given.name
    organization.municipality = given.municipality or organization.municipality
    found = schools.find_or_add_schools(
        session, organization.id, [NamedUnit(unit.name, unit.skolon_id) for unit in asked.units]
    )
    standings = register.standings(session, (unit.school_unit_code for unit in asked.units))
    counted = Counter(standings[unit.school_unit_code].value for unit in asked.units)
    tracing.note("partner", "request.received", units=len(asked.units), rule="R1")
    tracing.note("partner", "units.judged", rule="R5", **counted)
    add_rows(
        session,
        RequestedUnit,
        [
            {
                "id": uuid4(),
                "license_request_id": made.id,
                "position": position,
                "school_id": school_id,
                "standing": standings[unit.school_unit_code],
                **unit.model_dump(exclude={"skolon_id"}),
            }
            for position, (unit, school_id) in enumerate(zip(asked.units, found, strict=True))
        ],
    )
    session.add_all(RequestCheck(license_request_id=made.id, name=name) for name in CheckName)
    opened = code_cases.open_for(
        session,
        [
            code_cases.Wanting(school_id, unit.unit_kind, standing, unit.school_unit_code)
            for unit, school_id in zip(asked.units, found, strict=True)
            if not (standing := standings[unit.school_unit_code]).is_usable
        ],
        now=now,
    )
    tracing.note("partner", "cases.opened", number=len(opened), rule="R11")
    _remember(session, made.id, "received", None, actor, now)
    return made.id


def set_check(
    session: Session, request_id: UUID, name: CheckName, *, passed: bool, actor: str, now: datetime
) -> None:
    """Mark a check as passed, or open it again; what it is already, it stays, as first marked."""
    request = _locked(session, request_id)
    if RequestStatus(request.status) not in (RequestStatus.RECEIVED, RequestStatus.DELAYED):
        raise CheckSettledError(current_status=request.status)
    check = session.get_one(RequestCheck, (request_id, name))
    if passed is (check.passed_at is not None):
        return
    check.passed_at, check.passed_by = (now, actor) if passed else (None, None)
    request.changed_at = now
    tracing.note("partner", "check.passed" if passed else "check.reopened", check=name, rule="R7")
    _remember(session, request_id, "passed" if passed else "reopened", name, actor, now)


def decide(
    session: Session, request_id: UUID, decided: Decided, *, actor: str, now: datetime
) -> None:
    """Decide about the request; of two who decide at once, the second is told of the first."""
    request = _locked(session, request_id)
    still_open = session.scalars(
        select(RequestCheck.name).where(
            RequestCheck.license_request_id == request_id, RequestCheck.passed_at.is_(None)
        )
    ).all()
    tracing.note(
        "partner",
        "request.decided",
        decision=decided.decision,
        was=request.status,
        open_checks=len(still_open),
        rule="R7",
    )
    request.status = licensing.decide(
        RequestStatus(request.status), decided.decision, [CheckName(name) for name in still_open]
    )
    request.changed_at = now
    request.reason = decided.reason
    match decided.decision:
        case Decision.CONFIRM:
            request.starts_on = decided.starts_on or request.wanted_on
        case Decision.DELAY:
            if decided.starts_on is None or not decided.reason:
                raise MissingReasonError
            request.starts_on = decided.starts_on
        case Decision.DECLINE:
            if not decided.reason:
                raise MissingReasonError
            request.starts_on = None
        case Decision.ACTIVATE:
            _activate(session, request, decided.ends_on)
    _remember(session, request_id, request.status, decided.reason, actor, now)
    _tell_skolon(session, request, now=now)


def _activate(session: Session, request: LicenseRequest, ends_on: date | None) -> None:
    """Make a license for each unit, to the end of the school year unless said otherwise."""
    starts_on = request.starts_on or request.wanted_on
    period = LicensePeriod.of_school_year(starts_on)
    request.ends_on = ends_on or period.ends_on
    if request.ends_on < starts_on:
        raise PeriodError(pointer="/ends_on")
    seats = RequestedUnit.students + RequestedUnit.teachers + RequestedUnit.staff
    units = session.execute(
        select(RequestedUnit.school_id, seats.label("seats")).where(
            RequestedUnit.license_request_id == request.id
        )
    )
    session.execute(
        insert(License),
        [
            {
                "id": uuid4(),
                "license_request_id": request.id,
                "school_id": unit.school_id,
                "starts_on": starts_on,
                "ends_on": request.ends_on,
                "seats": unit.seats,
            }
            for unit in units
        ],
    )


def _locked(session: Session, request_id: UUID) -> LicenseRequest:
    # Locked on PostgreSQL; on SQLite a writer is alone anyway.
    request = session.scalar(
        select(LicenseRequest).where(LicenseRequest.id == request_id).with_for_update()
    )
    if request is None:
        raise UnknownLicenseRequestError
    tracing.belongs_to(tracing.trace_of(request.skolon_request_id), Kind.LICENSE_REQUEST)
    tracing.refers_to(str(request.id))
    return request


def _tell_skolon(session: Session, request: LicenseRequest, *, now: datetime) -> None:
    version = session.scalar(
        select(func.count())
        .select_from(RequestEvent)
        .where(RequestEvent.license_request_id == request.id)
    )
    outbox.put(
        session,
        "PUT",
        f"/portal/api/license-requests/{request.skolon_request_id}/answer",
        {
            "status": request.status,
            "available_on": request.starts_on and request.starts_on.isoformat(),
            "ends_on": request.ends_on and request.ends_on.isoformat(),
            "message": request.reason,
            "version": version,
        },
        license_request_id=request.id,
        now=now,
    )


def _remember(
    session: Session, request_id: UUID, kind: str, note: str | None, actor: str, now: datetime
) -> None:
    session.add(
        RequestEvent(
            license_request_id=request_id, happened_at=now, kind=kind, note=note, actor=actor
        )
    )
    session.flush()
