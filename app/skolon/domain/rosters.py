"""What people, schools and groups can be in Skolon, and what a night and a new year do to them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """What a person is in Skolon; a partner account belongs to a vendor, not to a school."""

    STUDENT = "student"
    TEACHER = "teacher"
    STAFF = "staff"
    PARTNER = "partner"

    @property
    def wire(self) -> str:
        """The `userType` on the wire, where only these two have been seen."""
        return "STUDENT" if self is Role.STUDENT else "TEACHER"


class Misfortune(StrEnum):
    """What befalls a persona at each login to a tool, to show whether the tool bears it."""

    CONSENT_DENIED = "consent_denied"
    SLOW_TOKEN = "slow_token"  # noqa: S105, no token but a kind of one
    TOO_MANY_CALLS = "too_many_calls"


class UnitKind(StrEnum):
    """What a unit of an organization is; Skolon calls all of them schools."""

    SCHOOL = "school"
    PRESCHOOL = "preschool"
    ADMINISTRATIVE = "administrative"
    OTHER = "other"


class GroupType(StrEnum):
    """The two types of group on the wire."""

    CLASS = "CLASS"
    TEACHING_GROUP = "TEACHING_GROUP"


LAST_GRADE = 9
_JULY = 7
# Registers sync at night; when exactly is not known.
_SYNC_HOUR = 2
_PRESCHOOL_CLASS = re.compile(r"(?:0(?![0-9])|förskoleklass|f-klass)\s*(.*)", re.IGNORECASE)
# A class of several grades, such as 4-5B, has no next grade that its name would tell.
_CLASS = re.compile(
    r"((?:åk|årskurs)?\s*)([1-9])(?![0-9]|\s*[-\u2013/]\s*[0-9])(.*)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NextYear:
    """What a class is called in the next school year; None, when its people leave the school."""

    name: str | None


def next_year(class_name: str) -> NextYear | None:
    """Return what the next school year does to a class; None when its name tells no grade."""
    if found := _PRESCHOOL_CLASS.fullmatch(class_name):
        return NextYear(f"1{found[1]}")
    found = _CLASS.fullmatch(class_name)
    if found is None:
        return None
    grade = int(found[2])
    return NextYear(None if grade == LAST_GRADE else f"{found[1]}{grade + 1}{found[3]}")


def school_year(day: date) -> int:
    """Return the year in which the school year began, which it does on 1 July."""
    return day.year if day.month >= _JULY else day.year - 1


def next_sync(local: datetime) -> datetime:
    """Return when the registers sync next, given what the time is where the schools are."""
    night = local.replace(hour=_SYNC_HOUR, minute=0, second=0, microsecond=0, fold=0)
    # Instants, not times of day: an hour of that night may be missing, or come twice.
    while night.astimezone(UTC) <= local.astimezone(UTC):
        night += timedelta(days=1)
    return night
