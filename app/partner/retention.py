"""What is kept for a time only: accounts that nobody uses, and traces of logins and merges."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.database import Database
from app.partner import erasure
from app.partner.domain.merging import UNDOABLE_FOR
from app.partner.models import Account, BrowserSession, LoginAttempt, Merge

# So long support can be asked about a login.
ATTEMPTS_LAST = timedelta(days=180)
# Rows that one transaction lets go of; nobody waits for long.
A_BATCH = 200


@dataclass(frozen=True, slots=True)
class Retention:
    """How long accounts are kept that nobody uses."""

    accounts_last: timedelta

    def next_due(self, session: Session) -> datetime | None:
        """Return when the next thing has been kept for long enough."""
        firsts = (
            select(func.min(Account.last_used_at)).where(Account.merged_into_id.is_(None)),
            select(func.min(LoginAttempt.attempted_at)),
            select(func.min(Merge.merged_at)),
            select(func.min(BrowserSession.expires_at)),
        )
        lasts = (self.accounts_last, ATTEMPTS_LAST, UNDOABLE_FOR, timedelta())
        # In one question: it is asked of every world that is open.
        row = session.execute(select(*(first.scalar_subquery() for first in firsts))).one()
        dues = [first + last for first, last in zip(row, lasts, strict=True) if first is not None]
        return min(dues, default=None)

    def let_go(self, session: Session, database: Database, *, now: datetime) -> None:
        """Let go of some of what is due; afterwards there may be more."""
        erasure.erase_unused(
            session, database, since=now - self.accounts_last, most=A_BATCH, now=now
        )
        _let_go_of_merges(session, now=now)
        attempts = (
            select(LoginAttempt.id)
            .where(LoginAttempt.attempted_at <= now - ATTEMPTS_LAST)
            .order_by(LoginAttempt.attempted_at)
            .limit(A_BATCH)
        )
        session.execute(delete(LoginAttempt).where(LoginAttempt.id.in_(attempts)))
        over = (
            select(BrowserSession.token_hash)
            .where(BrowserSession.expires_at <= now)
            .order_by(BrowserSession.expires_at)
            .limit(A_BATCH)
        )
        session.execute(delete(BrowserSession).where(BrowserSession.token_hash.in_(over)))


def let_go_of_everything_due(
    database: Database, retention: Retention, clock: Callable[[], datetime]
) -> datetime | None:
    """Let go of all that is due, a batch at a time, and return when the next thing will be."""
    while True:
        now = clock()
        with database.read() as session:
            due_at = retention.next_due(session)
        if due_at is None or due_at > now:
            return due_at
        database.transact(partial(retention.let_go, database=database, now=now))


def _let_go_of_merges(session: Session, *, now: datetime) -> None:
    """End the time in which merges can be undone, and with it what that would have taken."""
    old = session.execute(
        select(Merge.id, Merge.merged_account_id, Merge.undone_at)
        .where(Merge.merged_at <= now - UNDOABLE_FOR)
        .order_by(Merge.merged_at)
        .limit(A_BATCH)
    ).all()
    merged_away = [row.merged_account_id for row in old if row.undone_at is None]
    erasure.erase_merged_away(session, merged_away, now=now)
    session.execute(delete(Merge).where(Merge.id.in_([row.id for row in old])))
