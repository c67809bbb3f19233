"""An organization asks a partner, and the question is delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app import tracing
from app.database import find_or_add
from app.skolon import tools
from app.skolon.domain.errors import ForeignSchoolError, NoSchoolChosenError, UnknownRequestError
from app.skolon.domain.licenses import Delivery, Failure, RequestKind
from app.skolon.domain.rosters import Role
from app.skolon.license_requests.rights import may_send
from app.skolon.licenses import holds
from app.skolon.logins import PortalUser
from app.skolon.models import (
    LicenseRequest,
    Organization,
    RequestedSchool,
    School,
    SchoolMembership,
    SchoolUnitCode,
    Tool,
    User,
)
from app.skolon.schemas.license_requests import LicenseRequestOut, Receipt
from app.skolon.tokens import tools_of_provider
from app.tracing import Kind

# More are found by searching.
MOST_PROVIDERS = 25


@dataclass(frozen=True, slots=True)
class OwnSchool:
    """A school of the administrator's organization, as it is offered for a request."""

    school: School
    codes: Sequence[str]
    volumes: dict[Role, int]


@dataclass(frozen=True, slots=True)
class Posting:
    """A request on its way to the partner; there is no body when somebody else takes it there."""

    request_id: UUID
    body: LicenseRequestOut | None


def own_schools(session: Session, administrator: PortalUser) -> list[OwnSchool]:
    """Return the administrator's schools with their codes and how many people they have."""
    schools = session.scalars(
        select(School).where(administrator.own_schools()).order_by(School.name)
    ).all()
    ids = [school.id for school in schools]
    codes: dict[UUID, list[str]] = {school_id: [] for school_id in ids}
    for school_id, code in session.execute(
        select(SchoolUnitCode.school_id, SchoolUnitCode.code)
        .where(SchoolUnitCode.school_id.in_(ids))
        .order_by(SchoolUnitCode.added_at, SchoolUnitCode.code)
    ):
        codes[school_id].append(code)
    volumes: dict[UUID, dict[Role, int]] = {school_id: {} for school_id in ids}
    for school_id, role, number in session.execute(
        select(SchoolMembership.school_id, User.role, func.count())
        .join(User, User.id == SchoolMembership.user_id)
        .where(SchoolMembership.school_id.in_(ids), User.deleted_at.is_(None))
        .group_by(SchoolMembership.school_id, User.role)
    ):
        volumes[school_id][role] = number
    return [OwnSchool(school, codes[school.id], volumes[school.id]) for school in schools]


def ask(
    session: Session,
    administrator: PortalUser,
    chosen: Sequence[str] | None,
    kind: RequestKind,
    wanted_on: date,
    *,
    client_id: str,
    partner: str,
    form_id: UUID,
    now: datetime,
) -> Posting:
    """Store a request for the chosen schools, or for all of one's own, before it is posted.

    A form that is sent twice, by a second click say, makes one request. `partner` is the client
    id of the tool whose provider has an address for requests; others find theirs in Skolon.
    """
    tool, _ = tools.read(session, client_id)
    has_address = tool.id in _tools_with_address(session, partner)
    own = own_schools(session, administrator)
    if chosen is not None:
        by_id = {one.school.public_id: one for one in own}
        if not set(chosen) <= set(by_id):
            raise ForeignSchoolError
        own = [by_id[public_id] for public_id in dict.fromkeys(chosen)]
    if not own:
        raise NoSchoolChosenError
    made = LicenseRequest(
        id=form_id,
        organization_id=administrator.organization.id,
        organization_name=administrator.organization.name,
        municipality=administrator.organization.municipality,
        tool_id=tool.id,
        asked_by=administrator.user_id,
        asked_at=now,
        kind=kind,
        wanted_on=wanted_on,
        delivery=Delivery.SENDING if has_address else Delivery.DELIVERED,
        tried_at=now,
        attempts=1 if has_address else None,
    )
    tracing.belongs_to(tracing.trace_of(form_id), Kind.LICENSE_REQUEST)
    request = find_or_add(
        session, select(LicenseRequest).where(LicenseRequest.id == form_id), lambda: made
    )
    if request is not made:
        return Posting(_own(session, administrator, form_id).id, None)
    session.add_all(
        RequestedSchool(
            request_id=request.id,
            school_id=one.school.id,
            position=position,
            name=one.school.name,
            kind=one.school.kind,
            school_unit_code=one.codes[0] if one.codes else None,
            students=one.volumes.get(Role.STUDENT, 0),
            teachers=one.volumes.get(Role.TEACHER, 0),
            staff=one.volumes.get(Role.STAFF, 0),
        )
        for position, one in enumerate(own)
    )
    session.flush()
    tracing.note("skolon", "request.asked", kind=kind, schools=len(own), is_posted=has_address)
    return _posting(session, request) if has_address else Posting(request.id, None)


