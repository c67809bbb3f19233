"""The lists of schools and of the organizations that run them."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.listing import named, read_slice, tombstone
from app.skolon.models import Organization, School, SchoolUnitCode
from app.skolon.rosters.references import Conditions, gathered, of_user, schools_with
from app.skolon.schemas.partner_api import OrganizationQuery, SchoolQuery
from app.skolon.schemas.switches import Switches
from app.skolon.tokens import Caller


def list_schools(session: Session, caller: Caller, query: SchoolQuery) -> dict[str, Any]:
    conditions: Conditions = []
    if their := of_user(caller, query):
        conditions.append(School.id.in_(schools_with(their)))
    sight, switches = visibility.schools(caller), caller.switches
    found = read_slice(session, School, sight, query, conditions, switches)
    ids = [school.id for school in found.told(switches)]
    numbers = dict(
        session.execute(
            select(School.id, Organization.number).join(Organization).where(School.id.in_(ids))
        ).all()
    )
    codes = unit_codes(session, ids, switches)
    return found.envelope | {
        "schools": [
            {
                "id": school.public_id,
                "uuid": school.id,
                "isDeleted": not is_live,
                "name": school.name,
                "organizationNumber": numbers[school.id],
                **codes[school.id],
            }
            if is_live or switches.tombstones == "full"
            else tombstone(school)
            for school, is_live in found.records
        ]
    }


def unit_codes(
    session: Session, school_ids: Collection[UUID], switches: Switches
) -> dict[UUID, dict[str, Any]]:
    """Return the field `unitCodes` of each of these schools, if there is such a field."""
    if switches.unit_codes == "absent":
        return {school_id: {} for school_id in school_ids}
    codes: dict[UUID, list[dict[str, str]]] = {school_id: [] for school_id in school_ids}
    for school_id, code in session.execute(
        select(SchoolUnitCode.school_id, SchoolUnitCode.code)
        .where(SchoolUnitCode.school_id.in_(school_ids))
        .order_by(SchoolUnitCode.added_at, SchoolUnitCode.code)
    ):
        key = "code" if switches.unit_codes == "code" else "value"
        codes[school_id].append({"type": "SchoolUnitCode", key: code})
    return {school_id: {"unitCodes": of_school} for school_id, of_school in codes.items()}


def list_organizations(
    session: Session, caller: Caller, query: OrganizationQuery
) -> dict[str, Any]:
    conditions: Conditions = []
    if owning := named(School, query.school_id, query.school_uuid):
        conditions.append(Organization.id.in_(select(School.organization_id).where(*owning)))
    sight, switches = visibility.organizations(caller), caller.switches
    found = read_slice(session, Organization, sight, query, conditions, switches)
    told = found.told(switches)
    schools = gathered(
        session,
        select(School.organization_id, School.public_id, School.id)
        .where(
            School.organization_id.in_(organization.id for organization in told),
            visibility.schools(caller).now,
        )
        # Whatever becomes of a school: else a new name would change the order, and be no news.
        .order_by(School.id),
    )
    return found.envelope | {
        "organizations": [
            {
                "id": organization.public_id,
                "uuid": organization.id,
                "isDeleted": not is_live,
                "name": organization.name,
                "organizationNumber": organization.number,
                "schools": schools[organization.id],
            }
            if is_live or switches.tombstones == "full"
            else tombstone(organization)
            for organization, is_live in found.records
        ]
    }
