from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.partner.domain import licensing
from app.partner.domain.errors import OpenChecksError, StatusTransitionError
from app.partner.domain.licensing import (
    CheckName,
    Decision,
    LicensePeriod,
    LicenseStatus,
    RequestStatus,
    Standing,
    standing_of,
)


@pytest.mark.parametrize(
    ("code", "register_status", "standing"),
    [
        ("10000001", "AKTIV", Standing.OFFICIAL),
        ("10000006", "VILANDE", Standing.OFFICIAL),
        ("10000007", "PLANERAD", Standing.PLANNED),
        ("10000005", "UPPHORT", Standing.CLOSED),
        ("10009999", None, Standing.UNKNOWN),
        ("00000001", "FICTIVE", Standing.FICTIVE),
        ("00000002", None, Standing.UNKNOWN),
        ("10000090", "PROVIDER", Standing.PROVIDER_CODE),
        (None, None, Standing.MISSING),
        ("  ", None, Standing.MISSING),
        ("1000000", None, Standing.MALFORMED),
        ("1000 0001", None, Standing.MALFORMED),
        ("148018601", None, Standing.OLD_CODE),
    ],
)
def test_r5_a_code_has_one_of_a_closed_list_of_standings(
    code: str | None, register_status: str | None, standing: Standing
) -> None:
    assert standing_of(code, register_status) is standing


@given(st.none() | st.text(), st.none() | st.text())
def test_r5_any_text_at_all_has_a_standing(code: str | None, register_status: str | None) -> None:
    assert isinstance(standing_of(code, register_status), Standing)


@given(
    st.sampled_from([RequestStatus.RECEIVED, RequestStatus.DELAYED]),
    st.sets(st.sampled_from(list(CheckName)), min_size=1),
)
def test_r7_nothing_is_confirmed_while_a_check_is_open(
    status: RequestStatus, still_open: set[CheckName]
) -> None:
    with pytest.raises(OpenChecksError) as refusal:
        licensing.decide(status, Decision.CONFIRM, still_open)

    assert refusal.value.members == {"current_status": status}


@given(st.lists(st.sampled_from(list(Decision)), max_size=12))
def test_r7_no_sequence_of_decisions_reaches_a_forbidden_state(decisions: list[Decision]) -> None:
    status, taken = RequestStatus.RECEIVED, list[Decision]()

    for decision in decisions:
        try:
            status = licensing.decide(status, decision, [])
        except StatusTransitionError:
            continue
        taken.append(decision)

    if Decision.ACTIVATE in taken:
        assert taken[-2:] == [Decision.CONFIRM, Decision.ACTIVATE]
    if Decision.DECLINE in taken:
        assert taken[-1] is Decision.DECLINE
    assert (status is RequestStatus.RECEIVED) == (taken == [])


@given(st.dates(), st.dates())
def test_a_license_is_active_from_its_first_to_its_last_day(starts_on: date, day: date) -> None:
    if starts_on.year > 9990:
        return
    period = LicensePeriod.of_school_year(starts_on)

    status = period.status_on(day)

    assert (status is LicenseStatus.ACTIVE) == (period.starts_on <= day <= period.ends_on)
    assert (status is LicenseStatus.UPCOMING) == (day < period.starts_on)


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [
        (date(2026, 11, 24), date(2027, 6, 30)),
        (date(2027, 6, 30), date(2027, 6, 30)),
        (date(2027, 7, 1), date(2028, 6, 30)),
    ],
)
def test_a_license_lasts_to_the_end_of_the_school_year(starts_on: date, ends_on: date) -> None:
    assert LicensePeriod.of_school_year(starts_on).ends_on == ends_on
