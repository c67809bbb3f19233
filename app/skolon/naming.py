"""What a few ids stand for, for whoever only met the ids."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.skolon.models import Persona, Tool, User


def people(
    session: Session, ids: Collection[UUID | str]
) -> dict[UUID | str, tuple[str, str | None]]:
    """Return public id and persona of people, by either of their ids."""
    if not ids:
        return {}
    rows = session.execute(
        select(User.id, User.public_id, Persona.key)
        .outerjoin(Persona, Persona.user_id == User.id)
        .where(
            or_(
                User.id.in_([one for one in ids if isinstance(one, UUID)]),
                User.public_id.in_([one for one in ids if isinstance(one, str)]),
            )
        )
    ).all()
    known = {row.public_id: (row.public_id, row.key) for row in rows}
    return known | {row.id: (row.public_id, row.key) for row in rows}


def client_ids(session: Session, tool_ids: Collection[UUID]) -> dict[UUID, str]:
    if not tool_ids:
        return {}
    rows = session.execute(select(Tool.id, Tool.client_id).where(Tool.id.in_(tool_ids)))
    return dict(rows.all())
