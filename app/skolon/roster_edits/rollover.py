"""The new school year: what it would do to schools, and doing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.skolon import changes, removals
from app.skolon.domain.errors import RolledOverError
from app.skolon.domain.rosters import GroupType, NextYear, Role, next_year, school_year
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    GroupMembership,
    Rollover,
    School,
    SchoolMembership,
    User,
)
from app.skolon.roster_edits.places import Done, leave_schools, perform, schools_of, settle
from app.skolon.schemas.rosters import (
    ClassMove,
    PlaceOut,
    RollOver,
    RolloverOut,
    RolloverPreview,
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a new school year does to one school."""

    school: School
    classes: Sequence[tuple[Group, NextYear | None]]
    teaching_groups: Sequence[UUID]
    graduates: Sequence[UUID]
    is_again: bool

    @property
    def moving(self) -> dict[UUID, str]:
        return {group.id: to.name for group, to in self.classes if to and to.name}

    @property
    def ending(self) -> list[UUID]:
        return [*_leaving(self.classes), *self.teaching_groups]


def preview(
    session: Session, administrator: PortalUser, names: Sequence[str], *, now: datetime
) -> RolloverPreview:
    """Say what a new school year would do, without doing it."""
    schools = _chosen(session, administrator, names)
    return RolloverPreview(schools=[_shown(_plan(session, school, now)) for school in schools])


@perform.register
def roll_over(edit: RollOver, session: Session, administrator: PortalUser, now: datetime) -> Done:
    schools = _chosen(session, administrator, edit.schools)
    plans = [_plan(session, school, now) for school in schools]
    if not edit.again and any(plan.is_again for plan in plans):
        raise RolledOverError
    told = sum(_take_step(session, plan, now, deletes=edit.graduates == "delete") for plan in plans)
    return Done(schools[0].public_id if len(schools) == 1 else None, told)


def _chosen(session: Session, administrator: PortalUser, names: Sequence[str]) -> Sequence[School]:
    if names:
        return schools_of(session, administrator, names)
    own = select(School).where(administrator.own_schools()).order_by(School.name, School.id)
    return session.scalars(own).all()


def _plan(session: Session, school: School, now: datetime) -> _Plan:
    groups = session.scalars(
        select(Group)
        .where(Group.school_id == school.id, Group.deleted_at.is_(None))
        .order_by(Group.name, Group.id)
    ).all()
    classes = [(one, next_year(one.name)) for one in groups if one.type is GroupType.CLASS]
    graduates = session.scalars(
        select(User.id)
        .join(GroupMembership, GroupMembership.user_id == User.id)
        .where(
            GroupMembership.group_id.in_(_leaving(classes)),
            User.role == Role.STUDENT,
            User.deleted_at.is_(None),
        )
        .distinct()
    ).all()
    return _Plan(
        school,
        classes,
        [one.id for one in groups if one.type is GroupType.TEACHING_GROUP],
        graduates,
        session.get(Rollover, (school.id, school_year(swedish_date(now)))) is not None,
    )


def _leaving(classes: Sequence[tuple[Group, NextYear | None]]) -> list[UUID]:
    return [group.id for group, to in classes if to and to.name is None]


def _take_step(session: Session, plan: _Plan, now: datetime, *, deletes: bool) -> int:
    """Do it, in as many statements for a large school as for a small one."""
    school_id, moving = plan.school.id, plan.moving
    if moving:
        table = Group.__table__
        session.connection().execute(
            update(table)  # type: ignore[arg-type]  # always a Table
            .where(table.c.id == bindparam("moving"))
            .values(name=bindparam("to")),
            [{"moving": group_id, "to": name} for group_id, name in moving.items()],
        )
        for group, _ in plan.classes:
            session.expire(group)
    told = removals.remove_groups(session, plan.ending, now=now)
    if plan.graduates:
        told += _graduate(session, plan, now, deletes=deletes)
    settle(session, users=plan.graduates, schools=[school_id], groups=plan.ending, now=now)
    changes.mark(session, Group, Group.id.in_([*moving, *plan.ending]), now=now)
    changes.mark(session, User, User.id.in_(plan.graduates), now=now)
    year = school_year(swedish_date(now))
    session.merge(Rollover(school_id=school_id, year=year, done_at=now))
    session.flush()
    return told


def _graduate(session: Session, plan: _Plan, now: datetime, *, deletes: bool) -> int:
    """Delete the graduates, or let them leave; who is at another school too only leaves."""
    leaving: Sequence[UUID] = plan.graduates
    told = 0
    if deletes:
        elsewhere = set(
            session.scalars(
                select(SchoolMembership.user_id)
                .join(School, School.id == SchoolMembership.school_id)
                .where(
                    SchoolMembership.user_id.in_(plan.graduates),
                    SchoolMembership.school_id != plan.school.id,
                    School.deleted_at.is_(None),
                )
            )
        )
        leaving = [user_id for user_id in plan.graduates if user_id in elsewhere]
        deleted = [user_id for user_id in plan.graduates if user_id not in elsewhere]
        told = removals.remove_users(session, deleted, now=now)
    leave_schools(session, leaving, [plan.school.id], now=now)
    return told


def _shown(plan: _Plan) -> RolloverOut:
    return RolloverOut(
        school=PlaceOut(id=plan.school.public_id, name=plan.school.name),
        classes=[ClassMove(name=one.name, becomes=to.name) for one, to in plan.classes if to],
        stay=[one.name for one, to in plan.classes if to is None],
        dissolved=len(plan.teaching_groups),
        graduates=len(plan.graduates),
        is_again=plan.is_again,
    )
