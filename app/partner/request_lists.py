"""Lists of license requests, newest first, page by page."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.errors import InvalidError
from app.partner import cursors
from app.partner.domain.licensing import RequestStatus
from app.partner.models import Implementer, LicenseRequest, Organization
from app.partner.schemas import LicenseRequestPage, LicenseRequestRow, OrganizationOut

_UNDECIDED = (RequestStatus.RECEIVED, RequestStatus.DELAYED)


class UnknownImplementerError(InvalidError):
    """There is no implementer with that email address."""

    code = "unknown_implementer"


@dataclass(frozen=True, slots=True)
class Filters:
    """Which requests are asked for; everything that is set must hold."""

    status: RequestStatus | None = None
    organization_number: str | None = None
    implementer: str | None = None
    is_overdue: bool | None = None
    changed_since: datetime | None = None


def page(
    session: Session,
    filters: Filters,
    *,
    today: date,
    limit: int,
    cursor: str | None = None,
    first_for: UUID | None = None,
) -> LicenseRequestPage:
    """Return a page of license requests; an implementer's own come first (R18)."""
    # A constant when nobody's come first: then the index alone gives the order.
    mine = case((Organization.implementer_id == first_for, 1), else_=0) if first_for else literal(0)
    query = _filtered(filters, today, mine)
    if cursor:
        rank, received_at, row_id = cursors.keys_of(cursor, 3)
        place = tuple_(LicenseRequest.received_at, LicenseRequest.id) < (
            cursors.instant(received_at),
            cursors.row_id(row_id),
        )
        query = query.where(
            or_(mine < int(rank == "1"), (mine == int(rank == "1")) & place) if first_for else place
        )
    if first_for:
        query = query.order_by(mine.desc())
    query = query.order_by(LicenseRequest.received_at.desc(), LicenseRequest.id.desc())
    rows = session.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    return LicenseRequestPage(
        license_requests=[
            LicenseRequestRow(
                id=row.id,
                organization=OrganizationOut(
                    organization_number=row.organization_number, name=row.organization_name
                ),
                implementer=row.implementer_name,
                kind=row.kind,
                status=RequestStatus(row.status),
                received_at=row.received_at,
                changed_at=row.changed_at,
                answer_by=row.answer_by,
                is_overdue=row.status in _UNDECIDED and row.answer_by < today,
                wanted_on=row.wanted_on,
                starts_on=row.starts_on,
            )
            for row in shown
        ],
        next_cursor=(
            cursors.cursor_of(str(shown[-1].mine), shown[-1].received_at, shown[-1].id)
            if len(rows) > limit
            else None
        ),
    )


def implementer_id(session: Session, email: str) -> UUID:
    """Return who has this address, or refuse."""
    found = session.scalar(select(Implementer.id).where(Implementer.email == email))
    if found is None:
        raise UnknownImplementerError(pointer="/implementer")
    return found


def _filtered(filters: Filters, today: date, mine: ColumnElement[int]) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            LicenseRequest.id,
            LicenseRequest.kind,
            LicenseRequest.status,
            LicenseRequest.received_at,
            LicenseRequest.changed_at,
            LicenseRequest.answer_by,
            LicenseRequest.wanted_on,
            LicenseRequest.starts_on,
            Organization.organization_number,
            Organization.name.label("organization_name"),
            Implementer.name.label("implementer_name"),
            mine.label("mine"),
        )
        .join(Organization, Organization.id == LicenseRequest.organization_id)
        .outerjoin(Implementer, Implementer.id == Organization.implementer_id)
    )
    if filters.status:
        query = query.where(LicenseRequest.status == filters.status)
    if filters.organization_number:
        query = query.where(Organization.organization_number == filters.organization_number)
    if filters.implementer:
        query = query.where(Implementer.email == filters.implementer)
    if filters.is_overdue is not None:
        overdue = LicenseRequest.status.in_(_UNDECIDED) & (LicenseRequest.answer_by < today)
        query = query.where(overdue if filters.is_overdue else ~overdue)
    if filters.changed_since:
        query = query.where(LicenseRequest.changed_at >= filters.changed_since)
    return query
