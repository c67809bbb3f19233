"""Accounts as support sees them: one by its id, or those of an email address."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.partner.domain.identity import Email
from app.partner.models import Account, Identity, Organization, School
from app.partner.schemas import (
    AccountOut,
    AccountRow,
    AccountsFound,
    IdentityOut,
    OrganizationOut,
    SchoolRef,
)

# One mailbox is shared by a few people at most; a list of thousands would be no search.
MOST_FOUND = 100


class UnknownAccountError(NotFoundError):
    """There is no account of that id: there never was, or its owner has been forgotten."""

    code = "unknown_account"


class MergedAccountError(NotFoundError):
    """This account was merged into another, whose id is `kept_account_id`."""

    code = "merged_account"


def require_own(session: Session, account_id: UUID) -> Account:
    """Return the account that somebody has under this id today, or refuse."""
    account = session.get(Account, account_id)
    if account is None:
        raise UnknownAccountError
    if account.merged_into_id is not None:
        raise MergedAccountError(kept_account_id=str(account.merged_into_id))
    return account


def with_merged(session: Session, which: ColumnElement[bool]) -> set[UUID]:
    """Return the accounts, and all that were merged into them, however indirectly."""
    found = newest = set(session.scalars(select(Account.id).where(which)))
    while newest:
        into = select(Account.id).where(Account.merged_into_id.in_(newest))
        newest = set(session.scalars(into)) - found
        found = found | newest
    return found


def read(session: Session, account_id: UUID) -> AccountOut:
    """Return one account with who logs in to it."""
    account = require_own(session, account_id)
    organization, school = session.execute(_places().where(Account.id == account_id)).one()[1:]
    return AccountOut(
        **_row(account, organization, school).model_dump(),
        email=account.email,
        language=account.language,
        is_matchable=account.match_key is not None,
        identities=[
            IdentityOut(
                issuer=identity.issuer,
                subject=identity.subject,
                first_name=identity.first_name,
                last_name=identity.last_name,
            )
            for identity in _identities(session, account_id)
        ],
    )


def found_by_email(session: Session, address: str) -> AccountsFound:
    """Return the accounts with this email address; several people may share one."""
    rows = session.execute(
        _places()
        .where(Account.email_key == Email.parse(address).key, Account.merged_into_id.is_(None))
        .order_by(Account.created_at, Account.id)
        .limit(MOST_FOUND)
    )
    return AccountsFound(accounts=[_row(*row) for row in rows])


def _places() -> Select[*tuple[Any, ...]]:
    return (
        select(Account, Organization, School)
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .outerjoin(School, School.id == Account.school_id)
    )


def _row(account: Account, organization: Organization | None, school: School | None) -> AccountRow:
    return AccountRow(
        id=account.id,
        organization=(
            OrganizationOut(
                organization_number=organization.organization_number, name=organization.name
            )
            if organization
            else None
        ),
        school=SchoolRef(name=school.name, skolon_id=school.skolon_id) if school else None,
        first_name=account.first_name,
        last_name=account.last_name,
        created_at=account.created_at,
        last_used_at=account.last_used_at,
    )


def _identities(session: Session, account_id: UUID) -> Sequence[Identity]:
    return session.scalars(
        select(Identity)
        .where(Identity.account_id == account_id)
        .order_by(Identity.issuer, Identity.subject)
    ).all()
