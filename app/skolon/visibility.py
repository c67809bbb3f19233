"""What a caller may see: people, groups and schools that a license gives it reason to.

With a client token: those whom an assigned license of the tool covers, at organizations that have
approved pre-provisioning. With a user's token: that user and what is theirs, approved or not.
An ended license still counts until it is withdrawn; partners are told its last day.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select

from app.skolon.models import (
    Approval,
    Group,
    GroupMembership,
    License,
    Organization,
    School,
    SchoolMembership,
    User,
)
from app.skolon.tokens import Caller


@dataclass(frozen=True, slots=True)
class Sight:
    """Which records a caller sees, and which it saw once: it must be told when they go."""

    now: ColumnElement[bool]
    once: ColumnElement[bool]


def users(caller: Caller) -> Sight:
    if caller.user_id is not None:
        mine = User.id == caller.user_id
        return Sight(and_(mine, User.deleted_at.is_(None)), mine)
    return Sight(
        and_(User.id.in_(_members(_covered(caller))), User.deleted_at.is_(None)),
        User.id.in_(_members(_once_covered(caller))),
    )


def groups(caller: Caller) -> Sight:
    if caller.user_id is not None:
        mine = Group.id.in_(
            select(GroupMembership.group_id).where(GroupMembership.user_id == caller.user_id)
        )
        return Sight(and_(mine, Group.deleted_at.is_(None)), mine)
    return Sight(
        and_(Group.school_id.in_(_covered(caller)), Group.deleted_at.is_(None)),
        Group.school_id.in_(_once_covered(caller)),
    )


def schools(caller: Caller) -> Sight:
    if caller.user_id is not None:
        mine = School.id.in_(_schools_of(caller.user_id))
        return Sight(and_(mine, School.deleted_at.is_(None)), mine)
    owners = select(License.owner_school_id).where(License.tool_id == caller.tool_id)
    return Sight(
        and_(
            School.id.in_(owners.where(License.deleted_at.is_(None))),
            School.deleted_at.is_(None),
        ),
        School.id.in_(owners),
    )


def organizations(caller: Caller) -> Sight:
    seen = schools(caller)
    return Sight(
        and_(
            Organization.id.in_(select(School.organization_id).where(seen.now)),
            Organization.deleted_at.is_(None),
        ),
        Organization.id.in_(select(School.organization_id).where(seen.once)),
    )


def licenses(caller: Caller) -> Sight:
    of_tool = License.tool_id == caller.tool_id
    if caller.user_id is not None:
        mine = and_(of_tool, covers(caller.user_id))
        once = License.assigned_at.is_not(None)
        at_my_schools = License.owner_school_id.in_(_schools_of(caller.user_id))
        return Sight(mine, and_(of_tool, once, at_my_schools))
    return Sight(and_(of_tool, License.deleted_at.is_(None)), of_tool)


def is_assigned() -> ColumnElement[bool]:
    return and_(
        License.assigned_at.is_not(None),
        License.withdrawn_at.is_(None),
        License.deleted_at.is_(None),
    )


def covers(user_id: UUID) -> ColumnElement[bool]:
    """Say whether the license gives this person access."""
    return and_(is_assigned(), License.owner_school_id.in_(_schools_of(user_id)))


def _covered(caller: Caller) -> Select[UUID]:
    return _approved(caller).where(is_assigned(), Approval.revoked_at.is_(None))


def _once_covered(caller: Caller) -> Select[UUID]:
    return _approved(caller).where(License.assigned_at.is_not(None))


def _approved(caller: Caller) -> Select[UUID]:
    approves = and_(
        Approval.organization_id == School.organization_id, Approval.tool_id == License.tool_id
    )
    return (
        select(School.id)
        .join(License, License.owner_school_id == School.id)
        .join(Approval, approves)
        .where(License.tool_id == caller.tool_id)
    )


def _members(of: Select[UUID]) -> Select[UUID]:
    return select(SchoolMembership.user_id).where(SchoolMembership.school_id.in_(of))


def _schools_of(user_id: UUID) -> Select[UUID]:
    return select(SchoolMembership.school_id).where(SchoolMembership.user_id == user_id)
