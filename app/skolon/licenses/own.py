"""What an administrator names, found among what is theirs to administer."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.skolon.domain.errors import (
    ForeignSchoolError,
    OrganizationOnlyError,
    UnknownGroupError,
    UnknownLicenseError,
)
from app.skolon.listing import as_uuid
from app.skolon.logins import PortalUser
from app.skolon.models import Group, License, OrganizationLicense, School


def organization_administrator(administrator: PortalUser) -> None:
    """Refuse whoever administers schools alone."""
    if administrator.school_ids is not None:
        raise OrganizationOnlyError


def own_license(session: Session, administrator: PortalUser, license_id: str) -> License:
    """Return a license to change; whoever calls holds the counter of licenses already."""
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
    # Within the organization it is no secret that others have licenses too.
    if administrator.school_ids is not None and license_.owner_school_id not in (
        administrator.school_ids
    ):
        raise ForeignSchoolError
    return license_


def own_organization_license(
    session: Session, administrator: PortalUser, license_id: UUID
) -> OrganizationLicense:
    organization_administrator(administrator)
    found = session.scalar(
        select(OrganizationLicense).where(
            OrganizationLicense.id == license_id,
            OrganizationLicense.organization_id == administrator.organization.id,
        )
    )
    if found is None:
        raise UnknownLicenseError
    return found


def own_school(session: Session, administrator: PortalUser, school_id: str) -> School:
    school = session.scalar(
        select(School).where(School.public_id == school_id, administrator.own_schools())
    )
    if school is None:
        raise ForeignSchoolError
    return school


def group_at(session: Session, school_id: UUID, name: str) -> Group:
    """Return the class or group of that id, uuid or name at the school."""
    group = session.scalars(
        select(Group)
        .where(
            or_(Group.public_id == name, Group.id == as_uuid(name), Group.name == name),
            Group.school_id == school_id,
            Group.deleted_at.is_(None),
        )
        .order_by(Group.change_number)
    ).first()
    if group is None:
        raise UnknownGroupError
    return group
