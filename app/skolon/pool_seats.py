"""Seats of license pools: whom a pool is linked to, which licenses are free, and who gets them.

Whoever hands out or ends seats holds the turn of licenses (`changes.hold`), so that two can never
give the same license, and the first to wait is the first to get. Two unique indexes of the seats
say the same once more: a license has one holder, and nobody has two seats of one pool.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from app.clock import swedish_date
from app.database import add_rows
from app.skolon import switches
from app.skolon.domain import license_pool as rules
from app.skolon.domain.license_pool import Wanting
from app.skolon.domain.licenses import Audience
from app.skolon.domain.rosters import Role
from app.skolon.in_force import is_in_force
from app.skolon.models import (
    Group,
    GroupMembership,
    License,
    LicensePool,
    PoolLink,
    PoolWait,
    SchoolMembership,
    Seat,
    User,
)

_QUIETLY = {"synchronize_session": False}


def is_linked() -> ColumnElement[bool]:
    """Say of `LicensePool` and `User` in a statement whether the one is linked to the other."""
    at_school = (
        select(SchoolMembership.user_id)
        .where(
            SchoolMembership.school_id == LicensePool.school_id,
            SchoolMembership.user_id == User.id,
        )
        .correlate(LicensePool, User)
        .exists()
    )
    linked = (
        select(PoolLink.id)
        .where(PoolLink.pool_id == LicensePool.id, reaches())
        .correlate(LicensePool, User)
        .exists()
    )
    return and_(LicensePool.deleted_at.is_(None), User.deleted_at.is_(None), at_school, linked)


def reaches() -> ColumnElement[bool]:
    """Say of `PoolLink` and `User` in a statement whether the link is to them or theirs."""
    groups = (
        select(GroupMembership.group_id)
        .join(Group, Group.id == GroupMembership.group_id)
        .where(GroupMembership.user_id == User.id, Group.deleted_at.is_(None))
        .correlate(User)
    )
    is_school = and_(PoolLink.group_id.is_(None), PoolLink.user_id.is_(None))
    return or_(is_school, PoolLink.user_id == User.id, PoolLink.group_id.in_(groups))


def has_access(today: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Say of `LicensePool` and `User` whether the person may use the tool already."""
    return (
        select(Seat.user_id)
        .join(License, License.id == Seat.license_id)
        .where(
            Seat.user_id == User.id,
            Seat.ended_at.is_(None),
            License.tool_id == LicensePool.tool_id,
            is_in_force(today),
        )
        .correlate(LicensePool, User)
        .exists()
    )


def is_free(today: date) -> ColumnElement[bool]:
    """Say of `License` whether it could be given to somebody today."""
    held = exists().where(Seat.license_id == License.id, Seat.ended_at.is_(None))
    return and_(is_in_force(today), ~held)


def is_of_role(audience: Audience) -> ColumnElement[bool]:
    return User.role.in_([role for role in Role if rules.covers(audience, role)])


def fits_somebody_of_role() -> ColumnElement[bool]:
    """Say of `LicensePool` and `User` whether its licenses are for them, as far as is known."""
    licenses = select(License.id).where(
        License.pool_id == LicensePool.id, License.deleted_at.is_(None)
    )
    of_each = [and_(License.audience == each, is_of_role(each)) for each in Audience]
    fitting = licenses.where(or_(*of_each)).correlate(LicensePool, User)
    return or_(~licenses.correlate(LicensePool).exists(), fitting.exists())


