"""OAuth as Skolon speaks it: what is compared, what comes back, what cannot be guessed."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.explaining import Explanation
from app.skolon.domain import oauth, oauth_refusals
from app.skolon.domain.oauth import AuthorizationRequest
from app.skolon.domain.oauth_refusals import OAuthRefusal

# Whatever a query may hold once it has been decoded.
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1)
HERE = "http://localhost/s/one"
REGISTERED = "https://tool.example/sso/callback?tenant=1"


def _request(**given: str) -> AuthorizationRequest:
    asked = {"client_id": "c", "redirect_uri": REGISTERED, "response_type": "code"} | given
    return AuthorizationRequest.read(asked.items())


def _answer(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query, keep_blank_values=True)


def test_names_have_the_shape_of_skolons_and_are_never_the_same() -> None:
    names = {oauth.random_name() for _ in range(1000)}

    assert len(names) == 1000
    assert all(len(name) == 50 and name.isascii() and name.isalnum() for name in names)


def test_the_example_of_rfc_7636_is_verified() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    assert oauth.verifier_refusal(challenge, verifier) is None
    assert oauth.verifier_refusal(challenge, verifier + "x") is not None


@given(TEXTS, TEXTS)
def test_only_the_secret_itself_matches(secret: str, other: str) -> None:
    kept = oauth.hashed(secret)

    assert secret not in kept or len(secret) < 8
    assert oauth.matches(kept, [other, secret])
    assert oauth.matches(kept, [other]) is (other == secret)
    assert not oauth.matches(kept, [])


@given(TEXTS, TEXTS)
def test_the_state_and_the_code_come_back_beside_the_tools_own_query(state: str, code: str) -> None:
    address = _request(state=state).granted(code)

    assert address.startswith(f"{REGISTERED}&")
    assert _answer(address) == {"tenant": ["1"], "code": [code], "state": [state]}


@given(TEXTS)
def test_a_refusal_comes_back_with_the_state(state: str) -> None:
    refusal = OAuthRefusal("access_denied", "cancelled & gone", Explanation("wrong", "right"))

    address = _request(state=state).refused(refusal)

    assert _answer(address) == {
        "tenant": ["1"],
        "error": ["access_denied"],
        "error_description": ["cancelled & gone"],
        "state": [state],
    }


@given(st.text())
def test_a_browser_is_sent_to_what_is_registered_and_nowhere_else(asked: str) -> None:
    assert oauth.is_target(asked, REGISTERED, HERE) is (asked == REGISTERED)
    assert oauth.is_target(asked, "/sso/callback", HERE) is (asked == f"{HERE}/sso/callback")


@pytest.mark.parametrize(
    "registered",
    ["http://tool.example/", "javascript:alert(1)", "data:text/html,x", "ftp://tool.example/", ""],
)
def test_an_unsafe_address_is_no_target_even_if_registered(registered: str) -> None:
    assert not oauth.is_target(registered, registered, HERE)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_any_query_can_be_read(query: list[tuple[str, str]]) -> None:
    request = AuthorizationRequest.read(query)

    names = [name for name, _ in query]
    assert set(request.repeated) <= {name for name in names if names.count(name) > 1}
    assert request.refusal() is None or request.refusal() != oauth_refusals.ACCESS_DENIED


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_who_asks_twice_is_not_plain(name: str) -> None:
    query = [("client_id", "c"), ("redirect_uri", REGISTERED), ("response_type", "code")]

    assert AuthorizationRequest.read(query).has_one_target
    assert not AuthorizationRequest.read([*query, (name, "x")]).has_one_target
