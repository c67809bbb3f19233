"""Accounts: found by support, handed out to their owners, and forgotten."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.dependencies import Clock, Database
from app.partner import account_export, accounts, erasure
from app.partner.api.answers import kept
from app.partner.api.keys import Key, authorize
from app.partner.api_keys import Scope
from app.partner.schemas import AccountOut, AccountSearchIn, AccountsFound, ExportOut

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])


@router.post("/search", name="partner:search_accounts")
def search_accounts(asked: AccountSearchIn, key: Key, database: Database) -> AccountsFound:
    """Find the accounts with an email address."""
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_READ)
        return accounts.found_by_email(session, asked.email)


@router.get("/{account_id}", name="partner:read_account", response_model=AccountOut)
def read_account(account_id: UUID, request: Request, key: Key, database: Database) -> Response:
    """Return one account; of one that was merged away, the refusal says into which."""
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_READ)
        return kept(request, accounts.read(session, account_id))


@router.get("/{account_id}/export", name="partner:export_account")
def export_account(account_id: UUID, key: Key, database: Database, clock: Clock) -> ExportOut:
    """Return everything that is held on the person who has this account."""
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_READ)
        return account_export.export(session, account_id, now=clock())


@router.delete("/{account_id}", name="partner:erase_account", status_code=204)
def erase_account(account_id: UUID, key: Key, database: Database, clock: Clock) -> None:
    """Forget a person; a second time there is nobody of that id any more, so the answer is 404."""

    def erase(session: Session) -> None:
        authorize(session, key, Scope.ACCOUNTS_ERASE)
        erasure.erase_account(session, database, account_id, now=clock())

    database.transact(erase)
