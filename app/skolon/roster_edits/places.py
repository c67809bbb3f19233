"""What edits share: whose turn it is, whose records they are, and how people leave places."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, literal, or_, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session

from app.skolon import changes, coverage, pools
from app.skolon.domain.errors import (
    ForeignSchoolError,
    NamedTwiceError,
    NotYourSchoolError,
    OrganizationOnlyError,
    UnknownGroupError,
    UnknownUserError,
)
from app.skolon.domain.licenses import LicenseType
from app.skolon.listing import as_uuid
from app.skolon.logins import PortalUser
from app.skolon.models import (
    BrowserSession,
    Group,
    GroupMembership,
    License,
    Listed,
    Organization,
    Persona,
    School,
    SchoolAdministrator,
    SchoolMembership,
    Seat,
    Sighting,
    User,
)
from app.skolon.schemas.rosters import Edit


@dataclass(frozen=True, slots=True)
class Done:
    """The id of what an edit made, changed or deleted, and how many removals tools are told of."""

    id: str | None
    webhooks: int = 0


@singledispatch
def perform(
    edit: Edit,
    session: Session,
    administrator: PortalUser,
    now: datetime,
) -> Done:
    """Do all of the edit with the administrator's rights, or refuse."""
    # For an edit that is registered nowhere; a test sees to it that there is none.
    raise NotImplementedError(type(edit).__name__)


def take_turn(session: Session) -> None:
    """Let edits come one after the other, and nobody wait for one while being waited for."""
    for kind in (License, School, Organization, Group, User):
        changes.hold(session, kind)


def only_organization(administrator: PortalUser) -> None:
    if administrator.school_ids is not None:
        raise OrganizationOnlyError


def school_of(session: Session, administrator: PortalUser, name: str) -> School:
    """Return the administrator's school of that id or uuid."""
    (school,) = schools_of(session, administrator, [name])
    return school


def schools_of(session: Session, administrator: PortalUser, names: Sequence[str]) -> list[School]:
    """Return the administrator's schools of these ids or uuids, in the same order."""
    found = in_organization(session, administrator, names)
    own = administrator.school_ids
    if own is not None and any(school.id not in own for school in found):
        raise NotYourSchoolError
    return found


def in_organization(
    session: Session, administrator: PortalUser, names: Sequence[str]
) -> list[School]:
    """Return schools of the organization, whoever administers them."""
    rows = session.scalars(
        select(School).where(
            School.organization_id == administrator.organization.id,
            School.deleted_at.is_(None),
            _named(School, names),
        )
    ).all()
    by_name = {key: row for row in rows for key in (row.public_id, str(row.id))}
    found = [by_name.get(_key(name)) for name in names]
    schools = [school for school in found if school is not None]
    if len(schools) != len(found):
        raise ForeignSchoolError
    _each_once(schools)
    return schools


def user_of(session: Session, administrator: PortalUser, name: str) -> User:
    (user,) = users_of(session, administrator, [name])
    return user


def users_of(session: Session, administrator: PortalUser, names: Sequence[str]) -> list[User]:
    """Return people of the organization, each at a school of the administrator's."""
    rows = session.execute(
        select(User, Persona.key)
        .outerjoin(Persona, Persona.user_id == User.id)
        .where(
            User.organization_id == administrator.organization.id,
            User.deleted_at.is_(None),
            or_(_named(User, names), User.username.in_(names), Persona.key.in_(names)),
        )
    ).all()
    by_name = {
        key: user
        for user, persona in rows
        for key in (user.public_id, str(user.id), user.username, persona)
    }
    found = [by_name.get(_key(name)) for name in names]
    users = [user for user in found if user is not None]
    if len(users) != len(found):
        raise UnknownUserError
    _each_once(users)
    if administrator.school_ids is not None:
        ids = [user.id for user in users]
        at_own = session.scalars(
            select(SchoolMembership.user_id)
            .where(
                SchoolMembership.user_id.in_(ids),
                SchoolMembership.school_id.in_(administrator.school_ids),
            )
            .distinct()
        ).all()
        if len(at_own) != len(ids):
            raise NotYourSchoolError
    return users


def group_of(session: Session, administrator: PortalUser, name: str) -> Group:
    (group,) = groups_of(session, administrator, [name])
    return group


