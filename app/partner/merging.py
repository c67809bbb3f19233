"""Merging two accounts of one person: proof of the other one, then one transaction (R15)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.errors import ForbiddenError
from app.partner import browser_sessions, merged_rows
from app.partner.domain import merging
from app.partner.domain.errors import AlreadyMergedError, ChangedMergeError, NoProofError
from app.partner.domain.merging import LOCAL_ISSUER, Mergeable, Pair, ProvedBy
from app.partner.models import Account, AccountEvent, BrowserSession, Identity, Merge


class NotLoggedInError(ForbiddenError):
    """Nobody is logged in in this browser."""

    code = "not_logged_in"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whose browser it is, and which other account it has shown to control, how and when."""

    own: Mergeable
    other: Mergeable
    proved_by: ProvedBy
    proved_at: datetime

    def pair(self, *, now: datetime) -> Pair:
        """Return who would be kept, if the proof still holds."""
        merging.check_proof(self.proved_at, now)
        return merging.pair(self.own, self.other)


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge that was made, and the token under which this browser goes on."""

    merge_id: UUID
    session_token: str


def prove(
    session: Session, token: str, other_id: UUID, proved_by: ProvedBy, *, now: datetime
) -> None:
    """Remember that whoever sits at this browser has just logged in to the other account."""
    if other_id not in lock(session, {other_id}):
        # Forgotten since the login.
        raise NoProofError
    visit = _visit(session, token, now=now)
    visit.proved_account_id, visit.proved_at, visit.proved_by = other_id, now, proved_by
    # A refusal takes it back: an account is no other one to itself.
    proof(session, token, now=now).pair(now=now)


def withdraw(session: Session, token: str, *, now: datetime) -> None:
    """Forget the proof of this browser, if it has one."""
    visit = _visit(session, token, now=now)
    visit.proved_account_id = visit.proved_at = visit.proved_by = None


def proof(session: Session, token: str, *, now: datetime) -> Proof:
    """Return what this browser has proved, or refuse."""
    visit = _visit(session, token, now=now)
    return _proof(visit, _mergeable(session, {visit.account_id, visit.proved_account_id}))


def merge(session: Session, token: str, kept_id: UUID, merged_id: UUID, *, now: datetime) -> Merged:
    """Make one account of the two that were previewed, once; this browser goes on as the kept."""
    visit = _visit(session, token, now=now)
    if visit.proved_account_id is None and _is_done(session, kept_id, merged_id):
        raise AlreadyMergedError
    # The accounts first and in one order, so that merges, logins and erasures never wait for
    # each other in a circle; then once more what was read before they were locked.
    accounts = lock(session, {visit.account_id, visit.proved_account_id} - {None})
    visit = _visit(session, token, now=now)
    proved = _proof(visit, {key: _as_mergeable(row) for key, row in accounts.items()})
    pair = proved.pair(now=now)
    if (pair.kept.id, pair.merged.id) != (kept_id, merged_id):
        raise ChangedMergeError
    made = _merge(session, accounts[kept_id], accounts[merged_id], now=now)
    made.proved_by = proved.proved_by
    made.moved["across_organizations"] = pair.crosses_organizations
    session.add(made)
    new_token = browser_sessions.open_for(session, account_id=kept_id, replaces=token, now=now)
    end_sessions(session, {merged_id})
    return Merged(made.id, new_token)


def lock(session: Session, account_ids: Collection[UUID | None]) -> dict[UUID, Account]:
    """Keep everybody else from changing these accounts until the transaction ends."""
    rows = session.scalars(
        select(Account)
        .where(Account.id.in_(account_ids))
        .order_by(Account.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {account.id: account for account in rows}


def end_sessions(session: Session, account_ids: Collection[UUID]) -> None:
    """Log these accounts out of every browser."""
    session.execute(delete(BrowserSession).where(BrowserSession.account_id.in_(account_ids)))


def logs_in_through_skolon(session: Session, account_id: UUID) -> bool:
    """Say whether the account has been matched to somebody from Skolon."""
    through_skolon = exists().where(
        Identity.account_id == account_id, Identity.issuer != LOCAL_ISSUER
    )
    return bool(session.scalar(select(through_skolon)))


def _merge(session: Session, kept: Account, merged: Account, *, now: datetime) -> Merge:
    """Move what the one has to the other, and note all that it takes to undo it."""
    moved = merged_rows.move(session, merged.id, kept.id, now=now)
    matchable = [merged] if merged.match_key is not None else []
    if kept.match_key is not None and logs_in_through_skolon(session, kept.id):
        matchable.append(kept)
    moved["matchable"] = [str(account.id) for account in matchable]
    for account in matchable:
        account.match_key = None
    # Each login through Skolon brings these up to date, so that the next one may be the other's.
    moved["before"] = {
        "email": kept.email,
        "email_key": kept.email_key,
        "organization_id": _text(kept.organization_id),
        "school_id": _text(kept.school_id),
    }
    if kept.organization_id is None and kept.match_key is None:
        kept.organization_id, kept.school_id = merged.organization_id, merged.school_id
    merged.merged_into_id = kept.id
    kept.last_used_at = max(kept.last_used_at, merged.last_used_at)
    session.add(AccountEvent(account_id=kept.id, kind="merged", actor="user", happened_at=now))
    return Merge(
        id=uuid4(),
        kept_account_id=kept.id,
        merged_account_id=merged.id,
        merged_at=now,
        moved=moved,
    )


def _text(row_id: UUID | None) -> str | None:
    return None if row_id is None else str(row_id)


def _visit(session: Session, token: str, *, now: datetime) -> BrowserSession:
    visit = session.scalar(
        select(BrowserSession)
        .where(browser_sessions.IS_OPEN, BrowserSession.account_id.is_not(None))
        .execution_options(populate_existing=True),
        browser_sessions.as_of(token, now),
    )
    if visit is None:
        raise NotLoggedInError
    return visit


def _is_done(session: Session, kept_id: UUID, merged_id: UUID) -> bool:
    done = exists().where(Account.id == merged_id, Account.merged_into_id == kept_id)
    return bool(session.scalar(select(done)))


def _proof(visit: BrowserSession, accounts: dict[UUID, Mergeable]) -> Proof:
    own = accounts.get(visit.account_id) if visit.account_id else None
    other = accounts.get(visit.proved_account_id) if visit.proved_account_id else None
    if own is None:
        raise NotLoggedInError
    if other is None or visit.proved_at is None or visit.proved_by is None:
        raise NoProofError
    return Proof(own, other, ProvedBy(visit.proved_by), visit.proved_at)


def _mergeable(session: Session, account_ids: Collection[UUID | None]) -> dict[UUID, Mergeable]:
    rows = session.scalars(select(Account).where(Account.id.in_(account_ids)))
    return {account.id: _as_mergeable(account) for account in rows}


def _as_mergeable(account: Account) -> Mergeable:
    return Mergeable(
        account.id, account.created_at, account.organization_id, account.merged_into_id
    )
