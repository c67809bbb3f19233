"""The list of people."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.domain.rosters import Role
from app.skolon.listing import named, read_slice, tombstone
from app.skolon.models import (
    Administrator,
    Group,
    GroupMembership,
    School,
    SchoolMembership,
    User,
)
from app.skolon.rosters.references import Reference, gathered
from app.skolon.schemas.partner_api import UserQuery
from app.skolon.schemas.switches import Switches
from app.skolon.tokens import Caller


def list_users(session: Session, caller: Caller, query: UserQuery) -> dict[str, Any]:
    conditions = named(User, query.user_id, query.user_uuid)
    if at_school := named(School, query.school_id, query.school_uuid):
        conditions.append(User.id.in_(_people_at(select(School.id).where(*at_school))))
    if in_group := named(Group, query.class_id, query.class_uuid):
        members = select(GroupMembership.user_id).join(Group).where(*in_group)
        conditions.append(User.id.in_(members))
    sight, switches = visibility.users(caller), caller.switches
    found = read_slice(session, User, sight, query, conditions, switches)
    told = found.told(switches)
    schools = _schools_of(session, [user.id for user in told])
    administrators = (
        _administrators(session, told) if switches.administrator_type == "ADMIN" else ()
    )
    return found.envelope | {
        "users": [
            _told(
                user,
                schools[user.id],
                switches,
                is_live=is_live,
                is_admin=user.id in administrators,
            )
            if is_live or switches.tombstones == "full"
            else tombstone(user)
            for user, is_live in found.records
        ]
    }


def type_of(user: User, switches: Switches, *, is_admin: bool) -> str:
    """Return the `userType`."""
    return "ADMIN" if is_admin and switches.administrator_type == "ADMIN" else user.role.wire


def email_of(user: User, switches: Switches) -> str | None:
    """Return what is told as email; None is left out."""
    # Every name to log in with has the shape of an address; so Skolon could make one up.
    return user.email or (user.username if switches.email == "always" else None)


def _told(
    user: User, schools: list[Reference], switches: Switches, *, is_live: bool, is_admin: bool
) -> dict[str, Any]:
    user_type = type_of(user, switches, is_admin=is_admin)
    told: dict[str, Any] = {
        "id": user.public_id,
        "uuid": user.id,
        "isDeleted": not is_live,
        "userType": user_type,
        "username": user.username,
    }
    if email := email_of(user, switches):
        told["email"] = email
    told["firstName"] = user.first_name
    told["lastName"] = user.last_name
    told["language"] = user.language
    told["schools"] = schools
    told["externalIdentifiers"] = (
        [{"type": "EPPN", "value": user.username}]
        if switches.external_identifiers == "eppn"
        else []
    )
    if switches.starter_user_fields == "given":
        told["role"] = user_type
        if schools:
            told["schoolId"] = schools[0]["id"]
        told["externalId"] = user.username
        if user.role is Role.STUDENT:
            told["studentNumber"] = user.username.partition("@")[0]
    return told


def _people_at(schools: Select[UUID]) -> Select[UUID]:
    return select(SchoolMembership.user_id).where(SchoolMembership.school_id.in_(schools))


def _schools_of(session: Session, user_ids: Iterable[UUID]) -> dict[UUID, list[Reference]]:
    return gathered(
        session,
        select(SchoolMembership.user_id, School.public_id, School.id)
        .join(School)
        .where(SchoolMembership.user_id.in_(user_ids), School.deleted_at.is_(None))
        .order_by(SchoolMembership.position),
    )


def _administrators(session: Session, users: Iterable[User]) -> set[UUID]:
    ids = [user.id for user in users]
    return set(session.scalars(select(Administrator.user_id).where(Administrator.user_id.in_(ids))))
