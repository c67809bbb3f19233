"""A person's place in a school: which school year, which role, and how a login can end."""

from datetime import date
from enum import StrEnum

FIRST_MONTH = 7


class Role(StrEnum):
    STUDENT = "student"
    TEACHER = "teacher"


class Outcome(StrEnum):
    """How a login ended; the codes are public and stable."""

    FIRST_LOGIN = "first_login"
    OK = "ok"
    SCHOOL_CODE_MISSING = "school_code_missing"
    SCHOOL_CODE_UNKNOWN = "school_code_unknown"
    EMAIL_MISSING = "email_missing"
    EMAIL_MALFORMED = "email_malformed"
    LICENSE_MISSING = "license_missing"
    SKOLON_DENIED = "skolon_denied"
    SKOLON_CODE_REFUSED = "skolon_code_refused"
    SKOLON_UNREACHABLE = "skolon_unreachable"
    SKOLON_SLOW = "skolon_slow"
    SKOLON_ERROR = "skolon_error"
    SKOLON_GARBAGE = "skolon_garbage"

    @property
    def is_success(self) -> bool:
        return self in {Outcome.FIRST_LOGIN, Outcome.OK}


def school_year(day: date) -> str:
    """Return the school year of a day, 1 July to 30 June, as `2026/27`."""
    first = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{first}/{(first + 1) % 100:02}"
