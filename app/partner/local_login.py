"""The partner's own login of accounts of before Skolon: by email alone, and only in a demo."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import ForbiddenError
from app.partner.domain.errors import InvalidEmailError
from app.partner.domain.identity import Email
from app.partner.domain.merging import LOCAL_ISSUER
from app.partner.models import Account, Identity

# So many are offered to choose from.
MOST_CHOICES = 10


class UnknownLoginError(ForbiddenError):
    """No account of before Skolon logs in with this email address."""

    code = "unknown_login"


class Choice(NamedTuple):
    name: str
    email: str


def choices(session: Session) -> Sequence[Choice]:
    """Return some of those who can log in like this, by name."""
    rows = session.execute(
        select(Identity.first_name, Identity.last_name, Identity.subject)
        .where(Identity.issuer == LOCAL_ISSUER)
        .order_by(Identity.first_name, Identity.last_name, Identity.subject)
        .limit(MOST_CHOICES)
    )
    return [Choice(f"{first} {last}".strip(), subject) for first, last, subject in rows]


def log_in(session: Session, email: str, *, now: datetime) -> UUID:
    """Return the account that this email logs in to; after a merge that is the kept one."""
    try:
        key = Email.parse(email).key
    except InvalidEmailError as error:
        raise UnknownLoginError from error
    of_identity = select(Identity.account_id).where(
        Identity.issuer == LOCAL_ISSUER, Identity.subject == key
    )
    while (account_id := session.scalar(of_identity)) is not None:
        used = session.execute(
            update(Account)
            .where(Account.id == account_id, Account.merged_into_id.is_(None))
            .values(last_used_at=now)
            .execution_options(synchronize_session=False)
        )
        if used.rowcount:  # type: ignore[attr-defined]  # a CursorResult
            return account_id
        # Merged or forgotten while this waited; the login leads elsewhere by now, or nowhere.
    raise UnknownLoginError
