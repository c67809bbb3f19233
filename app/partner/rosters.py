"""Schools, classes and students as programs read them: only who has logged in is there (R3)."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.partner import cursors
from app.partner.domain.identity import SchoolUnitCode
from app.partner.domain.placement import Role, school_year
from app.partner.models import (
    Account,
    Organization,
    Placement,
    School,
    SchoolClass,
    SchoolCode,
)
from app.partner.schemas import (
    OrganizationOut,
    SchoolClassOut,
    SchoolClassPage,
    SchoolOut,
    StudentOut,
    StudentPage,
)


class UnknownSchoolError(NotFoundError):
    """No school has this school unit code today."""

    code = "unknown_school"


class UnknownClassError(NotFoundError):
    """There is no class of that id, or Skolon has said to forget it."""

    code = "unknown_class"


def school(session: Session, code: SchoolUnitCode, *, today: date) -> SchoolOut:
    """Return the school that has this code today."""
    found = _of_code(session, code)
    organization = session.get_one(Organization, found.organization_id)
    codes = session.scalars(
        select(SchoolCode.digits)
        .where(SchoolCode.school_id == found.id, SchoolCode.ended_on.is_(None))
        .order_by(SchoolCode.digits)
    )
    years = session.scalars(
        select(SchoolClass.school_year)
        .where(SchoolClass.school_id == found.id, _is_remembered())
        .distinct()
        .order_by(SchoolClass.school_year.desc())
    )
    return SchoolOut(
        school_unit_code=code.digits,
        name=found.name,
        skolon_id=found.skolon_id,
        organization=OrganizationOut(
            organization_number=organization.organization_number, name=organization.name
        ),
        school_unit_codes=list(codes),
        school_year=school_year(today),
        school_years=list(years),
    )


def classes(
    session: Session,
    code: SchoolUnitCode,
    *,
    year: str | None,
    today: date,
    limit: int,
    cursor: str | None,
) -> SchoolClassPage:
    """List the classes of a school in a school year; in the present one if none is said."""
    query = select(SchoolClass).where(
        SchoolClass.school_id == _of_code(session, code).id,
        SchoolClass.school_year == (year or school_year(today)),
        _is_remembered(),
    )
    if cursor:
        (last,) = cursors.keys_of(cursor, 1)
        query = query.where(SchoolClass.id > cursors.row_id(last))
    rows = session.scalars(query.order_by(SchoolClass.id).limit(limit + 1)).all()
    shown = rows[:limit]
    counted = session.execute(
        select(Placement.school_class_id, Placement.role, func.count())
        .join(SchoolClass, SchoolClass.id == Placement.school_class_id)
        .where(Placement.school_class_id.in_([row.id for row in shown]), _is_placed(today))
        .group_by(Placement.school_class_id, Placement.role)
    )
    people = {(class_id, role): count for class_id, role, count in counted}
    return SchoolClassPage(
        classes=[
            SchoolClassOut(
                id=row.id,
                name=row.name,
                school_year=row.school_year,
                students=people.get((row.id, Role.STUDENT), 0),
                teachers=people.get((row.id, Role.TEACHER), 0),
            )
            for row in shown
        ],
        next_cursor=cursors.cursor_of(shown[-1].id) if len(rows) > limit else None,
    )


def students(
    session: Session, class_id: UUID, *, today: date, limit: int, cursor: str | None
) -> StudentPage:
    """List the students of a class who have logged in and are placed in it today."""
    known = select(SchoolClass.id).where(SchoolClass.id == class_id, _is_remembered())
    if session.scalar(known) is None:
        raise UnknownClassError
    query = (
        select(Account.id, Account.first_name, Account.last_name)
        .join(Placement, Placement.account_id == Account.id)
        .join(SchoolClass, SchoolClass.id == Placement.school_class_id)
        .where(
            SchoolClass.id == class_id,
            Placement.role == Role.STUDENT,
            Account.merged_into_id.is_(None),
            _is_placed(today),
        )
        .order_by(Account.id)
    )
    if cursor:
        (last,) = cursors.keys_of(cursor, 1)
        query = query.where(Account.id > cursors.row_id(last))
    rows = session.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    return StudentPage(
        students=[
            StudentOut(id=row.id, first_name=row.first_name, last_name=row.last_name)
            for row in shown
        ],
        next_cursor=cursors.cursor_of(shown[-1].id) if len(rows) > limit else None,
    )


def _of_code(session: Session, code: SchoolUnitCode) -> School:
    # Two may have the same official code; the one that Skolon knows has the classes.
    found = session.scalar(
        select(School)
        .join(SchoolCode, SchoolCode.school_id == School.id)
        .where(SchoolCode.digits == code.digits, SchoolCode.ended_on.is_(None))
        .order_by(School.skolon_id.is_(None), School.id)
        .limit(1)
    )
    if found is None:
        raise UnknownSchoolError
    return found


def _is_remembered() -> ColumnElement[bool]:
    return SchoolClass.skolon_id.is_not(None)


def _is_placed(today: date) -> ColumnElement[bool]:
    """Say of a placement whether it is of today: not ended, and of the present school year."""
    return and_(Placement.ended_at.is_(None), SchoolClass.school_year == school_year(today))
