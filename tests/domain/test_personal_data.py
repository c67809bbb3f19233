import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.partner.domain.personal_data import PersonalData, found_in


@pytest.mark.parametrize(
    "text",
    [
        "19121212-1212",
        "191212121212",
        "121212-1212",
        "121212+1212",
        "1212121212",
        "Elev 121212 - 1212 i 7A",
        "121212\N{EN DASH}1212",
        "1212\N{ZERO WIDTH SPACE}12-1212",
        "１２１２１２-１２１２",  # noqa: RUF001, full-width digits are the case
        "701063-2391",
        "20120101TF01",
        "120101-TF01",
    ],
)
def test_r2_a_personal_identity_number_is_found_in_every_spelling(text: str) -> None:
    assert found_in(f"Skola {text}.") is PersonalData.IDENTITY_NUMBER


@pytest.mark.parametrize(
    "text",
    ["elsa@skola.example", "Maila elsa.a@skola.example!", "elsa＠skola.example"],  # noqa: RUF001, as above
)
def test_r2_an_email_address_is_found(text: str) -> None:
    assert found_in(text) is PersonalData.EMAIL


@pytest.mark.parametrize(
    "text",
    [
        "2990000016",
        "212000-0142",
        "Ekbackaskolan F-6",
        "10000001",
        "121212-1213",
        "Skola @ centrum",
        "Åk 7-9, 2026-2027",
        "",
    ],
)
def test_r2_ordinary_names_and_organization_numbers_are_let_through(text: str) -> None:
    assert found_in(text) is None


@given(st.text())
def test_r2_any_text_can_be_searched(text: str) -> None:
    assert found_in(text) is None or isinstance(found_in(text), PersonalData)
