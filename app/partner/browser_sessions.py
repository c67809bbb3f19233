"""Browser sessions of users and implementers: server-side, found by a hashed token."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from app.partner.api_keys import hashed
from app.partner.models import Account, BrowserSession, Implementer

# A day at school, however busy; and a long lesson without a click.
LASTS = timedelta(hours=10)
IDLES = timedelta(hours=2)
# So exactly is it known when a session was used last; a page each second writes nothing.
_NOTED_EVERY = timedelta(minutes=1)

# A session of a token, neither idle nor over; of which token and when, `as_of` says.
IS_OPEN = and_(
    BrowserSession.token_hash == bindparam("open_hash"),
    BrowserSession.expires_at > bindparam("open_at"),
    BrowserSession.last_used_at > bindparam("used_after"),
)

# Built once: SQLAlchemy takes longer to build a statement and to find it in its cache than SQLite
# to answer it.
_OPENED = insert(BrowserSession)
_RENEWED = (
    update(BrowserSession)
    .where(BrowserSession.token_hash == bindparam("replaced"))
    .execution_options(synchronize_session=False)
)
_ACCOUNT = (
    select(Account).join(BrowserSession, BrowserSession.account_id == Account.id).where(IS_OPEN)
)
_IMPLEMENTER = (
    select(Implementer)
    .join(BrowserSession, BrowserSession.implementer_id == Implementer.id)
    .where(IS_OPEN)
)
_UNNOTED = select(BrowserSession.token_hash).where(
    IS_OPEN, BrowserSession.last_used_at <= bindparam("noted_until")
)
_USED = update(BrowserSession).where(IS_OPEN).execution_options(synchronize_session=False)


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
        renewed = session.execute(_RENEWED, {"replaced": hashed(replaces), **opened})
        if renewed.rowcount:  # type: ignore[attr-defined]  # a CursorResult
            return token
    session.connection().execute(_OPENED, opened)
    return token


def as_of(token: str, now: datetime) -> dict[str, Any]:
    """Return what IS_OPEN is asked with."""
    return {"open_hash": hashed(token), "open_at": now, "used_after": now - IDLES}


def account(session: Session, token: str, *, now: datetime) -> Account | None:
    """Return the account that is logged in with this token."""
    return session.scalar(_ACCOUNT, as_of(token, now))


def implementer(session: Session, token: str, *, now: datetime) -> Implementer | None:
    """Return the implementer who is logged in with this token."""
    return session.scalar(_IMPLEMENTER, as_of(token, now))


def is_unnoted(session: Session, token: str, *, now: datetime) -> bool:
    """Say whether it is some time since a use of this open session was noted."""
    asked = as_of(token, now) | {"noted_until": now - _NOTED_EVERY}
    return session.scalar(_UNNOTED, asked) is not None


def note_use(session: Session, token: str, *, now: datetime) -> None:
    """Let the session stay open for as long again without a click."""
    session.execute(_USED, as_of(token, now) | {"last_used_at": now})


def close(session: Session, token: str) -> None:
    """Log the browser out."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == hashed(token)))
