"""Fields that more than one message has, and what each of them refuses."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.partner.domain.personal_data import found_in

_NUMERIC = re.compile(r"[0-9-]+(TF[0-9]{2})?", re.IGNORECASE)


def _organization_number(text: str) -> str:
    from stdnum.exceptions import ValidationError  # noqa: PLC0415, takes much of the memory along
    from stdnum.se import orgnr  # noqa: PLC0415, as above

    try:
        digits = orgnr.validate(text)
    except ValidationError:
        message = "an organization number is ten digits, the last a check digit"
        raise ValueError(message) from None
    # The third digit tells it from a personal identity number, where it begins a month.
    if digits[2] < "2":
        message = "this is a personal identity number, not an organization number"
        raise ValueError(message)
    return str(digits)


OrganizationNumber = Annotated[
    str, AfterValidator(_organization_number), Field(examples=["2990000016"])
]


def _without_personal_data(text: str) -> str:
    """Refuse what looks like a person's (R2), in words that do not repeat it."""
    found = found_in(text)
    if found is not None:
        message = f"rule R2: no personal data in a license request, and this looks like {found}"
        raise ValueError(message)
    return text


def _not_personal(given_id: str) -> str:
    # In the middle of a random id such a number is chance; as the whole id it is a person's.
    return _without_personal_data(given_id) if _NUMERIC.fullmatch(given_id) else given_id


NoPersonalData = AfterValidator(_without_personal_data)
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
    NoPersonalData,
]
Reason = Annotated[
    str,
    # PostgreSQL keeps no NUL in a text.
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\x00]+$"),
    NoPersonalData,
]
SkolonId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$"), AfterValidator(_not_personal)
]
# As it was sent, whatever it is: how it stands is part of the answer.
CodeAsSent = Annotated[str, StringConstraints(max_length=32, pattern=r"^[^\x00]*$"), NoPersonalData]
EmailText = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00]*$")]
UnitKind = Literal["school", "preschool", "administrative", "other"]
Volume = Annotated[int, Field(ge=0, le=100_000)]


class Strict(BaseModel):
    """Refuses what it does not know: there is no field for a person (R2)."""

    model_config = ConfigDict(extra="forbid")
