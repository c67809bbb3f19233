"""Browser sessions of users and implementers: server-side, found by a hashed token."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.orm import Session

from app.partner.api_keys import hashed
from app.partner.models import Account, BrowserSession, Implementer

# A day at school, however busy; and a long lesson without a click.
LASTS = timedelta(hours=10)
IDLES = timedelta(hours=2)
# So exactly is it known when a session was used last; a page each second writes nothing.
_NOTED_EVERY = timedelta(minutes=1)


def open_for(
    session: Session,
    *,
    account_id: UUID | None = None,
    implementer_id: UUID | None = None,
    replaces: str = "",
    now: datetime,
) -> str:
    """Open a session and return its token, which is kept nowhere; the one before it ends.

    A token that somebody had planted in the browser before the login is worth nothing after it.
    """
    token = secrets.token_urlsafe(32)
    opened = {
        "token_hash": hashed(token),
        "account_id": account_id,
        "implementer_id": implementer_id,
        "last_used_at": now,
        "expires_at": now + LASTS,
        "proved_account_id": None,
        "proved_at": None,
        "proved_by": None,
    }
    if replaces:
        renewed = session.execute(
            update(BrowserSession)
            .where(BrowserSession.token_hash == hashed(replaces))
            .values(opened)
            .execution_options(synchronize_session=False)
        )
        if renewed.rowcount:  # type: ignore[attr-defined]  # a CursorResult
            return token
    session.execute(insert(BrowserSession).values(opened))
    return token


def is_open(token: str, *, now: datetime) -> ColumnElement[bool]:
    """Say of a session whether it is the one of this token, and neither idle nor over."""
    return and_(
        BrowserSession.token_hash == hashed(token),
        BrowserSession.expires_at > now,
        BrowserSession.last_used_at > now - IDLES,
    )


def account(session: Session, token: str, *, now: datetime) -> Account | None:
    """Return the account that is logged in with this token."""
    return session.scalar(
        select(Account)
        .join(BrowserSession, BrowserSession.account_id == Account.id)
        .where(is_open(token, now=now))
    )


def implementer(session: Session, token: str, *, now: datetime) -> Implementer | None:
    """Return the implementer who is logged in with this token."""
    return session.scalar(
        select(Implementer)
        .join(BrowserSession, BrowserSession.implementer_id == Implementer.id)
        .where(is_open(token, now=now))
    )


def is_unnoted(session: Session, token: str, *, now: datetime) -> bool:
    """Say whether it is some time since a use of this open session was noted."""
    noted = select(BrowserSession.token_hash).where(
        is_open(token, now=now), BrowserSession.last_used_at <= now - _NOTED_EVERY
    )
    return session.scalar(noted) is not None


def note_use(session: Session, token: str, *, now: datetime) -> None:
    """Let the session stay open for as long again without a click."""
    session.execute(
        update(BrowserSession)
        .where(is_open(token, now=now))
        .values(last_used_at=now)
        .execution_options(synchronize_session=False)
    )


def close(session: Session, token: str) -> None:
    """Log the browser out."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == hashed(token)))
