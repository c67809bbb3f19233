"""Requests that were confirmed, and whose licenses are not there when they should be."""

from datetime import date, datetime
from enum import StrEnum

from app.clock import swedish_date
from app.skolon.domain.licenses import Progress
from app.skolon.domain.working_days import due_on
from app.skolon.models import LicenseRequest
from app.skolon.schemas.switches import Switches


class Lateness(StrEnum):
    """What becomes of a request that is overdue: a switch says which."""

    FLAGGED = "flagged"
    CLOSED = "closed"


def activation_due_on(request: LicenseRequest) -> date | None:
    """Return the day on which the licenses of a confirmed request are to be there at the latest."""
    if request.progress is not Progress.CONFIRMED or request.told_at is None:
        return None
    return due_on(swedish_date(request.told_at))


def lateness_of(request: LicenseRequest, switches: Switches, *, now: datetime) -> Lateness | None:
    due = activation_due_on(request)
    is_overdue = due is not None and due < swedish_date(now)
    return Lateness(switches.overdue_requests) if is_overdue else None
