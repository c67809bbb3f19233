"""The list of licenses."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.listing import named, read_slice
from app.skolon.models import License, School, SchoolMembership, User
from app.skolon.rosters.references import (
    Conditions,
    gathered,
    of_user,
    schools_by_id,
    schools_with,
)
from app.skolon.schemas.partner_api import LicenseOut, LicensePage, LicenseQuery, Reference
from app.skolon.tokens import Caller


def list_licenses(session: Session, caller: Caller, query: LicenseQuery) -> LicensePage:
    conditions: Conditions = []
    if their := of_user(caller, query):
        conditions += [
            visibility.is_assigned(),
            License.owner_school_id.in_(schools_with(their)),
        ]
    for at_school in (
        named(School, query.school_id, query.school_uuid),
        named(School, query.owner_school_id, query.owner_school_uuid),
    ):
        if at_school:
            owners = select(School.id).where(*at_school)
            conditions.append(License.owner_school_id.in_(owners))
    found = read_slice(session, License, visibility.licenses(caller), query, conditions)
    schools = schools_by_id(session, {license_.owner_school_id for license_ in found.live})
    covered = _covered(session, caller, found.live)
    return LicensePage(
        licenses=[
            LicenseOut(
                id=license_.public_id,
                is_demo=license_.is_demo,
                expiration_date=f"{license_.ends_on.isoformat()}T23:59:59",
                owner_school_id=schools[license_.owner_school_id].id,
                owner_school_uuid=license_.owner_school_id,
                users=covered[license_.owner_school_id] if _is_assigned(license_) else [],
            )
            if is_live
            else LicenseOut(id=license_.public_id, is_deleted=True)
            for license_, is_live in found.records
        ],
        **found.envelope,
    )


def _is_assigned(license_: License) -> bool:
    return license_.assigned_at is not None and license_.withdrawn_at is None


def _covered(
    session: Session, caller: Caller, licenses: Iterable[License]
) -> dict[UUID, list[Reference]]:
    owners = {license_.owner_school_id for license_ in licenses if _is_assigned(license_)}
    return gathered(
        session,
        select(SchoolMembership.school_id, User.public_id, User.id)
        .join(User)
        .where(SchoolMembership.school_id.in_(owners), visibility.users(caller).now)
        .order_by(User.search_name, User.id),
    )
