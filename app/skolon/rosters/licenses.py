"""The list of licenses."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import SQLColumnExpression, func, select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.domain import licenses as rules
from app.skolon.domain.licenses import LicenseType
from app.skolon.listing import named, read_slice
from app.skolon.models import License, School, Seat, Tool, User
from app.skolon.rosters.references import Conditions, Reference, gathered, of_user, schools_by_id
from app.skolon.schemas.partner_api import LicenseQuery
from app.skolon.schemas.switches import Switches
from app.skolon.tokens import Caller


def list_licenses(session: Session, caller: Caller, query: LicenseQuery) -> dict[str, Any]:
    switches = caller.switches
    conditions: Conditions = []
    their = of_user(caller, query)
    if their and switches.user_filter_of_licenses == "works":
        seats = select(Seat.license_id).join(User).where(Seat.ended_at.is_(None), *their)
        conditions.append(visibility.stands_for(caller, seats))
    for at_school in (
        named(School, query.school_id, query.school_uuid),
        named(School, query.owner_school_id, query.owner_school_uuid),
    ):
        if at_school:
            owners = select(School.id).where(*at_school)
            conditions.append(License.owner_school_id.in_(owners))
    sight = visibility.licenses(caller)
    found = read_slice(session, License, sight, query, conditions, switches)
    told = found.told(switches)
    schools = schools_by_id(session, {license_.owner_school_id for license_ in told})
    covered = _covered(session, caller, told)
    external_ids = _external_ids(session, told, switches)
    return found.envelope | {
        "licenses": [
            {
                "id": license_.public_id,
                "isDeleted": not is_live,
                "isDemo": license_.is_demo,
                "expirationDate": end(license_, switches),
                "ownerSchoolId": schools[license_.owner_school_id]["id"],
                "ownerSchoolUuid": license_.owner_school_id,
                "users": covered[_bundle(license_, switches)],
                **(of_version_1(license_, external_ids[license_.tool_id]) if external_ids else {}),
            }
            if is_live or switches.tombstones == "full"
            else {"id": license_.public_id, "isDeleted": True}
            for license_, is_live in found.records
        ]
    }


def end(license_: License, switches: Switches) -> str | None:
    """Return the `expirationDate`."""
    day = license_.ends_on.isoformat()
    match switches.expiration_date:
        case "date":
            return day
        case "zoned":
            return f"{day}T23:59:59Z"
        case "null":
            return None
        case _:
            return f"{day}T23:59:59"


def _bundle(license_: License, switches: Switches) -> UUID:
    """Return under what those that a license covers are gathered."""
    is_one = switches.organization_license == "one_record"
    return (license_.bundle_id or license_.id) if is_one else license_.id


def _covered(
    session: Session, caller: Caller, licenses: Iterable[License]
) -> dict[UUID, list[Reference]]:
    switches = caller.switches
    under: SQLColumnExpression[UUID] = License.id
    if switches.organization_license == "one_record":
        under = func.coalesce(License.bundle_id, License.id)
    wanted = {
        _bundle(license_, switches)
        for license_ in licenses
        if switches.school_license_users == "assigned"
        or license_.type in (LicenseType.SINGLE, LicenseType.GROUP)
    }
    return gathered(
        session,
        select(under, User.public_id, User.id)
        .select_from(Seat)
        .join(License, License.id == Seat.license_id)
        .join(User, User.id == Seat.user_id)
        .where(under.in_(wanted), Seat.ended_at.is_(None), visibility.users(caller).now)
        .order_by(User.search_name, User.id),
    )


def _external_ids(
    session: Session, licenses: Iterable[License], switches: Switches
) -> dict[UUID, str]:
    if switches.version_1_license_fields == "absent":
        return {}
    ids = {license_.tool_id for license_ in licenses}
    return dict(session.execute(select(Tool.id, Tool.external_id).where(Tool.id.in_(ids))).all())


def of_version_1(license_: License, external_id: str) -> dict[str, Any]:
    """Return what API v1 tells of a license, and v2 only behind a switch."""
    return {
        "target": license_.type.target,
        "appExtId": external_id,
        "orderReference": rules.order_reference(
            license_.bundle_id or license_.request_id or license_.id
        ),
        "licenseCode": license_.public_id[:12].upper(),
    }
