from datetime import date

import pytest

from app.partner.domain.placement import school_year


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 6, 30), "2025/26"),
        (date(2026, 7, 1), "2026/27"),
        (date(2099, 12, 31), "2099/00"),
    ],
)
def test_a_school_year_begins_on_the_first_of_july(day: date, year: str) -> None:
    assert school_year(day) == year
