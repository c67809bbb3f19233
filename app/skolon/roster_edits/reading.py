"""What administrators see of the roster: lists in pages, which can be searched."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session

from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    GroupMembership,
    Listed,
    School,
    SchoolMembership,
    SchoolUnitCode,
    User,
)
from app.skolon.roster_edits.places import group_of, school_of, user_of
from app.skolon.schemas.rosters import (
    GroupList,
    GroupShown,
    PersonDetails,
    PersonList,
    PersonOut,
    PlaceOut,
    SchoolList,
    SchoolShown,
)

L = TypeVar("L", bound=Listed)


def people(
    session: Session,
    administrator: PortalUser,
    *,
    search: str = "",
    school: str = "",
    group: str = "",
    after: str = "",
    limit: int = 50,
) -> PersonList:
    conditions: list[ColumnElement[bool]] = [
        _own_people(administrator),
        User.deleted_at.is_(None),
    ]
    if school:
        at = school_of(session, administrator, school)
        members = select(SchoolMembership.user_id).where(SchoolMembership.school_id == at.id)
        conditions.append(User.id.in_(members))
    if group:
        of = group_of(session, administrator, group)
        in_group = select(GroupMembership.user_id).where(GroupMembership.group_id == of.id)
        conditions.append(User.id.in_(in_group))
    if search:
        conditions.append(
            User.search_name.contains(search.strip().lower(), autoescape=True)
            | User.username.contains(search.strip(), autoescape=True)
        )
    rows, more = _page(session, User, User.search_name, conditions, after, limit)
    schools = _schools_of(session, rows)
    return PersonList(
        users=[PersonOut(**_person(user, schools[user.id])) for user in rows], after=more
    )


def person(session: Session, administrator: PortalUser, name: str) -> PersonDetails:
    user = user_of(session, administrator, name)
    groups = session.execute(
        select(Group.public_id, Group.name)
        .join(GroupMembership, GroupMembership.group_id == Group.id)
        .where(GroupMembership.user_id == user.id, Group.deleted_at.is_(None))
        .order_by(Group.name, Group.id)
    )
    return PersonDetails(
        **_person(user, _schools_of(session, [user])[user.id]),
        groups=[PlaceOut(id=public_id, name=name) for public_id, name in groups],
    )


def groups(
    session: Session,
    administrator: PortalUser,
    *,
    search: str = "",
    school: str = "",
    after: str = "",
    limit: int = 50,
) -> GroupList:
    own = select(School.id).where(administrator.own_schools())
    conditions: list[ColumnElement[bool]] = [
        Group.school_id.in_(own),
        Group.deleted_at.is_(None),
    ]
    if school:
        conditions.append(Group.school_id == school_of(session, administrator, school).id)
    if search:
        conditions.append(_holds(Group.name, search))
    rows, more = _page(session, Group, Group.name, conditions, after, limit)
    return GroupList(groups=_groups(session, rows), after=more)


def group(session: Session, administrator: PortalUser, name: str) -> GroupShown:
    (shown,) = _groups(session, [group_of(session, administrator, name)])
    return shown


def schools(
    session: Session,
    administrator: PortalUser,
    *,
    search: str = "",
    after: str = "",
    limit: int = 50,
) -> SchoolList:
    conditions = [administrator.own_schools()]
    if search:
        conditions.append(_holds(School.name, search))
    rows, more = _page(session, School, School.name, conditions, after, limit)
    return SchoolList(schools=_schools(session, rows), after=more)


def school(session: Session, administrator: PortalUser, name: str) -> SchoolShown:
    (shown,) = _schools(session, [school_of(session, administrator, name)])
    return shown


def _holds(name: Any, text: str) -> ColumnElement[bool]:  # noqa: ANN401, a column of text
    """Say whether the name holds the text; SQLite folds no å, ä or ö, so any letter is one."""
    escaped = re.sub(r"([\\%_])", r"\\\1", text.strip())
    pattern = "".join(letter if letter.isascii() else "_" for letter in escaped)
    found: ColumnElement[bool] = name.ilike(f"%{pattern}%", escape="\\")
    return found


def _own_people(administrator: PortalUser) -> ColumnElement[bool]:
    if administrator.school_ids is None:
        return User.organization_id == administrator.organization.id
    members = select(SchoolMembership.user_id).where(
        SchoolMembership.school_id.in_(administrator.school_ids)
    )
    return User.id.in_(members)


def _page(
    session: Session,
    kind: type[L],
    name: Any,  # noqa: ANN401, a column of text
    conditions: Sequence[ColumnElement[bool]],
    after: str,
    limit: int,
) -> tuple[Sequence[L], str | None]:
    """Read the rows after the one of that id, in the order of their names."""
    query: Select[L] = select(kind).where(*conditions)
    last = session.execute(select(name, kind.id).where(kind.public_id == after)).one_or_none()
    if last is not None:
        query = query.where(tuple_(name, kind.id) > tuple_(*last))
    rows = session.scalars(query.order_by(name, kind.id).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].public_id if len(rows) > limit else None


def _person(user: User, schools: list[PlaceOut]) -> dict[str, Any]:
    return {
        "id": user.public_id,
        "uuid": str(user.id),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": user.username,
        "email": user.email,
        "role": user.role,
        "schools": schools,
    }


def _schools_of(session: Session, users: Sequence[User]) -> dict[UUID, list[PlaceOut]]:
    found = defaultdict[UUID, list[PlaceOut]](list)
    for user_id, public_id, name in session.execute(
        select(SchoolMembership.user_id, School.public_id, School.name)
        .join(School, School.id == SchoolMembership.school_id)
        .where(
            SchoolMembership.user_id.in_([user.id for user in users]), School.deleted_at.is_(None)
        )
        .order_by(SchoolMembership.position)
    ):
        found[user_id].append(PlaceOut(id=public_id, name=name))
    return found


def _groups(session: Session, rows: Sequence[Group]) -> list[GroupShown]:
    at = select(School).where(School.id.in_({row.school_id for row in rows}))
    places = {one.id: PlaceOut(id=one.public_id, name=one.name) for one in session.scalars(at)}
    members = dict(
        session.execute(
            select(GroupMembership.group_id, func.count())
            .join(User, User.id == GroupMembership.user_id)
            .where(
                GroupMembership.group_id.in_([row.id for row in rows]), User.deleted_at.is_(None)
            )
            .group_by(GroupMembership.group_id)
        ).all()
    )
    return [
        GroupShown(
            id=row.public_id,
            uuid=str(row.id),
            name=row.name,
            type=row.type,
            school=places[row.school_id],
            members=members.get(row.id, 0),
        )
        for row in rows
    ]


def _schools(session: Session, rows: Sequence[School]) -> list[SchoolShown]:
    ids = [row.id for row in rows]
    codes = defaultdict[UUID, list[str]](list)
    for school_id, code in session.execute(
        select(SchoolUnitCode.school_id, SchoolUnitCode.code)
        .where(SchoolUnitCode.school_id.in_(ids))
        .order_by(SchoolUnitCode.added_at, SchoolUnitCode.code)
    ):
        codes[school_id].append(code)
    there = dict(
        session.execute(
            select(SchoolMembership.school_id, func.count())
            .join(User, User.id == SchoolMembership.user_id)
            .where(SchoolMembership.school_id.in_(ids), User.deleted_at.is_(None))
            .group_by(SchoolMembership.school_id)
        ).all()
    )
    with_groups = dict(
        session.execute(
            select(Group.school_id, func.count())
            .where(Group.school_id.in_(ids), Group.deleted_at.is_(None))
            .group_by(Group.school_id)
        ).all()
    )
    return [
        SchoolShown(
            id=row.public_id,
            uuid=str(row.id),
            name=row.name,
            unit=row.kind,
            codes=codes[row.id],
            people=there.get(row.id, 0),
            groups=with_groups.get(row.id, 0),
        )
        for row in rows
    ]
