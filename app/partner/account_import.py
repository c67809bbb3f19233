"""Accounts that were there before Skolon, taken in from a spreadsheet so that R14 finds them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clock import STOCKHOLM
from app.database import add_rows
from app.partner.domain.merging import LOCAL_ISSUER
from app.partner.imported_rows import AccountsRefusedError, Listed
from app.partner.models import Account, AccountEvent, CompletedLesson, Identity, Organization
from app.partner.schemas import ImportOut


def take_in(
    session: Session, accounts: Sequence[Listed], *, actor: str, now: datetime
) -> ImportOut:
    """Add an account for each row whose email has no login here yet; all rows or none."""
    organizations = _organizations(session, accounts)
    foreign = [
        one.row.error("organization_number", "unknown_organization", "no such customer is here")
        for one in accounts
        if one.account.organization_number not in organizations
    ]
    if foreign:
        raise AccountsRefusedError(foreign)
    while new := _unknown(session, accounts):
        try:
            with session.begin_nested():
                _insert(session, new, organizations, actor=actor, now=now)
        except IntegrityError:
            # The same is being taken in elsewhere; what is there by now is left alone.
            continue
        break
    return ImportOut(added=len(new), already_known=len(accounts) - len(new))


def _insert(
    session: Session,
    accounts: Sequence[Listed],
    organizations: Mapping[str | None, UUID | None],
    *,
    actor: str,
    now: datetime,
) -> None:
    rows: dict[type[Any], list[dict[str, Any]]] = {
        Account: [], Identity: [], CompletedLesson: [], AccountEvent: []
    }  # fmt: skip
    for one in accounts:
        account_id, email, listed = uuid4(), one.email, one.account
        day = listed.created_on
        rows[Account].append(
            {
                "id": account_id,
                "organization_id": organizations[listed.organization_number],
                "school_id": None,
                "email": email.address,
                "email_key": email.key,
                "match_key": email.key,
                "first_name": listed.first_name,
                "last_name": listed.last_name,
                "language": listed.language,
                "created_at": datetime.combine(day, time.min, STOCKHOLM) if day else now,
                "last_used_at": now,
                "merged_into_id": None,
            }
        )
        rows[Identity].append(
            {
                "id": uuid4(),
                "account_id": account_id,
                "issuer": LOCAL_ISSUER,
                "subject": email.key,
                "first_name": listed.first_name,
                "last_name": listed.last_name,
            }
        )
        rows[CompletedLesson] += [
            # When, the file does not say; by now they have.
            {"id": uuid4(), "account_id": account_id, "lesson": lesson, "completed_at": now}
            for lesson in dict.fromkeys(listed.completed_lessons)
        ]
        rows[AccountEvent].append(
            {
                "id": uuid4(),
                "account_id": account_id,
                "kind": "imported",
                "actor": actor,
                "happened_at": now,
            }
        )
    for table, of_table in rows.items():
        if of_table:
            add_rows(session, table, of_table)


def _unknown(session: Session, accounts: Sequence[Listed]) -> list[Listed]:
    keys = [one.email.key for one in accounts]
    known = set(
        session.scalars(
            select(Identity.subject).where(
                Identity.issuer == LOCAL_ISSUER, Identity.subject.in_(keys)
            )
        )
    )
    return [one for one in accounts if one.email.key not in known]


def _organizations(session: Session, accounts: Sequence[Listed]) -> dict[str | None, UUID | None]:
    """Return the customers that are named, and nobody for the accounts that name none."""
    numbers = {one.account.organization_number for one in accounts} - {None}
    found = session.execute(
        select(Organization.organization_number, Organization.id).where(
            Organization.organization_number.in_(numbers)
        )
    )
    return {None: None} | {row.organization_number: row.id for row in found}
