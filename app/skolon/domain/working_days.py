"""Swedish working days: Monday to Friday, less holidays and the eves that nobody works on."""

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

ACTIVATION_DAYS = 5


@cache
def _calendar() -> "HolidayBase":
    from holidays import country_holidays  # noqa: PLC0415, the holidays of all countries: 3 MB

    # Julafton, nyårsafton and midsommarafton are in the de facto category only.
    return country_holidays("SE", categories=("public", "de_facto"))


def due_on(confirmed_on: date, days: int = ACTIVATION_DAYS) -> date:
    """Return the last of so many working days; the day of the confirmation is day 0."""
    return _calendar().get_nth_working_day(confirmed_on, days)
