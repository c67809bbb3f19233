from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workalendar.europe import Sweden

from app.partner.domain.working_days import due_on


@pytest.mark.parametrize(
    ("opened_on", "due"),
    [
        (date(2026, 4, 1), date(2026, 4, 10)),
        (date(2026, 4, 2), date(2026, 4, 13)),
        (date(2026, 4, 30), date(2026, 5, 8)),
        (date(2026, 5, 11), date(2026, 5, 19)),
        (date(2026, 6, 5), date(2026, 6, 12)),
        (date(2026, 6, 12), date(2026, 6, 22)),
        (date(2026, 6, 19), date(2026, 6, 26)),
        (date(2026, 12, 18), date(2026, 12, 29)),
        (date(2026, 12, 22), date(2027, 1, 4)),
        (date(2026, 12, 23), date(2027, 1, 5)),
        (date(2026, 12, 30), date(2027, 1, 11)),
        (date(2027, 3, 25), date(2027, 4, 5)),
        (date(2027, 6, 24), date(2027, 7, 2)),
        (date(2027, 12, 23), date(2028, 1, 3)),
        (date(2027, 12, 29), date(2028, 1, 7)),
    ],
)
def test_r11_a_case_is_due_five_swedish_working_days_later(opened_on: date, due: date) -> None:
    assert due_on(opened_on) == due


@given(st.dates(date(2024, 1, 1), date(2032, 12, 20)), st.integers(1, 10))
def test_r11_two_calendars_agree_on_working_days(day: date, days: int) -> None:
    assert due_on(day, days) == Sweden().add_working_days(day, days)


@given(st.dates(date(2024, 1, 1), date(2032, 12, 1)))
def test_r11_five_working_days_are_five_to_fifteen_days(day: date) -> None:
    # Fifteen over Christmas, when both eves and Twelfth Day fall on days of work.
    assert timedelta(5) <= due_on(day) - day <= timedelta(15)
