"""requests-oauthlib, whose rules are oauthlib's: a tool written in Python."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    InvalidClientError,
    InvalidGrantError,
    MismatchingStateError,
)
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.clients.tool import CALLBACK, Skolon, cancel, log_in
from tests.contract.skolon import CLIENT_ID, SCOPE, SECRET

# How the library is told to send the secret: in the form, or by Basic, which is its own choice.
IN_THE_FORM = {"include_client_id": True}


@pytest.fixture(autouse=True)
def _http_is_allowed_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(params=[IN_THE_FORM, {}], ids=["form", "basic"])
def authentication(request: pytest.FixtureRequest) -> dict[str, Any]:
    chosen: dict[str, Any] = request.param
    return chosen


@pytest.fixture
def tool() -> Iterator[OAuth2Session]:
    with OAuth2Session(CLIENT_ID, scope=[SCOPE], redirect_uri=CALLBACK, pkce="S256") as tool:
        yield tool


@pytest.fixture
def tool_itself() -> Iterator[OAuth2Session]:
    with OAuth2Session(client=BackendApplicationClient(CLIENT_ID)) as tool:
        yield tool


def _finish(tool: OAuth2Session, skolon: Skolon, callback: str, **how: Any) -> Any:  # noqa: ANN401, options, JSON
    options = {"client_secret": SECRET} | how
    return tool.fetch_token(skolon.token, authorization_response=callback, **options)


def _first_name(tool: OAuth2Session, skolon: Skolon) -> Any:  # noqa: ANN401, JSON
    """Ask who is behind the tool's token."""
    session = tool.get(f"{skolon.api}/user/session")
    assert session.status_code == HTTPStatus.OK, session.text
    answer = tool.get(f"{skolon.api}/user", params={"userId": session.json()["userId"]})
    return [user["firstName"] for user in answer.json()["users"]]


def test_elsa_logs_in(tool: OAuth2Session, skolon: Skolon, authentication: dict[str, Any]) -> None:
    url, _ = tool.authorization_url(skolon.authorize)

    token = _finish(tool, skolon, log_in(url), **authentication)

    assert _first_name(tool, skolon) == ["Elsa"]
    assert token["expires_in"] == 3600


@pytest.mark.parametrize(
    "how",
    [
        {"client_id": CLIENT_ID, "client_secret": SECRET},
        {"auth": HTTPBasicAuth(CLIENT_ID, SECRET)},
    ],
    ids=["form", "basic"],
)
def test_elsa_stays_when_her_token_is_refreshed(
    tool: OAuth2Session, skolon: Skolon, how: dict[str, Any]
) -> None:
    url, _ = tool.authorization_url(skolon.authorize)
    first = _finish(tool, skolon, log_in(url))

    second = tool.refresh_token(skolon.token, **how)

    assert _first_name(tool, skolon) == ["Elsa"]
    assert not {first["access_token"], first["refresh_token"]} & {
        second["access_token"],
        second["refresh_token"],
    }


def test_the_library_renews_a_token_that_has_expired(tool: OAuth2Session, skolon: Skolon) -> None:
    url, _ = tool.authorization_url(skolon.authorize)
    old = _finish(tool, skolon, log_in(url))
    renewed: list[dict[str, Any]] = []
    tool.auto_refresh_url = skolon.token
    tool.auto_refresh_kwargs = {"client_id": CLIENT_ID, "client_secret": SECRET}
    tool.token_updater = renewed.append
    tool.token = old | {"expires_at": 1}

    name = _first_name(tool, skolon)

    assert name == ["Elsa"]
    assert [token["expires_in"] for token in renewed] == [3600]


def test_the_tool_reads_its_schools_with_a_token_of_its_own(
    tool_itself: OAuth2Session, skolon: Skolon, authentication: dict[str, Any]
) -> None:
    token = tool_itself.fetch_token(skolon.token, client_secret=SECRET, **authentication)

    answer = tool_itself.get(f"{skolon.api}/school")

    assert "refresh_token" not in token
    assert [school["name"] for school in answer.json()["schools"]] == ["Ekbackaskolan"]


def test_a_wrong_secret_is_an_invalid_client(
    tool_itself: OAuth2Session, skolon: Skolon, authentication: dict[str, Any]
) -> None:
    with pytest.raises(InvalidClientError):
        tool_itself.fetch_token(skolon.token, client_secret="wrong", **authentication)


def test_a_code_that_is_used_twice_is_an_invalid_grant_and_ends_the_login(
    tool: OAuth2Session, skolon: Skolon
) -> None:
    url, _ = tool.authorization_url(skolon.authorize)
    callback = log_in(url)
    first = _finish(tool, skolon, callback)

    with pytest.raises(InvalidGrantError):
        _finish(tool, skolon, callback)
    tool.token = first
    session = tool.get(f"{skolon.api}/user/session")

    assert session.status_code == HTTPStatus.UNAUTHORIZED


def test_a_code_of_another_login_is_an_invalid_grant(tool: OAuth2Session, skolon: Skolon) -> None:
    """It was asked for with another code verifier."""
    url, state = tool.authorization_url(skolon.authorize)
    callback = log_in(url)
    tool.authorization_url(skolon.authorize, state=state)

    with pytest.raises(InvalidGrantError):
        _finish(tool, skolon, callback)


def test_a_login_that_is_cancelled_is_denied(tool: OAuth2Session, skolon: Skolon) -> None:
    url, _ = tool.authorization_url(skolon.authorize)

    with pytest.raises(AccessDeniedError):
        _finish(tool, skolon, cancel(url))


def test_the_library_stops_at_a_state_that_is_not_its_own(
    tool: OAuth2Session, skolon: Skolon
) -> None:
    url, _ = tool.authorization_url(skolon.authorize)

    with pytest.raises(MismatchingStateError):
        _finish(tool, skolon, log_in(url.replace("state=", "state=another")))
