"""Pools are made, linked to a school, its groups and its people, and their seats reclaimed.

Whoever changes a pool takes the turn of licenses first: so two never see each other's half.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from app.skolon import changes, coverage, pool_seats, tools
from app.skolon.domain import license_pool as rules
from app.skolon.domain.errors import (
    AlreadyLinkedError,
    ForeignSchoolError,
    NotAtSchoolError,
    PoolNameTakenError,
    SeatsTakenError,
    UnknownLinkError,
    UnknownPoolError,
    UnknownSeatError,
)
from app.skolon.domain.licenses import Audience
from app.skolon.listing import as_uuid
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    License,
    LicensePool,
    Persona,
    PoolLink,
    PoolWait,
    School,
    SchoolMembership,
    Seat,
    User,
)


@dataclass(frozen=True, slots=True)
class LinkTo:
    """Whom to link a pool to: a class or group, a person, or else its whole school."""

    group: str | None = None
    user: str | None = None


def own_pool(session: Session, administrator: PortalUser, pool_id: UUID) -> LicensePool:
    """Return a pool at one of the administrator's schools."""
    pool = session.scalar(
        select(LicensePool)
        .join(School, School.id == LicensePool.school_id)
        .where(
            LicensePool.id == pool_id,
            LicensePool.deleted_at.is_(None),
            administrator.own_schools(),
        )
    )
    if pool is None:
        raise UnknownPoolError
    return pool


def create(
    session: Session,
    administrator: PortalUser,
    *,
    client_id: str,
    school: str,
    name: str,
    fills_itself: bool,
    now: datetime,
) -> LicensePool:
    """Make a pool without licenses for a tool at a school."""
    changes.hold(session, License)
    tool, _ = tools.read(session, client_id)
    school_id = session.scalar(
        select(School.id).where(
            administrator.own_schools(),
            or_(School.public_id == school, School.id == as_uuid(school)),
        )
    )
    if school_id is None:
        raise ForeignSchoolError
    pool = LicensePool(
        tool_id=tool.id,
        school_id=school_id,
        name=name.strip(),
        fills_itself=fills_itself,
        made_at=now,
    )
    _refuse_second(session, pool, pool.name)
    session.add(pool)
    session.flush()
    return pool


def change(
    session: Session,
    administrator: PortalUser,
    pool_id: UUID,
    *,
    name: str | None = None,
    fills_itself: bool | None = None,
) -> LicensePool:
    """Rename a pool, or say whether it takes in new licenses; what is left out stays."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    if name is not None:
        _refuse_second(session, pool, name.strip())
        pool.name = name.strip()
    if fills_itself is not None:
        pool.fills_itself = fills_itself
    return pool


def delete_pool(
    session: Session, administrator: PortalUser, pool_id: UUID, *, now: datetime
) -> None:
    """Delete a pool that nobody has a seat of; its licenses can be assigned by hand again."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    taken = exists().where(Seat.pool_id == pool.id, Seat.ended_at.is_(None))
    if session.scalar(select(taken)):
        raise SeatsTakenError
    for table in (PoolLink, PoolWait):
        session.execute(delete(table).where(table.pool_id == pool.id))
    session.execute(update(License).where(License.pool_id == pool.id).values(pool_id=None))
    pool.deleted_at = now


def link(
    session: Session, administrator: PortalUser, pool_id: UUID, to: LinkTo, *, now: datetime
) -> PoolLink:
    """Link a pool: whom it reaches may have a seat, or gets one at once (switch `pool_seats`)."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    made = PoolLink(pool_id=pool.id, linked_at=now)
    if to.group is not None:
        made.group_id = _group_at(session, pool, to.group)
    elif to.user is not None:
        user = person_at(session, pool, to.user)
        rules.check_role(audience_of(session, pool), user.role)
        made.user_id = user.id
    target = (PoolLink.group_id == made.group_id) if to.group else PoolLink.group_id.is_(None)
    person = (PoolLink.user_id == made.user_id) if to.user else PoolLink.user_id.is_(None)
    if session.scalar(select(PoolLink.id).where(PoolLink.pool_id == pool.id, target, person)):
        raise AlreadyLinkedError
    session.add(made)
    session.flush()
    coverage.hand_out(session, [pool.id], now=now)
    return made


def unlink(
    session: Session, administrator: PortalUser, pool_id: UUID, link_id: UUID, *, now: datetime
) -> None:
    """Unlink a pool; who is not linked in another way loses the seat to whoever waits."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    found = session.scalars(
        select(PoolLink).where(PoolLink.id == link_id, PoolLink.pool_id == pool.id)
    ).one_or_none()
    if found is None:
        raise UnknownLinkError
    session.delete(found)
    session.flush()
    coverage.settle(session, _held_by_unlinked(pool), now=now)


def reclaim(
    session: Session, administrator: PortalUser, pool_id: UUID, user: str, *, now: datetime
) -> None:
    """Take a seat back; the first who waits gets it."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    named = or_(User.public_id == user, User.id == as_uuid(user))
    license_id = session.scalar(
        update(Seat)
        .where(
            Seat.pool_id == pool.id,
            Seat.ended_at.is_(None),
            Seat.user_id.in_(select(User.id).where(named)),
        )
        .values(ended_at=now)
        .returning(Seat.license_id)
        .execution_options(synchronize_session=False)
    )
    if license_id is None:
        raise UnknownSeatError
    coverage.settle(session, License.id == license_id, now=now)


def person_at(session: Session, pool: LicensePool, name: str) -> User:
    """Return the person of that id, uuid, username or persona at the pool's school."""
    names = [User.public_id == name, User.id == as_uuid(name), User.username == name]
    persona = select(Persona.user_id).where(Persona.key == name)
    user = session.scalars(
        select(User)
        .join(SchoolMembership, SchoolMembership.user_id == User.id)
        .where(
            SchoolMembership.school_id == pool.school_id,
            User.deleted_at.is_(None),
            or_(*names, User.id.in_(persona)),
        )
    ).first()
    if user is None:
        raise NotAtSchoolError
    return user


def audience_of(session: Session, pool: LicensePool) -> Audience | None:
    """Return whom the pool's licenses are for; None while it has none."""
    return session.scalars(
        select(License.audience)
        .where(License.pool_id == pool.id, License.deleted_at.is_(None))
        .limit(1)
    ).first()


def _group_at(session: Session, pool: LicensePool, name: str) -> UUID:
    group_id = session.scalar(
        select(Group.id).where(
            or_(Group.public_id == name, Group.id == as_uuid(name)),
            Group.school_id == pool.school_id,
            Group.deleted_at.is_(None),
        )
    )
    if group_id is None:
        raise NotAtSchoolError
    return group_id


def _refuse_second(session: Session, pool: LicensePool, name: str) -> None:
    same = and_(
        LicensePool.tool_id == pool.tool_id,
        LicensePool.school_id == pool.school_id,
        LicensePool.name == name,
        LicensePool.deleted_at.is_(None),
    )
    if session.scalar(select(LicensePool.id).where(same, LicensePool.id != pool.id)):
        raise PoolNameTakenError


def _held_by_unlinked(pool: LicensePool) -> ColumnElement[bool]:
    lost = (
        select(Seat.license_id)
        .join(User, User.id == Seat.user_id)
        .join(LicensePool, LicensePool.id == Seat.pool_id)
        .where(Seat.pool_id == pool.id, Seat.ended_at.is_(None), ~pool_seats.is_linked())
    )
    return License.id.in_(lost)
