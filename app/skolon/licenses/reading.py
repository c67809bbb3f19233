"""Licenses as the portal and Min samling show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.domain.errors import InvalidCursorError, UnknownLicenseError
from app.skolon.domain.licenses import Audience, Lack, LicenseState, LicenseType
from app.skolon.domain.rosters import Role
from app.skolon.in_force import is_assigned
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    GroupMembership,
    License,
    School,
    SchoolMembership,
    Seat,
    Tool,
    User,
)

A_PAGE = 50


@dataclass(frozen=True, slots=True)
class LicenseRow:
    """A license with all that is said of it."""

    license: License
    tool: Tool
    school: School
    group: Group | None
    holder: User | None
    covered: int
    state: LicenseState


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which licenses are looked for, and where the page begins."""

    search: str = ""
    client_id: str = ""
    after: str = ""
    limit: int = A_PAGE


@dataclass(frozen=True, slots=True)
class Count:
    """How many licenses of a tool there are, and how many wait to be assigned."""

    tool: Tool
    total: int
    available: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some licenses, the tools' counts of all that match, and where the next page begins."""

    rows: Sequence[LicenseRow]
    counts: Sequence[Count]
    next: str | None


def is_taken() -> ColumnElement[bool]:
    """Say whether a license is assigned; a single one, whether somebody has it."""
    held = (
        select(Seat.license_id)
        .where(Seat.license_id == License.id, Seat.ended_at.is_(None))
        .correlate(License)
        .exists()
    )
    # Whoever had a single license and left the school has left it behind.
    return and_(is_assigned(), or_(License.type != LicenseType.SINGLE, held))


def is_for(audience: Audience) -> ColumnElement[bool]:
    """Say of a person whether a license for this audience may be theirs."""
    if audience is Audience.ALL:
        return User.role.in_((Role.STUDENT, Role.TEACHER, Role.STAFF))
    is_student = User.role == Role.STUDENT
    return is_student if audience is Audience.STUDENTS else ~is_student


def has_license_of(license_: License, today: date) -> ColumnElement[bool]:
    """Say of a person whether they have a license in force of the same tool already."""
    other = (
        select(Seat.user_id)
        .join(License, License.id == Seat.license_id)
        .where(
            Seat.ended_at.is_(None),
            License.tool_id == license_.tool_id,
            License.ends_on >= today,
            is_assigned(),
        )
    )
    return User.id.in_(other)


def in_portal(session: Session, administrator: PortalUser, wanted: Wanted, today: date) -> Page:
    """Return a page of the licenses at the administrator's schools, by tool and school."""
    matching = [administrator.own_schools(), License.deleted_at.is_(None)]
    if wanted.search:
        matching.append(or_(holds(Tool.name, wanted.search), holds(School.name, wanted.search)))
    if wanted.client_id:
        matching.append(Tool.client_id == wanted.client_id)
    order = (Tool.name, Tool.id, School.name, License.type, License.ends_on, License.id)
    page = _rows(today).where(*matching).order_by(*order).limit(wanted.limit + 1)
    if wanted.after:
        last = _joined(select(*order)).where(
            License.public_id == wanted.after, administrator.own_schools()
        )
        place = session.execute(last).one_or_none()
        if place is None:
            raise InvalidCursorError
        page = page.where(tuple_(*order) > tuple_(*place))
    rows = _read(session, page)
    free = and_(~is_taken(), License.ends_on >= today, License.pool_id.is_(None))
    counts = session.execute(
        select(Tool, func.count(), func.sum(case((free, 1), else_=0)))
        .select_from(License)
        .join(Tool, Tool.id == License.tool_id)
        .join(School, School.id == License.owner_school_id)
        .where(*matching)
        .group_by(Tool.id)
        .order_by(Tool.name, Tool.id)
    )
    return Page(
        rows[: wanted.limit],
        [Count(tool, total, available) for tool, total, available in counts],
        rows[wanted.limit - 1].license.public_id if len(rows) > wanted.limit else None,
    )


