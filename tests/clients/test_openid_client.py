"""openid-client, as a plain OAuth client: a tool written in JavaScript."""

from typing import Any

import pytest

from tests.clients.node import NodeProgram, StartNode
from tests.clients.tool import CALLBACK, Skolon, cancel, log_in
from tests.contract.skolon import CLIENT_ID, SCOPE, SECRET

METHODS = ["ClientSecretPost", "ClientSecretBasic"]


def _start(
    start_node: StartNode, skolon: Skolon, authentication: str, secret: str = SECRET
) -> NodeProgram:
    return start_node(
        "openid_client.js",
        skolon=skolon.url,
        clientId=CLIENT_ID,
        secret=secret,
        authentication=authentication,
        redirectUri=CALLBACK,
        scope=SCOPE,
    )


@pytest.fixture(params=METHODS)
def tool(request: pytest.FixtureRequest, start_node: StartNode, skolon: Skolon) -> NodeProgram:
    """The tool, which authenticates in the form or by Basic."""
    return _start(start_node, skolon, request.param)


def _first_name(tool: NodeProgram) -> Any:  # noqa: ANN401, JSON
    """Ask who is behind the tool's token."""
    session = tool("read", path="/v2/partner/user/session")
    assert session["status"] == 200, session
    answer = tool("read", path=f"/v2/partner/user?userId={session['body']['userId']}")
    return [user["firstName"] for user in answer["body"]["users"]]


def test_elsa_logs_in_and_stays_when_her_token_is_refreshed(tool: NodeProgram) -> None:
    callback = log_in(tool("authorize"))

    first = tool("redeem", callback=callback)
    before = _first_name(tool)
    second = tool("refresh")
    after = _first_name(tool)

    assert before == after == ["Elsa"]
    assert first["expires_in"] == second["expires_in"] == 3600
    assert not {first["access_token"], first["refresh_token"]} & {
        second["access_token"],
        second["refresh_token"],
    }


def test_the_tool_reads_its_schools_with_a_token_of_its_own(tool: NodeProgram) -> None:
    token = tool("beTheTool")

    answer = tool("read", path="/v2/partner/school")

    assert "refresh_token" not in token
    assert [school["name"] for school in answer["body"]["schools"]] == ["Ekbackaskolan"]


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_secret_is_an_invalid_client(
    start_node: StartNode, skolon: Skolon, method: str
) -> None:
    tool = _start(start_node, skolon, method, "wrong")

    refused = tool("beTheTool")["refused"]

    assert refused == {
        "thrown": "WWWAuthenticateChallengeError",
        "code": "OAUTH_WWW_AUTHENTICATE_CHALLENGE",
        "status": 401,
        "error": "invalid_client",
    }


def test_a_code_that_is_used_twice_is_an_invalid_grant_and_ends_the_login(
    tool: NodeProgram,
) -> None:
    callback = log_in(tool("authorize"))
    tool("redeem", callback=callback)

    refused = tool("redeem", callback=callback)["refused"]
    session = tool("read", path="/v2/partner/user/session")["refused"]

    assert (refused["status"], refused["error"]) == (400, "invalid_grant")
    assert (session["status"], session["code"]) == (401, "OAUTH_WWW_AUTHENTICATE_CHALLENGE")


def test_another_code_verifier_is_an_invalid_grant(tool: NodeProgram) -> None:
    callback = log_in(tool("authorize"))

    refused = tool("redeem", callback=callback, verifier="another" * 7)["refused"]

    assert (refused["status"], refused["error"]) == (400, "invalid_grant")


def test_a_login_that_is_cancelled_is_denied(tool: NodeProgram) -> None:
    refused = tool("redeem", callback=cancel(tool("authorize")))["refused"]

    assert refused == {
        "thrown": "AuthorizationResponseError",
        "code": "OAUTH_AUTHORIZATION_RESPONSE_ERROR",
        "error": "access_denied",
    }


def test_the_library_stops_at_a_state_that_is_not_its_own(tool: NodeProgram) -> None:
    callback = log_in(tool("authorize").replace("state=", "state=another"))

    refused = tool("redeem", callback=callback)["refused"]

    assert refused["code"] == "OAUTH_INVALID_RESPONSE"
