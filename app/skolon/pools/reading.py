"""Pools as the portal shows them: how many seats, whom they are linked to, who waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.skolon import pool_seats
from app.skolon.domain.errors import InvalidCursorError, UnknownPoolError
from app.skolon.domain.licenses import Audience
from app.skolon.in_force import is_in_force
from app.skolon.listing import as_uuid
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    License,
    LicensePool,
    PoolLink,
    PoolWait,
    School,
    SchoolMembership,
    Seat,
    Tool,
    User,
)
from app.skolon.pools.filling import is_available

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class PoolPlace:
    """Which pools are looked for, and where the page begins."""

    search: str = ""
    after: str = ""
    limit: int = A_PAGE


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A pool with its numbers: `seats` of licenses in force, how many of them are `used`."""

    pool: LicensePool
    tool: Tool
    school: School
    audience: Audience | None
    seats: int
    used: int
    out_of_force: int
    waiting: int

    @property
    def free(self) -> int:
        return self.seats - self.used


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What a pool is linked to, how many people that is, and how many of them have a seat."""

    link: PoolLink
    group: Group | None
    user: User | None
    people: int
    seated: int


@dataclass(frozen=True, slots=True)
class SeatRow:
    """Who has a seat, since when, and until when its license lasts."""

    user: User
    given_at: datetime
    ends_on: date


@dataclass(frozen=True, slots=True)
class WaitRow:
    """Who waits for a seat, and since when."""

    user: User
    since: datetime


def pools_of(
    session: Session, administrator: PortalUser, wanted: PoolPlace, today: date
) -> tuple[Sequence[PoolRow], str | None]:
    """Return a page of the pools at the administrator's schools by name, and where it goes on."""
    order = (LicensePool.name, LicensePool.id)
    page = _rows(administrator, today).order_by(*order).limit(wanted.limit + 1)
    if wanted.search:
        names = (LicensePool.name, Tool.name, School.name)
        page = page.where(or_(*(_holds(name, wanted.search) for name in names)))
    if wanted.after:
        page = page.where(_after(session, order, LicensePool.id == as_uuid(wanted.after)))
    rows = [_row(row) for row in session.execute(page)]
    more = len(rows) > wanted.limit
    return rows[: wanted.limit], str(rows[wanted.limit - 1].pool.id) if more else None


def read(session: Session, administrator: PortalUser, pool_id: UUID, today: date) -> PoolRow:
    """Return a pool at one of the administrator's schools, with its numbers."""
    row = session.execute(
        _rows(administrator, today).where(LicensePool.id == pool_id)
    ).one_or_none()
    if row is None:
        raise UnknownPoolError
    return _row(row)


def available(session: Session, pool: LicensePool, today: date) -> dict[Audience, int]:
    """Count the licenses that could be put into the pool, by whom they are for."""
    rows = session.execute(
        select(License.audience, func.count())
        .where(is_available(pool, today))
        .group_by(License.audience)
        .order_by(License.audience)
    )
    return {audience: number for audience, number in rows}  # noqa: C416, for the type checker


def groups_to_link(session: Session, pool: LicensePool) -> Sequence[Group]:
    """Return the school's classes and groups that the pool is not linked to."""
    linked = select(PoolLink.group_id).where(
        PoolLink.pool_id == pool.id, PoolLink.group_id.is_not(None)
    )
    return session.scalars(
        select(Group)
        .where(
            Group.school_id == pool.school_id,
            Group.deleted_at.is_(None),
            Group.id.not_in(linked),
        )
        .order_by(Group.name, Group.id)
    ).all()


def links_of(
    session: Session, pool: LicensePool, after: str = "", limit: int = A_PAGE
) -> tuple[Sequence[LinkRow], str | None]:
    """Return a page of what the pool is linked to, the oldest first."""
    order = (PoolLink.linked_at, PoolLink.id)
    page = _links(pool).order_by(*order).limit(limit + 1)
    if after:
        page = page.where(_after(session, order, PoolLink.id == as_uuid(after)))
    rows = [LinkRow(*row) for row in session.execute(page)]
    return rows[:limit], str(rows[limit - 1].link.id) if len(rows) > limit else None


def read_link(session: Session, pool: LicensePool, link_id: UUID) -> LinkRow:
    """Return a link of the pool, with its numbers."""
    return LinkRow(*session.execute(_links(pool).where(PoolLink.id == link_id)).one())


def seats_of(
    session: Session, pool: LicensePool, after: str = "", limit: int = A_PAGE
) -> tuple[Sequence[SeatRow], str | None]:
    """Return a page of those who have a seat, by name."""
    order = (User.search_name, User.id)
    page = (
        select(User, Seat.given_at, License.ends_on)
        .join(Seat, Seat.user_id == User.id)
        .join(License, License.id == Seat.license_id)
        .where(Seat.pool_id == pool.id, Seat.ended_at.is_(None))
        .order_by(*order)
        .limit(limit + 1)
    )
    if after:
        page = page.where(_after(session, order, User.public_id == after))
    rows = [SeatRow(*row) for row in session.execute(page)]
    return rows[:limit], rows[limit - 1].user.public_id if len(rows) > limit else None