def groups_of(session: Session, administrator: PortalUser, names: Sequence[str]) -> list[Group]:
    """Return groups of the administrator's schools of these ids or uuids, in the same order."""
    rows = session.scalars(
        select(Group)
        .join(School, School.id == Group.school_id)
        .where(
            School.organization_id == administrator.organization.id,
            School.deleted_at.is_(None),
            Group.deleted_at.is_(None),
            _named(Group, names),
        )
    ).all()
    by_name = {key: row for row in rows for key in (row.public_id, str(row.id))}
    found = [by_name.get(_key(name)) for name in names]
    groups = [group for group in found if group is not None]
    if len(groups) != len(found):
        raise UnknownGroupError
    _each_once(groups)
    own = administrator.school_ids
    if own is not None and any(group.school_id not in own for group in groups):
        raise NotYourSchoolError
    return groups


def leave_schools(
    session: Session, user_ids: Collection[UUID], school_ids: Collection[UUID], *, now: datetime
) -> None:
    """Let people leave schools, and the groups, rights and sessions that they had there."""
    at_schools = select(Group.id).where(Group.school_id.in_(school_ids))
    leave_groups(
        session,
        and_(GroupMembership.user_id.in_(user_ids), GroupMembership.group_id.in_(at_schools)),
        now=now,
    )
    for table in (SchoolMembership, SchoolAdministrator):
        session.execute(
            delete(table)
            .where(table.user_id.in_(user_ids), table.school_id.in_(school_ids))
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.user_id.in_(user_ids), BrowserSession.school_id.in_(school_ids))
        .values(school_id=None)
        .execution_options(synchronize_session=False)
    )


def leave_groups(session: Session, which: ColumnElement[bool], *, now: datetime) -> Sequence[UUID]:
    """End memberships in groups, and return the ids of the groups."""
    group_ids = session.scalars(select(GroupMembership.group_id).where(which).distinct()).all()
    # A tool may see the group by nothing else than somebody who has a seat.
    seen = (
        select(License.tool_id, GroupMembership.group_id)
        .select_from(GroupMembership)
        .join(Seat, Seat.user_id == GroupMembership.user_id)
        .join(License, License.id == Seat.license_id)
        .where(which, changes.was_approved())
        .distinct()
    )
    remember(session, seen)
    session.execute(
        delete(GroupMembership).where(which).execution_options(synchronize_session=False)
    )
    changes.mark(session, Group, Group.id.in_(group_ids), now=now)
    return group_ids


def remember(session: Session, seen: Select[UUID, UUID]) -> None:
    """Remember which tool saw which school or group, for when it must be told that it is gone."""
    rows = seen.subquery()
    tool_id, record_id = rows.c
    known = select(literal(1)).where(Sighting.tool_id == tool_id, Sighting.record_id == record_id)
    session.execute(
        insert_into(Sighting).from_select(
            ["tool_id", "record_id"], select(tool_id, record_id).where(~known.exists())
        )
    )


def settle(
    session: Session,
    *,
    users: Collection[UUID] = (),
    schools: Collection[UUID] = (),
    groups: Collection[UUID] = (),
    movers: Collection[UUID] = (),
    now: datetime,
) -> None:
    """Make coverage true again for whoever came to, or left, these schools and groups.

    Users may lose what they were given; movers only come to or leave what pools are linked to.
    """
    of_school = License.type.in_((LicenseType.SCHOOL, LicenseType.ORGANIZATION))
    theirs = select(Seat.license_id).where(Seat.user_id.in_(users), Seat.ended_at.is_(None))
    coverage.settle(
        session,
        or_(
            and_(License.owner_school_id.in_(schools), of_school),
            License.group_id.in_(groups),
            License.id.in_(theirs),
        ),
        now=now,
    )
    pools.people_moved(session, User.id.in_([*users, *movers]), now=now)


def _named(kind: type[Listed], names: Iterable[str]) -> ColumnElement[bool]:
    uuids = [as_uuid(name) for name in names]
    return or_(kind.public_id.in_(names), kind.id.in_(uuids))


def _key(name: str) -> str:
    """Return a name as it stands beside the row: an uuid can be written in several ways."""
    uuid = as_uuid(name)
    return str(uuid) if uuid.int else name


def _each_once(rows: Sequence[Listed]) -> None:
    if len({row.id for row in rows}) != len(rows):
        raise NamedTwiceError
