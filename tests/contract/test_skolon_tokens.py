"""POST /oauth/access_token: chapter 1.4 of what is known of Skolon."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app.skolon.models import AuthorizationCode, BrowserSession, Token, Tool
from tests.conftest import World
from tests.contract.skolon import (
    CLIENT,
    CLIENT_ID,
    SECRET,
    as_user,
    ask_for_tokens,
    authorize,
    bearing,
    code_for,
    redeem,
    statements,
)

VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)


def _basic(client_id: str, secret: str) -> dict[str, str]:
    credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {credentials}"}


def test_a_code_gives_an_opaque_bearer_token_that_expires_in_a_number_of_seconds(
    world: World,
) -> None:
    answer = redeem(world, code_for(world, "elsa"))

    body = answer.json()
    assert answer.status_code == HTTPStatus.OK
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert body["token_type"] == "Bearer"
    assert type(body["expires_in"]) is int
    for token in (body["access_token"], body["refresh_token"]):
        assert len(token) == 50
        assert token.isalnum()
    assert answer.headers["cache-control"] == "no-store"


def test_a_tool_gets_a_token_of_its_own_without_a_refresh_token(world: World) -> None:
    answer = ask_for_tokens(world, grant_type="client_credentials")

    assert answer.status_code == HTTPStatus.OK
    assert set(answer.json()) == {"access_token", "token_type", "expires_in"}


@pytest.mark.parametrize("path", ["/oauth/access_token", "/oauth/access_token/"])
def test_the_path_answers_directly_with_and_without_a_slash(world: World, path: str) -> None:
    answer = world.client().post(path, data={"grant_type": "client_credentials", **CLIENT})

    assert answer.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    "headers",
    [
        _basic(CLIENT_ID, SECRET),
        # RFC 6749 wants both encoded first; some libraries encode even the hyphen.
        _basic(quote(CLIENT_ID), quote(SECRET).replace("-", "%2D")),
    ],
)
def test_a_client_may_use_basic(world: World, headers: dict[str, str]) -> None:
    answer = world.client().post(
        "/oauth/access_token", data={"grant_type": "client_credentials"}, headers=headers
    )

    assert answer.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"client_id": CLIENT_ID, "client_secret": "wrong"}, {}),
        ({"client_id": CLIENT_ID}, {}),
        ({"client_id": "unknown", "client_secret": SECRET}, {}),
        ({}, {}),
        ({}, _basic(CLIENT_ID, "wrong")),
        ({}, _basic("unknown", SECRET)),
        ({}, _basic("%00", SECRET)),
        ({}, {"Authorization": "Basic not-base64"}),
        ({}, {"Authorization": f"Bearer {SECRET}"}),
    ],
)
def test_a_wrong_client_gets_401(
    world: World, form: dict[str, str], headers: dict[str, str]
) -> None:
    for grant in ("client_credentials", "authorization_code", "refresh_token"):
        answer = world.client().post(
            "/oauth/access_token",
            data={"grant_type": grant, "code": "one", "refresh_token": "one"} | form,
            headers=headers,
        )

        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer.json()["error"] == "invalid_client"
        assert answer.headers["www-authenticate"].startswith("Basic")


def test_a_json_body_is_refused(world: World) -> None:
    answer = world.client().post(
        "/oauth/access_token", json={"grant_type": "client_credentials"} | CLIENT
    )

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=authorization_code", "invalid_request"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=%00", "invalid_request"),
        ("grant_type=authorization_code&code=madeup", "invalid_grant"),
        ("grant_type=authorization_code&code=%00", "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=madeup", "invalid_grant"),
    ],
)
def test_a_request_that_is_wrong_gets_rfc_6749s_error(world: World, body: str, error: str) -> None:
    answer = world.client().post(
        "/oauth/access_token",
        content=body,
        headers=_basic(CLIENT_ID, SECRET)
        | {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
    )

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_another_method_is_refused_in_the_same_shape(world: World) -> None:
    answer = world.client().get("/oauth/access_token")

    assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert set(answer.json()) == {"error", "error_description"}


def test_a_code_used_twice_is_refused_and_takes_its_tokens_with_it(world: World) -> None:
    code = code_for(world, "elsa")
    token = redeem(world, code).json()["access_token"]
    assert bearing(world, token).get("/v2/partner/user/session").is_success

    again = redeem(world, code)

    assert again.status_code == HTTPStatus.BAD_REQUEST
    assert again.json()["error"] == "invalid_grant"
    session = bearing(world, token).get("/v2/partner/user/session")
    assert session.status_code == HTTPStatus.UNAUTHORIZED


def test_of_many_who_redeem_one_code_at_once_one_succeeds(world: World) -> None:
    code = code_for(world, "elsa")

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda _: redeem(world, code).status_code, range(8)))

    assert sorted(answers) == [200] + [400] * 7


@pytest.mark.parametrize("seconds", [59, 60])
def test_a_code_lasts_less_than_a_minute_of_the_sandboxs_clock(world: World, seconds: int) -> None:
    world.move_clock(freeze=True)
    code = code_for(world, "elsa")
    world.move_clock(advance_by=f"PT{seconds}S")

    answer = redeem(world, code)

    assert answer.is_success is (seconds < 60)


def test_a_code_is_for_the_redirect_uri_that_it_was_asked_with(world: World) -> None:
    code = code_for(world, "elsa")

    wrong = redeem(world, code, redirect_uri="https://elsewhere.example/sso/callback")
    right = redeem(world, code)

    assert wrong.json()["error"] == "invalid_grant"
    assert right.is_success


def test_a_code_is_for_the_client_that_it_was_given(world: World) -> None:
    with world.database.write() as session:
        mine = session.scalars(select(Tool)).one()
        session.add(
            Tool(
                name="Another",
                client_id="another",
                secret_hash=mine.secret_hash,
                launch_url="https://another.example/",
            )
        )
    code = code_for(world, "elsa")

    stolen = redeem(world, code, client_id="another")

    assert stolen.json()["error"] == "invalid_grant"
    assert redeem(world, code).is_success


@pytest.mark.parametrize(
    ("challenge", "verifier", "is_given"),
    [
        (CHALLENGE, VERIFIER, True),
        (CHALLENGE, f"{VERIFIER}x", False),
        (CHALLENGE, "", False),
        (CHALLENGE, "å", False),
        (None, VERIFIER, False),
        (None, "", True),
    ],
)
def test_pkce_is_verified_if_it_was_begun(
    world: World, challenge: str | None, verifier: str, *, is_given: bool
) -> None:
    method = "S256" if challenge else None
    code = code_for(world, "elsa", code_challenge=challenge, code_challenge_method=method)

    answer = redeem(world, code, code_verifier=verifier)

    assert answer.is_success is is_given
    assert is_given or answer.json()["error"] == "invalid_grant"


def test_a_refresh_token_gives_a_new_pair_for_the_same_user(world: World) -> None:
    first = redeem(world, code_for(world, "elsa")).json()
    session = bearing(world, first["access_token"]).get("/v2/partner/user/session").json()

    second = ask_for_tokens(
        world, grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json()

    assert set(second) == set(first)
    assert second["refresh_token"] != first["refresh_token"]
    same = bearing(world, second["access_token"]).get("/v2/partner/user/session")
    assert same.json() == session


def test_a_refresh_token_used_twice_takes_the_whole_family_with_it(world: World) -> None:
    first = redeem(world, code_for(world, "elsa")).json()["refresh_token"]
    second = ask_for_tokens(world, grant_type="refresh_token", refresh_token=first).json()

    again = ask_for_tokens(world, grant_type="refresh_token", refresh_token=first)

    assert again.json()["error"] == "invalid_grant"
    session = bearing(world, second["access_token"]).get("/v2/partner/user/session")
    assert session.status_code == HTTPStatus.UNAUTHORIZED
    third = ask_for_tokens(world, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert third.json()["error"] == "invalid_grant"


def test_an_access_token_lasts_an_hour_and_its_refresh_token_longer(world: World) -> None:
    tokens = redeem(world, code_for(world, "elsa")).json()
    world.move_clock(advance_by="PT1H1S")

    expired = bearing(world, tokens["access_token"]).get("/v2/partner/user/session")
    refreshed = ask_for_tokens(
        world, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )

    assert expired.status_code == HTTPStatus.UNAUTHORIZED
    assert refreshed.is_success


def test_codes_tokens_sessions_and_secrets_are_kept_hashed(world: World) -> None:
    browser = world.browser()
    location = browser.post(authorize(world), data={"persona": "elsa"}).headers["location"]
    code = location.partition("code=")[2].partition("&")[0]
    tokens = redeem(world, code).json()
    secrets = [code, SECRET, browser.cookies["skolon_session"], *tokens.values()]

    with world.database.read() as session:
        kept = "\n".join(
            str(row)
            for table in (AuthorizationCode, BrowserSession, Token, Tool)
            for row in session.execute(select(table.__table__))
        )

    assert kept
    assert [secret for secret in secrets if len(str(secret)) > 20 and secret in kept] == []


def test_tokens_cost_four_statements_at_most(world: World) -> None:
    code = code_for(world, "elsa")
    with statements(world) as for_code:
        tokens = redeem(world, code).json()
    with statements(world) as for_refresh:
        ask_for_tokens(world, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    with statements(world) as for_tool:
        ask_for_tokens(world, grant_type="client_credentials")
    user = as_user(world, "elsa")
    with statements(world) as for_session:
        user.get("/v2/partner/user/session")

    counts = [len(seen) for seen in (for_code, for_refresh, for_tool, for_session)]
    assert counts == [3, 3, 2, 2]
