"""Authlib, with httpx and with requests: a tool written in Python."""

from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from typing import Any

import pytest
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.requests_client import OAuth2Session
from authlib.integrations.starlette_client import OAuth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.clients.tool import CALLBACK, Skolon, cancel, log_in
from tests.contract.skolon import CLIENT_ID, SCOPE, SECRET

VERIFIER = generate_token(48)

Library = OAuth2Client | OAuth2Session


@pytest.fixture(params=[OAuth2Client, OAuth2Session], ids=["httpx", "requests"])
def library(request: pytest.FixtureRequest) -> type[Library]:
    chosen: type[Library] = request.param
    return chosen


@pytest.fixture(params=["client_secret_post", "client_secret_basic"])
def tool(
    request: pytest.FixtureRequest, library: type[Library], skolon: Skolon
) -> Iterator[Library]:
    """The tool, which authenticates in the form or by Basic."""
    with closing(_tool(library, skolon, token_endpoint_auth_method=request.param)) as tool:
        yield tool


def _tool(library: type[Library], skolon: Skolon, **changes: Any) -> Library:  # noqa: ANN401, options
    options = {
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "scope": SCOPE,
        "redirect_uri": CALLBACK,
        "code_challenge_method": "S256",
        "token_endpoint": skolon.token,
    }
    return library(**options | changes)


def _begin(tool: Library, skolon: Skolon) -> tuple[str, str]:
    """Begin a login with PKCE; return the address of the login page, and the state."""
    url, state = tool.create_authorization_url(skolon.authorize, code_verifier=VERIFIER)
    return url, str(state)


def _finish(tool: Library, callback: str, state: str, verifier: str = VERIFIER) -> Any:  # noqa: ANN401, JSON
    return tool.fetch_token(authorization_response=callback, state=state, code_verifier=verifier)


def _first_name(tool: Library, skolon: Skolon) -> Any:  # noqa: ANN401, JSON
    """Ask who is behind the tool's token."""
    session = tool.get(f"{skolon.api}/user/session")
    assert session.status_code == HTTPStatus.OK, session.text
    answer = tool.get(f"{skolon.api}/user", params={"userId": session.json()["userId"]})
    return [user["firstName"] for user in answer.json()["users"]]


def test_elsa_logs_in_and_stays_when_her_token_is_refreshed(tool: Library, skolon: Skolon) -> None:
    url, state = _begin(tool, skolon)

    first = _finish(tool, log_in(url), state)
    before = _first_name(tool, skolon)
    second = tool.refresh_token()
    after = _first_name(tool, skolon)

    assert before == after == ["Elsa"]
    assert not {first["access_token"], first["refresh_token"]} & {
        second["access_token"],
        second["refresh_token"],
    }


def test_the_library_renews_a_token_that_has_expired(tool: Library, skolon: Skolon) -> None:
    url, state = _begin(tool, skolon)
    old = _finish(tool, log_in(url), state)
    renewed: list[dict[str, str]] = []
    tool.update_token = lambda _token, **old: renewed.append(old)
    tool.token = old | {"expires_at": 1}

    name = _first_name(tool, skolon)

    assert name == ["Elsa"]
    assert renewed == [{"refresh_token": old["refresh_token"]}]
    assert tool.token["expires_in"] == 3600


def test_the_tool_reads_its_schools_with_a_token_of_its_own(tool: Library, skolon: Skolon) -> None:
    token = tool.fetch_token(grant_type="client_credentials")

    answer = tool.get(f"{skolon.api}/school")

    assert "refresh_token" not in token
    assert [school["name"] for school in answer.json()["schools"]] == ["Ekbackaskolan"]


def test_a_wrong_secret_is_an_invalid_client(tool: Library) -> None:
    tool.client_secret = "wrong"

    with pytest.raises(OAuthError) as refused:
        tool.fetch_token(grant_type="client_credentials")

    assert refused.value.error == "invalid_client"


def test_a_code_that_is_used_twice_is_an_invalid_grant_and_ends_the_login(
    tool: Library, skolon: Skolon
) -> None:
    url, state = _begin(tool, skolon)
    callback = log_in(url)
    _finish(tool, callback, state)

    with pytest.raises(OAuthError) as refused:
        _finish(tool, callback, state)
    session = tool.get(f"{skolon.api}/user/session")

    assert refused.value.error == "invalid_grant"
    assert session.status_code == HTTPStatus.UNAUTHORIZED


def test_another_code_verifier_is_an_invalid_grant(tool: Library, skolon: Skolon) -> None:
    url, state = _begin(tool, skolon)

    with pytest.raises(OAuthError) as refused:
        _finish(tool, log_in(url), state, verifier=generate_token(48))

    assert refused.value.error == "invalid_grant"


def test_the_library_stops_at_a_state_that_is_not_its_own(tool: Library, skolon: Skolon) -> None:
    url, _ = _begin(tool, skolon)

    with pytest.raises(AuthlibBaseError) as refused:
        _finish(tool, log_in(url), "another")

    assert refused.value.error == "mismatching_state"


@pytest.fixture
def site(skolon: Skolon) -> TestClient:
    """A browser at a site made with Starlette, whose login Authlib does from end to end."""
    library = OAuth()
    library.register(
        "skolon",
        client_id=CLIENT_ID,
        client_secret=SECRET,
        authorize_url=skolon.authorize,
        access_token_url=skolon.token,
        api_base_url=f"{skolon.api}/",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
    )

    async def begin(request: Request) -> Response:
        answer: Response = await library.skolon.authorize_redirect(request, CALLBACK)
        return answer

    async def finish(request: Request) -> Response:
        try:
            token = await library.skolon.authorize_access_token(request)
        except OAuthError as error:
            return JSONResponse(error.error, HTTPStatus.FORBIDDEN)
        session = await library.skolon.get("user/session", token=token)
        return JSONResponse(session.json())

    application = Starlette(
        routes=[Route("/login", begin), Route("/callback", finish)],
        middleware=[Middleware(SessionMiddleware, secret_key="of this test")],
    )
    return TestClient(
        application, base_url=CALLBACK.removesuffix("/callback"), follow_redirects=False
    )


def test_elsa_logs_in_to_a_site(site: TestClient) -> None:
    callback = log_in(site.get("/login").headers["location"])

    session = site.get(callback)

    assert session.status_code == HTTPStatus.OK
    assert session.json()["authenticationMethod"] == "SKOLON"


def test_a_login_that_is_cancelled_is_denied_to_the_site(site: TestClient) -> None:
    callback = cancel(site.get("/login").headers["location"])

    refused = site.get(callback)

    assert (refused.status_code, refused.json()) == (HTTPStatus.FORBIDDEN, "access_denied")
