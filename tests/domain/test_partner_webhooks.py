"""Whether a webhook is Skolon's: signed as the specification says, or with the shared secret."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from app.partner.domain.webhooks import TOLERANCE, is_authentic

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = f"whsec_{base64.b64encode(b'a secret of these tests alone').decode()}"
OTHER = f"whsec_{base64.b64encode(b'another one').decode()}"
BODY = '{"userId":"aB3"}'


def signed(secret: str = SECRET, body: str = BODY, at: datetime = NOW) -> dict[str, str]:
    """Sign with the library of the specification."""
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", at, body),
    }


def accepted(headers: Mapping[str, str], secret: str = SECRET, body: str = BODY) -> bool:
    return is_authentic(secret, headers, body.encode(), now=NOW)


def test_what_the_library_of_the_specification_signs_is_authentic() -> None:
    assert accepted(signed())
    assert accepted(signed(), SECRET.removeprefix("whsec_"))


def test_one_good_signature_among_several_is_enough_while_a_secret_is_replaced() -> None:
    good, other = signed(), signed(OTHER)
    both = f"{other['webhook-signature']} {good['webhook-signature']}"

    assert accepted(good | {"webhook-signature": both})
    assert not accepted(other)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"webhook-id": "msg_2"}, id="another id"),
        pytest.param({"webhook-timestamp": str(int(NOW.timestamp()) + 1)}, id="another time"),
        pytest.param({"webhook-timestamp": ""}, id="no time"),
        pytest.param({"webhook-timestamp": "٣"}, id="digits of another script"),
        pytest.param({"webhook-timestamp": "-1"}, id="before all time"),
        pytest.param({"webhook-timestamp": "9" * 400}, id="after all time"),
        pytest.param({"webhook-timestamp": "1e9"}, id="a float"),
        pytest.param({"webhook-signature": ""}, id="no signature"),
        pytest.param({"webhook-signature": "v1,"}, id="an empty signature"),
        pytest.param({"webhook-signature": "v1,å"}, id="not ASCII"),
        pytest.param({"webhook-signature": signed()["webhook-signature"][1:]}, id="no version"),
        pytest.param({"x-skolon-secret": ""}, id="an empty secret"),
        pytest.param({"x-skolon-secret": OTHER}, id="another secret"),
        pytest.param({"x-skolon-secret": "å"}, id="a secret that is not ASCII"),
    ],
)
def test_what_differs_from_what_was_signed_is_not(changed: dict[str, str]) -> None:
    assert not accepted(signed() | changed)


def test_a_signature_holds_for_five_minutes_each_way() -> None:
    for late in (TOLERANCE, -TOLERANCE):
        just, beyond = late, late + late / 300

        assert accepted(signed(at=NOW - just))
        assert not accepted(signed(at=NOW - beyond))


def test_the_shared_secret_itself_is_enough() -> None:
    assert accepted({"x-skolon-secret": SECRET})
    assert accepted({"x-skolon-secret": "not base64!"}, "not base64!")


def test_nothing_at_all_is_not_authentic() -> None:
    assert not accepted({})


@given(st.binary(max_size=200), st.binary(max_size=200), st.timedeltas(timedelta(), TOLERANCE))
def test_a_signature_fits_its_own_body_and_no_other(
    one: bytes, other: bytes, ago: timedelta
) -> None:
    headers = signed(body=one.decode("latin-1"), at=NOW - ago)

    fits = is_authentic(SECRET, headers, one.decode("latin-1").encode(), now=NOW)
    fits_other = is_authentic(SECRET, headers, other.decode("latin-1").encode(), now=NOW)

    assert fits
    assert fits_other == (one == other)
