"""GET and POST /oauth/auth: who logs in, and where the browser is sent afterwards."""

import re
from html import unescape
from http import HTTPStatus
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import func, select

from app.skolon.models import AuthorizationCode, BrowserSession, RedirectUri, Tool
from tests.conftest import World
from tests.contract.skolon import (
    CLIENT_ID,
    SCOPE,
    as_user,
    authorize,
    bearing,
    callback,
    query_of,
    redeem,
)


def _counts(world: World) -> list[int]:
    with world.database.read() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (AuthorizationCode, BrowserSession)
        ]


def _register(world: World, uri: str) -> None:
    with world.database.write() as session:
        tool = session.scalars(select(Tool)).one()
        session.add(RedirectUri(tool_id=tool.id, uri=uri))


SCOPES = "authenticatedUser.identifier groups.members.read"
PLUS = SCOPES.replace(" ", "+")


@pytest.mark.parametrize("slash", ["", "/"])
def test_somebody_without_a_session_chooses_who_to_be_and_goes_on_to_the_tool(
    world: World, slash: str
) -> None:
    browser = world.browser()
    address = authorize(world).replace("/auth?", f"/auth{slash}?")

    page = browser.get(address)
    form = re.search(r'<form method="post" action="([^"]+)">\s*<input[^>]+value="elsa"', page.text)
    assert form
    chosen = browser.post(
        unescape(form[1]).removeprefix(f"/s/{world.name}"), data={"persona": "elsa"}
    )

    assert page.status_code == HTTPStatus.OK
    assert chosen.status_code == HTTPStatus.SEE_OTHER
    assert chosen.headers["location"].startswith(f"{callback(world)}?code=")
    assert query_of(chosen.headers["location"])["state"] == "kept as it is"


@pytest.mark.parametrize("slash", ["", "/"])
def test_somebody_with_a_session_goes_on_silently(world: World, slash: str) -> None:
    browser = world.browser()
    browser.post(authorize(world), data={"persona": "elsa"})

    silent = browser.get(authorize(world).replace("/auth?", f"/auth{slash}?"))

    assert silent.status_code == HTTPStatus.FOUND
    assert query_of(silent.headers["location"])["code"].isalnum()


@pytest.mark.parametrize("state", ["å/&=?#+ %25", "x" * 3000, "<script>", "https://x.example/"])
def test_the_state_comes_back_unchanged(world: World, state: str) -> None:
    answer = world.browser().post(authorize(world, state=state), data={"persona": "elsa"})

    assert query_of(answer.headers["location"])["state"] == state


def test_without_a_state_none_comes_back(world: World) -> None:
    answer = world.browser().post(authorize(world, state=None), data={"persona": "elsa"})

    assert list(query_of(answer.headers["location"])) == ["code"]


def test_parameters_that_are_not_known_are_ignored(world: World) -> None:
    address = authorize(world, access_type="offline", prompt="consent", nonce="n")

    answer = world.browser().post(address, data={"persona": "elsa"})

    assert list(query_of(answer.headers["location"])) == ["code", "state"]


@pytest.mark.parametrize(
    "query",
    [
        f"client_id={CLIENT_ID}&response_type=code&scope={SCOPES}&redirect_uri={{callback}}",
        f"scope={PLUS}&redirect_uri={{callback}}&client_id={CLIENT_ID}&response_type=code",
        f"scope={quote(SCOPES)}&redirect_uri={{encoded}}&client_id={CLIENT_ID}&response_type=code",
    ],
)
def test_a_redirect_uri_may_be_raw_or_encoded_and_scopes_joined_as_one_likes(
    world: World, query: str
) -> None:
    uri = callback(world)
    address = query.format(callback=uri, encoded=quote(uri, safe=""))

    answer = world.browser().post(f"/oauth/auth?{address}", data={"persona": "elsa"})

    assert answer.headers["location"].startswith(f"{uri}?code=")
    with world.database.read() as session:
        assert session.scalars(select(AuthorizationCode.scope)).all() == [SCOPES]


