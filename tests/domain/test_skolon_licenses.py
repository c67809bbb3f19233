"""When a license ends that the partner gave no end."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.skolon.domain.licenses import RequestKind, last_day
from app.skolon.domain.rosters import Role

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
LASTING = st.sampled_from([RequestKind.PURCHASE, RequestKind.TRANSFER])


@given(LASTING, DAYS)
def test_a_license_lasts_through_the_school_year_that_it_begins_in(
    kind: RequestKind, first_day: date
) -> None:
    ends_on = last_day(kind, first_day)

    assert (ends_on.month, ends_on.day) == (6, 30)
    assert first_day <= ends_on < first_day + timedelta(days=366)


@given(DAYS)
def test_a_trial_lasts_thirty_days(first_day: date) -> None:
    assert last_day(RequestKind.TRIAL, first_day) - first_day == timedelta(days=30)


def test_whoever_is_no_student_is_a_teacher_on_the_wire() -> None:
    assert {role: role.wire for role in Role} == {
        Role.STUDENT: "STUDENT",
        Role.TEACHER: "TEACHER",
        Role.STAFF: "TEACHER",
        Role.PARTNER: "TEACHER",
    }
