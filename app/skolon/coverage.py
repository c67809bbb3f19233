"""Whom a license covers, written down as seats, and made true again after whatever changed it.

A school or organization license that is assigned covers everybody at its school, a class or group
license its members as far as its seats go, a single license the one who was given it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    false,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from app.skolon import changes, pool_seats, switches
from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.domain.rosters import Role
from app.skolon.in_force import is_assigned
from app.skolon.models import (
    Group,
    GroupMembership,
    License,
    LicensePool,
    SchoolMembership,
    Seat,
    User,
)

_OF_SCHOOL = (LicenseType.SCHOOL, LicenseType.ORGANIZATION)


def settle(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Give seats to whom these licenses cover and have none, and end those of all others."""
    session.flush()
    # Whoever changes a license or a roster takes its turn here, and sees what the others did.
    changes.hold(session, License)
    ids = session.scalars(select(License.id).where(which)).all()
    of_these = Seat.license_id.in_(ids)
    covered = _covered(ids).subquery()
    # PostgreSQL may join by comparing each seat with each that there ought to be, if it does not
    # know yet how many there are; what is within a function it looks up.
    ought_to_be = tuple_(Seat.license_id, Seat.user_id).in_(select(covered))
    has_right = func.coalesce(ought_to_be, false())
    quietly = {"synchronize_session": False}
    session.execute(
        update(Seat)
        .where(of_these, Seat.ended_at.is_(None), ~has_right)
        .values(ended_at=now)
        .execution_options(**quietly)
    )
    session.execute(
        update(Seat)
        .where(of_these, Seat.ended_at.is_not(None), has_right)
        .values(given_at=now, ended_at=None)
        .execution_options(**quietly)
    )
    has_row = (
        select(literal(1))
        .where(Seat.license_id == covered.c.license_id, Seat.user_id == covered.c.user_id)
        .correlate(covered)
        .exists()
    )
    session.execute(
        insert(Seat).from_select(
            ["license_id", "user_id", "given_at", "ended_at", "is_single"],
            select(
                covered.c.license_id,
                covered.c.user_id,
                literal(now, Seat.given_at.type),
                null(),
                false(),
            ).where(~has_row),
        )
    )
    # Seats that are free by now are for whoever waits for one.
    pools = select(License.pool_id).where(License.id.in_(ids), License.pool_id.is_not(None))
    handed = pool_seats.hand_out(session, filter(None, session.scalars(pools)), now=now)
    _announce(session, [*ids, *handed], now)


def hand_out(session: Session, pool_ids: Iterable[UUID], *, now: datetime) -> None:
    """Give the free seats of these license pools to who is next, and tell of it."""
    session.flush()
    changes.hold(session, License)
    changed = pool_seats.hand_out(session, pool_ids, now=now)
    if changed:
        _announce(session, [*changed], now)


def _announce(session: Session, license_ids: Sequence[UUID], now: datetime) -> None:
    """Make the licenses, their groups and those whose seats changed news for the tool."""
    positions = switches.read(session)
    marked: ColumnElement[bool] = License.id.in_(license_ids)
    if positions.organization_license == "one_record":
        # The record of the whole bundle may be that of another school.
        bundles = select(License.bundle_id).where(License.id.in_(license_ids))
        marked = or_(marked, License.bundle_id.in_(bundles.where(License.bundle_id.is_not(None))))
    changes.mark(session, License, marked, now=now)
    ended = Seat.ended_at == now
    given = Seat.given_at == now
    # Whether somebody newly covered is news by that alone is not known of the real service.
    is_news = positions.coverage_is_news == "yes"
    changed = select(Seat.user_id).where(
        Seat.license_id.in_(license_ids), or_(ended, given) if is_news else ended
    )
    whole_schools = select(License.owner_school_id).where(
        License.id.in_(license_ids), License.type.in_(_OF_SCHOOL)
    )
    groups = select(GroupMembership.group_id).where(GroupMembership.user_id.in_(changed))
    changes.mark(
        session,
        Group,
        or_(Group.school_id.in_(whole_schools), Group.id.in_(groups)),
        now=now,
    )
    changes.mark(session, User, User.id.in_(changed), now=now)


def _covered(license_ids: Sequence[UUID]) -> Select[UUID, UUID]:
    """Select the license and the person of every seat that there ought to be."""
    fits = and_(
        License.id.in_(license_ids), is_assigned(), User.deleted_at.is_(None), _is_of_audience()
    )
    everybody = (
        select(License.id.label("license_id"), User.id.label("user_id"))
        .join(SchoolMembership, SchoolMembership.school_id == License.owner_school_id)
        .join(User, User.id == SchoolMembership.user_id)
        .where(fits, License.type.in_(_OF_SCHOOL))
    )
    # Whoever has a seat keeps it; nobody can choose who gets the others.
    is_student = User.role == Role.STUDENT
    had = (
        select(literal(1))
        .where(Seat.license_id == License.id, Seat.user_id == User.id, Seat.ended_at.is_(None))
        .correlate(License, User)
        .exists()
    )
    place = func.row_number().over(
        partition_by=(License.id, is_student),
        order_by=(case((had, 0), else_=1), User.search_name, User.id),
    )
    seats = case((is_student, License.student_seats), else_=License.teacher_seats)
    members = (
        select(
            License.id.label("license_id"),
            User.id.label("user_id"),
            place.label("place"),
            seats.label("seats"),
        )
        .join(Group, Group.id == License.group_id)
        .join(GroupMembership, GroupMembership.group_id == Group.id)
        .join(User, User.id == GroupMembership.user_id)
        .where(fits, Group.deleted_at.is_(None))
        .subquery()
    )
    in_groups = select(members.c.license_id, members.c.user_id).where(
        or_(members.c.seats.is_(None), members.c.place <= members.c.seats)
    )
    # A single license goes to whom it was given; who leaves the school or changes role loses it,
    # and that of a pool also whoever the pool is no longer linked to.
    at_school = (
        select(literal(1))
        .where(
            SchoolMembership.school_id == License.owner_school_id,
            SchoolMembership.user_id == User.id,
        )
        .correlate(License, User)
        .exists()
    )
    given = (
        select(Seat.license_id, Seat.user_id)
        .join(License, License.id == Seat.license_id)
        .join(User, User.id == Seat.user_id)
        .outerjoin(LicensePool, LicensePool.id == Seat.pool_id)
        .where(fits, License.type == LicenseType.SINGLE, Seat.ended_at.is_(None), at_school)
        .where(or_(Seat.pool_id.is_(None), pool_seats.is_linked()))
    )
    seat = union_all(everybody, in_groups, given).subquery()
    return select(seat.c.license_id, seat.c.user_id)


def _is_of_audience() -> ColumnElement[bool]:
    return or_(
        License.audience == Audience.ALL,
        and_(License.audience == Audience.STUDENTS, User.role == Role.STUDENT),
        and_(License.audience == Audience.TEACHERS, User.role != Role.STUDENT),
    )