def held_by(people: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say of `License` whether one of these people has it as a seat of a pool."""
    return License.id.in_(
        select(Seat.license_id)
        .join(User, User.id == Seat.user_id)
        .where(Seat.ended_at.is_(None), Seat.pool_id.is_not(None), people)
    )


def hand_out(session: Session, pool_ids: Iterable[UUID], *, now: datetime) -> set[UUID]:
    """Give the free licenses of these pools to who is next; return those whose seats changed."""
    changed: set[UUID] = set()
    pools = sorted(set(pool_ids))
    if not pools:
        return changed
    spreads = switches.read(session).pool_seats == "linking"
    for pool_id in pools:
        changed |= _hand_out(session, pool_id, now, spreads=spreads)
    return changed


def _hand_out(session: Session, pool_id: UUID, now: datetime, *, spreads: bool) -> set[UUID]:
    today = swedish_date(now)
    free = session.execute(
        select(License.id, License.audience)
        .where(License.pool_id == pool_id, is_free(today))
        # The one that lasts longest first: whoever has a seat is to keep it.
        .order_by(License.ends_on.desc(), License.id)
    ).all()
    if not free:
        return set()
    audience = free[0].audience
    wanting = _wanting(pool_id, audience, today)
    waiting = wanting.join(
        PoolWait, and_(PoolWait.pool_id == LicensePool.id, PoolWait.user_id == User.id)
    ).order_by(PoolWait.since, PoolWait.user_id)
    queue = _people(session, waiting.limit(len(free)))
    if spreads and len(queue) < len(free):
        newcomers = (
            wanting.join(
                SchoolMembership,
                and_(
                    SchoolMembership.school_id == LicensePool.school_id,
                    SchoolMembership.user_id == User.id,
                ),
            )
            .where(~_had_one(today))
            .order_by(User.search_name, User.id)
        )
        queue += _people(session, newcomers.limit(len(free)))
    given = rules.hand_out([license_id for license_id, _ in free], audience, queue)
    return _write(session, pool_id, [(one, who.user_id) for one, who in given], now)


def _wanting(pool_id: UUID, audience: Audience, today: date) -> Select[UUID, Role]:
    """Select who may have a seat of the pool and has no access yet."""
    return (
        select(User.id, User.role)
        .join(LicensePool, LicensePool.id == pool_id)
        .where(is_linked(), is_of_role(audience), ~has_access(today))
    )


def _had_one(today: date) -> ColumnElement[bool]:
    # What the administrator took back is not given again by itself, only to whoever asks for it.
    one = aliased(Seat)
    return (
        select(one.user_id)
        .join(License, License.id == one.license_id)
        .where(one.user_id == User.id, one.pool_id == LicensePool.id, is_in_force(today))
        .correlate(LicensePool, User)
        .exists()
    )


def _people(session: Session, people: Select[UUID, Role]) -> list[Wanting]:
    return [Wanting(user_id, role) for user_id, role in session.execute(people)]


def _write(
    session: Session, pool_id: UUID, given: Sequence[tuple[UUID, UUID]], now: datetime
) -> set[UUID]:
    if not given:
        return set()
    people = [user_id for _, user_id in given]
    # Of a license that has run out; it would be the second of this pool.
    ended = session.scalars(
        update(Seat)
        .where(Seat.pool_id == pool_id, Seat.user_id.in_(people), Seat.ended_at.is_(None))
        .values(ended_at=now)
        .returning(Seat.license_id)
        .execution_options(**_QUIETLY)
    ).all()
    again = tuple_(Seat.license_id, Seat.user_id).in_(given)
    had = {
        (license_id, user_id)
        for license_id, user_id in session.execute(
            select(Seat.license_id, Seat.user_id).where(again)
        )
    }
    open_again: dict[str, object] = {
        "given_at": now,
        "ended_at": None,
        "is_single": True,
        "pool_id": pool_id,
    }
    if had:
        session.execute(
            update(Seat)
            .where(tuple_(Seat.license_id, Seat.user_id).in_(had))
            .values(open_again)
            .execution_options(**_QUIETLY)
        )
    new = [pair for pair in given if pair not in had]
    if new:
        rows = [{**open_again, "license_id": one, "user_id": user_id} for one, user_id in new]
        add_rows(session, Seat, rows)
    # They need no other pool of the tool any more.
    pool, other = aliased(LicensePool), aliased(LicensePool)
    pools_of_tool = (
        select(other.id).join(pool, pool.tool_id == other.tool_id).where(pool.id == pool_id)
    )
    session.execute(
        delete(PoolWait)
        .where(PoolWait.user_id.in_(people), PoolWait.pool_id.in_(pools_of_tool))
        .execution_options(**_QUIETLY)
    )
    return {*ended, *(license_id for license_id, _ in given)}