def ask_again(
    session: Session, administrator: PortalUser, request_id: UUID, *, now: datetime
) -> Posting:
    """Return what is to be posted once more, unless the partner has it already."""
    request = _own(session, administrator, request_id)
    if request.delivery is Delivery.DELIVERED:
        return Posting(request.id, None)
    return _tried(session, request, now)


def undelivered(session: Session) -> Sequence[LicenseRequest]:
    """Return what is on its way, or did not arrive, oldest first."""
    return session.scalars(
        select(LicenseRequest)
        .where(LicenseRequest.delivery != Delivery.DELIVERED)
        .order_by(LicenseRequest.asked_at, LicenseRequest.id)
    ).all()


def retry(session: Session, request_id: UUID, attempts: int | None, *, now: datetime) -> Posting:
    """Return what is to be posted once more while nobody looks.

    Not if it has arrived by now, or somebody else has tried it since it had been so often.
    """
    request = session.scalars(
        select(LicenseRequest).where(LicenseRequest.id == request_id).with_for_update()
    ).one()
    if request.delivery is Delivery.DELIVERED or request.attempts != attempts:
        return Posting(request.id, None)
    return _tried(session, request, now)


def providers(session: Session, search: str) -> tuple[Sequence[Tool], bool]:
    """Return the tools whose providers can be asked, and whether there are more than shown."""
    found = select(Tool).order_by(Tool.provider, Tool.name, Tool.id).limit(MOST_PROVIDERS + 1)
    if search:
        found = found.where(or_(holds(Tool.provider, search), holds(Tool.name, search)))
    rows = session.scalars(found).all()
    return rows[:MOST_PROVIDERS], len(rows) > MOST_PROVIDERS


def note_delivery(session: Session, request_id: UUID, outcome: Receipt | Failure) -> None:
    """Remember the partner's receipt, or why there is none; a receipt is never lost again."""
    request = session.scalars(
        select(LicenseRequest).where(LicenseRequest.id == request_id).with_for_update()
    ).one()
    if request.delivery is Delivery.DELIVERED:
        return
    tracing.belongs_to(tracing.trace_of(request_id), Kind.LICENSE_REQUEST)
    if isinstance(outcome, Failure):
        tracing.note("skolon", "request.not_delivered", why=outcome)
        request.delivery, request.failure = Delivery.NOT_DELIVERED, outcome
        return
    tracing.note("skolon", "request.delivered")
    request.delivery, request.failure = Delivery.DELIVERED, None
    request.receipt = outcome.model_dump(mode="json")


def _tried(session: Session, request: LicenseRequest, now: datetime) -> Posting:
    request.delivery, request.failure, request.tried_at = Delivery.SENDING, None, now
    request.attempts = (request.attempts or 0) + 1
    tracing.belongs_to(tracing.trace_of(request.id), Kind.LICENSE_REQUEST)
    tracing.note("skolon", "request.sent_again", attempt=request.attempts)
    return _posting(session, request)


def _tools_with_address(session: Session, partner: str) -> Sequence[UUID]:
    """Return the tools of the provider that requests can be posted to."""
    tool_id = session.scalar(select(Tool.id).where(Tool.client_id == partner))
    return tools_of_provider(session, tool_id) if tool_id else ()


def _own(session: Session, administrator: PortalUser, request_id: UUID) -> LicenseRequest:
    request = session.scalar(
        select(LicenseRequest)
        .where(LicenseRequest.id == request_id, may_send(administrator))
        .with_for_update()
    )
    if request is None:
        raise UnknownRequestError
    return request


def _posting(session: Session, request: LicenseRequest) -> Posting:
    units = session.execute(
        select(RequestedSchool, School)
        .join(School, School.id == RequestedSchool.school_id)
        .where(RequestedSchool.request_id == request.id)
        .order_by(RequestedSchool.position)
    ).all()
    organization = session.get_one(Organization, request.organization_id)
    body = LicenseRequestOut.of(request, organization, [(row[0], row[1]) for row in units])
    return Posting(request.id, body)
