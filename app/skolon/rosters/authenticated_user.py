"""What API v1 tells of whoever logged in; however much that is, in a few statements."""

from typing import Any

from sqlalchemy import Row, Select, or_, select
from sqlalchemy.orm import Session

from app.skolon import tokens, visibility
from app.skolon.domain.errors import UnknownGroupError, UnknownSchoolError
from app.skolon.in_force import is_assigned
from app.skolon.models import (
    Administrator,
    Group,
    GroupMembership,
    License,
    Organization,
    School,
    Seat,
    Tool,
    User,
)
from app.skolon.rosters.licenses import end, of_version_1
from app.skolon.rosters.schools import unit_codes
from app.skolon.rosters.users import email_of, type_of
from app.skolon.schemas.partner_api_v1 import (
    GroupMembers,
    UserGroup,
    UserGroups,
    UserIdentifier,
    UserLicense,
    UserLicenses,
    UserProfile,
    UserSchool,
)
from app.skolon.schemas.switches import Switches
from app.skolon.tokens import Caller


def identifier(session: Session, caller: Caller) -> UserIdentifier:
    return UserIdentifier(
        id=session.scalars(select(User.public_id).where(User.id == caller.user_id)).one()
    )


def profile(session: Session, caller: Caller) -> UserProfile:
    person = session.execute(_people().where(User.id == caller.user_id)).one()
    return _profile(person, caller.switches)


def licenses(session: Session, caller: Caller) -> UserLicenses:
    """List the user's licenses of all tools of the provider; a client picks by `appExtId`."""
    assert caller.user_id is not None  # noqa: S101, a tool alone is refused
    rows = session.execute(
        select(License, Tool.external_id)
        .join(Tool, Tool.id == License.tool_id)
        .where(
            License.tool_id.in_(tokens.tools_of_provider(session, caller.tool_id)),
            visibility.covers(caller.user_id),
        )
        .order_by(License.change_number)
    )
    return UserLicenses(
        licenses=[
            UserLicense(
                id=license_.public_id,
                is_demo=license_.is_demo,
                expiration_date=end(license_, caller.switches),
                **of_version_1(license_, external_id),
            )
            for license_, external_id in rows
        ]
    )


def school(session: Session, caller: Caller) -> UserSchool:
    """Return the school that the user chose to work at, as the session of v2 does."""
    row = session.execute(
        select(School, Organization.number)
        .join(Organization)
        .where(School.id == caller.school_id, School.deleted_at.is_(None))
    ).one_or_none()
    if row is None:
        raise UnknownSchoolError
    return UserSchool(
        id=row.School.public_id,
        name=row.School.name,
        organization_number=row.number,
        **unit_codes(session, [row.School.id], caller.switches)[row.School.id],
    )


def groups(session: Session, caller: Caller) -> UserGroups:
    rows = session.execute(
        select(Group.public_id, Group.name, Group.type, School.public_id.label("school_id"))
        .join(School, School.id == Group.school_id)
        .join(GroupMembership, GroupMembership.group_id == Group.id)
        .where(GroupMembership.user_id == caller.user_id, Group.deleted_at.is_(None))
        .order_by(Group.change_number)
    )
    return UserGroups(
        groups=[
            UserGroup(id=row.public_id, name=row.name, type=row.type, school_id=row.school_id)
            for row in rows
        ]
    )


def members(session: Session, caller: Caller, group_id: str) -> GroupMembers:
    """List who is in one of the user's groups.

    That those without a license of the tool are left out is assumed: about them it is told
    nowhere else. An approval is not asked for, since it is about people who never logged in.
    """
    # Ids are letters and digits; PostgreSQL takes no NUL in a text at all.
    group = None
    if group_id.isascii() and group_id.isalnum():
        group = session.scalar(
            select(Group.id)
            .join(GroupMembership, GroupMembership.group_id == Group.id)
            .where(
                Group.public_id == group_id,
                Group.deleted_at.is_(None),
                GroupMembership.user_id == caller.user_id,
            )
        )
    if group is None:
        raise UnknownGroupError
    licensed = (
        select(Seat.user_id)
        .join(License, License.id == Seat.license_id)
        .where(License.tool_id.in_(caller.tool_ids), Seat.ended_at.is_(None), is_assigned())
    )
    people = session.execute(
        _people()
        .join(GroupMembership, GroupMembership.user_id == User.id)
        .where(
            GroupMembership.group_id == group,
            User.deleted_at.is_(None),
            or_(User.id == caller.user_id, User.id.in_(licensed)),
        )
        .order_by(User.search_name, User.id)
    )
    return GroupMembers(members=[_profile(person, caller.switches) for person in people])


def _people() -> Select[User, bool]:
    """Select people, each with whether they administer an organization."""
    return select(User, Administrator.user_id.is_not(None).label("is_admin")).outerjoin(
        Administrator, Administrator.user_id == User.id
    )


def _profile(person: Row[User, bool], switches: Switches) -> UserProfile:
    user: User = person.User
    told: dict[str, Any] = {
        "id": user.public_id,
        "user_name": user.username,
        "user_type": type_of(user, switches, is_admin=person.is_admin),
        "first_name": user.first_name,
        "last_name": user.last_name,
    }
    email = email_of(user, switches)
    return UserProfile(**told, **({"email": email} if email else {}))
