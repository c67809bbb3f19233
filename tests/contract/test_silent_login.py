"""Logins without clicks: by a hint in the address, or by a token that nobody logged in for."""

import re
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Mode, Settings
from app.skolon import removals
from app.skolon.domain.errors import UnknownUserError
from app.skolon.models import RedirectUri, Tool
from tests.conftest import World
from tests.contract.skolon import (
    CLIENT_ID,
    authorize,
    bearing,
    callback,
    plan_of,
    query_of,
    redeem,
)
from tests.contract.webhooks import sent, workshop

COOKIE = "skolon_session"


def test_a_hint_logs_in_and_comes_back_with_a_code_at_once(world: World) -> None:
    browser = world.browser()

    answer = browser.get(authorize(world, login_hint="elsa"))

    assert answer.status_code == HTTPStatus.FOUND
    assert answer.headers["location"].startswith(f"{callback(world)}?code=")
    assert query_of(answer.headers["location"])["state"] == "kept as it is"
    token = redeem(world, query_of(answer.headers["location"])["code"]).json()["access_token"]
    assert _first_name(world, token) == "Elsa"
    # The session is the browser's from now on.
    again = browser.get(authorize(world))
    assert again.status_code == HTTPStatus.FOUND


def test_a_hint_wins_over_who_is_logged_in(world: World) -> None:
    browser = world.browser()
    browser.get(authorize(world, login_hint="elsa"))

    answer = browser.get(authorize(world, login_hint="omar"))

    token = redeem(world, query_of(answer.headers["location"])["code"]).json()["access_token"]
    assert _first_name(world, token) == "Omar"


@pytest.mark.parametrize("hint", ["nobody", "'; --", "elsa\u00e5", " " * 200])
def test_a_hint_at_nobody_is_answered_by_the_page_with_a_message(world: World, hint: str) -> None:
    browser = world.browser()
    browser.get(authorize(world, login_hint="elsa"))

    page = browser.get(authorize(world, login_hint=hint))

    assert page.status_code == HTTPStatus.OK
    assert "Ingen persona heter" in page.text
    assert not re.search(r'action="[^"]*login_hint', page.text)


def test_a_hint_at_an_unknown_tool_logs_nobody_in(world: World) -> None:
    browser = world.browser()

    answer = browser.get(authorize(world, client_id="unknown", login_hint="elsa"))

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert COOKIE not in browser.cookies


def test_without_a_session_prompt_none_says_that_a_login_is_required(world: World) -> None:
    browser = world.browser()

    refused = browser.get(authorize(world, prompt="none"))
    browser.get(authorize(world, login_hint="elsa"))
    granted = browser.get(authorize(world, prompt="none"))

    assert query_of(refused.headers["location"])["error"] == "login_required"
    assert query_of(refused.headers["location"])["state"] == "kept as it is"
    assert "code" in query_of(granted.headers["location"])


def test_in_production_neither_hint_nor_prompt_means_anything(tmp_path: Any) -> None:  # noqa: ANN401, a path
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        log_level="error",
    )
    app = create_app(production)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as browser:
        with app.sandboxes.open("default").database.write() as session:
            tool = Tool(name="T", client_id="tool", secret_hash="-", launch_url="/")
            session.add(tool)
            session.flush()
            session.add(RedirectUri(tool_id=tool.id, uri="/sso/callback"))
        query = {
            "response_type": "code",
            "client_id": "tool",
            "redirect_uri": "http://localhost/sso/callback",
        }
        for more in ({"login_hint": "elsa"}, {"prompt": "none"}):
            page = browser.get("/oauth/auth", params=query | more)
            assert page.status_code == HTTPStatus.OK
            assert "Ingen persona heter" not in page.text
        assert browser.post("/skolon/tokens", json={}).status_code == HTTPStatus.NOT_FOUND


def test_a_token_is_minted_as_the_token_endpoint_would_give_it(world: World) -> None:
    minted = sent(world, "POST", "/tokens", {"persona": "elsa"})

    assert minted.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert minted["expires_in"] == 3600
    assert _first_name(world, minted["access_token"]) == "Elsa"
    refreshed = world.client().post(
        "/oauth/access_token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": minted["refresh_token"],
            "client_id": CLIENT_ID,
            "client_secret": Settings().skolon_client_secret.get_secret_value(),
        },
    )
    assert refreshed.status_code == HTTPStatus.OK


