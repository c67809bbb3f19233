import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.partner.domain.errors import (
    InvalidEmailError,
    InvalidSchoolUnitCodeError,
    LostLeadingZerosError,
    OldSchoolCodeError,
)
from app.partner.domain.identity import Email, SchoolUnitCode


@given(st.from_regex(r"[0-9]{8}", fullmatch=True))
def test_any_eight_digits_survive_parsing(digits: str) -> None:
    assert str(SchoolUnitCode.parse(f" {digits}\n")) == digits


@given(st.text().filter(lambda text: not (text.strip().isascii() and text.strip().isdigit())))
def test_nothing_but_digits_is_a_school_unit_code(text: str) -> None:
    with pytest.raises(InvalidSchoolUnitCodeError):
        SchoolUnitCode.parse(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1234567", LostLeadingZerosError),
        ("148018601", OldSchoolCodeError),
        ("1234 5678", InvalidSchoolUnitCodeError),
        ("12-345678", InvalidSchoolUnitCodeError),
        ("١٢٣٤٥٦٧٨", InvalidSchoolUnitCodeError),
        ("１２３４５６７８", InvalidSchoolUnitCodeError),  # noqa: RUF001, full-width digits are the case
        ("", InvalidSchoolUnitCodeError),
        ("1234567890", InvalidSchoolUnitCodeError),
    ],
)
def test_what_is_not_eight_digits_is_refused_with_its_own_reason(
    text: str, error: type[InvalidSchoolUnitCodeError]
) -> None:
    with pytest.raises(InvalidSchoolUnitCodeError) as refusal:
        SchoolUnitCode.parse(text)

    assert type(refusal.value) is error


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna.Andersson@Skola.Example", "anna.andersson@skola.example"),
        ("åsa@skola.example", "a\N{COMBINING RING ABOVE}sa@skola.example"),
        ("elev@ÖREBRO.example", "elev@xn--rebro-iua.example"),
        (" elev@skola.example ", "elev@skola.example"),
    ],
)
def test_spellings_of_one_mailbox_have_one_key(one: str, other: str) -> None:
    assert Email.parse(one).key == Email.parse(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anna+x@skola.example", "anna@skola.example"),
        ("a.nna@skola.example", "anna@skola.example"),
        ("åsa@skola.example", "asa@skola.example"),
        ("groß@skola.example", "gross@skola.example"),
    ],
)
def test_different_mailboxes_have_different_keys(one: str, other: str) -> None:
    assert Email.parse(one).key != Email.parse(other).key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "skola.example",
        "Anna A <anna@skola.example>",
        "anna@skola,example",
        "anna@skola.example; bo@skola.example",
        "mailto:anna@skola.example@",
        "anna@",
        "an na@skola.example",
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(InvalidEmailError) as refusal:
        Email.parse(text)

    assert not text or text not in str(refusal.value)
