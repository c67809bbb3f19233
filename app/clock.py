"""The only module that reads the system clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def system_clock() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def swedish_date(instant: datetime) -> date:
    """Return the calendar date in Sweden: 23:30 UTC is already tomorrow there."""
    return instant.astimezone(STOCKHOLM).date()
