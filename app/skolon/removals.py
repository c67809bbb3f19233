"""People and groups that are deleted: their licenses end, and tools are told to forget them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, union_all, update
from sqlalchemy.orm import Session

from app.skolon import changes, coverage, pools, webhook_outbox
from app.skolon.domain.errors import UnknownGroupError, UnknownUserError
from app.skolon.listing import as_uuid
from app.skolon.models import BrowserSession, Group, GroupMembership, License, Persona, Seat, User


def find_user(session: Session, name: str) -> User:
    """Return the person of that id, uuid or persona."""
    # Each by its index; an OR across the two tables would read everybody.
    named = union_all(
        select(User.id).where(User.public_id == name),
        select(User.id).where(User.id == as_uuid(name)),
        select(Persona.user_id).where(Persona.key == name),
    )
    user = session.scalar(select(User).where(User.id.in_(named), User.deleted_at.is_(None)))
    if user is None:
        raise UnknownUserError
    return user


def remove_user(session: Session, name: str, *, now: datetime) -> tuple[User, int]:
    """Delete a person, and return how many tools are told: no login, no seat, a tombstone."""
    changes.hold(session, License)
    user = find_user(session, name)
    told = remove_users(session, [user.id], now=now)
    session.refresh(user)
    theirs = select(Seat.license_id).where(Seat.user_id == user.id, Seat.ended_at.is_(None))
    coverage.settle(session, License.id.in_(theirs), now=now)
    in_groups = select(GroupMembership.group_id).where(GroupMembership.user_id == user.id)
    changes.mark(session, Group, Group.id.in_(in_groups), now=now)
    changes.mark(session, User, User.id == user.id, now=now)
    return user, told


def remove_group(session: Session, name: str, *, now: datetime) -> tuple[Group, int]:
    """Delete a class or group; its people stay, without the seats of a license of the group."""
    changes.hold(session, License)
    group = session.scalar(
        select(Group).where(
            (Group.public_id == name) | (Group.id == as_uuid(name)), Group.deleted_at.is_(None)
        )
    )
    if group is None:
        raise UnknownGroupError
    group.deleted_at = now
    told = webhook_outbox.owe_class_removals(session, [group.id], now=now)
    coverage.settle(session, License.group_id == group.id, now=now)
    members = select(GroupMembership.user_id).where(GroupMembership.group_id == group.id)
    pools.people_moved(session, User.id.in_(members), now=now)
    changes.mark(session, Group, Group.id == group.id, now=now)
    return group, told


def remove_users(session: Session, user_ids: Collection[UUID], *, now: datetime) -> int:
    """Delete many people; whoever asks has taken the turn, settles and marks them afterwards."""
    told = webhook_outbox.owe_user_removals(session, user_ids, now=now)
    session.execute(
        update(User)
        .where(User.id.in_(user_ids))
        # Of whom tools are told to forget, Skolon keeps the ids alone; a login name is unique.
        .values(
            deleted_at=now,
            username=User.public_id,
            first_name="",
            last_name="",
            search_name="",
            email=None,
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(BrowserSession)
        .where(BrowserSession.user_id.in_(user_ids))
        .execution_options(synchronize_session=False)
    )
    return told


def remove_groups(session: Session, group_ids: Collection[UUID], *, now: datetime) -> int:
    """Delete many groups; whoever asks has taken the turn, settles and marks them afterwards."""
    told = webhook_outbox.owe_class_removals(session, group_ids, now=now)
    session.execute(
        update(Group)
        .where(Group.id.in_(group_ids))
        .values(deleted_at=now)
        .execution_options(synchronize_session=False)
    )
    return told