def waits_of(
    session: Session, pool: LicensePool, today: date, after: str = "", limit: int = A_PAGE
) -> tuple[Sequence[WaitRow], str | None]:
    """Return a page of those who wait for a seat, the first to get one first."""
    order = (PoolWait.since, PoolWait.user_id)
    page = (
        _waits(today, User, PoolWait.since)
        .where(LicensePool.id == pool.id)
        .order_by(*order)
        .limit(limit + 1)
    )
    if after:
        last = and_(
            PoolWait.pool_id == pool.id,
            PoolWait.user_id.in_(select(User.id).where(User.public_id == after)),
        )
        page = page.where(_after(session, order, last))
    rows = [WaitRow(*row) for row in session.execute(page)]
    return rows[:limit], rows[limit - 1].user.public_id if len(rows) > limit else None


def people_waiting(session: Session, administrator: PortalUser, today: date) -> int:
    """Count those who wait for a seat of a pool at the administrator's schools."""
    waits = _waits(today, func.count()).join(School, School.id == LicensePool.school_id)
    return session.scalar(waits.where(administrator.own_schools())) or 0


def _links(pool: LicensePool) -> Select[Any]:
    reached = (
        select(func.count())
        .select_from(User)
        .join(SchoolMembership, SchoolMembership.user_id == User.id)
        .where(
            SchoolMembership.school_id == pool.school_id,
            User.deleted_at.is_(None),
            pool_seats.reaches(),
        )
        .correlate(PoolLink)
    )
    seats = select(Seat.user_id).where(Seat.pool_id == pool.id, Seat.ended_at.is_(None))
    target = aliased(User)
    return (
        select(
            PoolLink, Group, target, _counted(reached), _counted(reached.where(User.id.in_(seats)))
        )
        .outerjoin(Group, Group.id == PoolLink.group_id)
        .outerjoin(target, target.id == PoolLink.user_id)
        .where(PoolLink.pool_id == pool.id)
    )


def _waits(today: date, *columns: Any) -> Select[Any]:  # noqa: ANN401, columns and tables
    # Who is not linked any more keeps the place, should they come back, and counts for nothing;
    # nor does who has come by another license meanwhile.
    return (
        select(*columns)
        .select_from(PoolWait)
        .join(LicensePool, LicensePool.id == PoolWait.pool_id)
        .join(User, User.id == PoolWait.user_id)
        .where(pool_seats.is_linked(), ~pool_seats.has_access(today))
    )


def _rows(administrator: PortalUser, today: date) -> Select[Any]:
    held = (
        select(Seat.license_id)
        .where(Seat.license_id == License.id, Seat.ended_at.is_(None))
        .correlate(License)
        .exists()
    )
    in_force = case((is_in_force(today), 1), else_=0)
    numbers = (
        select(
            License.pool_id,
            func.min(License.audience).label("audience"),
            func.sum(in_force).label("seats"),
            func.sum(case((and_(is_in_force(today), held), 1), else_=0)).label("used"),
            func.sum(1 - in_force).label("out_of_force"),
        )
        .where(License.pool_id.is_not(None), License.deleted_at.is_(None))
        .group_by(License.pool_id)
        .subquery()
    )
    waiting = _counted(
        select(func.count())
        .select_from(PoolWait)
        .join(User, User.id == PoolWait.user_id)
        .where(
            PoolWait.pool_id == LicensePool.id,
            pool_seats.is_linked(),
            ~pool_seats.has_access(today),
        )
        .correlate(LicensePool)
    )
    return (
        select(
            LicensePool,
            Tool,
            School,
            numbers.c.audience,
            func.coalesce(numbers.c.seats, 0),
            func.coalesce(numbers.c.used, 0),
            func.coalesce(numbers.c.out_of_force, 0),
            waiting,
        )
        .join(Tool, Tool.id == LicensePool.tool_id)
        .join(School, School.id == LicensePool.school_id)
        .outerjoin(numbers, numbers.c.pool_id == LicensePool.id)
        .where(LicensePool.deleted_at.is_(None), administrator.own_schools())
    )


def _row(row: Any) -> PoolRow:  # noqa: ANN401, a row of what `_rows` selects
    pool, tool, school, audience, *numbers = row
    return PoolRow(pool, tool, school, Audience(audience) if audience else None, *numbers)


def _counted(people: Select[Any]) -> Any:  # noqa: ANN401, a column
    return people.scalar_subquery()


def _after(
    session: Session, order: tuple[Any, Any], last: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Say whether a row comes behind the last one of the page before."""
    place = session.execute(select(*order).where(last)).one_or_none()
    if place is None:
        raise InvalidCursorError
    return tuple_(*order) > tuple_(*place)


def _holds(column: Any, search: str) -> ColumnElement[bool]:  # noqa: ANN401, a text column
    text = search.strip()
    # SQLite folds no å, ä or ö, so the usual spellings are looked for one by one.
    spellings = dict.fromkeys((text, text.lower(), text.capitalize()))
    return or_(
        column.icontains(text, autoescape=True),
        *(column.contains(one, autoescape=True) for one in spellings),
    )
