"""Rules of license requests and licenses."""

from datetime import date, timedelta
from enum import StrEnum

TRIAL_LASTS = timedelta(days=30)


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


def last_day(kind: RequestKind, first_day: date) -> date:
    """Return when a license ends that the partner gave no end.

    Partners need one: a license without an end date breaks at least one real client.
    """
    if kind is RequestKind.TRIAL:
        return first_day + TRIAL_LASTS
    in_june = date(first_day.year, 6, 30)
    return in_june if first_day <= in_june else date(first_day.year + 1, 6, 30)
