"""Swedish working days: Monday to Friday, less holidays and the eves that nobody works on."""

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

HANDLING_DAYS = 5


@cache
def _calendar() -> "HolidayBase":
    from holidays import country_holidays  # noqa: PLC0415, the holidays of all countries: 3 MB

    # Julafton, nyårsafton and midsommarafton are in the de facto category only.
    return country_holidays("SE", categories=("public", "de_facto"))


def due_on(opened_on: date, days: int = HANDLING_DAYS) -> date:
    """Return the last day for something that takes so many working days; the first day is 0."""
    return _calendar().get_nth_working_day(opened_on, days)