@pytest.mark.parametrize(
    "client_id", [None, "unknown", CLIENT_ID.upper(), f"{CLIENT_ID} ", "' OR 1=1"]
)
def test_an_unknown_client_gets_a_page_and_no_redirect(world: World, client_id: str | None) -> None:
    for answer in (
        world.browser().get(authorize(world, client_id=client_id)),
        world.browser().post(authorize(world, client_id=client_id), data={"persona": "elsa"}),
    ):
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert "location" not in answer.headers
        assert "client_id" in answer.text
    assert _counts(world) == [0, 0]


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "https://evil.example/sso/callback",
        "{callback}/",
        "{callback}?x=1",
        "{callback}#x",
        "{callback}/../callback",
        "http://localhost/sso/callback",
        "http://LOCALHOST/s/{name}/sso/callback",
        "http://localhost:80/s/{name}/sso/callback",
        "http://localhost.evil.example/s/{name}/sso/callback",
        "http://localhost@evil.example/s/{name}/sso/callback",
        "javascript:alert(1)",
        "/sso/callback",
        "//evil.example",
    ],
)
def test_an_unregistered_redirect_uri_gets_a_page_and_no_redirect(
    world: World, uri: str | None
) -> None:
    asked = uri and uri.format(callback=callback(world), name=world.name)
    for answer in (
        world.browser().get(authorize(world, redirect_uri=asked)),
        world.browser().post(authorize(world, redirect_uri=asked), data={"persona": "elsa"}),
    ):
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert "location" not in answer.headers
        assert not asked or f'href="{asked}' not in answer.text
    assert _counts(world) == [0, 0]


@pytest.mark.parametrize("repeated", ["client_id", "redirect_uri"])
def test_it_must_be_plain_who_asks_and_where_the_answer_goes(world: World, repeated: str) -> None:
    twice = {"client_id": CLIENT_ID, "redirect_uri": callback(world)}[repeated]
    address = f"{authorize(world)}&{urlencode({repeated: twice})}"

    answer = world.browser().get(address)

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("registered", "is_allowed"),
    [
        ("https://tool.example/sso?tenant=1", True),
        ("http://localhost:3000/callback", True),
        ("http://127.0.0.1:3000/callback", True),
        ("http://[::1]:3000/callback", True),
        ("http://tool.example/callback", False),
        ("javascript:alert(1)//", False),
        ("tool://callback", False),
    ],
)
def test_a_redirect_uri_is_https_or_on_ones_own_machine(
    world: World, registered: str, *, is_allowed: bool
) -> None:
    _register(world, registered)

    answer = world.browser().post(
        authorize(world, redirect_uri=registered), data={"persona": "elsa"}
    )

    joint = "&" if "?" in registered else "?"
    assert answer.headers.get("location", "").startswith(f"{registered}{joint}code=") is is_allowed