def stacked(rows: Sequence[LicenseRow]) -> list[tuple[LicenseRow, int]]:
    """Put the single licenses that nobody has and that are as good as each other on one pile."""
    piles: dict[object, tuple[LicenseRow, int]] = {}
    for row in rows:
        one = row.license
        is_alike = one.type is LicenseType.SINGLE and row.state is LicenseState.AVAILABLE
        terms = (row.tool.id, row.school.id, one.audience, one.is_demo, one.starts_on, one.ends_on)
        pile = terms if is_alike else one.id
        first, number = piles.get(pile, (row, 0))
        piles[pile] = (first, number + 1)
    return list(piles.values())


def one(session: Session, administrator: PortalUser, license_id: str, today: date) -> LicenseRow:
    """Return a license at one of the administrator's schools."""
    rows = _read(
        session,
        _rows(today).where(
            License.public_id == license_id,
            License.deleted_at.is_(None),
            administrator.own_schools(),
        ),
    )
    if not rows:
        raise UnknownLicenseError
    return rows[0]


def free_like(session: Session, license_: License, today: date) -> int:
    """Count the single licenses at the school that are as good as this one and nobody has."""
    return (
        session.scalar(
            select(func.count())
            .select_from(License)
            .where(
                License.tool_id == license_.tool_id,
                License.owner_school_id == license_.owner_school_id,
                License.type == LicenseType.SINGLE,
                License.audience == license_.audience,
                License.is_demo == license_.is_demo,
                License.ends_on >= today,
                License.deleted_at.is_(None),
                License.pool_id.is_(None),
                ~is_taken(),
            )
        )
        or 0
    )


def covered(
    session: Session, license_: License, after: str, limit: int = A_PAGE
) -> tuple[Sequence[User], str | None]:
    """Return a page of those who have a seat of the license, by name."""
    seats = select(Seat.user_id).where(Seat.license_id == license_.id, Seat.ended_at.is_(None))
    return _people(session, select(User).where(User.id.in_(seats)), after, limit)


def count_covered(session: Session, licenses: Sequence[License]) -> int:
    """Count those who have a seat of one of these licenses."""
    seats = (
        select(func.count())
        .select_from(Seat)
        .where(Seat.license_id.in_([one.id for one in licenses]), Seat.ended_at.is_(None))
    )
    return session.scalar(seats) or 0


def people_at(
    session: Session,
    license_: License,
    search: str,
    after: str,
    limit: int = A_PAGE,
) -> tuple[Sequence[User], str | None]:
    """Return a page of those at the license's school whom it may be given to, by name."""
    at_school = select(SchoolMembership.user_id).where(
        SchoolMembership.school_id == license_.owner_school_id
    )
    people = select(User).where(
        User.id.in_(at_school), User.deleted_at.is_(None), is_for(license_.audience)
    )
    if search:
        people = people.where(User.search_name.contains(search.strip().lower(), autoescape=True))
    return _people(session, people, after, limit)


def have_one(session: Session, license_: License, people: Sequence[User], today: date) -> set[UUID]:
    """Return who of these has a license of the same tool already."""
    ids = [user.id for user in people]
    return set(
        session.scalars(select(User.id).where(User.id.in_(ids), has_license_of(license_, today)))
    )


def groups_at(session: Session, school_id: UUID) -> Sequence[tuple[Group, int]]:
    """Return the classes and groups of a school, and how many are in each."""
    members = (
        select(func.count())
        .select_from(GroupMembership)
        .where(GroupMembership.group_id == Group.id)
        .correlate(Group)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Group, members)
        .where(Group.school_id == school_id, Group.deleted_at.is_(None))
        .order_by(Group.name, Group.id)
    )
    return [(group, number) for group, number in rows]


