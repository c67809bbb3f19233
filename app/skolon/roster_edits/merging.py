"""Schools that become one, and one that becomes two."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.clock import swedish_date
from app.skolon import changes, coverage, pools
from app.skolon.domain.errors import SameSchoolError, UnknownGroupError
from app.skolon.logins import PortalUser
from app.skolon.models import (
    BrowserSession,
    Group,
    GroupMembership,
    License,
    LicensePool,
    Organization,
    School,
    SchoolAdministrator,
    SchoolMembership,
    SchoolUnitCode,
    Seat,
    User,
)
from app.skolon.roster_edits.places import (
    Done,
    groups_of,
    only_organization,
    perform,
    remember,
    school_of,
)
from app.skolon.schemas.rosters import MergeSchools, SplitSchool

_QUIETLY = {"synchronize_session": False}


@perform.register
def merge_schools(
    edit: MergeSchools, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    only_organization(administrator)
    old = school_of(session, administrator, edit.school)
    new = school_of(session, administrator, edit.into)
    if old.id == new.id:
        raise SameSchoolError
    members = select(SchoolMembership.user_id).where(SchoolMembership.school_id == old.id)
    user_ids = session.scalars(members).all()
    of_old = select(Group.id).where(Group.school_id == old.id, Group.deleted_at.is_(None))
    group_ids = session.scalars(of_old).all()
    _move_groups(session, group_ids, old, new, now)
    # What the other school has already is not moved there again.
    for table, key in (
        (SchoolMembership, "user_id"),
        (SchoolAdministrator, "user_id"),
        (SchoolUnitCode, "code"),
    ):
        _move_rows(session, table, key, old, new)
    is_valid = and_(License.deleted_at.is_(None), License.ends_on >= swedish_date(now))
    _move_licenses(session, and_(License.owner_school_id == old.id, is_valid), old, new)
    session.execute(
        update(License)
        .where(License.owner_school_id == old.id, License.deleted_at.is_(None))
        .values(deleted_at=now)
        .execution_options(**_QUIETLY)
    )
    session.execute(
        update(LicensePool)
        .where(LicensePool.school_id == old.id)
        .values(school_id=new.id)
        .execution_options(**_QUIETLY)
    )
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.school_id == old.id)
        .values(school_id=new.id)
        .execution_options(**_QUIETLY)
    )
    old.deleted_at = now
    _news(session, (old, new), group_ids, user_ids, now)
    return Done(new.public_id)


@perform.register
def split_school(
    edit: SplitSchool, session: Session, administrator: PortalUser, now: datetime
) -> Done:
    only_organization(administrator)
    old = school_of(session, administrator, edit.school)
    groups = groups_of(session, administrator, edit.groups)
    if any(group.school_id != old.id for group in groups):
        raise UnknownGroupError
    group_ids = [group.id for group in groups]
    new = School(
        organization_id=old.organization_id, name=edit.name, kind=old.kind, change_number=0
    )
    session.add(new)
    session.flush()
    if edit.code is not None:
        session.add(SchoolUnitCode(school_id=new.id, code=edit.code, added_at=now))
    user_ids = _move_people(session, group_ids, old, new)
    _move_groups(session, group_ids, old, new, now)
    _move_licenses(session, License.group_id.in_(group_ids), old, new)
    _news(session, (old, new), group_ids, user_ids, now)
    return Done(new.public_id)


def _move_people(
    session: Session, group_ids: Sequence[UUID], old: School, new: School
) -> Sequence[UUID]:
    """Move the people of these groups, and let those who are in others be at both schools."""
    in_groups = select(GroupMembership.user_id).where(GroupMembership.group_id.in_(group_ids))
    at_old = SchoolMembership.school_id == old.id
    user_ids = session.scalars(
        select(SchoolMembership.user_id).where(at_old, SchoolMembership.user_id.in_(in_groups))
    ).all()
    stay = set(
        session.scalars(
            select(GroupMembership.user_id)
            .join(Group, Group.id == GroupMembership.group_id)
            .where(
                GroupMembership.user_id.in_(user_ids),
                Group.school_id == old.id,
                Group.deleted_at.is_(None),
                Group.id.not_in(group_ids),
            )
        )
    )
    go = [user_id for user_id in user_ids if user_id not in stay]
    session.execute(
        update(SchoolMembership)
        .where(at_old, SchoolMembership.user_id.in_(go))
        .values(school_id=new.id)
        .execution_options(**_QUIETLY)
    )
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.school_id == old.id, BrowserSession.user_id.in_(go))
        .values(school_id=new.id)
        .execution_options(**_QUIETLY)
    )
    last = select(SchoolMembership.user_id, func.max(SchoolMembership.position).label("last"))
    places = session.execute(
        last.where(SchoolMembership.user_id.in_(stay)).group_by(SchoolMembership.user_id)
    ).all()
    if places:
        session.execute(
            insert(SchoolMembership),
            [
                {"user_id": row.user_id, "school_id": new.id, "position": row.last + 1}
                for row in places
            ],
        )
    return user_ids


def _move_groups(
    session: Session, group_ids: Sequence[UUID], old: School, new: School, now: datetime
) -> None:
    these = Group.id.in_(group_ids)
    # Whoever saw them at the old school is told, also when it sees nothing of the new one.
    changes.note(session, Group, these, now=now)
    remember(
        session,
        select(License.tool_id, Group.id)
        .join(Group, Group.school_id == License.owner_school_id)
        .where(these, License.assigned_at.is_not(None), changes.was_approved())
        .distinct(),
    )
    session.execute(
        update(Group)
        .where(these, Group.school_id == old.id)
        .values(school_id=new.id)
        .execution_options(**_QUIETLY)
    )


def _move_licenses(session: Session, which: ColumnElement[bool], old: School, new: School) -> None:
    """Make licenses the other school's; tools saw the old school by them."""
    these = and_(License.owner_school_id == old.id, which)
    remember(
        session,
        select(License.tool_id, School.id)
        .join(School, School.id == License.owner_school_id)
        .where(these)
        .distinct(),
    )
    # A request has one license at a school; of two, one is no longer the request's.
    other = aliased(License)
    taken = select(other.request_id).where(
        other.owner_school_id == new.id, other.request_id.is_not(None)
    )
    session.execute(
        update(License)
        .where(these, License.request_id.in_(taken))
        .values(request_id=None)
        .execution_options(**_QUIETLY)
    )
    session.execute(
        update(License).where(these).values(owner_school_id=new.id).execution_options(**_QUIETLY)
    )


