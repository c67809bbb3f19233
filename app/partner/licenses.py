"""Licenses: what a school may expect on a day, and the list of them."""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    String,
    bindparam,
    case,
    literal,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import Session

from app.partner import api_keys, cursors
from app.partner.api_keys import Scope
from app.partner.domain.identity import SchoolUnitCode
from app.partner.domain.licensing import (
    FICTIVE_STATUS,
    LicensePeriod,
    LicenseStatus,
    Standing,
    standing_of,
)
from app.partner.models import (
    ApiKey,
    License,
    Organization,
    RegisterUnit,
    RequestedUnit,
    School,
    SchoolCode,
)
from app.partner.schemas import (
    LicenseOut,
    LicensePage,
    LicenseStatusOut,
    OrganizationOut,
    OrganizationStatusOut,
)

_DAY = bindparam("day", type_=Date)
_DIGITS = bindparam("digits", type_=String)

# The licenses of a school: one in force, then the next to come, then the last gone.
_MOST_TELLING_FIRST: tuple[ColumnElement[Any], ...] = (
    case(
        ((License.starts_on <= _DAY) & (License.ends_on >= _DAY), 0),
        (License.starts_on > _DAY, 1),
        (License.ends_on < _DAY, 2),
        else_=3,
    ),
    License.starts_on.expression,
)


def _select_status_of_code() -> Select[Any]:
    register_status = (
        select(RegisterUnit.status)
        .where(RegisterUnit.school_unit_code == _DIGITS)
        .scalar_subquery()
    )
    was_given = (
        select(SchoolCode.id)
        .where(SchoolCode.digits == _DIGITS, SchoolCode.kind == Standing.FICTIVE)
        .exists()
    )
    asked = select(
        case((was_given, literal(FICTIVE_STATUS)), else_=register_status).label("code_status")
    ).subquery("asked")
    # A union, since with OR between them the stores read all schools to find one.
    with_the_code = union(
        select(SchoolCode.school_id).where(SchoolCode.digits == _DIGITS),
        select(RequestedUnit.school_id).where(RequestedUnit.school_unit_code == _DIGITS),
    )
    return (
        select(
            ApiKey.name.label("caller"),
            ApiKey.scopes,
            asked.c.code_status,
            School.name,
            Organization.organization_number,
            Organization.name.label("organization_name"),
            License.starts_on,
            License.ends_on,
            License.seats,
        )
        .select_from(asked)
        .outerjoin(ApiKey, api_keys.IS_IN_FORCE)
        .outerjoin(School, School.id.in_(with_the_code))
        .outerjoin(Organization, Organization.id == School.organization_id)
        .outerjoin(License, License.school_id == School.id)
        .order_by(*_MOST_TELLING_FIRST)
        .limit(1)
    )


# Built once: it takes ten times as long to build it, and to find it in SQLAlchemy's cache, as
# SQLite takes to answer it.
_STATUS_OF_CODE = _select_status_of_code()
_STATUS_OF_ORGANIZATION = (
    select(School.id, School.name, License.starts_on, License.ends_on, License.seats)
    .join(Organization, Organization.id == School.organization_id)
    .outerjoin(License, License.school_id == School.id)
    .where(Organization.organization_number == bindparam("number", type_=String))
    .order_by(School.name, School.id, *_MOST_TELLING_FIRST)
)


def status_of_code(
    connection: Connection, code: SchoolUnitCode, key: str, *, day: date
) -> LicenseStatusOut:
    """Return what the school with this code may expect of its license on a day.

    A school is found by the codes it logs in with or did, and by those of its license requests.
    One statement, also when there is no such school, and for whether the key may ask.
    """
    asked = {"digits": code.digits, "day": day, "key_hash": api_keys.hashed(key)}
    found = connection.execute(_STATUS_OF_CODE, asked).one()
    api_keys.admit(found.caller, found.scopes, Scope.LICENSES_READ)
    return LicenseStatusOut(
        school_unit_code=code.digits,
        standing=standing_of(code.digits, found.code_status),
        school=found.name,
        organization=(
            OrganizationOut(
                organization_number=found.organization_number, name=found.organization_name
            )
            if found.organization_number
            else None
        ),
        status=_status(found.starts_on, found.ends_on, day),
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        seats=found.seats,
        on=day,
    )


def status_of_organization(
    connection: Connection, number: str, *, day: date
) -> OrganizationStatusOut:
    """Return what each school of an organization may expect of its license on a day."""
    rows = connection.execute(_STATUS_OF_ORGANIZATION, {"number": number, "day": day})
    schools: dict[object, LicenseOut] = {}
    for row in rows:
        schools.setdefault(
            row.id,
            LicenseOut(
                school=row.name,
                status=_status(row.starts_on, row.ends_on, day),
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                seats=row.seats,
            ),
        )
    return OrganizationStatusOut(organization_number=number, on=day, schools=list(schools.values()))


def page(
    session: Session, *, number: str | None, day: date, limit: int, cursor: str | None
) -> LicensePage:
    """List licenses in the order in which they begin, page by page."""
    query = (
        select(
            License.id,
            License.starts_on,
            License.ends_on,
            License.seats,
            School.name,
            Organization.organization_number,
        )
        .join(School, School.id == License.school_id)
        .join(Organization, Organization.id == School.organization_id)
        .order_by(License.starts_on, License.id)
    )
    if number:
        query = query.where(Organization.organization_number == number)
    if cursor:
        starts_on, row_id = cursors.keys_of(cursor, 2)
        query = query.where(
            tuple_(License.starts_on, License.id) > (cursors.day(starts_on), cursors.row_id(row_id))
        )
    rows = session.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    return LicensePage(
        licenses=[
            LicenseOut(
                school=row.name,
                organization_number=row.organization_number,
                status=_status(row.starts_on, row.ends_on, day),
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                seats=row.seats,
            )
            for row in shown
        ],
        next_cursor=(
            cursors.cursor_of(shown[-1].starts_on, shown[-1].id) if len(rows) > limit else None
        ),
    )


def _status(starts_on: date | None, ends_on: date | None, day: date) -> LicenseStatus:
    if starts_on is None or ends_on is None:
        return LicenseStatus.NONE
    return LicensePeriod(starts_on, ends_on).status_on(day)
