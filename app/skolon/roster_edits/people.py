"""Adding, renaming, moving and deleting people."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.skolon import changes, removals
from app.skolon.domain.errors import (
    NotYourSchoolError,
    OutsideSchoolError,
    OwnAccountError,
    SoAlreadyError,
    UsernameTakenError,
)
from app.skolon.logins import PortalUser
from app.skolon.models import Group, GroupMembership, School, SchoolMembership, User
from app.skolon.roster_edits.places import (
    Done,
    groups_of,
    in_organization,
    leave_schools,
    perform,
    schools_of,
    settle,
    user_of,
)
from app.skolon.schemas.rosters import (
    AddUser,
    ChangeEmail,
    ChangeRole,
    DeleteUser,
    MoveUser,
    RenameUser,
)


@perform.register
def add_user(edit: AddUser, session: Session, administrator: PortalUser, now: datetime) -> Done:
    schools = schools_of(session, administrator, edit.schools)
    groups = groups_of(session, administrator, edit.groups)
    if not {group.school_id for group in groups} <= {school.id for school in schools}:
        raise OutsideSchoolError
    if session.scalar(select(User.id).where(User.username == edit.username)) is not None:
        raise UsernameTakenError
    user = User(
        organization_id=administrator.organization.id,
        role=edit.role,
        first_name=edit.first_name,
        last_name=edit.last_name,
        username=edit.username,
        email=edit.email,
        search_name=_search_name(edit.first_name, edit.last_name),
        change_number=0,
    )
    session.add(user)
    session.flush()
    session.execute(
        insert(SchoolMembership),
        [
            {"user_id": user.id, "school_id": school.id, "position": position}
            for position, school in enumerate(schools)
        ],
    )
    group_ids = [group.id for group in groups]
    if groups:
        session.execute(
            insert(GroupMembership),
            [{"user_id": user.id, "group_id": group_id} for group_id in group_ids],
        )
        changes.mark(session, Group, Group.id.in_(group_ids), now=now)
    # Numbered also where coverage is no news of its own.
    changes.mark(session, User, User.id == user.id, now=now)
    settle(
        session,
        schools=[school.id for school in schools],
        groups=group_ids,
        movers=[user.id],
        now=now,
    )
    return Done(user.public_id)


@perform.register
def rename_user(
    edit: RenameUser, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    user = user_of(session, administrator, edit.user)
    if (user.first_name, user.last_name) == (edit.first_name, edit.last_name):
        raise SoAlreadyError
    user.first_name, user.last_name = edit.first_name, edit.last_name
    user.search_name = _search_name(edit.first_name, edit.last_name)
    return _marked(session, user, now)


@perform.register
def change_email(
    edit: ChangeEmail, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    user = user_of(session, administrator, edit.user)
    if user.email == edit.email:
        raise SoAlreadyError
    user.email = edit.email
    return _marked(session, user, now)


@perform.register
def change_role(
    edit: ChangeRole, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    user = user_of(session, administrator, edit.user)
    if user.role is edit.role:
        raise SoAlreadyError
    user.role = edit.role
    session.flush()
    # A license may be for students or for teachers only.
    at = select(SchoolMembership.school_id).where(SchoolMembership.user_id == user.id)
    school_ids = session.scalars(at).all()
    groups = select(GroupMembership.group_id).where(GroupMembership.user_id == user.id)
    settle(
        session,
        users=[user.id],
        schools=school_ids,
        groups=session.scalars(groups).all(),
        now=now,
    )
    return _marked(session, user, now)


@perform.register
def move_user(edit: MoveUser, session: Session, administrator: PortalUser, now: datetime) -> Done:
    user = user_of(session, administrator, edit.user)
    wanted = [school.id for school in in_organization(session, administrator, edit.schools)]
    had = session.scalars(
        select(SchoolMembership.school_id)
        .join(School, School.id == SchoolMembership.school_id)
        .where(SchoolMembership.user_id == user.id, School.deleted_at.is_(None))
        .order_by(SchoolMembership.position, SchoolMembership.school_id)
    ).all()
    if wanted == [*had]:
        raise SoAlreadyError
    changed = {*had} ^ {*wanted}
    if administrator.school_ids is not None and not changed <= administrator.school_ids:
        raise NotYourSchoolError
    left = {*had} - {*wanted}
    theirs = GroupMembership.user_id == user.id
    groups = session.scalars(
        select(GroupMembership.group_id).join(Group).where(theirs, Group.school_id.in_(left))
    ).all()
    if left:
        leave_schools(session, [user.id], left, now=now)
    for position, school_id in enumerate(wanted):
        if school_id in had:
            session.execute(
                update(SchoolMembership)
                .where(SchoolMembership.user_id == user.id, SchoolMembership.school_id == school_id)
                .values(position=position)
            )
        else:
            session.add(SchoolMembership(user_id=user.id, school_id=school_id, position=position))
    settle(session, users=[user.id], schools=changed, groups=groups, now=now)
    return _marked(session, user, now)


@perform.register
def delete_user(
    edit: DeleteUser, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    user = user_of(session, administrator, edit.user)
    if user.id == administrator.user_id:
        raise OwnAccountError
    if administrator.school_ids is not None:
        elsewhere = select(SchoolMembership.school_id).where(
            SchoolMembership.user_id == user.id,
            SchoolMembership.school_id.not_in(administrator.school_ids),
        )
        if session.scalars(elsewhere).first() is not None:
            raise NotYourSchoolError
    deleted, told = removals.remove_user(session, user.public_id, now=now)
    return Done(deleted.public_id, told)


def _marked(session: Session, user: User, now: datetime) -> Done:
    session.flush()
    changes.mark(session, User, User.id == user.id, now=now)
    return Done(user.public_id)


def _search_name(first_name: str, last_name: str) -> str:
    return f"{first_name} {last_name}".lower()
