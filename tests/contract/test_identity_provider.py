"""The identity provider under pressure: races, hostile input, and what it leaves in the tables."""

import base64
import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError
from http import HTTPStatus

import pytest
from sqlalchemy import func, select

from app.database import Base
from app.skolon import grants
from app.skolon.domain.oauth import IssuedTokens, TokenRequest
from app.skolon.models import BrowserSession, Token, Tool
from tests.conftest import World
from tests.contract.skolon import (
    CLIENT,
    CLIENT_ID,
    SECRET,
    ask_for_tokens,
    authorize,
    bearing,
    callback,
    code_for,
    query_of,
    redeem,
)

BASIC = {"Authorization": f"Basic {base64.b64encode(f'{CLIENT_ID}:{SECRET}'.encode()).decode()}"}
VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
MANY = 64


def _count(world: World, table: type[Token | BrowserSession]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _is_good(world: World, token: str) -> bool:
    return bool(bearing(world, token).get("/v2/partner/user/session").is_success)


def test_of_64_who_redeem_one_code_at_once_one_gets_a_token(world: World) -> None:
    code = code_for(world, "elsa")

    with ThreadPoolExecutor(MANY) as together:
        answers = list(together.map(lambda _: redeem(world, code), range(MANY)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: MANY - 1}
    assert {answer.json().get("error") for answer in answers} == {None, "invalid_grant"}
    assert _count(world, Token) == 1
    # What was stolen and what was not cannot be told apart, so neither is good any more.
    (winner,) = [answer.json() for answer in answers if answer.is_success]
    assert not _is_good(world, winner["access_token"])


def test_of_64_who_refresh_with_one_token_at_once_one_gets_a_pair_that_falls_with_it(
    world: World,
) -> None:
    first = redeem(world, code_for(world, "elsa")).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    with ThreadPoolExecutor(MANY) as together:
        answers = list(together.map(lambda _: ask_for_tokens(world, **form), range(MANY)))

    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: MANY - 1}
    (second,) = [answer.json() for answer in answers if answer.is_success]
    assert _count(world, Token) == 2
    assert not _is_good(world, first["access_token"])
    assert not _is_good(world, second["access_token"])


@pytest.mark.parametrize("misused", ["code", "refresh_token"])
def test_misuse_takes_along_what_is_being_refreshed_at_that_moment(
    world: World, misused: str
) -> None:
    code = code_for(world, "elsa")
    first = redeem(world, code).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = ask_for_tokens(world, **form).json()
    asked = TokenRequest(
        "refresh_token", CLIENT_ID, (SECRET,), refresh_token=second["refresh_token"]
    )
    now = world.app.sandboxes.open(world.name).clock()

    with ThreadPoolExecutor(1) as elsewhere:
        with world.database.write() as session:
            third = grants.grant(session, asked, now=now)
            session.flush()
            misuse = elsewhere.submit(
                lambda: redeem(world, code) if misused == "code" else ask_for_tokens(world, **form)
            )
            with pytest.raises(StillWaitingError):
                misuse.result(timeout=0.5)
        answer = misuse.result(timeout=20)

    assert answer.json()["error"] == "invalid_grant"
    assert isinstance(third, IssuedTokens)
    assert not _is_good(world, third.access_token)


def test_many_log_in_at_once_while_yesterdays_sessions_are_removed(world: World) -> None:
    for persona in ("elsa", "omar", "maja"):
        world.browser().post("/min-samling/log-in", data={"persona": persona})
    world.move_clock(advance_by="PT13H")

    with ThreadPoolExecutor(16) as together:
        answers = list(
            together.map(
                lambda _: world.browser().post("/min-samling/log-in", data={"persona": "elsa"}),
                range(32),
            )
        )

    assert {answer.status_code for answer in answers} == {HTTPStatus.SEE_OTHER}
    assert _count(world, BrowserSession) == 32


def test_nothing_secret_is_in_any_of_skolons_tables(world: World) -> None:
    browser = world.browser()
    verifier, challenge = VERIFIER, CHALLENGE
    asked = authorize(world, code_challenge=challenge, code_challenge_method="S256")
    answer = browser.post(asked, data={"persona": "elsa"})
    code = query_of(answer.headers["location"])["code"]
    first = redeem(world, code, code_verifier=verifier).json()
    second = ask_for_tokens(
        world, grant_type="refresh_token", refresh_token=first["refresh_token"]
    ).json()
    own = ask_for_tokens(world, grant_type="client_credentials").json()
    secrets = [SECRET, verifier, code, browser.cookies["skolon_session"]] + [
        issued[name]
        for issued in (first, second, own)
        for name in ("access_token", "refresh_token")
        if name in issued
    ]

    with world.database.read() as session:
        dump = "\n".join(
            str(row)
            for name, table in Base.metadata.tables.items()
            if name.startswith("skolon_")
            for row in session.execute(select(table))
        )

    assert len(secrets) == 9
    assert CLIENT_ID in dump
    assert [secret for secret in secrets if secret in dump] == []


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_token_address_answers_a_code_in_the_body_and_a_tool_by_basic_without_a_redirect(
    world: World, slash: str
) -> None:
    client = world.client()
    code = code_for(world, "elsa")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback(world)}

    in_body = client.post(f"/oauth/access_token{slash}", data=form | CLIENT)
    by_basic = client.post(
        f"/oauth/access_token{slash}", data={"grant_type": "client_credentials"}, headers=BASIC
    )

    for answer in (in_body, by_basic):
        assert answer.status_code == HTTPStatus.OK
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert type(answer.json()["expires_in"]) is int
        assert "id_token" not in answer.json()


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_login_page_takes_the_form_at_both_addresses_without_a_redirect(
    world: World, slash: str
) -> None:
    asked = authorize(world).replace("/auth?", f"/auth{slash}?")

    answer = world.browser().post(asked, data={"persona": "elsa"})

    assert answer.headers["location"].startswith(f"{callback(world)}?code=")


def test_a_client_is_named_in_one_way_only(world: World) -> None:
    form = {"grant_type": "client_credentials"}

    twice = world.client().post("/oauth/access_token", data=form | CLIENT, headers=BASIC)
    named = world.client().post(
        "/oauth/access_token", data=form | {"client_id": CLIENT_ID}, headers=BASIC
    )

    assert twice.status_code == HTTPStatus.BAD_REQUEST
    assert twice.json()["error"] == "invalid_request"
    assert named.status_code == HTTPStatus.OK


def test_a_refresh_token_lasts_thirty_days_of_the_sandboxs_clock(world: World) -> None:
    refresh_token = redeem(world, code_for(world, "elsa")).json()["refresh_token"]
    world.move_clock(advance_by="P30DT1S")

    answer = ask_for_tokens(world, grant_type="refresh_token", refresh_token=refresh_token)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"] == "invalid_grant"


def test_a_refresh_token_is_for_the_client_that_it_was_given(world: World) -> None:
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
    tokens_given = redeem(world, code_for(world, "elsa")).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens_given["refresh_token"]}

    stolen = ask_for_tokens(world, **form, client_id="another")

    assert stolen.json()["error"] == "invalid_grant"
    # The thief's attempt is no second use: it does not harm the owner.
    assert _is_good(world, tokens_given["access_token"])
    assert ask_for_tokens(world, **form).is_success