def _move_rows(session: Session, table: Any, key: str, old: School, new: School) -> None:  # noqa: ANN401, one of three tables
    column = getattr(table, key)
    there = aliased(table)
    known = select(getattr(there, key)).where(there.school_id == new.id)
    session.execute(
        delete(table)
        .where(table.school_id == old.id, column.in_(known))
        .execution_options(**_QUIETLY)
    )
    session.execute(
        update(table)
        .where(table.school_id == old.id)
        .values(school_id=new.id)
        .execution_options(**_QUIETLY)
    )


def _news(
    session: Session,
    schools: tuple[School, School],
    group_ids: Sequence[UUID],
    user_ids: Sequence[UUID],
    now: datetime,
) -> None:
    """Make coverage true, and everything that moved news."""
    session.flush()
    ids = [school.id for school in schools]
    theirs = select(Seat.license_id).where(Seat.user_id.in_(user_ids), Seat.ended_at.is_(None))
    coverage.settle(session, or_(License.owner_school_id.in_(ids), License.id.in_(theirs)), now=now)
    organization = Organization.id == schools[0].organization_id
    pools.people_moved(session, User.id.in_(user_ids), now=now)
    changes.mark(session, School, School.id.in_(ids), now=now)
    changes.mark(session, Organization, organization, now=now)
    changes.mark(session, Group, Group.id.in_(group_ids), now=now)
    changes.mark(session, User, User.id.in_(user_ids), now=now)
