"""The rows of an account that move to another one, and back again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.partner.models import AccountEvent, CompletedLesson, Identity, Merge, Placement

_TABLES: dict[str, type[Identity | Placement | CompletedLesson | AccountEvent]] = {
    "identities": Identity,
    "placements": Placement,
    "lessons": CompletedLesson,
    "events": AccountEvent,
}


def move(session: Session, merged_id: UUID, kept_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Give one account's rows to the other; return the ids of those, and of places that ended."""
    doubled = session.scalars(
        select(Placement.id).where(
            Placement.account_id == merged_id,
            Placement.ended_at.is_(None),
            Placement.school_class_id.in_(_open_classes(session, kept_id)),
        )
    ).all()
    session.execute(update(Placement).where(Placement.id.in_(doubled)).values(ended_at=now))
    # What both have done stays with each, so that it is there again when the merge is undone.
    done = session.scalars(
        select(CompletedLesson.lesson).where(CompletedLesson.account_id == kept_id)
    ).all()
    moved: dict[str, Any] = {"ended_placements": [str(each) for each in doubled]}
    for name, table in _TABLES.items():
        of_merged = select(table.id).where(table.account_id == merged_id)
        if table is CompletedLesson:
            of_merged = of_merged.where(CompletedLesson.lesson.not_in(done))
        ids = session.scalars(of_merged).all()
        session.execute(update(table).where(table.id.in_(ids)).values(account_id=kept_id))
        moved[name] = [str(each) for each in ids]
    return moved


def move_back(session: Session, merge: Merge) -> None:
    """Give back what still is and still belongs to the kept account; open what the merge ended."""
    for name, table in _TABLES.items():
        session.execute(
            update(table)
            .where(
                table.id.in_(UUID(each) for each in merge.moved[name]),
                table.account_id == merge.kept_account_id,
            )
            .values(account_id=merge.merged_account_id)
        )
    # Also where those who are given back were placed in the meantime.
    session.execute(
        update(Placement)
        .where(
            Placement.identity_id.in_(UUID(each) for each in merge.moved["identities"]),
            Placement.account_id == merge.kept_account_id,
        )
        .values(account_id=merge.merged_account_id)
    )
    session.execute(
        update(Placement)
        .where(
            Placement.id.in_(UUID(each) for each in merge.moved["ended_placements"]),
            Placement.account_id == merge.merged_account_id,
            Placement.school_class_id.not_in(_open_classes(session, merge.merged_account_id)),
        )
        .values(ended_at=None)
    )


def _open_classes(session: Session, account_id: UUID) -> Collection[UUID]:
    return session.scalars(
        select(Placement.school_class_id).where(
            Placement.account_id == account_id, Placement.ended_at.is_(None)
        )
    ).all()
