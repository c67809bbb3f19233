"""Whose account it is: known by Skolon's id, kept for its email once, or new (R14)."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from app import tracing
from app.database import add_missing
from app.partner.arrivals import Profile
from app.partner.domain.identity import Email
from app.partner.models import Account, AccountEvent, Identity
from app.partner.recognition import OvertakenError, Recognized

# Built once: SQLAlchemy takes longer to build it and to find it in its cache than SQLite to do it.
_UPDATED = (
    update(Account)
    .where(Account.id == bindparam("known_id"), Account.merged_into_id.is_(None))
    .execution_options(synchronize_session=False)
)


def first_account(
    session: Session, profile: Profile, email: Email, attributes: dict[str, Any], *, now: datetime
) -> tuple[UUID, UUID]:
    """Keep the account that waits for this email, or make one; bind it to Skolon's id (R14)."""
    name = {"first_name": profile.first_name, "last_name": profile.last_name}
    account_id = _claimed(session, email, attributes)
    is_kept = account_id is not None
    tracing.note("partner", "account.judged", why="email_known" if is_kept else "new", rule="R14")
    if account_id is not None:
        _note(session, account_id, "kept", now=now)
    else:
        account_id = uuid4()
        session.execute(insert(Account).values(id=account_id, created_at=now, **attributes, **name))
    identity_id = uuid4()
    identity = {
        "id": identity_id,
        "account_id": account_id,
        "issuer": profile.issuer,
        "subject": profile.subject,
        **name,
    }
    if not add_missing(session, Identity, [identity]):
        raise OvertakenError
    return account_id, identity_id


def _claimed(session: Session, email: Email, attributes: dict[str, Any]) -> UUID | None:
    """Take the account with this email that nobody from Skolon has been matched to yet.

    In the organization itself, or in none: an address elsewhere may be anybody's. Once taken it is
    found by Skolon's id alone, so that whoever has the address next does not get in.
    """
    organization_id = attributes["organization_id"]
    waiting = (
        select(Account.id)
        .where(
            Account.match_key == email.key,
            Account.merged_into_id.is_(None),
            or_(Account.organization_id == organization_id, Account.organization_id.is_(None)),
        )
        .order_by(Account.organization_id.is_(None))
        .limit(1)
        .scalar_subquery()
    )
    return session.execute(
        update(Account)
        # Asked again of the row itself: two who share an address may come at once.
        .where(
            Account.id == waiting,
            Account.match_key == email.key,
            Account.merged_into_id.is_(None),
        )
        .values(match_key=None, **attributes)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).scalar()


def update_account(
    session: Session,
    profile: Profile,
    known: Recognized,
    attributes: dict[str, Any],
    *,
    now: datetime,
) -> None:
    name = {"first_name": profile.first_name, "last_name": profile.last_name}
    # A kept account has a name of its own, until Skolon has another than it had.
    is_renamed = (known.first_name, known.last_name) != (profile.first_name, profile.last_name)
    if is_renamed:
        attributes = attributes | name
        session.execute(update(Identity).where(Identity.id == known.identity_id).values(name))
        assert known.account_id is not None  # noqa: S101, only known accounts are updated
        _note(session, known.account_id, "renamed", now=now)
    updated = session.execute(_UPDATED, {"known_id": known.account_id, **attributes})
    if updated.rowcount != 1:  # type: ignore[attr-defined]  # a CursorResult
        raise OvertakenError


def _note(session: Session, account_id: UUID, kind: str, *, now: datetime) -> None:
    session.execute(
        insert(AccountEvent).values(
            id=uuid4(), account_id=account_id, kind=kind, actor="skolon", happened_at=now
        )
    )
