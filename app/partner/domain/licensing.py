"""License requests and licenses: what a unit's code is worth, and what may follow what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.partner.domain.errors import (
    InvalidSchoolUnitCodeError,
    OldSchoolCodeError,
    OpenChecksError,
    StatusTransitionError,
)
from app.partner.domain.identity import SchoolUnitCode


class Standing(StrEnum):
    """What the school unit code of a school is worth."""

    OFFICIAL = "official"
    FICTIVE = "fictive"
    MISSING = "missing"
    UNKNOWN = "unknown"
    CLOSED = "closed"
    PLANNED = "planned"
    MALFORMED = "malformed"
    OLD_CODE = "old_code"
    PROVIDER_CODE = "provider_code"

    @property
    def is_usable(self) -> bool:
        """Say whether users of the school can log in."""
        return self in {Standing.OFFICIAL, Standing.FICTIVE, Standing.PLANNED}


# Beside the register's own words: what an eight-digit code can be that is no unit of it.
PROVIDER_STATUS = "PROVIDER"
FICTIVE_STATUS = "FICTIVE"

# VILANDE is a school that rests, and keeps its code.
_STANDING_OF_STATUS = {
    "AKTIV": Standing.OFFICIAL,
    "VILANDE": Standing.OFFICIAL,
    "PLANERAD": Standing.PLANNED,
    "UPPHORT": Standing.CLOSED,
    PROVIDER_STATUS: Standing.PROVIDER_CODE,
    FICTIVE_STATUS: Standing.FICTIVE,
}


def standing_of(code: str | None, status: str | None) -> Standing:
    """Judge a code as it was sent, given the status of what bears it, if anything does."""
    if code is None or not code.strip():
        return Standing.MISSING
    try:
        SchoolUnitCode.parse(code)
    except OldSchoolCodeError:
        return Standing.OLD_CODE
    except InvalidSchoolUnitCodeError:
        return Standing.MALFORMED
    return _STANDING_OF_STATUS.get(status or "", Standing.UNKNOWN)


class CheckName(StrEnum):
    """What is reconciled before a license request is confirmed."""

    AGREEMENT = "agreement"
    DATA_PROCESSING_AGREEMENT = "data-processing-agreement"
    DATA = "data"


class RequestStatus(StrEnum):
    """Where a license request stands."""

    RECEIVED = "received"
    DELAYED = "delayed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ACTIVATED = "activated"


class Decision(StrEnum):
    """What can be decided about a license request."""

    DELAY = "delay"
    CONFIRM = "confirm"
    DECLINE = "decline"
    ACTIVATE = "activate"


_UNDECIDED = {
    Decision.DELAY: RequestStatus.DELAYED,
    Decision.CONFIRM: RequestStatus.CONFIRMED,
    Decision.DECLINE: RequestStatus.DECLINED,
}

# What is not listed is not allowed; declined and activated are final.
TRANSITIONS: Mapping[RequestStatus, Mapping[Decision, RequestStatus]] = {
    RequestStatus.RECEIVED: _UNDECIDED,
    RequestStatus.DELAYED: _UNDECIDED,
    RequestStatus.CONFIRMED: {
        # A complex set-up may turn out to need more time after the confirmation, too.
        Decision.DELAY: RequestStatus.DELAYED,
        Decision.ACTIVATE: RequestStatus.ACTIVATED,
    },
    RequestStatus.DECLINED: {},
    RequestStatus.ACTIVATED: {},
}


def decide(
    status: RequestStatus, decision: Decision, open_checks: Iterable[CheckName]
) -> RequestStatus:
    """Return the status after a decision, or refuse it."""
    following = TRANSITIONS[status].get(decision)
    if following is None:
        message = f"The request is {status}; no decision to {decision} follows from there."
        raise StatusTransitionError(message, current_status=status)
    still_open = sorted(open_checks)
    if decision is Decision.CONFIRM and still_open:
        message = f"Nothing is confirmed while a check is open: {', '.join(still_open)}."
        raise OpenChecksError(message, current_status=status)
    return following


class LicenseStatus(StrEnum):
    """What a school may expect of its license on a certain day."""

    NONE = "none"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LicensePeriod:
    """From the first to the last day, both included."""

    starts_on: date
    ends_on: date

    def status_on(self, day: date) -> LicenseStatus:
        if day < self.starts_on:
            return LicenseStatus.UPCOMING
        return LicenseStatus.ACTIVE if day <= self.ends_on else LicenseStatus.EXPIRED

    @classmethod
    def of_school_year(cls, starts_on: date) -> "LicensePeriod":
        """Return the period to the end of the school year, the 30th of June."""
        year = starts_on.year if starts_on.month < 7 else starts_on.year + 1  # noqa: PLR2004, July
        return cls(starts_on, date(year, 6, 30))
