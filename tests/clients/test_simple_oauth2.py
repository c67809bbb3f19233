"""simple-oauth2: a tool written in JavaScript."""

from typing import Any

import pytest

from tests.clients.node import NodeProgram, StartNode
from tests.clients.tool import CALLBACK, Skolon, cancel, log_in
from tests.contract.skolon import CLIENT_ID, SCOPE, SECRET, query_of

METHODS = ["body", "header"]


def _start(
    start_node: StartNode, skolon: Skolon, authentication: str, secret: str = SECRET
) -> NodeProgram:
    return start_node(
        "simple_oauth2.js",
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


def _code(tool: NodeProgram, state: str = "kept as it is") -> str:
    """Log in as Elsa; the library leaves the callback, and so the state, to the tool."""
    came_back = query_of(log_in(tool("authorize", state=state)))
    assert came_back["state"] == state
    return came_back["code"]


def _first_name(tool: NodeProgram) -> Any:  # noqa: ANN401, JSON
    """Ask who is behind the tool's token."""
    session = tool("read", path="/v2/partner/user/session")
    assert session["status"] == 200, session
    answer = tool("read", path=f"/v2/partner/user?userId={session['body']['userId']}")
    return [user["firstName"] for user in answer["body"]["users"]]


def test_elsa_logs_in_and_stays_when_her_token_is_refreshed(tool: NodeProgram) -> None:
    first = tool("redeem", code=_code(tool))
    before = _first_name(tool)
    second = tool("refresh")
    after = _first_name(tool)

    assert before == after == ["Elsa"]
    assert first["expired"] is second["expired"] is False
    assert not {first["access_token"], first["refresh_token"]} & {
        second["access_token"],
        second["refresh_token"],
    }


def test_the_tool_reads_its_schools_with_a_token_of_its_own(tool: NodeProgram) -> None:
    token = tool("beTheTool")

    answer = tool("read", path="/v2/partner/school")

    assert token["expired"] is False
    assert "refresh_token" not in token
    assert [school["name"] for school in answer["body"]["schools"]] == ["Ekbackaskolan"]


@pytest.mark.parametrize("method", METHODS)
def test_a_wrong_secret_is_an_invalid_client(
    start_node: StartNode, skolon: Skolon, method: str
) -> None:
    tool = _start(start_node, skolon, method, "wrong")

    refused = tool("beTheTool")["refused"]

    assert (refused["status"], refused["error"]) == (401, "invalid_client")


def test_a_code_that_is_used_twice_is_an_invalid_grant_and_ends_the_login(
    tool: NodeProgram,
) -> None:
    code = _code(tool)
    tool("redeem", code=code)

    refused = tool("redeem", code=code)["refused"]
    session = tool("read", path="/v2/partner/user/session")

    assert (refused["status"], refused["error"]) == (400, "invalid_grant")
    assert session["status"] == 401


def test_a_refresh_token_that_is_used_twice_is_an_invalid_grant(tool: NodeProgram) -> None:
    first = tool("redeem", code=_code(tool))
    tool("refresh")

    refused = tool("refresh", token=first)["refused"]

    assert (refused["status"], refused["error"]) == (400, "invalid_grant")


def test_a_login_that_is_cancelled_is_denied(tool: NodeProgram) -> None:
    came_back = query_of(cancel(tool("authorize", state="kept as it is")))

    assert came_back["error"] == "access_denied"
    assert came_back["state"] == "kept as it is"
