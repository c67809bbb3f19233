"""Requests as the portal shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.skolon.domain.errors import InvalidCursorError, UnknownRequestError
from app.skolon.domain.licenses import Progress
from app.skolon.license_requests.lateness import Lateness, activation_due_on, lateness_of
from app.skolon.license_requests.rights import may_see, may_send, sees_unit
from app.skolon.licenses import holds
from app.skolon.logins import PortalUser
from app.skolon.models import LicenseRequest, RequestedSchool, School, Tool
from app.skolon.schemas.license_requests import JudgedUnit, Receipt

A_PAGE = 50
# A delay is told of a request that has yet to be answered.
ANSWERS = (Progress.CONFIRMED, Progress.DECLINED, Progress.ACTIVATED)


class Answered(StrEnum):
    """Which requests are looked for: the portal tells no more of them than this."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are looked for, and where the page begins."""

    answered: Answered | None = None
    search: str = ""
    after: UUID | None = None
    limit: int = A_PAGE


@dataclass(frozen=True, slots=True)
class Listed:
    """A request in the list: to which tool's provider, for how many schools, and how late."""

    request: LicenseRequest
    tool: Tool
    number: int
    lateness: Lateness | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the portal shows it, with the partner's receipt if there is one."""

    request: LicenseRequest
    tool: Tool
    schools: Sequence[RequestedSchool]
    receipt: Receipt | None
    # The partner's judgement of each school, by Skolon's id.
    judged: dict[str, JudgedUnit]
    ids: Sequence[str]
    due_on: date | None
    lateness: Lateness | None
    # Whether whoever looks may send it again: it is for no other schools than theirs.
    may_be_sent: bool
    others: int


def asked(
    session: Session, administrator: PortalUser, wanted: Wanted, *, now: datetime
) -> tuple[Sequence[Listed], UUID | None]:
    """Return a page of requests, newest first, and where the next one begins."""
    number = (
        select(func.count())
        .select_from(RequestedSchool)
        .where(RequestedSchool.request_id == LicenseRequest.id, sees_unit(administrator))
        .correlate(LicenseRequest)
        .scalar_subquery()
    )
    page = (
        select(LicenseRequest, Tool, number)
        .join(Tool, Tool.id == LicenseRequest.tool_id)
        .where(may_see(administrator))
        .order_by(LicenseRequest.asked_at.desc(), LicenseRequest.id.desc())
        .limit(wanted.limit + 1)
    )
    if wanted.answered is not None:
        is_answered = LicenseRequest.progress.in_(ANSWERS)
        is_open = or_(LicenseRequest.progress.is_(None), ~is_answered)
        page = page.where(is_answered if wanted.answered is Answered.YES else is_open)
    if wanted.search:
        for_such = (
            select(RequestedSchool.request_id)
            .where(holds(RequestedSchool.name, wanted.search), sees_unit(administrator))
            .where(RequestedSchool.request_id == LicenseRequest.id)
            .correlate(LicenseRequest)
            .exists()
        )
        page = page.where(
            or_(holds(Tool.name, wanted.search), holds(Tool.provider, wanted.search), for_such)
        )
    if wanted.after is not None:
        order = (LicenseRequest.asked_at, LicenseRequest.id)
        place = session.execute(
            select(*order).where(LicenseRequest.id == wanted.after, may_see(administrator))
        ).one_or_none()
        if place is None:
            raise InvalidCursorError
        page = page.where(tuple_(*order) < tuple_(*place))
    rows = [
        Listed(request, tool, schools, lateness_of(request, administrator.switches, now=now))
        for request, tool, schools in session.execute(page)
    ]
    more = rows[wanted.limit - 1].request.id if len(rows) > wanted.limit else None
    return rows[: wanted.limit], more


def read(session: Session, administrator: PortalUser, request_id: UUID, *, now: datetime) -> Asked:
    """Return one request for schools of the administrator."""
    row = session.execute(
        select(LicenseRequest, Tool, may_send(administrator).label("may_be_sent"))
        .join(Tool, Tool.id == LicenseRequest.tool_id)
        .where(LicenseRequest.id == request_id, may_see(administrator))
    ).one_or_none()
    if row is None:
        raise UnknownRequestError
    request = row.LicenseRequest
    every = session.execute(
        select(RequestedSchool, School.public_id, sees_unit(administrator))
        .join(School, School.id == RequestedSchool.school_id)
        .where(RequestedSchool.request_id == request.id)
        .order_by(RequestedSchool.position)
    ).all()
    rows = [one for one in every if one[2]]
    receipt = Receipt.model_validate(request.receipt) if request.receipt else None
    return Asked(
        request=request,
        tool=row.Tool,
        schools=[one[0] for one in rows],
        receipt=receipt,
        judged={unit.skolon_id: unit for unit in receipt.units} if receipt else {},
        ids=[one[1] for one in rows],
        due_on=activation_due_on(request),
        lateness=lateness_of(request, administrator.switches, now=now),
        may_be_sent=bool(row.may_be_sent),
        others=len(every) - len(rows),
    )
