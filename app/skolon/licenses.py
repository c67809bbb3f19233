"""Licenses of schools: assigning and withdrawing them, and the codes that partners arrange."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.skolon import changes, coverage, removals, tools, visibility
from app.skolon.domain import licenses as rules
from app.skolon.domain.errors import (
    AlreadyAssignedError,
    ExpiredLicenseError,
    NotAssignedError,
    PeriodError,
    UnknownGroupError,
    UnknownLicenseError,
    UnknownSchoolError,
)
from app.skolon.domain.licenses import LicenseType, RequestKind
from app.skolon.listing import as_uuid
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    License,
    LicenseRequest,
    OrganizationLicense,
    RequestedSchool,
    School,
    SchoolUnitCode,
    Seat,
    Tool,
)
from app.skolon.schemas.tools import LicenseIn

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
    """Assign a license to its school: whom it is for is covered from now on (R16)."""
    # Before the license itself, as everybody does: else two could wait for each other.
    changes.hold(session, License)
    license_ = _own(session, administrator, license_id)
    if license_.assigned_at is not None and license_.withdrawn_at is None:
        raise AlreadyAssignedError
    if license_.ends_on < swedish_date(now):
        raise ExpiredLicenseError
    license_.assigned_at, license_.withdrawn_at = now, None
    coverage.settle(session, License.id == license_.id, now=now)


def withdraw(
    session: Session, administrator: PortalUser, license_id: str, *, now: datetime
) -> None:
    """Withdraw a license from its school."""
    changes.hold(session, License)
    license_ = _own(session, administrator, license_id)
    if license_.assigned_at is None or license_.withdrawn_at is not None:
        raise NotAssignedError
    license_.withdrawn_at = now
    coverage.settle(session, License.id == license_.id, now=now)


def give(session: Session, asked: LicenseIn, *, now: datetime) -> License:
    """Put a license on a school by hand, as the real store or an order would."""
    tool, _ = tools.read(session, asked.client_id)
    school = session.scalar(
        select(School).where(
            or_(
                School.public_id == asked.school,
                School.id == as_uuid(asked.school),
                School.name == asked.school,
            ),
            School.deleted_at.is_(None),
        )
    )
    if school is None:
        raise UnknownSchoolError
    starts_on = asked.starts_on or swedish_date(now)
    kind = RequestKind.TRIAL if asked.is_demo else RequestKind.PURCHASE
    ends_on = asked.ends_on or rules.last_day(kind, starts_on)
    if ends_on < starts_on:
        raise PeriodError
    # Two parts of one license of the organization, given at the same time, are to find each other.
    changes.hold(session, License)
    is_part = asked.type is LicenseType.ORGANIZATION
    license_ = License(
        tool_id=tool.id,
        type=asked.type,
        bundle_id=_bundle(
            session, tool, school, asked, starts_on=starts_on, ends_on=ends_on, now=now
        )
        if is_part
        else None,
        audience=asked.audience,
        organization_id=school.organization_id,
        owner_school_id=school.id,
        group_id=_group_at(session, school, asked).id if asked.type is LicenseType.GROUP else None,
        student_seats=asked.student_seats,
        teacher_seats=asked.teacher_seats,
        is_demo=asked.is_demo,
        starts_on=starts_on,
        ends_on=ends_on,
        assigned_at=now if asked.is_assigned else None,
        change_number=changes.draw(session, License),
    )
    session.add(license_)
    session.flush()
    changes.mark(session, School, School.id == school.id, now=now)
    if asked.type is LicenseType.SINGLE and asked.user is not None:
        user = removals.find_user(session, asked.user)
        session.add(Seat(license_id=license_.id, user_id=user.id, given_at=now, is_single=True))
    coverage.settle(session, License.id == license_.id, now=now)
    return license_


def _bundle(
    session: Session,
    tool: Tool,
    school: School,
    asked: LicenseIn,
    *,
    starts_on: date,
    ends_on: date,
    now: datetime,
) -> UUID:
    """Return the organization's license that this one is a part of, made now if need be."""
    changes.hold(session, License)
    found = session.scalars(
        select(OrganizationLicense.id).where(
            OrganizationLicense.tool_id == tool.id,
            OrganizationLicense.organization_id == school.organization_id,
            OrganizationLicense.audience == asked.audience,
            OrganizationLicense.is_demo == asked.is_demo,
            OrganizationLicense.ends_on == ends_on,
        )
    ).first()
    if found is not None:
        return found
    made = OrganizationLicense(
        tool_id=tool.id,
        organization_id=school.organization_id,
        audience=asked.audience,
        is_demo=asked.is_demo,
        starts_on=starts_on,
        ends_on=ends_on,
        made_at=now,
    )
    session.add(made)
    session.flush()
    return made.id


def _group_at(session: Session, school: School, asked: LicenseIn) -> Group:
    name = asked.group or ""
    group = session.scalars(
        select(Group).where(
            or_(Group.public_id == name, Group.id == as_uuid(name), Group.name == name),
            Group.school_id == school.id,
            Group.deleted_at.is_(None),
        )
    ).first()
    if group is None:
        raise UnknownGroupError
    return group


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
    # One after the other, so that two who add the same code do not meet.
    changes.hold(session, School)
    if code not in _codes(session, school):
        session.add(SchoolUnitCode(school_id=school.id, code=code, added_at=now))
        session.flush()
        changes.mark(session, School, School.id == school.id, now=now)
    return _codes(session, school)


def remove_code(
    session: Session, tool_id: UUID, school_id: str, code: str, *, now: datetime
) -> Sequence[str]:
    """Take a code off a school, and return those that are left; gone already is fine."""
    school = _asked_for(session, tool_id, school_id)
    changes.hold(session, School)
    if code in _codes(session, school):
        session.execute(
            delete(SchoolUnitCode).where(
                SchoolUnitCode.school_id == school.id, SchoolUnitCode.code == code
            )
        )
        changes.mark(session, School, School.id == school.id, now=now)
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
