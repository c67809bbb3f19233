"""One license request with all that is known of it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.partner.domain.licensing import TRANSITIONS, CheckName, RequestStatus
from app.partner.license_requests import UnknownLicenseRequestError
from app.partner.models import (
    Implementer,
    LicenseRequest,
    Organization,
    RequestCheck,
    RequestedUnit,
    RequestEvent,
    School,
    SkolonMessage,
)
from app.partner.schemas import (
    CheckOut,
    ContactOut,
    EventOut,
    LicenseRequestOut,
    OrganizationOut,
    UnitOut,
)


def read(session: Session, request_id: UUID) -> LicenseRequestOut:
    """Return one license request with all that is known of it."""
    found = session.execute(
        select(LicenseRequest, Organization, Implementer)
        .join(Organization, Organization.id == LicenseRequest.organization_id)
        .outerjoin(Implementer, Implementer.id == Organization.implementer_id)
        .where(LicenseRequest.id == request_id)
    ).one_or_none()
    if found is None:
        raise UnknownLicenseRequestError
    request, organization, implementer = found
    units = session.execute(
        select(
            School.skolon_id,
            RequestedUnit.name,
            RequestedUnit.unit_kind,
            RequestedUnit.school_unit_code,
            RequestedUnit.standing,
            RequestedUnit.students,
            RequestedUnit.teachers,
            RequestedUnit.staff,
        )
        .join(School, School.id == RequestedUnit.school_id)
        .where(RequestedUnit.license_request_id == request_id)
        .order_by(RequestedUnit.position)
    )
    checks = session.scalars(
        select(RequestCheck).where(RequestCheck.license_request_id == request_id)
    )
    events = session.scalars(
        select(RequestEvent)
        .where(RequestEvent.license_request_id == request_id)
        .order_by(RequestEvent.happened_at)
    )
    untold = session.scalars(
        select(SkolonMessage.refused_at).where(
            SkolonMessage.license_request_id == request_id, SkolonMessage.delivered_at.is_(None)
        )
    ).all()
    by_name = {check.name: check for check in checks}
    return LicenseRequestOut(
        id=request.id,
        skolon_request_id=request.skolon_request_id,
        organization=OrganizationOut(
            organization_number=organization.organization_number, name=organization.name
        ),
        implementer=(
            ContactOut(name=implementer.name, email=implementer.email) if implementer else None
        ),
        kind=request.kind,
        status=RequestStatus(request.status),
        received_at=request.received_at,
        changed_at=request.changed_at,
        answer_by=request.answer_by,
        wanted_on=request.wanted_on,
        starts_on=request.starts_on,
        ends_on=request.ends_on,
        reason=request.reason,
        skolon_knows=not untold,
        skolon_refused=any(untold),
        decisions=list(TRANSITIONS[RequestStatus(request.status)]),
        units=[UnitOut.of(unit) for unit in units],
        checks=[
            CheckOut(
                name=name, passed_at=by_name[name].passed_at, passed_by=by_name[name].passed_by
            )
            for name in CheckName
        ],
        timeline=[
            EventOut(
                happened_at=event.happened_at, kind=event.kind, note=event.note, actor=event.actor
            )
            for event in events
        ],
    )
