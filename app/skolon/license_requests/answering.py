"""The partner tells how far it has come, and licenses come of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import tracing
from app.skolon import changes, switches
from app.skolon.domain import licenses as rules
from app.skolon.domain.errors import ClosedRequestError, PeriodError, UnknownRequestError
from app.skolon.domain.licenses import Progress, RequestKind
from app.skolon.license_requests.lateness import Lateness, lateness_of
from app.skolon.models import License, LicenseRequest, RequestedSchool, School
from app.skolon.schemas.license_requests import AnswerIn, AnswerOut, GrantedLicense
from app.skolon.tokens import tools_of_provider
from app.tracing import Kind


def answer(
    session: Session, tool_id: UUID, request_id: UUID, told: AnswerIn, *, now: datetime
) -> AnswerOut:
    """Take in how far the partner has come; licenses exist once it says that they are activated."""
    request = session.scalar(
        select(LicenseRequest)
        # A request is for a provider, which answers with whichever of its tools.
        .where(
            LicenseRequest.id == request_id,
            LicenseRequest.tool_id.in_(tools_of_provider(session, tool_id)),
        )
        .with_for_update()
    )
    if request is None:
        raise UnknownRequestError
    tracing.belongs_to(tracing.trace_of(request_id), Kind.LICENSE_REQUEST)
    tracing.note(
        "skolon", "request.answered", status=told.status, is_news=told.version > request.version
    )
    # The partner may answer before its receipt has come through; what is old is no news.
    if told.version > request.version:
        if lateness_of(request, switches.read(session), now=now) is Lateness.CLOSED:
            raise ClosedRequestError
        if told.ends_on and told.ends_on < (told.available_on or request.wanted_on):
            raise PeriodError
        request.progress, request.version, request.told_at = told.status, told.version, now
        request.available_on, request.message = told.available_on, told.message
        request.ends_on = told.ends_on
        if told.status is Progress.ACTIVATED:
            _grant(session, request, now)
    licenses = session.execute(
        select(License.public_id, School.public_id)
        .join(School, School.id == License.owner_school_id)
        .where(License.request_id == request.id)
        .order_by(License.change_number)
    )
    return AnswerOut(
        id=request.id,
        status=request.progress,
        version=request.version,
        available_on=request.available_on,
        ends_on=request.ends_on,
        message=request.message,
        licenses=[GrantedLicense(id=one, school_id=school) for one, school in licenses],
    )


def _grant(session: Session, request: LicenseRequest, now: datetime) -> None:
    starts_on = request.available_on or request.wanted_on
    ends_on = request.ends_on or rules.last_day(request.kind, starts_on)
    request.available_on, request.ends_on = starts_on, ends_on
    schools = session.scalars(
        select(RequestedSchool.school_id)
        .join(School, School.id == RequestedSchool.school_id)
        # A school that was merged into another meanwhile has nobody to license.
        .where(RequestedSchool.request_id == request.id, School.deleted_at.is_(None))
        .order_by(RequestedSchool.position)
    ).all()
    have = set(
        session.scalars(select(License.owner_school_id).where(License.request_id == request.id))
    )
    missing = [school_id for school_id in schools if school_id not in have]
    tracing.note("skolon", "licenses.granted", schools=len(missing))
    if not missing:
        return
    first = changes.draw(session, License, len(missing))
    session.add_all(
        License(
            tool_id=request.tool_id,
            organization_id=request.organization_id,
            owner_school_id=school_id,
            request_id=request.id,
            is_demo=request.kind is RequestKind.TRIAL,
            starts_on=starts_on,
            ends_on=ends_on,
            change_number=first + place,
        )
        for place, school_id in enumerate(missing)
    )
    session.flush()
    changes.note(session, License, License.request_id == request.id, now=now)
    changes.mark_with_owners(session, School.id.in_(missing), now=now)
