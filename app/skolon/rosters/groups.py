"""The list of classes and teaching groups."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.skolon import visibility
from app.skolon.listing import named, read_slice, tombstone
from app.skolon.models import Group, GroupMembership, School, User
from app.skolon.rosters.references import Conditions, gathered, of_user, schools_by_id
from app.skolon.schemas.partner_api import GroupQuery
from app.skolon.tokens import Caller


def list_groups(session: Session, caller: Caller, query: GroupQuery) -> dict[str, Any]:
    conditions: Conditions = []
    if their := of_user(caller, query):
        groups = select(GroupMembership.group_id).join(User).where(*their)
        conditions.append(Group.id.in_(groups))
    if at_school := named(School, query.school_id, query.school_uuid):
        conditions.append(Group.school_id.in_(select(School.id).where(*at_school)))
    sight, switches = visibility.groups(caller), caller.switches
    found = read_slice(session, Group, sight, query, conditions, switches)
    told = found.told(switches)
    members = gathered(
        session,
        select(GroupMembership.group_id, User.public_id, User.id)
        .join(User)
        .where(
            GroupMembership.group_id.in_(group.id for group in told),
            visibility.users(caller).now,
        )
        .order_by(User.search_name, User.id),
    )
    schools = schools_by_id(session, {group.school_id for group in told})
    return found.envelope | {
        "groups": [
            {
                "id": group.public_id,
                "uuid": group.id,
                "isDeleted": not is_live,
                "name": group.name,
                "type": group.type,
                "schoolId": schools[group.school_id]["id"],
                "schoolUuid": group.school_id,
                "memberships": members[group.id],
            }
            if is_live or switches.tombstones == "full"
            else tombstone(group)
            for group, is_live in found.records
        ]
    }