def tools_of(session: Session, user_id: UUID, today: date) -> Sequence[Tool]:
    """Return the tools that a person has a license in force for: the tiles of their collection."""
    in_force = and_(License.starts_on <= today, License.ends_on >= today)
    usable = select(License.tool_id).where(visibility.covers(user_id), in_force)
    return session.scalars(select(Tool).where(Tool.id.in_(usable)).order_by(Tool.name)).all()


def why_nothing(session: Session, user_id: UUID, today: date) -> Lack:
    """Say what stands between a person and the tools of their schools."""
    schools = (
        select(SchoolMembership.school_id)
        .join(School, School.id == SchoolMembership.school_id)
        .where(SchoolMembership.user_id == user_id, School.deleted_at.is_(None))
    )
    theirs = (
        select(License.id)
        .join(Seat, Seat.license_id == License.id)
        .where(Seat.user_id == user_id, Seat.ended_at.is_(None), is_assigned())
    )
    at_schools = select(License.id).where(
        License.owner_school_id.in_(schools),
        License.deleted_at.is_(None),
        License.ends_on >= today,
    )
    found = session.execute(
        select(
            theirs.where(License.starts_on > today).exists().label(Lack.NOT_YET),
            theirs.where(License.ends_on < today).exists().label(Lack.ENDED),
            at_schools.where(is_taken()).exists().label(Lack.FOR_OTHERS),
            at_schools.exists().label(Lack.NOT_ASSIGNED),
            schools.exists().label(Lack.NO_LICENSE),
        )
    ).one()
    return next((lack for lack in Lack if found._mapping.get(lack)), Lack.NO_SCHOOL)  # noqa: SLF001, its public name


def holds(column: Any, search: str) -> ColumnElement[bool]:  # noqa: ANN401, a text column
    """Say whether the text holds what is looked for, in small letters or capitals."""
    text = search.strip()
    # SQLite folds no å, ä or ö, so the usual spellings are looked for one by one.
    spellings = dict.fromkeys((text, text.lower(), text.capitalize()))
    return or_(
        column.icontains(text, autoescape=True),
        *(column.contains(one, autoescape=True) for one in spellings),
    )


def _people(
    session: Session, people: Select[User], after: str, limit: int
) -> tuple[Sequence[User], str | None]:
    page = people.order_by(User.search_name, User.id).limit(limit + 1)
    if after:
        place = session.execute(
            select(User.search_name, User.id).where(User.public_id == after)
        ).one_or_none()
        if place is None:
            raise InvalidCursorError
        page = page.where(tuple_(User.search_name, User.id) > tuple_(*place))
    rows = session.scalars(page).all()
    return rows[:limit], rows[limit - 1].public_id if len(rows) > limit else None


def _joined(statement: Any) -> Select[Any]:  # noqa: ANN401, a select of any columns
    joined: Select[Any] = (
        statement.select_from(License)
        .join(Tool, Tool.id == License.tool_id)
        .join(School, School.id == License.owner_school_id)
    )
    return joined


def _rows(today: date) -> Select[Any]:
    seats = (
        select(func.count())
        .select_from(Seat)
        .where(Seat.license_id == License.id, Seat.ended_at.is_(None))
        .correlate(License)
        .scalar_subquery()
    )
    state = case(
        (License.pool_id.is_not(None), LicenseState.POOLED.value),
        (is_taken(), LicenseState.ASSIGNED.value),
        (License.ends_on < today, LicenseState.ENDED.value),
        else_=LicenseState.AVAILABLE.value,
    )
    held = and_(Seat.license_id == License.id, Seat.ended_at.is_(None), Seat.is_single)
    return (
        _joined(select(License, Tool, School, Group, User, seats, state))
        .outerjoin(Group, Group.id == License.group_id)
        .outerjoin(Seat, held)
        .outerjoin(User, User.id == Seat.user_id)
    )


def _read(session: Session, rows: Select[Any]) -> list[LicenseRow]:
    return [
        LicenseRow(license_, tool, school, group, holder, number, LicenseState(state))
        for license_, tool, school, group, holder, number, state in session.execute(rows)
    ]
