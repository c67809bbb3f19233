"""The lists of the Partner API, each built from a fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.listing import named, read_slice
from app.skolon.models import (
    Group,
    GroupMembership,
    License,
    Organization,
    School,
    SchoolMembership,
    SchoolUnitCode,
    User,
)
from app.skolon.schemas.partner_api import (
    GroupOut,
    GroupPage,
    GroupQuery,
    LicenseOut,
    LicensePage,
    LicenseQuery,
    OfUserQuery,
    OrganizationOut,
    OrganizationPage,
    OrganizationQuery,
    Reference,
    SchoolOut,
    SchoolPage,
    SchoolQuery,
    UnitCode,
    UserOut,
    UserPage,
    UserQuery,
)
from app.skolon.tokens import Caller

Conditions = list[ColumnElement[bool]]


def list_users(session: Session, caller: Caller, query: UserQuery) -> UserPage:
    conditions = named(User, query.user_id, query.user_uuid)
    if at_school := named(School, query.school_id, query.school_uuid):
        conditions.append(User.id.in_(_people_at(select(School.id).where(*at_school))))
    if in_group := named(Group, query.class_id, query.class_uuid):
        members = select(GroupMembership.user_id).join(Group).where(*in_group)
        conditions.append(User.id.in_(members))
    found = read_slice(session, User, visibility.users(caller), query, conditions)
    schools = _schools_of(session, [user.id for user in found.live])
    return UserPage(
        users=[
            UserOut(
                id=user.public_id,
                uuid=user.id,
                user_type=user.role.wire,
                username=user.username,
                email=user.email,
                first_name=user.first_name,
                last_name=user.last_name,
                language=user.language,
                schools=schools[user.id],
                external_identifiers=[],
            )
            if is_live
            else UserOut(id=user.public_id, uuid=user.id, is_deleted=True)
            for user, is_live in found.records
        ],
        **found.envelope,
    )


def list_schools(session: Session, caller: Caller, query: SchoolQuery) -> SchoolPage:
    conditions: Conditions = []
    if of_user := _users(caller, query):
        conditions.append(School.id.in_(_schools_with(of_user)))
    found = read_slice(session, School, visibility.schools(caller), query, conditions)
    ids = [school.id for school in found.live]
    numbers = dict(
        session.execute(
            select(School.id, Organization.number).join(Organization).where(School.id.in_(ids))
        ).all()
    )
    codes = defaultdict[UUID, list[UnitCode]](list)
    for school_id, code in session.execute(
        select(SchoolUnitCode.school_id, SchoolUnitCode.code)
        .where(SchoolUnitCode.school_id.in_(ids))
        .order_by(SchoolUnitCode.added_at, SchoolUnitCode.code)
    ):
        codes[school_id].append(UnitCode(value=code))
    return SchoolPage(
        schools=[
            SchoolOut(
                id=school.public_id,
                uuid=school.id,
                name=school.name,
                organization_number=numbers[school.id],
                unit_codes=codes[school.id],
            )
            if is_live
            else SchoolOut(id=school.public_id, uuid=school.id, is_deleted=True)
            for school, is_live in found.records
        ],
        **found.envelope,
    )


def list_organizations(
    session: Session, caller: Caller, query: OrganizationQuery
) -> OrganizationPage:
    conditions: Conditions = []
    if owning := named(School, query.school_id, query.school_uuid):
        conditions.append(Organization.id.in_(select(School.organization_id).where(*owning)))
    sight = visibility.organizations(caller)
    found = read_slice(session, Organization, sight, query, conditions)
    schools = _gathered(
        session,
        select(School.organization_id, School.public_id, School.id)
        .where(
            School.organization_id.in_(organization.id for organization in found.live),
            visibility.schools(caller).now,
        )
        .order_by(School.change_number),
    )
    return OrganizationPage(
        organizations=[
            OrganizationOut(
                id=organization.public_id,
                uuid=organization.id,
                name=organization.name,
                organization_number=organization.number,
                schools=schools[organization.id],
            )
            if is_live
            else OrganizationOut(id=organization.public_id, uuid=organization.id, is_deleted=True)
            for organization, is_live in found.records
        ],
        **found.envelope,
    )


def list_groups(session: Session, caller: Caller, query: GroupQuery) -> GroupPage:
    conditions: Conditions = []
    if of_user := _users(caller, query):
        groups = select(GroupMembership.group_id).join(User).where(*of_user)
        conditions.append(Group.id.in_(groups))
    if at_school := named(School, query.school_id, query.school_uuid):
        conditions.append(Group.school_id.in_(select(School.id).where(*at_school)))
    found = read_slice(session, Group, visibility.groups(caller), query, conditions)
    members = _gathered(
        session,
        select(GroupMembership.group_id, User.public_id, User.id)
        .join(User)
        .where(
            GroupMembership.group_id.in_(group.id for group in found.live),
            visibility.users(caller).now,
        )
        .order_by(User.search_name),
    )
    schools = _referred(session, {group.school_id for group in found.live})
    return GroupPage(
        groups=[
            GroupOut(
                id=group.public_id,
                uuid=group.id,
                name=group.name,
                type=group.type,
                school_id=schools[group.school_id].id,
                school_uuid=group.school_id,
                memberships=members[group.id],
            )
            if is_live
            else GroupOut(id=group.public_id, uuid=group.id, is_deleted=True)
            for group, is_live in found.records
        ],
        **found.envelope,
    )


def list_licenses(session: Session, caller: Caller, query: LicenseQuery) -> LicensePage:
    conditions: Conditions = []
    if of_user := _users(caller, query):
        conditions += [
            visibility.is_assigned(),
            License.owner_school_id.in_(_schools_with(of_user)),
        ]
    for at_school in (
        named(School, query.school_id, query.school_uuid),
        named(School, query.owner_school_id, query.owner_school_uuid),
    ):
        if at_school:
            owners = select(School.id).where(*at_school)
            conditions.append(License.owner_school_id.in_(owners))
    found = read_slice(session, License, visibility.licenses(caller), query, conditions)
    schools = _referred(session, {license_.owner_school_id for license_ in found.live})
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
    return _gathered(
        session,
        select(SchoolMembership.school_id, User.public_id, User.id)
        .join(User)
        .where(SchoolMembership.school_id.in_(owners), visibility.users(caller).now)
        .order_by(User.search_name),
    )


def _schools_of(session: Session, user_ids: Iterable[UUID]) -> dict[UUID, list[Reference]]:
    return _gathered(
        session,
        select(SchoolMembership.user_id, School.public_id, School.id)
        .join(School)
        .where(SchoolMembership.user_id.in_(user_ids), School.deleted_at.is_(None))
        .order_by(SchoolMembership.position),
    )


def _referred(session: Session, school_ids: Iterable[UUID]) -> dict[UUID, Reference]:
    rows = session.execute(select(School.id, School.public_id).where(School.id.in_(school_ids)))
    return {school_id: Reference(id=public_id, uuid=school_id) for school_id, public_id in rows}


def _gathered(session: Session, rows: Select[UUID, str, UUID]) -> dict[UUID, list[Reference]]:
    """Group references under the record that they belong to."""
    gathered = defaultdict[UUID, list[Reference]](list)
    for owner, public_id, uuid in session.execute(rows):
        gathered[owner].append(Reference(id=public_id, uuid=uuid))
    return gathered


def _users(caller: Caller, query: OfUserQuery) -> Conditions:
    conditions = named(User, query.user_id, query.user_uuid)
    if conditions and caller.user_id is not None:
        # Nor does a user learn what they have in common with somebody else.
        conditions.append(User.id == caller.user_id)
    return conditions


def _people_at(schools: Select[UUID]) -> Select[UUID]:
    return select(SchoolMembership.user_id).where(SchoolMembership.school_id.in_(schools))


def _schools_with(of_user: Conditions) -> Select[UUID]:
    return select(SchoolMembership.school_id).join(User).where(*of_user)
