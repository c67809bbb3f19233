"""Licenses of schools: assigning and withdrawing them, and the codes that partners arrange."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.skolon import changes, visibility
from app.skolon.domain.errors import (
    AlreadyAssignedError,
    ExpiredLicenseError,
    NotAssignedError,
    UnknownLicenseError,
    UnknownSchoolError,
)
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    License,
    LicenseRequest,
    RequestedSchool,
    School,
    SchoolMembership,
    SchoolUnitCode,
    Tool,
    User,
)

Row = tuple[License, str, str]


def of_organization(session: Session, organization_id: UUID) -> Sequence[Row]:
    """List the licenses of the organization's schools with the names of tool and school."""
    rows = session.execute(
        select(License, Tool.name, School.name)
        .join(Tool, Tool.id == License.tool_id)
        .join(School, School.id == License.owner_school_id)
        .where(School.organization_id == organization_id, License.deleted_at.is_(None))
        .order_by(School.name, License.starts_on)
    )
    return [(license_, tool, school) for license_, tool, school in rows]


def assign(session: Session, administrator: PortalUser, license_id: str, *, now: datetime) -> None:
    """Assign a license to its school: everybody there is covered from now on (R16)."""
    license_ = _own(session, administrator, license_id)
    if license_.assigned_at is not None and license_.withdrawn_at is None:
        raise AlreadyAssignedError
    if license_.ends_on < swedish_date(now):
        raise ExpiredLicenseError
    license_.assigned_at, license_.withdrawn_at = now, None
    _announce(session, license_)


def withdraw(
    session: Session, administrator: PortalUser, license_id: str, *, now: datetime
) -> None:
    """Withdraw a license from its school."""
    license_ = _own(session, administrator, license_id)
    if license_.assigned_at is None or license_.withdrawn_at is not None:
        raise NotAssignedError
    license_.withdrawn_at = now
    _announce(session, license_)


def tools_of(session: Session, user_id: UUID, today: date) -> Sequence[Tool]:
    """Return the tools that a person has a license in force for: the tiles of their collection."""
    in_force = and_(License.starts_on <= today, License.ends_on >= today)
    usable = select(License.tool_id).where(visibility.covers(user_id), in_force)
    return session.scalars(select(Tool).where(Tool.id.in_(usable)).order_by(Tool.name)).all()


def add_code(
    session: Session, tool_id: UUID, school_id: str, code: str, *, now: datetime
) -> Sequence[str]:
    """Put a code on a school that the tool has been asked for, and return all its codes."""
    school = _asked_for(session, tool_id, school_id)
    changes.hold(session, School)
    if code not in _codes(session, school):
        session.add(SchoolUnitCode(school_id=school.id, code=code, added_at=now))
        session.flush()
        changes.mark(session, School, School.id == school.id)
    return _codes(session, school)


def remove_code(session: Session, tool_id: UUID, school_id: str, code: str) -> Sequence[str]:
    """Take a code off a school, and return those that are left; gone already is fine."""
    school = _asked_for(session, tool_id, school_id)
    changes.hold(session, School)
    if code in _codes(session, school):
        session.execute(
            delete(SchoolUnitCode).where(
                SchoolUnitCode.school_id == school.id, SchoolUnitCode.code == code
            )
        )
        changes.mark(session, School, School.id == school.id)
    return _codes(session, school)


def _own(session: Session, administrator: PortalUser, license_id: str) -> License:
    license_ = session.scalar(
        select(License)
        .join(School, School.id == License.owner_school_id)
        .where(
            License.public_id == license_id,
            License.deleted_at.is_(None),
            School.organization_id == administrator.organization.id,
        )
        .with_for_update(of=License)
    )
    if license_ is None:
        raise UnknownLicenseError
    return license_


def _announce(session: Session, license_: License) -> None:
    """Make the license, its school's groups and its people news for the tool."""
    session.flush()
    at_school: ColumnElement[bool] = User.id.in_(
        select(SchoolMembership.user_id).where(
            SchoolMembership.school_id == license_.owner_school_id
        )
    )
    changes.mark(session, License, License.id == license_.id)
    changes.mark(session, Group, Group.school_id == license_.owner_school_id)
    changes.mark(session, User, at_school)


def _asked_for(session: Session, tool_id: UUID, school_id: str) -> School:
    school = session.scalar(
        select(School).where(
            School.public_id == school_id,
            School.id.in_(
                select(RequestedSchool.school_id)
                .join(LicenseRequest, LicenseRequest.id == RequestedSchool.request_id)
                .where(LicenseRequest.tool_id == tool_id)
            ),
        )
    )
    if school is None:
        raise UnknownSchoolError
    return school


def _codes(session: Session, school: School) -> Sequence[str]:
    return session.scalars(
        select(SchoolUnitCode.code)
        .where(SchoolUnitCode.school_id == school.id)
        .order_by(SchoolUnitCode.added_at, SchoolUnitCode.code)
    ).all()
