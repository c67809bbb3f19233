"""Browser sessions of users and implementers: server-side, found by a hashed token."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.partner.api_keys import hashed
from app.partner.models import Account, BrowserSession, Implementer

LASTS = timedelta(hours=10)


def open_for(
    session: Session,
    *,
    account_id: UUID | None = None,
    implementer_id: UUID | None = None,
    now: datetime,
) -> str:
    """Open a session and return its token, which is kept nowhere."""
    session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        BrowserSession(
            token_hash=hashed(token),
            account_id=account_id,
            implementer_id=implementer_id,
            last_used_at=now,
            expires_at=now + LASTS,
        )
    )
    return token


def account(session: Session, token: str, *, now: datetime) -> Account | None:
    """Return the account that is logged in with this token."""
    return session.scalar(
        select(Account)
        .join(BrowserSession, BrowserSession.account_id == Account.id)
        .where(BrowserSession.token_hash == hashed(token), BrowserSession.expires_at > now)
    )


def implementer(session: Session, token: str, *, now: datetime) -> Implementer | None:
    """Return the implementer who is logged in with this token."""
    return session.scalar(
        select(Implementer)
        .join(BrowserSession, BrowserSession.implementer_id == Implementer.id)
        .where(BrowserSession.token_hash == hashed(token), BrowserSession.expires_at > now)
    )


def close(session: Session, token: str) -> None:
    """Log the browser out."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == hashed(token)))
