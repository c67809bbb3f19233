"""Accounts that were there before Skolon, taken in from a CSV file."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import HTTPException

from app.clock import swedish_date
from app.dependencies import Clock, Database
from app.partner import account_import, imported_rows
from app.partner.api.keys import Key, authorize
from app.partner.api_keys import Scope
from app.partner.schemas import ImportOut

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])


async def csv_in_body(request: Request) -> bytes:
    """Return the file that was sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "text/csv":
        raise HTTPException(415, "Send text/csv.")
    return await request.body()


@router.post(
    "/import",
    name="partner:import_accounts",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "email;first_name;last_name;organization_number;language;"
                    "completed_lessons;created_on\n"
                    "maja.ek@exempelstad.example;Maja;Ek;2990000016;sv;Bråk|Procent;2024-08-19\n",
                }
            },
        }
    },
)
def import_accounts(
    key: Key, content: Annotated[bytes, Depends(csv_in_body)], database: Database, clock: Clock
) -> ImportOut:
    """Take in accounts of before Skolon, so that they are kept at the first login (R14).

    Up to 10,000 rows; all or none. A row whose email has a login here already changes nothing, so
    the same file can be sent again.
    """
    with database.read() as session:
        authorize(session, key, Scope.ACCOUNTS_WRITE)
    now = clock()
    # Judged before anything is locked: ten thousand rows take seconds.
    accounts = imported_rows.judged(imported_rows.rows_of_csv(content), today=swedish_date(now))
    with database.write() as session:
        caller = authorize(session, key, Scope.ACCOUNTS_WRITE)
        actor = f"support key {caller.name}"
        return account_import.take_in(session, accounts, actor=actor, now=now)
