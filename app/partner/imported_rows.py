"""The rows of a file of accounts that were there before Skolon, each judged on its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from app.errors import InvalidError
from app.partner import spreadsheets
from app.partner.domain.identity import Email
from app.partner.domain.personal_data import PersonalData, found_in
from app.partner.schemas import ImportedAccount

MOST_ROWS = 10_000

_COLUMNS = {
    "email": ("email", "e-mail", "e-post", "epost"),
    "first_name": ("first_name", "förnamn"),
    "last_name": ("last_name", "efternamn"),
    "organization_number": ("organization_number", "organisationsnummer"),
    "language": ("language", "språk"),
    "completed_lessons": ("completed_lessons", "lektioner"),
    "created_on": ("created_on", "skapat"),
}


class AccountsRefusedError(InvalidError):
    """Some rows cannot be taken, so none was; `errors` says which, by their line in the file."""

    code = "rows_refused"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was sent: its place in the file, and its cells under our names."""

    number: int
    cells: Mapping[str, str]
    # What stands in columns of no known title: ignored, unless it is a personal number.
    others: Sequence[str]

    def error(self, column: str, code: str, detail: str) -> dict[str, str]:
        """Return what is wrong with it, without repeating what was sent."""
        return {
            "pointer": f"/rows/{self.number - 1}/{column}".removesuffix("/"),
            # As spreadsheets count: the titles are line 1.
            "line": str(self.number + 1),
            "code": code,
            "detail": detail,
        }


def rows_of_csv(content: bytes) -> list[Row]:
    """Read the accounts of a file."""
    columns, lines = spreadsheets.table_of(content, _COLUMNS, required=("email",), most=MOST_ROWS)
    return [_row(number, columns, line) for number, line in enumerate(lines, start=1)]


@dataclass(frozen=True, slots=True)
class Listed:
    """A row that can be taken, as far as it says itself."""

    row: Row
    email: Email
    account: ImportedAccount


def judged(rows: Sequence[Row], *, today: date) -> list[Listed]:
    """Return the accounts of the rows, or refuse all for what is wrong with some."""
    accounts: list[Listed] = []
    errors: list[dict[str, str]] = []
    seen: set[str] = set()
    for row in rows:
        wrong = list(_shape_errors(row))
        if not wrong:
            account = ImportedAccount.model_validate(_values(row))
            email = Email.parse(account.email)
            if account.created_on and account.created_on > today:
                wrong.append(row.error("created_on", "in_the_future", "this day is to come"))
            if email.key in seen:
                wrong.append(row.error("email", "repeated", "the email is listed twice"))
            seen.add(email.key)
            accounts.append(Listed(row, email, account))
        errors += wrong
    if errors:
        raise AccountsRefusedError(errors)
    return accounts


def _row(number: int, columns: Sequence[str | None], line: Sequence[str]) -> Row:
    cells: dict[str, str] = {}
    others: list[str] = []
    for place, text in enumerate(line):
        column = columns[place] if place < len(columns) else None
        if column is None:
            others.append(text)
        elif text.strip():
            cells[column] = text.strip()
    return Row(number, cells, others)


def _values(row: Row) -> dict[str, Any]:
    values: dict[str, Any] = dict(row.cells)
    if lessons := row.cells.get("completed_lessons"):
        values["completed_lessons"] = [each.strip() for each in lessons.split("|")]
    if language := row.cells.get("language"):
        values["language"] = language.casefold()
    return values


def _shape_errors(row: Row) -> Iterator[dict[str, str]]:
    for column, text in [*row.cells.items(), *(("", text) for text in row.others)]:
        found = found_in(text)
        if found is PersonalData.IDENTITY_NUMBER:
            yield row.error(column, "personal_identity_number", f"this looks like {found}")
        elif found and column not in ("email", ""):
            yield row.error(column, "unexpected_email", f"this looks like {found}")
    try:
        ImportedAccount.model_validate(_values(row))
    except ValidationError as error:
        for detail in error.errors(include_input=False, include_url=False):
            column = str(detail["loc"][0])
            if detail["type"] == "value_error":
                yield row.error(column, "invalid", str(detail["ctx"]["error"]))
            else:
                yield row.error(column, detail["type"], detail["msg"])