@pytest.mark.parametrize("name", ["elsa", "x" * 50, str(UUID(int=1))])
def test_whose_a_token_is_to_be_is_found_without_reading_everybody(world: World, name: str) -> None:
    def ask(session: Session) -> None:
        with suppress(UnknownUserError):
            removals.find_user(session, name)

    plan = plan_of(world, ask)

    assert not re.search(r"Seq Scan|SubPlan|SCAN (?!CONSTANT)", plan), plan


def test_a_token_without_a_persona_is_the_tools_own(world: World) -> None:
    minted = sent(world, "POST", "/tokens", {})

    tool = bearing(world, minted["access_token"])

    assert "refresh_token" not in minted
    assert tool.get("/v2/partner/school").status_code == HTTPStatus.OK
    assert tool.get("/v2/partner/user/session").status_code == HTTPStatus.FORBIDDEN


def test_a_minted_token_has_the_scope_and_the_time_that_were_asked_for(world: World) -> None:
    body = {"persona": "elsa", "scope": "authenticatedUser.profile.read", "expires_in": 5}
    program = bearing(world, sent(world, "POST", "/tokens", body)["access_token"])

    assert program.get("/v2/partner/user/session").status_code == HTTPStatus.OK
    assert program.get("/v1/partner/user/license").status_code in {200, 403, 404}
    world.move_clock(advance_by="PT6S")
    assert program.get("/v2/partner/user/session").status_code == HTTPStatus.UNAUTHORIZED


def test_a_minted_code_is_redeemed_once(world: World) -> None:
    minted = sent(world, "POST", "/codes", {"persona": "elsa"})

    first = redeem(world, minted["code"])

    assert minted["redirect_uri"] == callback(world)
    assert minted["expires_in"] == 60
    assert _first_name(world, first.json()["access_token"]) == "Elsa"
    assert redeem(world, minted["code"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tokens", {"persona": "nobody"}, 404),
        ("/tokens", {"persona": "partnerportal"}, 409),
        ("/tokens", {"persona": "elsa", "client_id": "nobody"}, 404),
        ("/tokens", {"persona": "elsa", "expires_in": 0}, 422),
        ("/tokens", {"persona": "elsa", "surprise": 1}, 422),
        ("/codes", {}, 422),
        ("/codes", {"persona": "nobody"}, 404),
        ("/codes", {"persona": "elsa", "code_challenge": "short"}, 422),
    ],
    ids=str,
)
def test_what_cannot_be_minted_is_refused(
    world: World, path: str, body: dict[str, Any], status: int
) -> None:
    assert workshop(world).post(f"/skolon{path}", json=body).status_code == status


@pytest.mark.parametrize("path", ["tokens", "codes"])
def test_only_who_steers_the_sandbox_mints(world: World, path: str) -> None:
    stranger = world.client().post(f"/skolon/{path}", json={"persona": "elsa"})
    lured = workshop(world).post(
        f"/skolon/{path}", json={"persona": "elsa"}, headers={"Origin": "https://evil.example"}
    )

    assert stranger.status_code == lured.status_code == HTTPStatus.FORBIDDEN


def _first_name(world: World, token: str) -> Any:  # noqa: ANN401, JSON
    program = bearing(world, token)
    session = program.get("/v2/partner/user/session").json()
    users = program.get("/v2/partner/user", params={"userId": session["userId"]}).json()["users"]
    return users[0]["firstName"]


def test_the_built_in_partner_passes_a_hint_on(world: World) -> None:
    browser = world.browser()

    begun = browser.get("/sso/login", params={"login_hint": "elsa å&state=x"})
    plain = browser.get("/sso/login")

    query = query_of(begun.headers["location"])
    assert query["login_hint"] == "elsa å&state=x"
    assert query["state"] != "x"
    assert "login_hint" not in query_of(plain.headers["location"])
