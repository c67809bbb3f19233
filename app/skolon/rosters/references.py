"""What every list needs: whose records are asked for, and references gathered under them."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.skolon.listing import named
from app.skolon.models import School, SchoolMembership, User
from app.skolon.schemas.partner_api import OfUserQuery
from app.skolon.tokens import Caller

Conditions = list[ColumnElement[bool]]
# As the schema of the same name says, with the names of the wire.
Reference = dict[str, Any]


def of_user(caller: Caller, query: OfUserQuery) -> Conditions:
    conditions = named(User, query.user_id, query.user_uuid)
    if conditions and caller.own is not None:
        # Nor does a user learn what they have in common with somebody else.
        conditions.append(User.id == caller.own)
    return conditions


def schools_with(them: Conditions) -> Select[UUID]:
    return select(SchoolMembership.school_id).join(User).where(*them)


def schools_by_id(session: Session, school_ids: Iterable[UUID]) -> dict[UUID, Reference]:
    rows = session.execute(select(School.id, School.public_id).where(School.id.in_(school_ids)))
    return {school_id: {"id": public_id, "uuid": school_id} for school_id, public_id in rows}


def gathered(session: Session, rows: Select[UUID, str, UUID]) -> dict[UUID, list[Reference]]:
    """Group references under the record that they belong to."""
    by_owner = defaultdict[UUID, list[Reference]](list)
    # A thousand people at a school refer to one and the same.
    known: dict[str, Reference] = {}
    for owner, public_id, uuid in session.connection().execute(rows).all():
        if (reference := known.get(public_id)) is None:
            reference = known[public_id] = {"id": public_id, "uuid": uuid}
        by_owner[owner].append(reference)
    return by_owner
