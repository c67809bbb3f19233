"""The journal: what a developer reads about requests that Skolon refused."""

import asyncio
import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.database import add_rows
from app.sandboxes.journal import Filters, Journal, JournalEntry
from app.skolon import logins, switches
from app.skolon.models import AuthorizationCode, RedirectUri, Tool, User
from app.skolon.schemas.switches import Switches
from tests.conftest import World
from tests.contract.skolon import (
    CLIENT,
    CLIENT_ID,
    SECRET,
    as_tool,
    as_user,
    ask_for_tokens,
    authorize,
    bearing,
    callback,
    code_for,
    redeem,
    statements,
)

VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
OTHER = {"client_id": "another", "client_secret": "of-the-other-client"}
# Long enough for a code to expire, and for an access token, and for a refresh token.
MINUTE, HOUR, MONTH = "PT1M15S", "PT1H1S", "P31D"

PUBLIC_PARAMETERS = {
    "client_id",
    "code_challenge_method",
    "grant_type",
    "limit",
    # The key of somebody invented, by which entries are found.
    "persona",
    "redirect_uri",
    "response_type",
    "scope",
    "versionTag",
}

Send = Callable[[World], Any]


def _journal(world: World, **query: str | int) -> Any:  # noqa: ANN401, JSON
    answer = world.control.get(f"/sandboxes/{world.name}/journal", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.json()


def _journal_of(world: World) -> Journal:
    return world.app.sandboxes.open(world.name).journal


def _newest(world: World) -> dict[str, Any]:
    """Return the newest entry of those who came from outside."""
    entries: list[dict[str, Any]] = _journal(world)["entries"]
    return next(one for one in entries if one["caller"] in ("browser", "program"))


def _add_another(world: World) -> None:
    with world.database.write() as session:
        session.add(
            Tool(
                name="Another",
                client_id=OTHER["client_id"],
                secret_hash=hashlib.sha256(OTHER["client_secret"].encode()).hexdigest(),
                launch_url="https://another.example/",
            )
        )


def _turn(world: World, **positions: Any) -> None:  # noqa: ANN401, of whatever type a switch has
    with world.database.write() as session:
        switches.change(session, Switches(**positions))


# Ways to be refused by the token endpoint.


def _post(
    world: World,
    content: str = "grant_type=client_credentials",
    content_type: str = "application/x-www-form-urlencoded",
    authorization: str = "",
) -> Any:  # noqa: ANN401, a response
    headers = {"Content-Type": content_type}
    if authorization:
        headers["Authorization"] = authorization
    return world.client().post("/oauth/access_token", content=content, headers=headers)


def _basic(client_id: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{client_id}:{secret}'.encode()).decode()}"


def _as_client(world: World, **form: str) -> Any:  # noqa: ANN401, a response
    return ask_for_tokens(world, grant_type="client_credentials", **form)


def _secret_of_another(world: World) -> Any:  # noqa: ANN401, a response
    _add_another(world)
    return _as_client(world, client_secret=OTHER["client_secret"])


def _code_of_another(world: World) -> Any:  # noqa: ANN401, a response
    _add_another(world)
    return redeem(world, code_for(world, "elsa"), **OTHER)


def _expired_code(world: World) -> Any:  # noqa: ANN401, a response
    code = code_for(world, "elsa")
    world.move_clock(advance_by=MINUTE)
    return redeem(world, code)


def _used_code(world: World) -> Any:  # noqa: ANN401, a response
    code = code_for(world, "elsa")
    redeem(world, code)
    world.move_clock(advance_by="PT5S")
    return redeem(world, code)


def _with_challenge(**form: str) -> Send:
    return lambda world: redeem(world, code_for(world, "elsa", **PKCE), **form)


def _refresh(world: World, refresh_token: str, **form: str) -> Any:  # noqa: ANN401, a response
    return ask_for_tokens(world, grant_type="refresh_token", refresh_token=refresh_token, **form)


def _given(world: World, name: str) -> str:
    return str(redeem(world, code_for(world, "elsa")).json()[name])


def _refresh_token_of_another(world: World) -> Any:  # noqa: ANN401, a response
    _add_another(world)
    return _refresh(world, _given(world, "refresh_token"), **OTHER)


def _expired_refresh_token(world: World) -> Any:  # noqa: ANN401, a response
    given = _given(world, "refresh_token")
    world.move_clock(advance_by=MONTH)
    return _refresh(world, given)


def _used_refresh_token(world: World) -> Any:  # noqa: ANN401, a response
    given = _given(world, "refresh_token")
    _refresh(world, given)
    world.move_clock(advance_by="PT5S")
    return _refresh(world, given)


def _revoked(world: World, name: str) -> str:
    """Return a token of a login whose code was redeemed twice, five seconds ago."""
    code = code_for(world, "elsa")
    given = redeem(world, code).json()[name]
    redeem(world, code)
    world.move_clock(advance_by="PT5S")
    return str(given)


# Ways to be refused by the login page.


def _ask(**changes: str | None) -> Send:
    return lambda world: world.client().get(authorize(world, **changes))


def _plain_http(world: World) -> Any:  # noqa: ANN401, a response
    address = "http://tool.example/callback"
    with world.database.write() as session:
        tool = session.scalars(select(Tool)).one()
        session.add(RedirectUri(tool_id=tool.id, uri=address))
    return world.client().get(authorize(world, redirect_uri=address))


def _log_in(world: World, persona: str, **changes: str | None) -> Any:  # noqa: ANN401, a response
    return world.browser().post(authorize(world, **changes), data={"persona": persona})


def _without_license(world: World) -> Any:  # noqa: ANN401, a response
    _turn(world, unlicensed_logins="denied")
    return _log_in(world, "elsa")


def _without_challenge(world: World) -> Any:  # noqa: ANN401, a response
    _turn(world, pkce="required")
    return world.client().get(authorize(world))


# Ways to be refused by the APIs.


def _get(path: str = "/v2/partner/user", authorization: str | None = None) -> Send:
    headers = {"Authorization": authorization} if authorization else None
    return lambda world: world.client(headers=headers).get(path)


def _by_tool(path: str) -> Send:
    return lambda world: as_tool(world).get(path)


def _expired_token(world: World) -> Any:  # noqa: ANN401, a response
    client = as_tool(world)
    world.move_clock(advance_by=HOUR)
    return client.get("/v2/partner/user")


def _token_of_somebody_deleted(world: World) -> Any:  # noqa: ANN401, a response
    client = as_user(world, "elsa")
    with world.database.write() as session:
        given = select(AuthorizationCode.user_id).scalar_subquery()
        deleted_at = world.app.sandboxes.open(world.name).clock()
        session.execute(update(User).where(User.id == given).values(deleted_at=deleted_at))
    return client.get("/v2/partner/user/session")


def _without_scope(world: World) -> Any:  # noqa: ANN401, a response
    code = code_for(world, "elsa", scope="authenticatedUser.school.read")
    token = redeem(world, code).json()["access_token"]
    return bearing(world, token).get("/v2/partner/user")


def _too_often(world: World) -> Any:  # noqa: ANN401, a response
    _turn(world, calls_per_minute=1)
    client = as_tool(world)
    client.get("/v2/partner/user")
    return client.get("/v2/partner/user")


class Refused(NamedTuple):
    """A request, and what its entry says."""

    send: Send
    status: int
    error: str
    wrong: str
    right: str
    certainty: str
    client_id: str | None = CLIENT_ID


REFUSED = {
    "json": Refused(
        lambda world: _post(world, json.dumps(CLIENT), "application/json"),
        400, "invalid_request", "The body is JSON.", "x-www-form-urlencoded", "inferred", None,
    ),
    "no content type": Refused(
        lambda world: _post(world, "", "text/plain"),
        400, "invalid_request", "The body is no such form.", "urlencoded", "inferred", None,
    ),
    "field twice": Refused(
        lambda world: _post(world, f"code={VERIFIER}&code={VERIFIER}"),
        400, "invalid_request", "code is sent more than once.", "once", "assumed", None,
    ),
    "two ways": Refused(
        lambda world: _post(world, f"client_secret={SECRET}", authorization=_basic("a", SECRET)),
        400, "invalid_request",
        "The client authenticates both by the Authorization header and by client_secret in the "
        "form.", "one of the two", "assumed", None,
    ),
    "malformed Basic": Refused(
        lambda world: _post(world, authorization=f"Bearer {SECRET}"),
        401, "invalid_client",
        "The Authorization header is not Basic with the base64 of client_id:client_secret.",
        "Authorization: Basic base64(client_id:client_secret)", "inferred", None,
    ),
    "no client": Refused(
        lambda world: _as_client(world, client_id=""),
        401, "invalid_client", "client_id is missing.", "client_id of a tool", "documented", None,
    ),
    "unknown client": Refused(
        lambda world: _as_client(world, client_id="misspelled-client"),
        401, "invalid_client", "No tool in this sandbox has this client_id.", CLIENT_ID,
        "documented", "miss…",
    ),
    "swapped": Refused(
        lambda world: _as_client(world, client_id=SECRET, client_secret=CLIENT_ID),
        401, "invalid_client", "What was sent as client_id is the secret of a client.",
        "not the other way", "documented", f"{SECRET[:4]}…",
    ),
    "wrong secret": Refused(
        lambda world: _as_client(world, client_secret="a wrong secret"),
        401, "invalid_client", "The client is known, but client_secret is not its secret.",
        "the secret that belongs to this client_id", "documented",
    ),
    "no secret": Refused(
        lambda world: _as_client(world, client_secret=""),
        401, "invalid_client", "The client is known, but client_secret is missing.",
        "Send client_secret", "documented",
    ),
    "secret of another": Refused(
        _secret_of_another, 401, "invalid_client",
        "The client is known, but client_secret is the secret of another one, another.",
        "of the same client", "documented",
    ),
    "no grant_type": Refused(
        ask_for_tokens, 400, "invalid_request", "grant_type is missing.",
        "authorization_code, refresh_token or client_credentials", "assumed",
    ),
    "unknown grant_type": Refused(
        lambda world: ask_for_tokens(world, grant_type="password"),
        400, "unsupported_grant_type", "grant_type is none that Skolon knows.",
        "authorization_code, refresh_token or client_credentials", "assumed",
    ),
    "no code": Refused(
        lambda world: redeem(world, ""), 400, "invalid_request", "code is missing.",
        "the code that came to redirect_uri", "assumed",
    ),
    "unknown code": Refused(
        lambda world: redeem(world, "x" * 50), 400, "invalid_grant",
        "Nobody in this sandbox was given this code.", "decoded once", "assumed",
    ),
    "code of another": Refused(
        _code_of_another, 400, "invalid_grant",
        f"The code was given to another client, {CLIENT_ID}.", "the client whose client_id",
        "assumed", "another",
    ),
    "expired code": Refused(
        _expired_code, 400, "invalid_grant",
        "The code has expired: it is 0:01:15 old and lasted 0:01:00.", "as soon as", "assumed",
    ),
    "used code": Refused(
        _used_code, 400, "invalid_grant",
        "The code was redeemed before, 0:00:05 ago, so the tokens that were given for it are "
        "revoked.", "Redeem a code once", "assumed",
    ),
    "redirect_uri with a slash": Refused(
        lambda world: redeem(
            world, code_for(world, "elsa"), redirect_uri=f"{callback(world)}/"
        ),
        400, "invalid_grant",
        "redirect_uri is not the one asked with before: the slash at the end differs.",
        "/sso/callback, character by character", "documented",
    ),
    "another redirect_uri": Refused(
        lambda world: redeem(
            world, code_for(world, "elsa"), redirect_uri="https://localhost/elsewhere"
        ),
        400, "invalid_grant",
        "redirect_uri is not the one asked with before: scheme and path differ.",
        "/sso/callback, character by character", "documented",
    ),
    "no redirect_uri": Refused(
        lambda world: redeem(world, code_for(world, "elsa"), redirect_uri=""),
        400, "invalid_grant", "redirect_uri is not the one asked with before: it is missing.",
        "/sso/callback, character by character", "documented",
    ),
    "verifier without challenge": Refused(
        lambda world: redeem(world, code_for(world, "elsa"), code_verifier=VERIFIER),
        400, "invalid_grant",
        "code_verifier is sent, but the code was asked for without a code_challenge.",
        "code_challenge_method=S256", "assumed",
    ),
    "no verifier": Refused(
        _with_challenge(), 400, "invalid_grant",
        "code_verifier is missing, but the code was asked for with a code_challenge.",
        "the code_verifier that", "assumed",
    ),
    "challenge as verifier": Refused(
        _with_challenge(code_verifier=CHALLENGE), 400, "invalid_grant",
        "code_verifier is the code_challenge itself, as if the method were plain.", "SHA-256",
        "assumed",
    ),
    "another verifier": Refused(
        _with_challenge(code_verifier=f"{VERIFIER}-of-another-login"), 400, "invalid_grant",
        "The SHA-256 of code_verifier is not the code_challenge that the code was asked with.",
        "base64url", "assumed",
    ),
    "no refresh token": Refused(
        lambda world: _refresh(world, ""), 400, "invalid_request", "refresh_token is missing.",
        "the last access token", "assumed",
    ),
    "unknown refresh token": Refused(
        lambda world: _refresh(world, "x" * 50), 400, "invalid_grant",
        "Nobody in this sandbox was given this refresh token.", "not cut short", "assumed",
    ),
    "access token as refresh token": Refused(
        lambda world: _refresh(world, _given(world, "access_token")), 400, "invalid_grant",
        "What was sent as refresh_token is an access token.", "refresh_token of the same answer",
        "assumed",
    ),
    "refresh token of another": Refused(
        _refresh_token_of_another, 400, "invalid_grant",
        f"The refresh token was given to another client, {CLIENT_ID}.", "redeemed the code",
        "assumed", "another",
    ),
    "expired refresh token": Refused(
        _expired_refresh_token, 400, "invalid_grant",
        "The refresh token is 31 days, 0:00:00 old, and it lasted 30 days, 0:00:00.",
        "log in again", "assumed",
    ),
    "used refresh token": Refused(
        _used_refresh_token, 400, "invalid_grant",
        "The refresh token was used before, 0:00:05 ago, so all tokens of this login are revoked.",
        "Use a refresh token once", "assumed",
    ),
    "revoked refresh token": Refused(
        lambda world: _refresh(world, _revoked(world, "refresh_token")), 400, "invalid_grant",
        "The refresh token was revoked 0:00:05 ago, as all of a login are when its code or one of "
        "its refresh tokens is used twice.", "log in again", "assumed",
    ),
    "login for an unknown client": Refused(
        _ask(client_id="misspelled-client"), 400, "skolon_unknown_client",
        "No tool in this sandbox has this client_id.", CLIENT_ID, "assumed", "miss…",
    ),
    "login for no client": Refused(
        _ask(client_id=None), 400, "skolon_unknown_client", "client_id is missing.",
        "client_id of a tool", "assumed", None,
    ),
    "login with two clients": Refused(
        lambda world: world.client().get(f"{authorize(world)}&client_id={CLIENT_ID}"),
        400, "skolon_unknown_client", "client_id or redirect_uri is sent more than once.", "once",
        "assumed",
    ),
    "unregistered redirect_uri": Refused(
        _ask(redirect_uri="http://localhost/elsewhere"), 400, "skolon_redirect_uri",
        "redirect_uri is not registered for this tool (its path differs).",
        "/sso/callback.", "inferred",
    ),
    "login without redirect_uri": Refused(
        _ask(redirect_uri=None), 400, "skolon_redirect_uri", "redirect_uri is missing.",
        "/sso/callback.", "inferred",
    ),
    "http that is not loopback": Refused(
        _plain_http, 400, "skolon_redirect_uri",
        "redirect_uri is registered, but it is neither https nor at this machine itself.",
        "https://", "documented",
    ),
    "no response_type": Refused(
        _ask(response_type=None), 302, "invalid_request", "response_type is missing.",
        "response_type=code", "assumed",
    ),
    "another response_type": Refused(
        _ask(response_type="token"), 302, "unsupported_response_type",
        "response_type is not code.", "response_type=code", "assumed",
    ),
    "state twice": Refused(
        lambda world: world.client().get(f"{authorize(world)}&state=some-other-state"),
        302, "invalid_request", "state is sent more than once.", "once", "assumed",
    ),
    "plain PKCE": Refused(
        _ask(code_challenge=CHALLENGE, code_challenge_method="plain"), 302, "invalid_request",
        "There is a code_challenge, but code_challenge_method is not S256.", "S256", "assumed",
    ),
    "challenge that is none": Refused(
        _ask(code_challenge="short", code_challenge_method="S256"), 302, "invalid_request",
        "code_challenge is not 43 characters of base64url.", "without padding", "assumed",
    ),
    "no challenge": Refused(
        _without_challenge, 302, "invalid_request",
        "code_challenge is missing, and a switch of this sandbox requires PKCE.", "S256",
        "assumed",
    ),
    "no license": Refused(
        _without_license, 303, "access_denied",
        "Whoever logged in has no license for this tool, and a switch denies such logins.",
        "Assign a license", "assumed",
    ),
    "partner account": Refused(
        lambda world: _log_in(world, "partnerportal"), 500, "skolon_partner_account",
        "An account of the Partner Portal logged in; those cannot use tools.",
        "a teacher or a student", "documented",
    ),
    "no header": Refused(
        _get(), 401, "unauthorized", "The Authorization header is missing.",
        "Authorization: Bearer", "inferred", None,
    ),
    "Basic at the API": Refused(
        _get(authorization=_basic(CLIENT_ID, SECRET)), 401, "unauthorized",
        "The Authorization header is Basic.", "Authorization: Bearer", "inferred", None,
    ),
    "no scheme": Refused(
        _get(authorization="x" * 50), 401, "unauthorized",
        "The Authorization header is of no scheme that is known.", "Bearer", "inferred", None,
    ),
    "Bearer alone": Refused(
        _get(authorization="Bearer"), 401, "unauthorized",
        "The Authorization header is Bearer with nothing after it.", "access token", "inferred",
        None,
    ),
    "quoted token": Refused(
        lambda world: bearing(world, f'"{_given(world, "access_token")}"').get("/v2/partner/user"),
        401, "unauthorized",
        "The bearer token holds spaces or quotation marks, which no token does.", "alone",
        "documented", None,
    ),
    "unknown token": Refused(
        _get(authorization=f"Bearer {'x' * 50}"), 401, "unauthorized",
        "Nobody in this sandbox was given this access token.", "/oauth/access_token",
        "documented", None,
    ),
    "code as token": Refused(
        lambda world: bearing(world, code_for(world, "elsa")).get("/v2/partner/user/session"),
        401, "unauthorized", "What was sent as bearer token is a code.", "Redeem the code",
        "documented", None,
    ),
    "refresh token as token": Refused(
        lambda world: bearing(world, _given(world, "refresh_token")).get("/v2/partner/user"),
        401, "unauthorized", "What was sent as bearer token is a refresh token.",
        "the access_token", "documented",
    ),
    "expired token": Refused(
        _expired_token, 401, "unauthorized",
        "The access token has expired: it is 1:00:01 old and lasted 1:00:00.", "expires_in",
        "documented",
    ),
    "revoked token": Refused(
        lambda world: bearing(world, _revoked(world, "access_token")).get("/v2/partner/user"),
        401, "unauthorized",
        "The access token was revoked 0:00:05 ago, as all of a login are when its code or one of "
        "its refresh tokens is used twice.", "log in again", "assumed",
    ),
    "token of somebody deleted": Refused(
        _token_of_somebody_deleted, 401, "unauthorized",
        "The user of this access token has been deleted.", "Forget the user", "assumed",
    ),
    "session of a tool": Refused(
        _by_tool("/v2/partner/user/session"), 403, "no_user",
        "The access token is the tool's own, so there is no user whose session it could be.",
        "after somebody logged in", "assumed",
    ),
    "user at the partner portal": Refused(
        lambda world: as_user(world, "maja").delete("/portal/api/schools/x/unit-codes/y"),
        403, "user_token", "The access token is a user's, and only the tool itself may do this.",
        "client_credentials", "assumed",
    ),
    "missing scope": Refused(
        _without_scope, 403, "missing_scope",
        "This token lacks the scope authenticatedUser.profile.read.",
        "this token has authenticatedUser.school.read", "documented",
    ),
    "too often": Refused(
        _too_often, 429, "too_many_requests", "Too many requests.", "Retry-After", "documented",
    ),
    "bad versionTag": Refused(
        _by_tool("/v2/partner/user?versionTag=yesterday"), 400, "invalid_version_tag",
        "The versionTag is none that an answer gave.", "an earlier answer", "assumed",
    ),
    "bad limit": Refused(
        _by_tool("/v2/partner/user?limit=0"), 400, "invalid", "limit: ge 1.", "a whole number",
        "assumed",
    ),
    "bad cursor": Refused(
        _by_tool("/v2/partner/user?cursor=page-2"), 400, "invalid_cursor",
        "The cursor is none that an answer gave, or was changed on its way.", "as it came",
        "assumed",
    ),
    "wrong path": Refused(
        _by_tool("/v2/partner/licenses"), 404, "not_found", "Skolon has nothing at this path.",
        "The nearest path is /v2/partner/license.", "documented",
    ),
    "wrong method": Refused(
        lambda world: as_tool(world).post("/v2/partner/user"), 405, "method_not_allowed",
        "This path is not called with POST.", "Call it with GET.", "assumed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_refusal_is_explained_and_nothing_secret_is_kept(world: World, case: Refused) -> None:
    world.move_clock(freeze=True)

    answer = case.send(world)

    entry = _newest(world)
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert (answer.status_code, entry["status"]) == (case.status, case.status)
    assert (entry["error"], entry["wrong"]) == (case.error, case.wrong)
    assert case.right in entry["right"]
    assert entry["certainty"] == case.certainty
    assert "known" in entry["certainty_means"]
    assert entry["client_id"] == case.client_id
    assert (entry["company"], entry["method"]) == ("skolon", answer.request.method)
    assert f"/s/{world.name}{entry['path']}" == answer.request.url.path
    row = _row(world)
    assert [secret for secret in _secrets(answer.request) if secret in row] == []


def test_no_two_refusals_that_are_told_apart_have_the_same_sentence() -> None:
    # The same mistake at the login page and at the token endpoint.
    both = {"login for an unknown client", "login for no client"}

    sentences = [case.wrong for name, case in REFUSED.items() if name not in both]

    assert len(sentences) == len(set(sentences))


def _row(world: World) -> str:
    """Return the newest row as it stands in the table."""
    _journal_of(world).flush()
    with world.database.read() as session:
        newest = (
            select(JournalEntry.__table__)
            .where(JournalEntry.caller.in_(("browser", "program")))
            .order_by(JournalEntry.id.desc())
            .limit(1)
        )
        return str(session.execute(newest).one())


def _secrets(request: Any) -> set[str]:  # noqa: ANN401, a request
    """Return what was sent that the journal may not hold."""
    query = request.url.query.decode()
    form = "" if "json" in request.headers.get("content-type", "") else request.content.decode()
    sent = [*parse_qsl(query), *parse_qsl(form), ("code", CHALLENGE), ("secret", SECRET)]
    secrets = {value for name, value in sent if name not in PUBLIC_PARAMETERS}
    if header := request.headers.get("authorization", ""):
        secrets.add(header.removeprefix("Bearer").removeprefix("Basic").strip(' "'))
    return {secret for secret in secrets if len(secret) > 5}


def test_what_is_put_in_the_wrong_place_is_kept_from_the_journal(world: World) -> None:
    misplaced = ("elsa.akerlund@exempelstad.example", "201203042384", "20120304-2384", "x1" * 25)

    for secret in misplaced:
        world.client().get(f"/v2/partner/user/{secret}/classes")
        by_path = _row(world)
        world.client().get("/v2/partner/user", params={secret: secret, "limit": secret})
        by_query = _row(world)
        _post(world, f"grant_type={secret}&client_id={secret}&{secret}=1")
        by_form = _row(world)
        world.client().get(authorize(world, client_id=secret, redirect_uri=f"https://x/{secret}"))
        by_page = _row(world)

        assert "/v2/partner/user/…/classes" in by_path
        assert "…=…&limit=…" in by_query
        assert "grant_type=…&client_id=…&…=…" in by_form
        assert [row for row in (by_path, by_query, by_form, by_page) if secret in row] == []


def test_harmless_parameters_are_kept_with_their_values(world: World) -> None:
    redeem(world, "x" * 50)
    by_form = _newest(world)["query"]
    world.client().get("/v2/partner/user?limit=20&versionTag=7&schoolId=abc")
    by_query = _newest(world)["query"]

    assert by_form == (
        "client_id=…&client_secret=…&grant_type=authorization_code&code=…&redirect_uri=…"
    )
    assert by_query == "limit=20&versionTag=7&schoolId=…"


def test_what_is_answered_is_the_same_for_a_wrong_secret_and_an_unknown_client(
    world: World,
) -> None:
    answers = [_as_client(world, client_id="unknown"), _as_client(world, client_secret="wrong")]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


def test_something_broken_is_told_from_something_wrong(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_user(world, "elsa")
    monkeypatch.setattr(logins, "session_of", lambda *_: 1 / 0)

    answer = client.get("/v2/partner/user/session")

    assert answer.status_code == _newest(world)["status"] == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "Something broke in skolon-mock itself" in _newest(world)["wrong"]


def test_whoever_has_the_answer_finds_the_entry(world: World) -> None:
    found: list[list[str]] = []
    path = f"/s/{world.name}/v2/partner/user"
    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}

    async def receive() -> dict[str, str]:
        return {"type": "http.request"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body" and not message.get("more_body"):
            page = _journal_of(world).page(Filters(explained=True), 10)
            found.append([str(entry.wrong) for entry in page.entries])

    asyncio.run(world.app(scope, receive, send))

    assert found == [["The Authorization header is missing."]]


def test_no_request_pays_a_statement_for_the_journal(world: World) -> None:
    with statements(world) as seen:
        user = as_user(world, "elsa")
        user.get("/v2/partner/user/session")
        redeem(world, "x" * 50)

    assert seen
    assert [statement for statement in seen if "sandbox_journal" in statement] == []


def test_what_the_journal_writes_is_no_news_for_the_background(world: World) -> None:
    as_tool(world).get("/v2/partner/user")
    before = world.database.writes

    _journal_of(world).flush()

    assert world.database.writes == before
    assert _journal(world)["entries"]


def test_a_broken_journal_changes_no_answer(world: World) -> None:
    whole = redeem(world, "x" * 50)
    JournalEntry.__table__.drop(world.database.engine)  # type: ignore[attr-defined]

    broken = redeem(world, "x" * 50)
    _journal_of(world).flush()

    assert whole.status_code == broken.status_code == HTTPStatus.BAD_REQUEST
    assert whole.json() == broken.json()


def test_a_crash_while_the_database_is_away_is_answered_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = as_tool(world)

    def away() -> None:
        raise OperationalError("SELECT", {}, Exception())

    monkeypatch.setattr(type(world.database), "read", lambda _: away())

    answer = client.get("/v2/partner/user")

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert set(answer.json()) == {"error", "message"}


def _fill(world: World, number: int) -> int:
    """Make so many entries more of the newest one, and return its id."""
    journal = _journal_of(world)
    journal.flush()
    with world.database.write() as session:
        newest = session.scalars(select(JournalEntry).order_by(JournalEntry.id.desc())).first()
        assert newest is not None
        row = {
            column: getattr(newest, column)
            for column in JournalEntry.__table__.columns.keys()  # noqa: SIM118, not a dictionary
            if column != "id"
        }
        add_rows(session, JournalEntry, [row] * number)
        return newest.id


def test_the_oldest_entries_are_let_go(world: World) -> None:
    changed = world.control.patch(f"/sandboxes/{world.name}/journal", json={"most_entries": 40})
    assert changed.status_code == HTTPStatus.OK, changed.text
    redeem(world, "x" * 50)
    oldest = _fill(world, 40)

    for _ in range(2):
        redeem(world, "x" * 50)
    _journal_of(world).flush()

    with world.database.read() as session:
        kept = session.scalars(select(JournalEntry.id).order_by(JournalEntry.id)).all()
    # It is looked at twenty times until it is full.
    assert 40 <= len(kept) <= 42
    assert kept[0] > oldest


def test_the_journal_is_read_newest_first_a_page_at_a_time(world: World) -> None:
    for number in range(5):
        world.client().get(f"/v2/partner/user?limit={number + 1}")

    first = _journal(world, limit=2, path="/v2/")
    second = _journal(world, limit=2, path="/v2/", before=first["next_before"])
    third = _journal(world, limit=2, path="/v2/", before=second["next_before"])

    read = [entry["query"] for page in (first, second, third) for entry in page["entries"]]
    assert read == [f"limit={number}" for number in (5, 4, 3, 2, 1)]
    assert third["next_before"] is None


def test_the_journal_is_searched_by_path_status_and_client(world: World) -> None:
    redeem(world, "x" * 50)
    _as_client(world, client_secret="wrong")
    world.client().get("/v2/partner/user")

    assert len(_journal(world, caller="program")["entries"]) == 3
    assert len(_journal(world, status="4xx", company="skolon")["entries"]) == 3
    assert _journal(world, status="5xx")["entries"] == []
    assert len(_journal(world, error="invalid_grant")["entries"]) == 1
    assert len(_journal(world, method="POST", caller="program", company="skolon")["entries"]) == 2
    assert [one["status"] for one in _journal(world, path="/v2/")["entries"]] == [401]
    assert _journal(world, path="/V2/")["entries"] == _journal(world, path="/v_/")["entries"] == []
    assert [one["path"] for one in _journal(world, status=400)["entries"]] == [
        "/oauth/access_token"
    ]
    assert len(_journal(world, client_id=CLIENT_ID)["entries"]) == 2
    assert _journal(world, client_id="another")["entries"] == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "before=0",
        "status=7",
        "status=6xx",
        "path=%00",
        "method=%00",
        "since=yesterday",
        "since=2026-01-01T00:00:00",
        "surprise=1",
    ],
)
def test_a_search_that_cannot_be_is_refused(world: World, query: str) -> None:
    answer = world.control.get(f"/sandboxes/{world.name}/journal?{query}")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_the_journal_is_the_sandboxs_own_and_tells_its_time(world: World) -> None:
    world.move_clock(freeze=True)
    world.move_clock(set_to="2031-01-01T08:00:00Z")
    redeem(world, "x" * 50)

    assert _newest(world)["at"] == "2031-01-01T08:00:00Z"
    others = world.control.get("/sandboxes/default/journal").json()["entries"]
    assert "2031-01-01T08:00:00Z" not in {entry["at"] for entry in others}
    assert world.control.get("/sandboxes/nobody/journal").status_code == HTTPStatus.NOT_FOUND


def test_the_page_says_in_both_languages_what_was_refused(world: World) -> None:
    browser = world.browser()
    before = browser.get("/journal?show=refused").text
    redeem(world, "x" * 50)

    swedish = browser.get("/journal").text
    english = browser.get("/journal?lang=en").text

    assert "Inget är nekat än" in before
    assert f'href="/s/{world.name}/journal"' in browser.get("/tour").text
    for page in (swedish, english):
        assert "Nobody in this sandbox was given this code." in page
        assert "400 invalid_grant" in page
        assert "<script" not in page
    assert "vad som har anropats" in swedish
    assert "what was called" in english


def test_the_page_can_leave_out_what_was_not_refused(world: World) -> None:
    redeem(world, "x" * 50)
    as_tool(world).get("/v2/partner/user")

    page = world.browser().get("/journal?show=refused").text

    assert page.count("<article") == 1
    assert "invalid_grant" in page


def test_the_page_shows_fifty_entries_and_leads_to_the_older_ones(world: World) -> None:
    for number in range(51):
        world.client().get(f"/v2/partner/user?limit={number + 1}")
    browser = world.browser()

    first = browser.get("/journal?show=refused").text
    older = re.search(r'href="(\?show=refused&amp;before=\d+)"', first)
    assert older
    second = browser.get(f"/journal{html.unescape(older[1])}").text

    assert first.count("<article") == 50
    assert second.count("<article") == 1
    assert "Äldre" in first
    assert "Äldre" not in second
    assert "limit=1<" in second


def test_what_is_shown_is_escaped(world: World) -> None:
    entry = {"wrong": "<b>wrong</b>"}
    redeem(world, "x" * 50)
    _journal_of(world).flush()
    with world.database.write() as session:
        session.execute(update(JournalEntry).values(**entry))

    assert "&lt;b&gt;wrong" in world.browser().get("/journal").text
