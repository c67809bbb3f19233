"""Licenses that come about by hand: from the workshop, or made by an organization itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.skolon import changes, coverage, pools, removals, tools
from app.skolon.domain import licenses as rules
from app.skolon.domain.errors import (
    NoTargetError,
    PeriodError,
    UnknownSchoolError,
)
from app.skolon.domain.licenses import LicenseType, RequestKind
from app.skolon.licenses.own import group_at, organization_administrator, own_school
from app.skolon.listing import as_uuid
from app.skolon.logins import PortalUser
from app.skolon.models import License, OrganizationLicense, School, Seat, Tool
from app.skolon.schemas.portal_licenses import NewLicense
from app.skolon.schemas.tools import LicenseIn


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
        group_id=group_at(session, school.id, asked.group or "").id
        if asked.type is LicenseType.GROUP
        else None,
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
    changes.mark_with_owners(session, School.id == school.id, now=now)
    if asked.type is LicenseType.SINGLE and asked.user is not None:
        user = removals.find_user(session, asked.user)
        session.add(Seat(license_id=license_.id, user_id=user.id, given_at=now, is_single=True))
    coverage.settle(session, License.id == license_.id, now=now)
    pools.take_in(session, License.id == license_.id, now=now)
    return license_


@dataclass(frozen=True, slots=True)
class Made:
    """What came of making licenses: the schools' own, or one of the whole organization."""

    licenses: Sequence[License]
    whole: OrganizationLicense | None = None


def make(session: Session, administrator: PortalUser, asked: NewLicense, *, now: datetime) -> Made:
    """Make licenses by hand, unassigned, where the real portal has a store."""
    organization_administrator(administrator)
    tool, _ = tools.read(session, asked.client_id)
    starts_on = asked.starts_on or swedish_date(now)
    kind = RequestKind.TRIAL if asked.is_demo else RequestKind.PURCHASE
    ends_on = asked.ends_on or rules.last_day(kind, starts_on)
    if ends_on < starts_on:
        raise PeriodError
    if asked.type is LicenseType.ORGANIZATION:
        whole = OrganizationLicense(
            tool_id=tool.id,
            organization_id=administrator.organization.id,
            audience=asked.audience,
            is_demo=asked.is_demo,
            starts_on=starts_on,
            ends_on=ends_on,
            made_at=now,
        )
        session.add(whole)
        session.flush()
        return Made([], whole)
    if asked.school is None:
        raise NoTargetError
    changes.hold(session, License)
    school = own_school(session, administrator, asked.school)
    is_of_group = asked.type is LicenseType.GROUP
    if is_of_group and asked.group is None:
        raise NoTargetError
    group = group_at(session, school.id, asked.group or "") if is_of_group else None
    number = asked.number if asked.type is LicenseType.SINGLE else 1
    first = changes.draw(session, License, number)
    made = [
        License(
            tool_id=tool.id,
            type=asked.type,
            audience=asked.audience,
            organization_id=school.organization_id,
            owner_school_id=school.id,
            group_id=group.id if group else None,
            student_seats=asked.student_seats if is_of_group else None,
            teacher_seats=asked.teacher_seats if is_of_group else None,
            is_demo=asked.is_demo,
            starts_on=starts_on,
            ends_on=ends_on,
            change_number=first + place,
        )
        for place in range(number)
    ]
    session.add_all(made)
    session.flush()
    changes.note(session, License, License.id == made[0].id, now=now)
    changes.mark_with_owners(session, School.id == school.id, now=now)
    pools.take_in(session, License.id.in_([one.id for one in made]), now=now)
    return Made(made)


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
