"""The list of people."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.listing import named, read_slice
from app.skolon.models import Group, GroupMembership, School, SchoolMembership, User
from app.skolon.rosters.references import gathered
from app.skolon.schemas.partner_api import Reference, UserOut, UserPage, UserQuery
from app.skolon.tokens import Caller


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


def _people_at(schools: Select[UUID]) -> Select[UUID]:
    return select(SchoolMembership.user_id).where(SchoolMembership.school_id.in_(schools))


def _schools_of(session: Session, user_ids: Iterable[UUID]) -> dict[UUID, list[Reference]]:
    return gathered(
        session,
        select(SchoolMembership.user_id, School.public_id, School.id)
        .join(School)
        .where(SchoolMembership.user_id.in_(user_ids), School.deleted_at.is_(None))
        .order_by(SchoolMembership.position),
    )
