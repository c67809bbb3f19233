"""Licenses are assigned to whom they are for, and taken back again (R16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.database import add_rows
from app.skolon import changes, coverage
from app.skolon.domain.errors import (
    AlreadyAssignedError,
    DoubleAssignmentError,
    ExpiredLicenseError,
    NoTargetError,
    NotAssignedError,
    OutOfLicensesError,
    PooledLicenseError,
    UnknownUserError,
    WrongRoleError,
    WrongTargetError,
)
from app.skolon.domain.licenses import Doubles, LicenseType
from app.skolon.licenses.own import group_at, own_license
from app.skolon.licenses.reading import has_license_of, is_for, is_taken
from app.skolon.logins import PortalUser
from app.skolon.models import Group, GroupMembership, License, SchoolMembership, Seat, User


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a license is given to; nothing is the whole school, or the group it was made for."""

    users: Sequence[str] = ()
    group: str | None = None
    doubles: Doubles = Doubles.WARN


TO_ALL = Target()


def assign(
    session: Session,
    administrator: PortalUser,
    license_id: str,
    to: Target = TO_ALL,
    *,
    now: datetime,
) -> Sequence[License]:
    """Assign a license, and of single ones as many as there are people; return them (R16)."""
    # Before the license itself, as everybody does: else two could wait for each other.
    changes.hold(session, License)
    license_ = own_license(session, administrator, license_id)
    _refuse_pooled(license_)
    if session.scalar(select(is_taken()).where(License.id == license_.id)):
        raise AlreadyAssignedError
    if license_.ends_on < swedish_date(now):
        raise ExpiredLicenseError
    if license_.type is LicenseType.SINGLE:
        return _give_singles(session, license_, to, now=now)
    if to.users or (to.group and license_.type is not LicenseType.GROUP):
        raise WrongTargetError
    if to.group:
        license_.group_id = group_at(session, license_.owner_school_id, to.group).id
    license_.assigned_at, license_.withdrawn_at = now, None
    coverage.settle(session, License.id == license_.id, now=now)
    return [license_]


def withdraw(
    session: Session, administrator: PortalUser, license_id: str, *, now: datetime
) -> License:
    """Take a license back from its school, its group or its holder."""
    changes.hold(session, License)
    license_ = own_license(session, administrator, license_id)
    _refuse_pooled(license_)
    if license_.assigned_at is None or license_.withdrawn_at is not None:
        raise NotAssignedError
    license_.withdrawn_at = now
    coverage.settle(session, License.id == license_.id, now=now)
    return license_


def _give_singles(
    session: Session, license_: License, to: Target, *, now: datetime
) -> Sequence[License]:
    if not to.users and not to.group:
        raise NoTargetError
    free = _free_like(session, license_, now)
    people = _people(session, license_, to, most=len(free))
    if not people:
        raise NoTargetError
    if to.doubles is not Doubles.ACCEPT:
        ids = [user.id for user in people]
        double = set(
            session.scalars(
                select(User.id).where(User.id.in_(ids), has_license_of(license_, swedish_date(now)))
            )
        )
        if double and to.doubles is Doubles.WARN:
            raise DoubleAssignmentError(
                [
                    (user.public_id, f"{user.first_name} {user.last_name}")
                    for user in people
                    if user.id in double
                ]
            )
        people = [user for user in people if user.id not in double]
    if len(people) > len(free):
        raise OutOfLicensesError
    # Nobody is left when all have one already, and are to be left out.
    given = free[: len(people)]
    _seat(session, [(one.id, user.id) for one, user in zip(given, people, strict=True)], now)
    return given


def _free_like(session: Session, license_: License, now: datetime) -> list[License]:
    """Return the licenses at the school that are as good as this one, which comes first."""
    others = session.scalars(
        select(License)
        .where(
            License.tool_id == license_.tool_id,
            License.owner_school_id == license_.owner_school_id,
            License.type == LicenseType.SINGLE,
            License.audience == license_.audience,
            License.is_demo == license_.is_demo,
            License.ends_on >= swedish_date(now),
            License.deleted_at.is_(None),
            License.pool_id.is_(None),
            License.id != license_.id,
            ~is_taken(),
        )
        .order_by(License.ends_on, License.change_number)
    )
    return [license_, *others]


def _people(session: Session, license_: License, to: Target, *, most: int) -> list[User]:
    at_school = select(SchoolMembership.user_id).where(
        SchoolMembership.school_id == license_.owner_school_id
    )
    here = and_(User.id.in_(at_school), User.deleted_at.is_(None))
    if to.group:
        if to.users:
            raise WrongTargetError
        group = group_at(session, license_.owner_school_id, to.group)
        members = (
            select(User)
            .join(GroupMembership, GroupMembership.user_id == User.id)
            .join(Group, Group.id == GroupMembership.group_id)
            # Whom the license is not for is left out, as they are of a license of the class.
            .where(Group.id == group.id, here, is_for(license_.audience))
            .order_by(User.search_name, User.id)
        )
        return list(session.scalars(members))
    wanted = set(to.users)
    if len(wanted) > most and to.doubles is not Doubles.SKIP:
        raise OutOfLicensesError
    people = session.execute(
        select(User, is_for(license_.audience).label("fits"))
        .where(User.public_id.in_(wanted), here)
        .order_by(User.search_name, User.id)
    ).all()
    if len(people) < len(wanted):
        raise UnknownUserError
    if not all(row.fits for row in people):
        raise WrongRoleError
    return [row.User for row in people]


def _seat(session: Session, pairs: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Give each of these people that license, in as many statements as for one."""
    if not pairs:
        return
    ids = [license_id for license_id, _ in pairs]
    session.execute(
        update(License)
        .where(License.id.in_(ids))
        .values(assigned_at=now, withdrawn_at=None)
        .execution_options(synchronize_session=False)
    )
    # Who had this very license once has a row that ended.
    once = {
        (seat.license_id, seat.user_id): seat
        for seat in session.scalars(
            select(Seat).where(
                Seat.license_id.in_(ids), Seat.user_id.in_([user_id for _, user_id in pairs])
            )
        )
    }
    for pair in pairs:
        if pair in once:
            once[pair].given_at, once[pair].ended_at, once[pair].is_single = now, None, True
    new = [
        {"license_id": one, "user_id": user_id, "given_at": now, "is_single": True}
        for one, user_id in pairs
        if (one, user_id) not in once
    ]
    if new:
        add_rows(session, Seat, new)
    coverage.settle(session, License.id.in_(ids), now=now)


def _refuse_pooled(license_: License) -> None:
    if license_.pool_id is not None:
        raise PooledLicenseError
