"""Licenses of a whole organization, handed on to its schools; there they are assigned (2.11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.skolon import changes
from app.skolon.domain.errors import (
    AlreadyDistributedError,
    ExpiredLicenseError,
    ForeignSchoolError,
    NoSchoolChosenError,
)
from app.skolon.domain.licenses import LicenseType
from app.skolon.licenses.own import own_organization_license
from app.skolon.logins import PortalUser
from app.skolon.models import License, OrganizationLicense, School, Tool


@dataclass(frozen=True, slots=True)
class Bundle:
    """A license of an organization, and the schools that have their part of it."""

    license: OrganizationLicense
    tool: Tool
    schools: Sequence[School]


def bundles(session: Session, administrator: PortalUser) -> Sequence[Bundle]:
    """Return the organization's licenses; who administers schools alone has none to hand on."""
    if administrator.school_ids is not None:
        return []
    rows = session.execute(
        select(OrganizationLicense, Tool)
        .join(Tool, Tool.id == OrganizationLicense.tool_id)
        .where(OrganizationLicense.organization_id == administrator.organization.id)
        .order_by(Tool.name, OrganizationLicense.made_at.desc(), OrganizationLicense.id)
    ).all()
    parts = _parts(session, [row[0].id for row in rows])
    return [Bundle(license_, tool, parts.get(license_.id, [])) for license_, tool in rows]


def bundle(session: Session, administrator: PortalUser, license_id: UUID) -> Bundle:
    license_ = own_organization_license(session, administrator, license_id)
    tool = session.get_one(Tool, license_.tool_id)
    return Bundle(license_, tool, _parts(session, [license_.id]).get(license_.id, []))


def distribute(
    session: Session,
    administrator: PortalUser,
    license_id: UUID,
    chosen: Sequence[str] | None,
    *,
    now: datetime,
) -> Sequence[License]:
    """Hand a license on to these schools, or to all that have no part yet; assigned it is later."""
    changes.hold(session, License)
    whole = own_organization_license(session, administrator, license_id)
    if whole.ends_on < swedish_date(now):
        raise ExpiredLicenseError
    have = {school.id for school in _parts(session, [whole.id]).get(whole.id, [])}
    own = session.scalars(
        select(School).where(administrator.own_schools()).order_by(School.name, School.id)
    ).all()
    if chosen is None:
        schools = [school for school in own if school.id not in have]
        if not schools:
            raise AlreadyDistributedError
    else:
        by_id = {school.public_id: school for school in own}
        if not set(chosen) <= set(by_id):
            raise ForeignSchoolError
        schools = [by_id[public_id] for public_id in dict.fromkeys(chosen)]
        if not schools:
            raise NoSchoolChosenError
        if any(school.id in have for school in schools):
            raise AlreadyDistributedError
    first = changes.draw(session, License, len(schools))
    made = [
        License(
            tool_id=whole.tool_id,
            type=LicenseType.ORGANIZATION,
            bundle_id=whole.id,
            audience=whole.audience,
            organization_id=whole.organization_id,
            owner_school_id=school.id,
            is_demo=whole.is_demo,
            starts_on=whole.starts_on,
            ends_on=whole.ends_on,
            change_number=first + place,
        )
        for place, school in enumerate(schools)
    ]
    session.add_all(made)
    session.flush()
    changes.note(session, License, License.id.in_([one.id for one in made]), now=now)
    changes.mark_with_owners(session, School.id.in_([one.id for one in schools]), now=now)
    return made


def _parts(session: Session, bundle_ids: Sequence[UUID]) -> dict[UUID | None, list[School]]:
    parts: dict[UUID | None, list[School]] = {}
    for bundle_id, school in session.execute(
        select(License.bundle_id, School)
        .join(School, School.id == License.owner_school_id)
        .where(License.bundle_id.in_(bundle_ids), License.deleted_at.is_(None))
        .order_by(School.name, School.id)
    ):
        parts.setdefault(bundle_id, []).append(school)
    return parts
