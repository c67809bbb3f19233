"""Adding, renaming and deleting classes and groups, and who is in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, insert, select
from sqlalchemy.orm import Session

from app.skolon import changes, removals
from app.skolon.domain.errors import (
    NotMemberError,
    OutsideSchoolError,
    SameNameError,
    SoAlreadyError,
)
from app.skolon.domain.rosters import GroupType
from app.skolon.logins import PortalUser
from app.skolon.models import Group, GroupMembership, SchoolMembership
from app.skolon.roster_edits.places import (
    Done,
    group_of,
    leave_groups,
    perform,
    school_of,
    settle,
    users_of,
)
from app.skolon.schemas.rosters import (
    AddGroup,
    AddMembers,
    DeleteGroup,
    RemoveMembers,
    RenameGroup,
)


@perform.register
def add_group(edit: AddGroup, session: Session, administrator: PortalUser, now: datetime) -> Done:
    school = school_of(session, administrator, edit.school)
    _refuse_same_name(session, school.id, edit.name, edit.type)
    group = Group(school_id=school.id, name=edit.name, type=edit.type, change_number=0)
    session.add(group)
    return _marked(session, group, now)


@perform.register
def rename_group(
    edit: RenameGroup, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    group = group_of(session, administrator, edit.group)
    if group.name == edit.name:
        raise SoAlreadyError
    _refuse_same_name(session, group.school_id, edit.name, group.type)
    group.name = edit.name
    return _marked(session, group, now)


@perform.register
def delete_group(
    edit: DeleteGroup, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    group = group_of(session, administrator, edit.group)
    _, told = removals.remove_group(session, group.public_id, now=now)
    return Done(group.public_id, told)


@perform.register
def add_members(
    edit: AddMembers, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    group = group_of(session, administrator, edit.group)
    user_ids = [user.id for user in users_of(session, administrator, edit.users)]
    if _members(session, group, user_ids):
        raise SoAlreadyError
    at_school = select(func.count()).where(
        SchoolMembership.school_id == group.school_id, SchoolMembership.user_id.in_(user_ids)
    )
    if session.scalar(at_school) != len(user_ids):
        raise OutsideSchoolError
    session.execute(
        insert(GroupMembership),
        [{"group_id": group.id, "user_id": user_id} for user_id in user_ids],
    )
    settle(session, groups=[group.id], movers=user_ids, now=now)
    return _marked(session, group, now)


@perform.register
def remove_members(
    edit: RemoveMembers, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    group = group_of(session, administrator, edit.group)
    user_ids = [user.id for user in users_of(session, administrator, edit.users)]
    if _members(session, group, user_ids) != len(user_ids):
        raise NotMemberError
    of_them = GroupMembership.user_id.in_(user_ids)
    leave_groups(session, and_(GroupMembership.group_id == group.id, of_them), now=now)
    settle(session, groups=[group.id], movers=user_ids, now=now)
    return Done(group.public_id)


def _members(session: Session, group: Group, user_ids: list[UUID]) -> int:
    """Count those of these people who are in the group."""
    counted = select(func.count()).where(
        GroupMembership.group_id == group.id, GroupMembership.user_id.in_(user_ids)
    )
    return session.scalar(counted) or 0


def _refuse_same_name(session: Session, school_id: UUID, name: str, kind: GroupType) -> None:
    same = select(Group.id).where(
        Group.school_id == school_id,
        Group.name == name,
        Group.type == kind,
        Group.deleted_at.is_(None),
    )
    if session.scalars(same).first() is not None:
        raise SameNameError


def _marked(session: Session, group: Group, now: datetime) -> Done:
    session.flush()
    changes.mark(session, Group, Group.id == group.id, now=now)
    return Done(group.public_id)
