"""A row of a file of accounts that were there before Skolon."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.partner.domain.errors import InvalidEmailError
from app.partner.domain.identity import Email
from app.partner.schemas.fields import EmailText, OrganizationNumber, Strict

# Before this there was no such product; a date like year 1 is a slip of the spreadsheet.
FIRST_DAY = date(2000, 1, 1)


def _email(text: str) -> str:
    try:
        Email.parse(text)
    except InvalidEmailError as error:
        message = "this is not an email address"
        raise ValueError(message) from error
    return text


_Line = StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
PersonName = Annotated[str, _Line]
Lesson = Annotated[str, _Line, StringConstraints(min_length=1)]


class ImportedAccount(Strict):
    email: Annotated[EmailText, AfterValidator(_email)]
    # Empty where somebody's identity is protected.
    first_name: PersonName = ""
    last_name: PersonName = ""
    organization_number: OrganizationNumber | None = None
    language: Literal["sv", "en"] | None = None
    completed_lessons: Annotated[tuple[Lesson, ...], Field(max_length=500)] = ()
    created_on: Annotated[date, Field(ge=FIRST_DAY)] | None = None
