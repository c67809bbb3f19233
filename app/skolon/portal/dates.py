"""Dates as people write them in forms."""

import re
from datetime import date

from app.skolon.domain.errors import MalformedDateError
from app.skolon.schemas.license_requests import FIRST_DAY, LAST_DAY


def day_of(text: str) -> date:
    # Python would also read 20261201 and 2026-W49-2.
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise MalformedDateError
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise MalformedDateError from error
    # A slip of the finger, like 0206 or 20266.
    if not FIRST_DAY <= day <= LAST_DAY:
        raise MalformedDateError
    return day