@pytest.mark.parametrize(
    ("changes", "more", "error"),
    [
        ({"response_type": None}, "", "invalid_request"),
        ({"response_type": "token"}, "", "unsupported_response_type"),
        ({"response_type": "code id_token"}, "", "unsupported_response_type"),
        ({}, "&response_type=code", "invalid_request"),
        ({}, "&scope=more", "invalid_request"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "", "invalid_request"),
        ({"code_challenge": "x" * 43}, "", "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "", "invalid_request"),
    ],
)
def test_what_else_is_wrong_is_told_to_the_tool(
    world: World, changes: dict[str, str | None], more: str, error: str
) -> None:
    answer = world.browser().get(authorize(world, **changes) + more)

    told = query_of(answer.headers["location"])
    assert answer.status_code == HTTPStatus.FOUND
    assert answer.headers["location"].startswith(f"{callback(world)}?")
    assert told["error"] == error
    assert told["error_description"]
    assert told["state"] == "kept as it is"


def test_cancelling_tells_the_tool_access_denied(world: World) -> None:
    page = world.browser().get(authorize(world)).text

    links = [unescape(link) for link in re.findall(r'href="([^"]*error=[^"]*)"', page)]

    assert [query_of(link)["error"] for link in links] == ["access_denied"]
    assert links[0].startswith(f"{callback(world)}?")
    assert query_of(links[0])["state"] == "kept as it is"


@pytest.mark.parametrize("persona", ["nobody", "", "%", "\x00", "' OR '1'='1"])
def test_nobody_logs_in_as_somebody_who_is_not_there(world: World, persona: str) -> None:
    answer = world.browser().post(authorize(world), data={"persona": persona})

    assert answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
    assert "set-cookie" not in answer.headers
    assert _counts(world) == [0, 0]


def test_another_site_cannot_log_a_browser_in_or_out(world: World) -> None:
    browser = world.browser()
    browser.post(authorize(world), data={"persona": "elsa"})
    there = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    before = _counts(world)

    logged_in = browser.post(authorize(world), data={"persona": "omar"}, headers=there)
    logged_out = browser.post("/oauth/log-out", headers=there)

    assert logged_in.status_code == logged_out.status_code == HTTPStatus.FORBIDDEN
    assert _counts(world) == before


def test_the_session_is_a_cookie_of_this_world_that_scripts_cannot_read(world: World) -> None:
    plain = world.browser().post(authorize(world), data={"persona": "elsa"})
    secure = world.browser().post(
        f"https://localhost/s/{world.name}/min-samling/log-in", data={"persona": "elsa"}
    )

    cookie = plain.headers["set-cookie"].lower()
    assert cookie.startswith("skolon_session=")
    assert f"path=/s/{world.name};" in f"{cookie};"
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    assert "secure" in secure.headers["set-cookie"].lower()


def test_the_default_worlds_cookie_does_not_shadow_this_worlds(world: World) -> None:
    browser = world.browser()
    browser.post(authorize(world), data={"persona": "elsa"})
    mine = browser.cookies["skolon_session"]

    # In a browser's order: that of the longer path comes first.
    both = f"skolon_session={mine}; skolon_session=of-the-default-world"
    answer = world.browser().get(authorize(world), headers={"Cookie": both})

    assert answer.status_code == HTTPStatus.FOUND


def test_a_session_lasts_a_working_day(world: World) -> None:
    browser = world.browser()
    browser.post(authorize(world), data={"persona": "elsa"})
    world.move_clock(advance_by="PT12H1S")

    assert browser.get(authorize(world)).status_code == HTTPStatus.OK


def test_logging_out_lets_one_choose_another_person_for_the_same_tool(world: World) -> None:
    browser = world.browser()
    browser.post(authorize(world), data={"persona": "elsa"})
    token = browser.cookies["skolon_session"]
    query = authorize(world).partition("?")[2]

    out = browser.post("/oauth/log-out", data={"then": "login", "query": query})

    assert out.headers["location"] == f"/s/{world.name}/oauth/auth?{query}"
    assert browser.get(authorize(world)).status_code == HTTPStatus.OK
    stolen = world.browser().get(authorize(world), headers={"Cookie": f"skolon_session={token}"})
    assert stolen.status_code == HTTPStatus.OK


def test_logging_out_leads_to_no_other_site(world: World) -> None:
    for form in (
        {"then": "https://evil.example"},
        {"then": "login", "query": "\r\nLocation: https://evil.example"},
        {"then": "//evil.example"},
    ):
        location = world.browser().post("/oauth/log-out", data=form).headers["location"]

        assert location.startswith(f"/s/{world.name}/")
        assert "\n" not in location


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_partner_portal_account_gets_500_and_may_choose_again(world: World, accept: str) -> None:
    browser = world.browser()
    chosen = browser.post(authorize(world), data={"persona": "partnerportal"})

    later = browser.get(authorize(world), headers={"Accept": accept})

    assert chosen.status_code == later.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "location" not in later.headers
    assert ("/oauth/log-out" in later.text) is (accept == "text/html")
    assert _counts(world)[0] == 0


def test_the_named_personas_come_first_each_with_its_situation(world: World) -> None:
    swedish = world.browser().get(authorize(world)).text
    english = world.browser().get(authorize(world) + "&lang=en").text

    assert swedish.index('value="elsa"') < swedish.index("Alla andra")
    assert "Elev i 7A utan e-postadress." in swedish
    assert "Student in 7A without an email address." in english


def test_everybody_else_is_found_by_paging_and_by_searching(world: World) -> None:
    browser = world.browser()
    address = authorize(world)
    found: set[str] = set()
    for page in range(1, 9):
        found |= set(
            re.findall(r'value="(\w{50})"', browser.get(f"{address}&persona_page={page}").text)
        )

    searched = browser.get(f"{address}&persona_search={quote('ÅKE')}").text

    assert len(found) == 132
    assert 0 < len(re.findall(r'value="\w{50}"', searched)) < 20
    assert 'name="state" value="kept as it is"' in searched
    assert "persona_search" not in unescape(searched).partition('action="/s/')[2].split('"')[0]


@pytest.mark.parametrize("search", ["%", "_", "\\", "zzzz", "'", "<b>"])
def test_a_search_takes_signs_as_they_are(world: World, search: str) -> None:
    page = world.browser().get(f"{authorize(world)}&persona_search={quote(search)}")

    assert page.status_code == HTTPStatus.OK
    assert re.findall(r'name="persona" value="(\w+)"', page.text) == []
    assert "<b>" not in page.text


def test_anybody_found_there_can_be_chosen(world: World) -> None:
    browser = world.browser()
    key = re.findall(r'value="(\w{50})"', browser.get(authorize(world)).text)[0]

    code = query_of(browser.post(authorize(world), data={"persona": key}).headers["location"])[
        "code"
    ]

    token = redeem(world, code).json()["access_token"]
    session = bearing(world, token).get("/v2/partner/user/session").json()
    assert session["userId"] == key


def test_a_token_without_the_profile_scope_reads_nothing(world: World) -> None:
    browser = world.browser()
    asked = authorize(world, scope="authenticatedUser.groups.read unknown.scope")
    code = query_of(browser.post(asked, data={"persona": "elsa"}).headers["location"])["code"]

    answer = bearing(world, redeem(world, code).json()["access_token"]).get("/v2/partner/user")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert SCOPE in answer.json()["message"]
    assert as_user(world, "elsa").get("/v2/partner/user").is_success
