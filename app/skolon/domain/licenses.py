"""Rules of license requests and licenses."""

import string
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

TRIAL_LASTS = timedelta(days=30)


class LicenseType(StrEnum):
    """What a license covers: one person, a class or group, or everybody at a school."""

    SINGLE = "single"
    GROUP = "group"
    SCHOOL = "school"
    # Of a whole organization, handed on to one of its schools.
    ORGANIZATION = "organization"

    @property
    def target(self) -> str:
        """The `target` of API v1, whose words are assumed."""
        return {LicenseType.SINGLE: "USER", LicenseType.GROUP: "GROUP"}.get(self, "SCHOOL")


class Audience(StrEnum):
    """Whom a license may be given to; administrators count as teachers."""

    ALL = "all"
    STUDENTS = "students"
    TEACHERS = "teachers"


class LicenseState(StrEnum):
    """What an administrator can do with a license: take it back, assign it, or nothing."""

    ASSIGNED = "assigned"
    AVAILABLE = "available"
    # Its pool says who has it.
    POOLED = "pooled"
    ENDED = "ended"


class Doubles(StrEnum):
    """What becomes of people who have a license of the tool already."""

    WARN = "warn"
    SKIP = "skip"
    ACCEPT = "accept"


class Lack(StrEnum):
    """Why somebody has no tool in their collection, what is nearest to a tool first."""

    NOT_YET = "not_yet"
    ENDED = "ended"
    FOR_OTHERS = "for_others"
    NOT_ASSIGNED = "not_assigned"
    NO_LICENSE = "no_license"
    NO_SCHOOL = "no_school"


class RequestKind(StrEnum):
    """What an organization asks a partner for."""

    PURCHASE = "purchase"
    TRANSFER = "transfer"
    TRIAL = "trial"


class Delivery(StrEnum):
    """Whether a request has reached the partner."""

    SENDING = "sending"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"


class Failure(StrEnum):
    """Why a request did not reach the partner."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BROKEN = "broken"
    REFUSED = "refused"
    GARBAGE = "garbage"


class Progress(StrEnum):
    """How far the partner has come with a request, in the partner's own words."""

    RECEIVED = "received"
    DELAYED = "delayed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ACTIVATED = "activated"


def order_reference(order: UUID) -> str:
    """Return five letters and digits, as Skolon's order numbers are; the same for an order."""
    alphabet = string.ascii_uppercase + string.digits
    return "".join(alphabet[byte % len(alphabet)] for byte in order.bytes[:5])


def last_day(kind: RequestKind, first_day: date) -> date:
    """Return when a license ends that the partner gave no end.

    Partners need one: a license without an end date breaks at least one real client.
    """
    if kind is RequestKind.TRIAL:
        return first_day + TRIAL_LASTS
    in_june = date(first_day.year, 6, 30)
    return in_june if first_day <= in_june else date(first_day.year + 1, 6, 30)
