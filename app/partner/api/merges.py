"""Merges of two accounts: looked up and undone by support (R15)."""

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.dependencies import Clock, Database
from app.partner import merge_undo
from app.partner.api.keys import Key, authorize
from app.partner.api_keys import Scope
from app.partner.schemas import MergeRecordOut

router = APIRouter(prefix="/api/v1/merges", tags=["accounts"])


@router.get("/{merge_id}", name="partner:read_merge")
def read_merge(merge_id: UUID, key: Key, database: Database) -> MergeRecordOut:
    """Return one merge; its owner sees the id under Settings."""
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_READ)
        return merge_undo.read(session, merge_id)


@router.post("/{merge_id}/undo", name="partner:undo_merge")
def undo_merge(merge_id: UUID, key: Key, database: Database, clock: Clock) -> MergeRecordOut:
    """Take the two accounts apart again, within 30 days and once.

    Each gets back what it brought, as far as that is still there; both are logged out everywhere.
    """

    def undo(session: Session) -> MergeRecordOut:
        caller = authorize(session, key, Scope.ACCOUNTS_WRITE)
        merge_undo.undo(session, merge_id, actor=f"support key {caller.name}", now=clock())
        return merge_undo.read(session, merge_id)

    return database.transact(undo)
