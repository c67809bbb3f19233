"""Requests as the portal shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.skolon.domain.errors import UnknownRequestError
from app.skolon.license_requests.lateness import Lateness, activation_due_on, lateness_of
from app.skolon.logins import PortalUser
from app.skolon.models import LicenseRequest, RequestedSchool, School, Tool
from app.skolon.schemas.license_requests import Receipt

A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the portal shows it, with the partner's receipt if there is one."""

    request: LicenseRequest
    tool: str
    schools: Sequence[RequestedSchool]
    receipt: Receipt | None
    # The partner's judgement of each school, by Skolon's id.
    judged: dict[str, object]
    ids: Sequence[str]
    due_on: date | None
    lateness: Lateness | None


def asked_by_organization(
    session: Session, administrator: PortalUser, *, now: datetime
) -> Sequence[tuple[LicenseRequest, int, Lateness | None]]:
    """List the organization's requests, newest first: number of schools, and whether overdue."""
    rows = session.execute(
        select(LicenseRequest, func.count(RequestedSchool.school_id))
        .join(RequestedSchool, RequestedSchool.request_id == LicenseRequest.id)
        .where(LicenseRequest.organization_id == administrator.organization.id)
        .group_by(LicenseRequest.id)
        .order_by(LicenseRequest.asked_at.desc(), LicenseRequest.id)
        .limit(A_PAGE)
    )
    return [
        (request, number, lateness_of(request, administrator.switches, now=now))
        for request, number in rows
    ]


def read(session: Session, administrator: PortalUser, request_id: UUID, *, now: datetime) -> Asked:
    """Return one request of the administrator's organization."""
    request = session.scalar(
        select(LicenseRequest).where(
            LicenseRequest.id == request_id,
            LicenseRequest.organization_id == administrator.organization.id,
        )
    )
    if request is None:
        raise UnknownRequestError
    rows = session.execute(
        select(RequestedSchool, School.public_id)
        .join(School, School.id == RequestedSchool.school_id)
        .where(RequestedSchool.request_id == request.id)
        .order_by(RequestedSchool.position)
    ).all()
    receipt = Receipt.model_validate(request.receipt) if request.receipt else None
    return Asked(
        request=request,
        tool=session.get_one(Tool, request.tool_id).name,
        schools=[row[0] for row in rows],
        receipt=receipt,
        judged={unit.skolon_id: unit for unit in receipt.units} if receipt else {},
        ids=[row[1] for row in rows],
        due_on=activation_due_on(request),
        lateness=lateness_of(request, administrator.switches, now=now),
    )
