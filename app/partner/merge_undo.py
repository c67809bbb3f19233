"""Undoing a merge: support takes two accounts apart again within 30 days (R15)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.partner import merged_rows, merging
from app.partner.domain.merging import UNDOABLE_FOR, check_undoable
from app.partner.models import Account, AccountEvent, Merge
from app.partner.schemas import MergeRecordOut, MovedOut


class UnknownMergeError(NotFoundError):
    """There is no such merge, or no longer: an account of it has been forgotten."""

    code = "unknown_merge"


def read(session: Session, merge_id: UUID) -> MergeRecordOut:
    """Return one merge."""
    made = session.get(Merge, merge_id)
    if made is None:
        raise UnknownMergeError
    return MergeRecordOut(
        id=made.id,
        kept_account_id=made.kept_account_id,
        merged_account_id=made.merged_account_id,
        merged_at=made.merged_at,
        proved_by=made.proved_by,
        across_organizations=made.moved["across_organizations"],
        moved=MovedOut(
            identities=len(made.moved["identities"]),
            placements=len(made.moved["placements"]),
            lessons=len(made.moved["lessons"]),
        ),
        undoable_until=made.merged_at + UNDOABLE_FOR,
        undone_at=made.undone_at,
        undone_by=made.undone_by,
    )


def undo(session: Session, merge_id: UUID, *, actor: str, now: datetime) -> None:
    """Give the merged-away account back what came from it and is still there."""
    accounts_of = select(Merge.kept_account_id, Merge.merged_account_id).where(Merge.id == merge_id)
    pair = session.execute(accounts_of).one_or_none()
    if pair is None:
        raise UnknownMergeError
    accounts = merging.lock(session, pair)
    made = session.get(Merge, merge_id)
    if made is None or len(accounts) < len(pair):
        raise UnknownMergeError
    kept, merged = accounts[made.kept_account_id], accounts[made.merged_account_id]
    check_undoable(
        merged_at=made.merged_at,
        undone_at=made.undone_at,
        kept_merged_into=kept.merged_into_id,
        now=now,
    )
    merged_rows.move_back(session, made)
    merged.merged_into_id = None
    before = made.moved["before"]
    kept.email, kept.email_key = before["email"], before["email_key"]
    kept.organization_id = _row_id(before["organization_id"])
    kept.school_id = _row_id(before["school_id"])
    # What was kept to put it back is not kept any longer.
    made.moved = {name: value for name, value in made.moved.items() if name != "before"}
    made.undone_at, made.undone_by = now, actor
    session.add_all(
        AccountEvent(account_id=account_id, kind="merge_undone", actor=actor, happened_at=now)
        for account_id in pair
    )
    session.flush()
    for account in (kept, merged):
        if str(account.id) in made.moved["matchable"]:
            _make_matchable(session, account)
    merging.end_sessions(session, accounts)


def _row_id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _make_matchable(session: Session, account: Account) -> None:
    """Let the next login from Skolon find the account by its email again, if that is free."""
    if merging.logs_in_through_skolon(session, account.id):
        return
    taken = exists().where(
        Account.match_key == account.email_key,
        Account.organization_id.is_not_distinct_from(account.organization_id),
    )
    if not session.scalar(select(taken)):
        account.match_key = account.email_key
