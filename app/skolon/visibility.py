"""What a caller may see: people, groups and schools that a license gives it reason to.

With a client token: those who have a seat of a license of the tool, at organizations that have
approved pre-provisioning. With a user's token: that user and what is theirs, approved or not.
An ended license still counts until it is withdrawn; partners are told its last day.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app.skolon.domain.licenses import LicenseType
from app.skolon.in_force import is_assigned
from app.skolon.models import (
    Approval,
    Group,
    GroupMembership,
    License,
    Organization,
    School,
    SchoolMembership,
    Seat,
    Sighting,
    User,
)
from app.skolon.tokens import Caller


@dataclass(frozen=True, slots=True)
class Sight:
    """Which records a caller sees, and which it saw once: it must be told when they go."""

    now: ColumnElement[bool]
    once: ColumnElement[bool]


def users(caller: Caller) -> Sight:
    if caller.own is not None:
        mine = User.id == caller.own
        return Sight(and_(mine, User.deleted_at.is_(None)), mine)
    seat = _seats_of(caller, User.id)
    return Sight(
        and_(User.deleted_at.is_(None), _exists(seat.where(_is_open(), _is_approved()))),
        _exists(seat.where(_was_approved())),
    )


def groups(caller: Caller) -> Sight:
    if caller.own is not None:
        mine = Group.id.in_(
            select(GroupMembership.group_id).where(GroupMembership.user_id == caller.own)
        )
        return Sight(and_(mine, Group.deleted_at.is_(None)), mine)
    at_school = select(License.owner_school_id).where(License.tool_id.in_(caller.tool_ids))
    of_school = License.type.in_((LicenseType.SCHOOL, LicenseType.ORGANIZATION))
    members = select(GroupMembership.group_id).where(
        GroupMembership.group_id == Group.id,
        _exists(_seats_of(caller, GroupMembership.user_id).where(_is_open(), _is_approved())),
    )
    seen = or_(
        Group.school_id.in_(at_school.where(of_school, is_assigned(), _is_approved())),
        _exists(members),
    )
    # By its school, by who is in it, or by what an edit of the roster has taken away since.
    once = or_(
        Group.school_id.in_(at_school.where(License.assigned_at.is_not(None), _was_approved())),
        _exists(
            select(GroupMembership.group_id).where(
                GroupMembership.group_id == Group.id,
                _exists(_seats_of(caller, GroupMembership.user_id).where(_was_approved())),
            )
        ),
        Group.id.in_(_sighted(caller)),
    )
    return Sight(and_(Group.deleted_at.is_(None), seen), once)


def schools(caller: Caller) -> Sight:
    if caller.own is not None:
        mine = School.id.in_(_schools_of(caller.own))
        return Sight(and_(mine, School.deleted_at.is_(None)), mine)
    owners = select(License.owner_school_id).where(License.tool_id.in_(caller.tool_ids))
    return Sight(
        and_(
            School.id.in_(owners.where(License.deleted_at.is_(None))),
            School.deleted_at.is_(None),
        ),
        or_(School.id.in_(owners), School.id.in_(_sighted(caller))),
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
    of_tool = _listed_licenses(caller)
    withdrawn = _is_withdrawn(caller)
    if caller.switches.withdrawn_licenses == "untold":
        of_tool = and_(of_tool, ~withdrawn)
    if caller.own is not None:
        mine = select(Seat.license_id).where(Seat.user_id == caller.own)
        one = aliased(License)
        in_force = mine.join(one, one.id == Seat.license_id).where(
            Seat.ended_at.is_(None), is_assigned(one)
        )
        return Sight(
            and_(of_tool, stands_for(caller, in_force)), and_(of_tool, stands_for(caller, mine))
        )
    is_gone = withdrawn if caller.switches.withdrawn_licenses == "deleted" else false()
    return Sight(and_(of_tool, License.deleted_at.is_(None), ~is_gone), of_tool)


def covers(user_id: UUID) -> ColumnElement[bool]:
    """Say whether the license gives this person access."""
    mine = select(Seat.license_id).where(Seat.user_id == user_id, Seat.ended_at.is_(None))
    return and_(License.id.in_(mine), is_assigned())


def stands_for(caller: Caller, licenses: Select[UUID]) -> ColumnElement[bool]:
    """Say whether the record of a license is that of one of these, or of the bundle of one."""
    if caller.switches.organization_license == "per_school":
        return License.id.in_(licenses)
    one = aliased(License)
    return _exists(select(literal(1)).where(one.id.in_(licenses), _is_of_bundle_of(one)))


def _is_withdrawn(caller: Caller) -> ColumnElement[bool]:
    if caller.switches.organization_license == "per_school":
        return License.withdrawn_at.is_not(None)
    one = aliased(License)
    is_left = and_(one.deleted_at.is_(None), one.withdrawn_at.is_(None))
    return ~_exists(select(literal(1)).where(is_left, _is_of_bundle_of(one)))


def _is_of_bundle_of(one: type[License]) -> ColumnElement[bool]:
    return func.coalesce(one.bundle_id, one.id) == func.coalesce(License.bundle_id, License.id)


def _listed_licenses(caller: Caller) -> ColumnElement[bool]:
    of_tool = License.tool_id.in_(caller.tool_ids)
    if caller.switches.organization_license == "per_school":
        return of_tool
    other = aliased(License)
    first_of_bundle = select(literal(1)).where(
        other.bundle_id == License.bundle_id, other.id < License.id, other.deleted_at.is_(None)
    )
    return and_(of_tool, ~_exists(first_of_bundle))


def _seats_of(caller: Caller, user_id: SQLColumnExpression[UUID]) -> Select[int]:
    """Select the seats that somebody has or had through the tool."""
    return (
        select(literal(1))
        .select_from(Seat)
        .join(License, License.id == Seat.license_id)
        .where(Seat.user_id == user_id, License.tool_id.in_(caller.tool_ids))
    )


def _sighted(caller: Caller) -> Select[UUID]:
    return select(Sighting.record_id).where(Sighting.tool_id.in_(caller.tool_ids))


def _is_open() -> ColumnElement[bool]:
    return and_(Seat.ended_at.is_(None), is_assigned())


def _is_approved() -> ColumnElement[bool]:
    """Say whether the license's organization lets its tool fetch people ahead of their login."""
    return _exists(_approvals().where(Approval.revoked_at.is_(None)))


def _was_approved() -> ColumnElement[bool]:
    """Say whether it does or once did; before that the tool has seen nobody."""
    return _exists(_approvals())


def _approvals() -> Select[int]:
    return select(literal(1)).where(
        Approval.organization_id == License.organization_id,
        Approval.tool_id == License.tool_id,
    )


def _exists(rows: Select[int] | Select[UUID]) -> ColumnElement[bool]:
    return rows.exists()


def _schools_of(user_id: UUID) -> Select[UUID]:
    return select(SchoolMembership.school_id).where(SchoolMembership.user_id == user_id)
