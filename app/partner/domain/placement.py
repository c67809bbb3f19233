"""A person's place in a school: which school year, which role, and how a login can end."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from app.partner.domain.licensing import Standing

FIRST_MONTH = 7

# Å, Ä and Ö come last, in this order; code points would say Ä, Å, Ö.
_LAST_LETTERS = str.maketrans("åäö", "{|}")


class Role(StrEnum):
    STUDENT = "student"
    TEACHER = "teacher"


class Outcome(StrEnum):
    """How a login ended; the codes are public and stable."""

    FIRST_LOGIN = "first_login"
    OK = "ok"
    # In, but Skolon gives no name, as it does for some whose identity is protected.
    OK_WITHOUT_NAME = "ok_without_name"
    SCHOOL_MISSING = "school_missing"
    SCHOOL_CODE_MISSING = "school_code_missing"
    SCHOOL_CODE_UNKNOWN = "school_code_unknown"
    SCHOOL_CODE_MALFORMED = "school_code_malformed"
    SCHOOL_CLOSED = "school_closed"
    EMAIL_MISSING = "email_missing"
    EMAIL_MALFORMED = "email_malformed"
    LICENSE_MISSING = "license_missing"
    LICENSE_EXPIRED = "license_expired"
    LICENSE_NOT_STARTED = "license_not_started"
    LICENSE_POOL_EMPTY = "license_pool_empty"
    ORGANIZATION_NOT_CONFIRMED = "organization_not_confirmed"
    FOREIGN_STATE = "foreign_state"
    CODE_MISSING = "missing_code"
    SKOLON_DENIED = "skolon_denied"
    SKOLON_CODE_REFUSED = "skolon_code_refused"
    SKOLON_UNREACHABLE = "skolon_unreachable"
    SKOLON_SLOW = "skolon_slow"
    SKOLON_BUSY = "skolon_busy"
    SKOLON_ERROR = "skolon_error"
    SKOLON_GARBAGE = "skolon_garbage"

    @property
    def is_success(self) -> bool:
        return self in {Outcome.FIRST_LOGIN, Outcome.OK, Outcome.OK_WITHOUT_NAME}


def refusal_of(standings: Collection[Standing]) -> Outcome | None:
    """Say why nobody of a school with codes of these standings can log in (R5), if so."""
    if any(standing.is_usable for standing in standings):
        return None
    for standing, outcome in (
        (Standing.CLOSED, Outcome.SCHOOL_CLOSED),
        (Standing.UNKNOWN, Outcome.SCHOOL_CODE_UNKNOWN),
        (Standing.PROVIDER_CODE, Outcome.SCHOOL_CODE_UNKNOWN),
        (Standing.MALFORMED, Outcome.SCHOOL_CODE_MALFORMED),
        (Standing.OLD_CODE, Outcome.SCHOOL_CODE_MALFORMED),
    ):
        if standing in standings:
            return outcome
    return Outcome.SCHOOL_CODE_MISSING


def school_year(day: date) -> str:
    """Return the school year of a day, 1 July to 30 June, as `2026/27`."""
    first = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{first}/{(first + 1) % 100:02}"


def swedish_order(name: str) -> str:
    """Return what names are sorted by."""
    return name.casefold().translate(_LAST_LETTERS)
