"""The switches: each of them in every position, as a tool or an administrator meets it."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.main import Service, create_app
from app.settings import Mode, Settings
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
    code_for,
    query_of,
    redeem,
)
from tests.factories import decided, internal_tool, license_school, portal, send_from_portal
from tests.pools import people_at, pool_with, use_tool

PROPERTIES = Switches.model_json_schema()["properties"]
# Shown by the tests of webhooks, tests/contract/test_webhooks.py.
OF_WEBHOOKS = {"data_edits", "remove_class_key", "removal_uuids", "webhook_signature"}
SCHOOL, PRESCHOOL, OTHER_SCHOOL = "Ekbackaskolan", "Tallkottens förskola", "Lindängsskolan"
VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}

Test = TypeVar("Test", bound=Callable[..., None])
_shown: set[str] = set()


def in_each_position(switch: str, expected: Mapping[Any, Any]) -> Callable[[Test], Test]:
    """Run a test once for each position of a switch; none may be left out."""
    positions = PROPERTIES[switch].get("enum")
    if positions is None:
        assert PROPERTIES[switch]["default"] in expected
        assert len(expected) > 1
    else:
        assert set(expected) == set(positions)
    _shown.add(switch)
    return pytest.mark.parametrize(
        ("position", "expected"), expected.items(), ids=[f"{switch}={each}" for each in expected]
    )


def _turn(world: World, **positions: Any) -> None:  # noqa: ANN401, whatever the switch takes
    answer = world.control.patch(f"/s/{world.name}/skolon/switches", json=positions)
    assert answer.status_code == HTTPStatus.OK, answer.text


def _positions(world: World) -> dict[str, Any]:
    switches = world.client().get("/skolon/switches").json()["switches"]
    return {switch["name"]: switch["position"] for switch in switches}


def _turned(world: World) -> dict[str, Any]:
    """Return the switches that do not stand as they do by default."""
    return {
        name: position
        for name, position in _positions(world).items()
        if position != PROPERTIES[name]["default"]
    }


def _page(client: TestClient, kind: str, **query: Any) -> Any:  # noqa: ANN401, JSON
    answer = client.get(f"/v2/partner/{kind}", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.json()


def _people(client: TestClient, **query: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    users = _page(client, "user", limit=1000, **query)["users"]
    return {user["firstName"]: user for user in users if user["firstName"] != "Björn"}


def _sent_back(world: World, persona: str, **changes: str | None) -> dict[str, str]:
    """Return what comes to the tool's address when the persona logs in."""
    answer = world.browser().post(authorize(world, **changes), data={"persona": persona})
    assert answer.is_redirect, answer.text
    return query_of(answer.headers["location"])


def _give(world: World, school: str, **license_: Any) -> dict[str, Any]:  # noqa: ANN401, JSON
    body = {"client_id": CLIENT_ID, "school": school} | license_
    answer = world.control.post(f"/s/{world.name}/skolon/licenses", json=body)
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _withdraw(world: World) -> None:
    administrator = portal(world)
    found = re.search(r"/portal/licenses/\w+/withdraw", administrator.get("/portal/licenses").text)
    assert found
    assert administrator.post(found[0]).is_redirect


def _remove(world: World, persona: str) -> None:
    answer = world.control.delete(f"/s/{world.name}/skolon/users/{persona}")
    assert answer.is_success, answer.text


@pytest.fixture(scope="module")
def _shared(app: Service, control: TestClient) -> Iterator[World]:
    assert control.post("/sandboxes", json={"name": "turned", "seed": "town"}).is_success
    world = World("turned", app, control, app.sandboxes.open("turned").database)
    license_school(world, SCHOOL)
    yield world
    control.delete("/sandboxes/turned")


@pytest.fixture
def licensed(_shared: World) -> Iterator[World]:
    """A world in which Ekbackaskolan has its license, for tests that only read and turn."""
    yield _shared
    assert _shared.control.delete("/s/turned/skolon/switches").is_success


# The identity provider.


@in_each_position("redirect_uri_again", {"must_match": False, "ignored": True})
def test_the_redirect_uri_is_compared_at_the_token_endpoint(
    licensed: World, position: str, *, expected: bool
) -> None:
    _turn(licensed, redirect_uri_again=position)

    answer = redeem(licensed, code_for(licensed, "elsa"), redirect_uri="none")

    assert answer.is_success is expected


@in_each_position(
    "pkce",
    {
        "if_sent": {"right": True, "wrong": False, "none": True, "plain": False},
        "ignored": {"right": True, "wrong": True, "none": True, "plain": True},
        "required": {"right": True, "wrong": False, "none": False, "plain": False},
    },
)
def test_a_code_verifier_is_checked(
    licensed: World, position: str, expected: dict[str, bool]
) -> None:
    _turn(licensed, pkce=position)
    logins: dict[str, tuple[dict[str, str], str]] = {
        "right": (PKCE, VERIFIER),
        "wrong": (PKCE, f"{VERIFIER}x"),
        "none": ({}, ""),
        "plain": (PKCE | {"code_challenge_method": "plain"}, CHALLENGE),
    }

    succeed = {}
    for name, (challenge, verifier) in logins.items():
        came = _sent_back(licensed, "elsa", **challenge)
        form = {"code_verifier": verifier} if verifier else {}
        succeed[name] = "code" in came and redeem(licensed, came["code"], **form).is_success

    assert succeed == expected


@in_each_position("json_token_requests", {"refused": False, "accepted": True})
def test_a_token_request_in_json(licensed: World, position: str, *, expected: bool) -> None:
    _turn(licensed, json_token_requests=position)
    client = licensed.client()
    basic = base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()

    answers = [
        client.post("/oauth/access_token", json={"grant_type": "client_credentials"} | CLIENT),
        client.post("/oauth/access_token/", json={"grant_type": "client_credentials"} | CLIENT),
        client.post(
            "/oauth/access_token",
            json={"grant_type": "client_credentials", "unknown": [1, None]},
            headers={"Authorization": f"Basic {basic}"},
        ),
    ]

    for answer in answers:
        if expected:
            assert (
                bearing(licensed, answer.json()["access_token"]).get("/v2/partner/user").is_success
            )
        else:
            assert answer.status_code == HTTPStatus.BAD_REQUEST
            assert answer.json() == {
                "error": "invalid_request",
                "error_description": "the body must be application/x-www-form-urlencoded",
            }
    assert ask_for_tokens(licensed, grant_type="client_credentials").is_success


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "invalid_request"),
        (b"{", 400, "invalid_request"),
        (b"[]", 400, "invalid_request"),
        (b'[["grant_type", "client_credentials"]]', 400, "invalid_request"),
        (b"null", 400, "invalid_request"),
        (b'"grant_type"', 400, "invalid_request"),
        (b"{}", 401, "invalid_client"),
        (b'{"grant_type": null}', 400, "invalid_request"),
        (b'{"grant_type": 1}', 400, "invalid_request"),
        (b'{"grant_type": {"grant_type": "client_credentials"}}', 400, "invalid_request"),
        (b'{"code": "\\ud800"}', 400, "invalid_request"),
        (b'{"client_id": "\\u0000"}', 400, "invalid_request"),
        (b"\xff\xfe\xfa", 400, "invalid_request"),
        (b"[" * 100_000, 400, "invalid_request"),
        (b'{"code": ' + b"9" * 5000 + b"}", 400, "invalid_request"),
        (b'{"client_id": "a", "client_id": "b"}', 400, "invalid_request"),
        (b'{"client_id": 1, "client_id": "b"}', 400, "invalid_request"),
        (b'{"grant_type": "client_credentials", "client_id": "x"}', 401, "invalid_client"),
    ],
)
def test_a_json_token_request_that_is_wrong_is_refused_and_explained(
    licensed: World, body: bytes, status: int, error: str
) -> None:
    if body == b"{}":
        # Without a grant type it is not yet asked who the client is.
        status, error = 400, "invalid_request"
    explanations = []
    for position in ("refused", "accepted"):
        _turn(licensed, json_token_requests=position)
        answer = licensed.client().post(
            "/oauth/access_token", content=body, headers={"Content-Type": "application/json"}
        )
        journal = licensed.control.get(
            f"/sandboxes/{licensed.name}/journal?limit=1&caller=program"
        ).json()
        explanations.append(journal["entries"][0]["wrong"])
        wanted = (status, error) if position == "accepted" else (400, "invalid_request")
        assert (answer.status_code, answer.json()["error"]) == wanted

    assert explanations[0] == "The body is JSON."
    assert explanations[1] != explanations[0]


@in_each_position("code_seconds", {60: (59, 60), 1: (0, 1), 3600: (3599, 3600)})
def test_a_code_is_good_for_so_many_seconds(
    world: World, position: int, expected: tuple[int, int]
) -> None:
    _turn(world, code_seconds=position)
    world.move_clock(freeze=True)

    outcomes = []
    for wait in expected:
        code = code_for(world, "elsa")
        world.move_clock(advance_by=f"PT{wait}S")
        outcomes.append(redeem(world, code).is_success)

    assert outcomes == [True, False]


@in_each_position("token_seconds", {3600: (3599, 3600), 5: (4, 5)})
def test_an_access_token_is_good_for_so_many_seconds(
    world: World, position: int, expected: tuple[int, int]
) -> None:
    _turn(world, token_seconds=position)
    world.move_clock(freeze=True)

    statuses = []
    for wait in expected:
        tokens = redeem(world, code_for(world, "elsa")).json()
        assert tokens["expires_in"] == position
        world.move_clock(advance_by=f"PT{wait}S")
        session = bearing(world, tokens["access_token"]).get("/v2/partner/user/session")
        statuses.append(session.status_code)

    assert statuses == [HTTPStatus.OK, HTTPStatus.UNAUTHORIZED]


@in_each_position("refresh_tokens", {"given": True, "absent": False})
def test_a_refresh_token_comes_with_an_access_token(
    licensed: World, position: str, *, expected: bool
) -> None:
    _turn(licensed, refresh_tokens=position)

    tokens = redeem(licensed, code_for(licensed, "elsa")).json()

    assert ("refresh_token" in tokens) is expected
    if expected:
        again = ask_for_tokens(
            licensed, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
        )
        assert again.is_success


@in_each_position("scope_in_answer", {"absent": None, "given": "authenticatedUser.profile.read"})
def test_the_token_answer_names_the_scope(
    licensed: World, position: str, expected: str | None
) -> None:
    _turn(licensed, scope_in_answer=position)

    tokens = redeem(licensed, code_for(licensed, "elsa")).json()
    of_the_tool = ask_for_tokens(licensed, grant_type="client_credentials").json()

    assert tokens.get("scope") == expected
    assert "scope" not in of_the_tool


@in_each_position("unlicensed_logins", {"allowed": "code", "denied": "error"})
def test_people_without_a_license_log_in(licensed: World, position: str, expected: str) -> None:
    _turn(licensed, unlicensed_logins=position)
    browser = licensed.browser()

    unlicensed = _sent_back(licensed, "frida")
    licensed_person = _sent_back(licensed, "elsa")
    logged_in = browser.post("/min-samling/log-in", data={"persona": "frida"})
    silently = query_of(browser.get(authorize(licensed)).headers["location"])

    assert logged_in.is_redirect
    assert expected in unlicensed
    assert expected in silently
    assert unlicensed.get("error", "access_denied") == "access_denied"
    assert unlicensed["state"] == "kept as it is"
    assert "code" in licensed_person


@in_each_position("empty_pool", {"explained": None, "sent_back": "license_pool_empty"})
def test_what_somebody_meets_whose_license_pool_is_empty(
    app: Service, control: TestClient, position: str, expected: str | None
) -> None:
    assert control.post("/sandboxes", json={"name": "pooled", "seed": "demo"}).is_success
    pooled = World("pooled", app, control, app.sandboxes.open("pooled").database)
    _turn(pooled, empty_pool=position)

    answer = pooled.browser().post(authorize(pooled), data={"persona": "pelle"})

    assert (answer.status_code == HTTPStatus.CONFLICT) == (expected is None)
    query = query_of(answer.headers.get("location", ""))
    assert query.get("error_description") == expected
    assert query.get("error") == (expected and "access_denied")
    control.delete("/sandboxes/pooled")


@in_each_position(
    "authentication_method",
    {name: name for name in ("SKOLON", "SAML", "GOOGLE", "MICROSOFT", "FEIDE")},
)
def test_a_session_names_the_authentication_method(
    licensed: World, position: str, expected: str
) -> None:
    _turn(licensed, authentication_method=position)

    session = _page(as_user(licensed, "elsa"), "user/session")

    assert session["authenticationMethod"] == expected


@in_each_position("session_school", {"chosen": SCHOOL, "first": OTHER_SCHOOL, "absent": None})
def test_a_session_names_a_school_of_somebody_at_several(
    licensed: World, position: str, expected: str | None
) -> None:
    browser = licensed.browser()
    browser.post("/min-samling/log-in", data={"persona": "ture"})
    page = browser.get("/min-samling").text
    names = dict(re.findall(r'<option value="(\w+)"[^>]*>([^<]+)<', page))
    (chosen,) = [school for school, name in names.items() if name == SCHOOL]
    browser.post("/min-samling/school", data={"school": chosen})
    code = query_of(browser.get(authorize(licensed)).headers["location"])["code"]
    client = bearing(licensed, redeem(licensed, code).json()["access_token"])
    _turn(licensed, session_school=position)

    session = _page(client, "user/session")

    assert names.get(session.get("schoolId", "")) == expected
    assert ("schoolUuid" in session) is (expected is not None)
    assert {"userId", "userUuId"} <= set(session)


# Every list of the Partner API.

KINDS = ("user", "school", "organization", "group", "license")


@in_each_position("version_tag", {"number": int, "text": str})
def test_the_type_of_a_version_tag(licensed: World, position: str, expected: type) -> None:
    _turn(licensed, version_tag=position, orders="empty_list")
    client = as_tool(licensed)

    for kind in (*KINDS, "order"):
        tag = _page(client, kind, limit=1000)["versionTag"]
        assert type(tag) is expected
        assert _page(client, kind, versionTag=tag)["versionTag"] == tag


@in_each_position(
    "paging",
    {
        "both": {"cursor", "versionTag"},
        "cursor": {"cursor"},
        "version_tag": {"versionTag"},
    },
)
def test_a_list_goes_on_by(licensed: World, position: str, expected: set[str]) -> None:
    _turn(licensed, paging=position)
    client = as_tool(licensed)
    everybody = {user["id"] for user in _page(client, "user", limit=1000)["users"]}
    assert len(everybody) > 100

    first = _page(client, "user", limit=60)
    for way in ("cursor", "versionTag"):
        page, seen, pages = first, {user["id"] for user in first["users"]}, 1
        while page["hasMore"] and way in page and pages < 5:
            page = _page(client, "user", limit=60, **{way: page[way]})
            seen |= {user["id"] for user in page["users"]}
            pages += 1
        assert (seen == everybody) is (way in expected)
    assert ("cursor" in first) is ("cursor" in expected)
    if position == "cursor":
        assert _page(client, "user", cursor=first["cursor"])["versionTag"] == first["versionTag"]


@in_each_position("unknown_version_tag", {"refused": False, "ignored": True})
def test_a_version_tag_that_is_no_number(licensed: World, position: str, *, expected: bool) -> None:
    _turn(licensed, unknown_version_tag=position)
    client = as_tool(licensed)
    everything = _page(client, "user")

    for tag in ("abc", "-1", "1.0", "", "9" * 30):
        answer = client.get("/v2/partner/user", params={"versionTag": tag})
        if expected:
            assert answer.json() == everything
        else:
            assert answer.status_code == HTTPStatus.BAD_REQUEST
            assert answer.json()["error"] == "invalid_version_tag"


@in_each_position("page_size", {100: 100, 7: 7})
def test_records_on_a_page_without_a_limit(licensed: World, position: int, expected: int) -> None:
    _turn(licensed, page_size=position)
    client = as_tool(licensed)

    assert len(_page(client, "user")["users"]) == expected
    assert len(_page(client, "user", limit=20)["users"]) == 20


@in_each_position("most_per_page", {1000: 120, 9: 9})
def test_records_on_a_page_at_most(licensed: World, position: int, expected: int) -> None:
    _turn(licensed, most_per_page=position)
    client = as_tool(licensed)

    page = _page(client, "user", limit=120)

    assert (len(page["users"]), page["hasMore"]) == (expected, True)
    assert len(_page(client, "user")["users"]) == min(expected, 100)


@in_each_position("calls_per_minute", {0: [200] * 6, 3: [200, 200, 200, 429, 429, 429]})
def test_calls_of_a_tool_in_a_minute(world: World, position: int, expected: list[int]) -> None:
    _turn(world, calls_per_minute=position)
    world.move_clock(freeze=True)
    client, person = as_tool(world), as_user(world, "elsa")
    paths = ("/v2/partner/user", "/v2/partner/school", "/v2/partner/user/session")

    # The tool's calls count together, with whichever of its tokens and at whatever it looks.
    answers = [person.get(paths[2]), client.get(paths[1]), *(client.get(paths[0]) for _ in "1234")]
    world.move_clock(advance_by="PT20S")
    in_between = client.get(paths[0])
    world.move_clock(advance_by="PT41S")
    later = client.get(paths[0])

    assert [answer.status_code for answer in answers] == expected
    assert later.status_code == HTTPStatus.OK
    if position:
        assert in_between.json() == {"error": "too_many_requests", "message": "Too many requests."}
        assert 39 <= int(in_between.headers["retry-after"]) <= 40
        assert answers[-1].headers["retry-after"] == "60"


@in_each_position("tombstones", {"bare": {"id", "uuid", "isDeleted"}, "full": None})
def test_what_is_told_of_a_deleted_record(
    world: World, position: str, expected: set[str] | None
) -> None:
    license_school(world, SCHOOL)
    _turn(world, tombstones=position)
    client = as_tool(world)
    before = _page(client, "user", limit=1000)
    fields = set(_people(client)["Elsa"])
    _remove(world, "elsa")

    (tombstone,) = _page(client, "user", versionTag=before["versionTag"])["users"]

    assert tombstone["isDeleted"] is True
    # Of a deleted person no email is left that could be told.
    assert set(tombstone) == (expected or fields - {"email"})


@in_each_position("tombstones_without_tag", {"absent": 0, "given": 1})
def test_deleted_records_in_a_list_without_a_tag(
    world: World, position: str, expected: int
) -> None:
    license_school(world, SCHOOL)
    _turn(world, tombstones_without_tag=position)
    client = as_tool(world)
    tag = _page(client, "user")["versionTag"]
    _remove(world, "elsa")

    def gone(**query: Any) -> int:  # noqa: ANN401
        users = _page(client, "user", limit=1000, **query)["users"]
        return sum(user["isDeleted"] for user in users)

    assert gone() == expected
    assert gone(versionTag=tag) == 1


@in_each_position("lists_for_users", {"own": False, "all": True})
def test_what_a_users_token_lists(licensed: World, position: str, *, expected: bool) -> None:
    _turn(licensed, lists_for_users=position)
    client, tool = as_user(licensed, "elsa"), as_tool(licensed)
    maja = _people(tool)["Maja"]

    everybody = {kind: _page(client, kind, limit=1000) for kind in KINDS}
    of_maja = {
        kind: _page(client, kind, userId=maja["id"])[f"{kind}s"]
        for kind in ("school", "group", "license")
    }
    groups = {group["name"]: group for group in everybody["group"]["groups"]}

    assert (len(everybody["user"]["users"]) > 100) is expected
    assert (len(groups) > 5) is expected
    assert (len(groups["7A"]["memberships"]) > 1) is expected
    # Nor does a filter tell what is somebody else's, unless everything is told.
    assert [kind for kind, found in of_maja.items() if found] == (
        ["school", "group", "license"] if expected else []
    )
    if expected:
        assert everybody == {kind: _page(tool, kind, limit=1000) for kind in KINDS}


# People.


@in_each_position("email", {"if_known": None, "always": "lo.lind@exempelstad.example"})
def test_the_email_of_somebody_without_one(
    licensed: World, position: str, expected: str | None
) -> None:
    _turn(licensed, email=position)

    people = _people(as_tool(licensed))

    assert people["Lo"].get("email") == expected
    assert people["Elsa"]["email"] == "elsa.akerlund@exempelstad.example"


@in_each_position("administrator_type", {"TEACHER": "TEACHER", "ADMIN": "ADMIN"})
def test_the_type_of_administrators(licensed: World, position: str, expected: str) -> None:
    _turn(licensed, administrator_type=position)

    types = {
        persona: _page(as_user(licensed, persona), "user")["users"][0]["userType"]
        for persona in ("disa", "maja", "elsa")
    }

    assert types == {"disa": expected, "maja": "TEACHER", "elsa": "STUDENT"}


@in_each_position(
    "starter_user_fields",
    {"absent": set(), "given": {"role", "schoolId", "externalId", "studentNumber"}},
)
def test_the_fields_that_the_starter_looks_for(
    licensed: World, position: str, expected: set[str]
) -> None:
    _turn(licensed, starter_user_fields=position)
    sought = {"role", "schoolId", "externalId", "studentNumber"}

    people = _people(as_tool(licensed))
    elsa, maja = people["Elsa"], people["Maja"]

    assert sought & set(elsa) == expected
    assert sought & set(maja) == expected - {"studentNumber"}
    if expected:
        assert elsa["role"] == "STUDENT"
        assert elsa["schoolId"] == elsa["schools"][0]["id"]
        assert all(type(elsa[field]) is str for field in sought)


@in_each_position(
    "external_identifiers",
    {"empty": [], "eppn": [{"type": "EPPN", "value": "elsa.akerlund@exempelstad.example"}]},
)
def test_external_identifiers(
    licensed: World, position: str, expected: list[dict[str, str]]
) -> None:
    _turn(licensed, external_identifiers=position)

    assert _people(as_tool(licensed))["Elsa"]["externalIdentifiers"] == expected


@in_each_position("coverage_is_news", {"yes": {"Elsa", "Maja"}, "no": set()})
def test_somebody_newly_covered_comes_after_a_stored_tag(
    world: World, position: str, expected: set[str]
) -> None:
    _turn(world, coverage_is_news=position)
    client = as_tool(world)
    before = _page(client, "user")
    assert before["users"] == []

    license_school(world, SCHOOL)

    after = _page(client, "user", versionTag=before["versionTag"], limit=1000)["users"]
    assert {user["firstName"] for user in after} & {"Elsa", "Maja"} == expected
    assert "Elsa" in _people(client)
    # That somebody is no longer covered is told in either position.
    tag = _page(client, "user")["versionTag"]
    _withdraw(world)
    gone = _page(client, "user", versionTag=tag, limit=1000)["users"]
    assert len(gone) > 100
    assert all(user["isDeleted"] for user in gone)


# Schools and licenses.


@in_each_position(
    "unit_codes",
    {
        "value": [{"type": "SchoolUnitCode", "value": "10000001"}],
        "code": [{"type": "SchoolUnitCode", "code": "10000001"}],
        "absent": None,
    },
)
def test_the_key_of_a_school_unit_code(
    licensed: World, position: str, expected: list[dict[str, str]] | None
) -> None:
    _turn(licensed, unit_codes=position)

    schools = _page(as_tool(licensed), "school")["schools"]

    (school,) = [each for each in schools if each["name"] == SCHOOL]
    assert school.get("unitCodes") == expected


@in_each_position(
    "expiration_date",
    {
        "local": r"\d{4}-06-30T23:59:59",
        "date": r"\d{4}-06-30",
        "zoned": r"\d{4}-06-30T23:59:59Z",
        "null": r"None",
    },
)
def test_how_an_expiration_date_is_written(licensed: World, position: str, expected: str) -> None:
    _turn(licensed, expiration_date=position)

    (license_,) = _page(as_tool(licensed), "license")["licenses"]

    assert re.fullmatch(expected, str(license_["expirationDate"]))


@in_each_position("school_license_users", {"assigned": True, "empty": False})
def test_users_of_an_assigned_school_license(
    world: World, position: str, *, expected: bool
) -> None:
    license_school(world, SCHOOL)
    _give(world, SCHOOL, type="single", user="elsa")
    _turn(world, school_license_users=position)

    of_school, of_elsa = _page(as_tool(world), "license")["licenses"]

    assert (len(of_school["users"]) > 100) is expected
    assert expected or of_school["users"] == []
    # Who has a single license is told in either position.
    assert len(of_elsa["users"]) == 1


@in_each_position("organization_license", {"per_school": 2, "one_record": 1})
def test_records_of_an_organizations_license(world: World, position: str, expected: int) -> None:
    _turn(world, organization_license=position)
    client = as_tool(world)
    for school in (SCHOOL, PRESCHOOL):
        _give(world, school, type="organization")
    page = _page(client, "license")
    records = page["licenses"]
    users = [{user["id"] for user in record["users"]} for record in records]

    schools = {record["ownerSchoolId"] for record in records}
    everybody = {user["id"] for user in _page(client, "user", limit=1000)["users"]}
    theirs = {
        persona: [_page(as_user(world, persona), "license")["licenses"], listed]
        for persona in ("elsa", "bo")
        for listed in [
            _page(
                client,
                "license",
                userId=_page(as_user(world, persona), "user/session")["userId"],
            )["licenses"]
        ]
    }

    assert len(records) == len(schools) == expected
    assert set.union(*users) == everybody
    assert sum(map(len, users)) == len(everybody)
    for persona, (own, filtered) in theirs.items():
        assert len(own) == len(filtered) == 1, persona
        assert own[0]["id"] in {record["id"] for record in records}
    # What changes at either school is news of the record that tells of it.
    _remove(world, "bo")
    _remove(world, "elsa")
    after = _page(client, "license", versionTag=page["versionTag"])["licenses"]
    assert len(after) == expected
    assert sum(len(record["users"]) for record in after) == len(everybody) - 2


def test_the_one_record_of_an_organization_is_there_while_one_school_has_its_part(
    world: World,
) -> None:
    _turn(world, organization_license="one_record", withdrawn_licenses="deleted")
    client = as_tool(world)
    for school in (SCHOOL, PRESCHOOL):
        _give(world, school, type="organization")

    gone = []
    for _ in range(2):
        tag = _page(client, "license")["versionTag"]
        _withdraw(world)
        (record,) = _page(client, "license", versionTag=tag)["licenses"]
        gone.append(record["isDeleted"])

    assert gone == [False, True]


@in_each_position(
    "withdrawn_licenses",
    {"emptied": [(False, 0)], "deleted": [(True, None)], "untold": []},
)
def test_what_a_tool_is_told_of_a_withdrawn_license(
    world: World, position: str, expected: list[tuple[bool, int | None]]
) -> None:
    license_school(world, SCHOOL)
    _turn(world, withdrawn_licenses=position)
    client, person = as_tool(world), as_user(world, "elsa")
    before = _page(client, "license")
    assert len(before["licenses"][0]["users"]) > 100

    _withdraw(world)

    told = _page(client, "license", versionTag=before["versionTag"])["licenses"]
    assert [
        (one["isDeleted"], len(one["users"]) if "users" in one else None) for one in told
    ] == expected
    assert len(_page(client, "license")["licenses"]) == (1 if position == "emptied" else 0)
    assert _page(person, "license")["licenses"] == []
    of_person = _page(person, "license", versionTag=before["versionTag"])["licenses"]
    assert [one["isDeleted"] for one in of_person] == ([] if position == "untold" else [True])


@in_each_position("user_filter_of_licenses", {"works": 1, "ignored": 2})
def test_the_filter_of_licenses_by_user(world: World, position: str, expected: int) -> None:
    license_school(world, SCHOOL)
    _give(world, PRESCHOOL)
    _turn(world, user_filter_of_licenses=position)
    client = as_tool(world)
    elsa = _people(client)["Elsa"]

    for name, value in (("userId", elsa["id"]), ("userUuid", elsa["uuid"])):
        assert len(_page(client, "license", **{name: value})["licenses"]) == expected
    assert len(_page(client, "license")["licenses"]) == 2


@in_each_position(
    "version_1_license_fields",
    {"absent": set(), "given": {"target", "appExtId", "orderReference", "licenseCode"}},
)
def test_the_fields_that_licenses_have_in_version_1(
    licensed: World, position: str, expected: set[str]
) -> None:
    _turn(licensed, version_1_license_fields=position)
    sought = {"target", "appExtId", "orderReference", "licenseCode"}

    (license_,) = _page(as_tool(licensed), "license")["licenses"]

    assert sought & set(license_) == expected
    if expected:
        assert license_["target"] == "SCHOOL"
        assert re.fullmatch(r"[A-Z0-9]{5}", license_["orderReference"])


@in_each_position("tools_of_one_provider", {"apart": 1, "together": 2})
def test_the_licenses_of_all_tools_of_a_provider(
    world: World, position: str, expected: int
) -> None:
    license_school(world, SCHOOL)
    tools = f"/s/{world.name}/skolon/tools"
    provider = {"provider": "One Publisher"}
    assert world.control.patch(f"{tools}/{CLIENT_ID}", json=provider).is_success
    launch = {"launch_url": "https://tool.example/"}
    for client_id, of in (
        ("second", provider),
        ("stranger", {"provider": "Another"}),
        ("alone", {}),
    ):
        named = {"name": client_id, "client_id": client_id}
        made = world.control.post(tools, json=named | launch | of)
        assert made.status_code == HTTPStatus.CREATED, made.text
        _give(world, PRESCHOOL, client_id=client_id)
    _turn(world, tools_of_one_provider=position)

    assert len(_page(as_tool(world), "license")["licenses"]) == expected
    assert len(_page(as_tool(world), "school")["schools"]) == expected


@in_each_position("orders", {"absent": 404, "empty_list": 200})
def test_the_list_of_orders(licensed: World, position: str, expected: int) -> None:
    _turn(licensed, orders=position)
    client = as_tool(licensed)

    answer = client.get("/v2/partner/order", params={"versionTag": 0, "limit": 10})
    nothing = client.get("/v2/partner/nothing")

    assert answer.status_code == expected
    if expected == HTTPStatus.OK:
        assert answer.json() == {"versionTag": 0, "hasMore": False, "orders": []}
    else:
        assert answer.json() == nothing.json()
        journal = licensed.control.get(
            f"/sandboxes/{licensed.name}/journal?limit=2&caller=program"
        ).json()
        assert "`orders`" in journal["entries"][1]["right"]


# The portal.


def _stop_the_clock(world: World, at: str) -> None:
    world.move_clock(freeze=True)
    world.move_clock(set_to=at, allow_backwards=True)


def _confirmed(world: World) -> tuple[str, str]:
    """Confirm a license request; return the address of its page and the partner's id of it."""
    administrator = portal(world)
    page = send_from_portal(administrator, SCHOOL).removeprefix(f"/s/{world.name}")
    client = internal_tool(world)
    (row,) = client.get("/api/v1/license-requests").json()["license_requests"]
    assert decided(client, row["id"], "confirm").json()["skolon_knows"]
    return page, row["id"]


def _answer(world: World, page: str, **told: Any) -> Any:  # noqa: ANN401, a response
    request_id = page.rpartition("/")[2]
    return as_tool(world).put(f"/portal/api/license-requests/{request_id}/answer", json=told)


@in_each_position(
    "overdue_requests",
    {"flagged": ("Försenad", "Overdue", 200), "closed": ("Stängd", "Closed", 409)},
)
def test_a_request_whose_licenses_are_not_there_after_five_working_days(
    world: World, position: str, expected: tuple[str, str, int]
) -> None:
    # A Tuesday, so the fifth working day after it is the next one.
    _stop_the_clock(world, "2026-11-24T09:00:00Z")
    page, row = _confirmed(world)
    _turn(world, overdue_requests=position)
    swedish, english, status = expected
    known = _answer(world, page, status="confirmed", version=1).json()
    assert known["status"] == "confirmed"

    def shown(language: str) -> list[str]:
        administrator = portal(world)
        return [
            word
            for word in ("Försenad", "Stängd", "Overdue", "Closed")
            for text in [
                administrator.get(f"{path}?lang={language}").text for path in ("/portal", page)
            ]
            if f">{word}</span>" in text
        ]

    # 23:30 in Sweden on 1 December, and an hour later.
    _stop_the_clock(world, "2026-12-01T22:30:00Z")
    in_time = shown("sv")
    _stop_the_clock(world, "2026-12-01T23:30:00Z")
    late = (shown("sv"), shown("en"))
    the_page = portal(world).get(page).text
    repeated = _answer(world, page, status="confirmed", version=known["version"])
    later = _answer(world, page, status="activated", version=known["version"] + 1)
    after = _answer(world, page, status="confirmed", version=1)

    assert in_time == []
    assert late == ([swedish] * 2, [english] * 2)
    assert "2026-12-01" in the_page
    assert repeated.json() == known
    assert later.status_code == status
    if status == HTTPStatus.CONFLICT:
        assert later.headers["content-type"] == "application/problem+json"
        assert later.json()["type"] == "/problems/skolon_closed_request"
        assert after.json() == known
        journal = world.control.get(f"/sandboxes/{world.name}/journal?status=409").json()
        assert "`overdue_requests`" in journal["entries"][0]["right"]
        refused = internal_tool(world).post(f"/api/v1/license-requests/{row}/activate", json={})
        assert refused.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        assert "/assign" not in portal(world).get("/portal/licenses").text
        _turn(world, overdue_requests="flagged")
        assert _answer(world, page, status="activated", version=99).is_success
    assert shown("sv") == []
    assert "/assign" in portal(world).get("/portal/licenses").text


def test_the_eves_that_nobody_works_on_are_no_working_days(world: World) -> None:
    _stop_the_clock(world, "2026-12-21T09:00:00Z")
    page, _ = _confirmed(world)

    # 24, 25 and 26 December are free, as are 31 December and 1 January.
    assert "<time>2026-12-30</time>" in portal(world).get(page).text


@in_each_position("skolon_id", {"short_code": "SK-4F7Q2", "organization_number": "2990000016"})
def test_what_the_portal_shows_as_skolon_id(world: World, position: str, expected: str) -> None:
    administrator = portal(world)
    page = send_from_portal(administrator, SCHOOL).removeprefix(f"/s/{world.name}")
    _turn(world, skolon_id=position)

    for path in ("/portal", page):
        assert f'Skolon-ID <span class="whole">{expected}</span>' in administrator.get(path).text


# Turning them.


@in_each_position("pool_seats", {"first_use": [0, 1], "linking": [2, 2]})
def test_when_people_get_a_seat_of_a_license_pool(
    world: World, position: str, expected: list[int]
) -> None:
    _turn(world, pool_seats=position)
    administrator, pool = pool_with(world, 2)
    when_linked = administrator.get(pool).json()["seats"]["used"]

    (first_linked,) = people_at(world, 1)
    let_in = use_tool(world, first_linked)

    assert let_in == HTTPStatus.SEE_OTHER
    used = administrator.get(pool).json()["seats"]["used"]
    assert [when_linked, used] == expected


def test_every_switch_is_shown_in_every_position() -> None:
    assert _shown | OF_WEBHOOKS == set(Switches.model_fields)
    assert not _shown & OF_WEBHOOKS


def test_every_switch_says_what_it_is_for_and_stands_at_its_default(world: World) -> None:
    answer = world.client().get("/skolon/switches").json()

    assert {switch["name"] for switch in answer["switches"]} == set(Switches.model_fields)
    groups = [switch["group"] for switch in answer["switches"]]
    assert list(dict.fromkeys(groups)) == [
        "identity_provider",
        "lists",
        "people",
        "schools_and_licenses",
        "webhooks",
        "portal",
    ]
    assert groups == sorted(groups, key=list(dict.fromkeys(groups)).index)
    for switch in answer["switches"]:
        assert switch["position"] == switch["default"]
        assert switch["description"].endswith(".")
        assert switch["why"].endswith(".")
        if switch["positions"] is None:
            assert switch["least"] <= switch["default"] <= switch["most"]
        else:
            assert switch["default"] in switch["positions"]
    numbers = [switch["question"] for switch in answer["switches"] if switch["question"]]
    numbers += [question["number"] for question in answer["without_switch"]]
    assert set(numbers) == set(range(1, 30))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"nonsense": "yes"}', 422),
        (b'{"pkce": "perhaps"}', 422),
        (b'{"pkce": ""}', 422),
        (b'{"pkce": null}', 422),
        (b'{"pkce": ["required"]}', 422),
        (b'{"page_size": null}', 422),
        (b'{"page_size": true}', 422),
        (b'{"page_size": "5"}', 422),
        (b'{"page_size": 5.0}', 422),
        (b'{"page_size": 0}', 422),
        (b'{"page_size": 1001}', 422),
        (b'{"page_size": -1}', 422),
        (b'{"page_size": 1e3}', 422),
        (b'{"token_seconds": 99999999999999999999}', 422),
        (b'{"page_size": ' + b"9" * 5000 + b"}", 400),
        (b'{"page_size": NaN}', 422),
        (b'{"page_size": 5, "pkce": "perhaps"}', 422),
        (b'{"page_size": 5, "page_size": 0}', 422),
        (b'{"pkce": "\\ud800"}', 422),
        (b'{"\\ud800": "required"}', 422),
        (b'{"pkce": "\\u0000"}', 422),
        (b"null", 422),
        (b"[]", 422),
        (b'"pkce"', 422),
        (b"", 422),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b'{"pkce": "required", "' + b"x" * 2_000_000 + b'": 1}', 413),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_whole(
    world: World, body: bytes, status: int
) -> None:
    answer = world.control.patch(
        f"/s/{world.name}/skolon/switches",
        content=body,
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert _turned(world) == {}


def test_of_a_name_that_is_there_twice_the_last_counts(world: World) -> None:
    answer = world.control.patch(
        f"/s/{world.name}/skolon/switches",
        content=b'{"page_size": 5, "page_size": 6}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == HTTPStatus.OK
    assert _turned(world) == {"page_size": 6}


def test_the_ends_of_a_switchs_range_are_in_it(world: World) -> None:
    numbers = {name: one for name, one in PROPERTIES.items() if one["type"] == "integer"}
    assert len(numbers) == 5

    for end in ("minimum", "maximum"):
        _turn(world, **{name: one[end] for name, one in numbers.items()})
        assert as_tool(world).get("/v2/partner/user").is_success


def test_a_change_leaves_the_other_switches_alone_and_an_empty_one_all(world: World) -> None:
    _turn(world, page_size=5, pkce="required")
    _turn(world, page_size=6)
    _turn(world)
    assert _turned(world) == {"page_size": 6, "pkce": "required"}

    _turn(world, pkce="if_sent")

    assert _turned(world) == {"page_size": 6}


def test_of_changes_that_come_together_none_is_lost(world: World) -> None:
    changes: list[dict[str, Any]] = [
        {"page_size": 5},
        {"most_per_page": 6},
        {"code_seconds": 7},
        {"token_seconds": 8},
        {"calls_per_minute": 9},
        {"pkce": "required"},
        {"email": "always"},
        {"orders": "empty_list"},
    ]

    for _ in range(3):
        with ThreadPoolExecutor(8) as together:
            list(together.map(lambda change: _turn(world, **change), changes))
        assert _turned(world) == {name: to for each in changes for name, to in each.items()}
        assert world.control.delete(f"/s/{world.name}/skolon/switches").is_success
        assert _turned(world) == {}


def test_turning_while_somebody_resets_ends_in_one_or_the_other(world: World) -> None:
    path = f"/s/{world.name}/skolon/switches"

    def turn(number: int) -> int:
        if number % 2:
            return world.control.delete(path).status_code
        return world.control.patch(path, json={"page_size": 5}).status_code

    with ThreadPoolExecutor(8) as together:
        statuses = set(together.map(turn, range(40)))

    assert statuses == {200}
    assert _turned(world) in ({}, {"page_size": 5})


def test_only_whoever_steers_the_sandbox_turns_its_switches(world: World) -> None:
    strangers = [world.client(), world.client({"Authorization": "Bearer wrong"}), as_tool(world)]

    for client in strangers:
        for answer in (
            client.patch("/skolon/switches", json={"page_size": 5}),
            client.delete("/skolon/switches"),
            client.post("/skolon/switches", data={"page_size": "5"}),
        ):
            assert answer.status_code == HTTPStatus.FORBIDDEN
        assert client.get("/skolon/switches").is_success

    assert _turned(world) == {}


def test_another_site_cannot_turn_them(world: World) -> None:
    elsewhere = {"Origin": "https://elsewhere.example"}
    path = f"/s/{world.name}/skolon/switches"

    answers = [
        world.control.post(path, data={"page_size": "5"}, headers=elsewhere),
        world.control.patch(path, json={"page_size": 5}, headers=elsewhere),
        world.control.delete(path, headers=elsewhere),
        world.control.post(path, data={"page_size": "5"}, headers={"Sec-Fetch-Site": "cross-site"}),
    ]

    assert [answer.json()["type"] for answer in answers] == ["/problems/cross_site"] * 4
    assert _turned(world) == {}


def test_a_sandboxs_switches_are_its_own_and_go_back_when_it_is_reset(world: World) -> None:
    made = world.control.post("/sandboxes", json={"name": "untouched", "seed": "town"})
    assert made.is_success
    untouched = World(
        "untouched", world.app, world.control, world.app.sandboxes.open("untouched").database
    )
    _turn(world, orders="empty_list")
    statuses = [as_tool(each).get("/v2/partner/order").status_code for each in (world, untouched)]
    assert _turned(untouched) == {}
    world.control.delete("/sandboxes/untouched")

    assert world.control.post(f"/sandboxes/{world.name}/reset").is_success

    assert statuses == [200, 404]
    assert _turned(world) == {}
    assert as_tool(world).get("/v2/partner/order").status_code == HTTPStatus.NOT_FOUND


def test_in_production_there_are_no_switches(tmp_path: Path) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        admin_key=SecretStr("a-real-admin-key"),
        log_level="error",
    )
    headers = {"Authorization": "Bearer a-real-admin-key"}

    with TestClient(create_app(production), base_url="http://localhost", headers=headers) as client:
        statuses = {
            client.request(method, "/skolon/switches", json={}).status_code
            for method in ("GET", "PATCH", "DELETE", "POST")
        }

    assert statuses == {404}


# The page.


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service as a developer starts it: no admin key, and nobody but this machine may steer."""
    app = create_app(Settings(data_directory=tmp_path_factory.mktemp("keyless"), log_level="error"))
    with TestClient(app, base_url="http://localhost"):
        yield app


def _browser_on(app: Service, host: str) -> TestClient:
    return TestClient(
        app,
        base_url="http://localhost",
        client=(host, 50_000),
        headers={"Accept": "text/html"},
        follow_redirects=False,
    )


@pytest.mark.parametrize(
    ("switch", "position"), [("page_size", "5"), ("pkce", "required"), ("page_size", "100")]
)
def test_a_form_turns_a_switch_and_comes_back_to_it(
    keyless: Service, switch: str, position: str
) -> None:
    browser = _browser_on(keyless, "127.0.0.1")
    page = browser.get("/skolon/switches").text
    assert page.count('<form class="actions" method="post"') == len(Switches.model_fields)
    assert f'id="{switch}"' in page

    sent = browser.post("/skolon/switches", data={switch: position})

    assert sent.status_code == HTTPStatus.SEE_OTHER
    assert sent.headers["location"] == f"/skolon/switches#{switch}"
    positions = json.loads(
        browser.get("/skolon/switches", headers={"Accept": "application/json"}).text
    )
    (one,) = [each for each in positions["switches"] if each["name"] == switch]
    assert str(one["position"]) == position


@pytest.mark.parametrize(
    "form",
    [
        {"page_size": "0"},
        {"page_size": "1001"},
        {"page_size": ""},
        {"page_size": "five"},
        {"page_size": "5", "pkce": "perhaps"},
        {"nonsense": "5"},
        {"pkce": "\x00"},
    ],
)
@pytest.mark.parametrize(
    ("language", "heading"),
    [("sv", "Brytaren kan inte stå så"), ("en", "The switch cannot stand so")],
)
def test_a_form_with_wrong_input_gets_a_page_that_says_so(
    keyless: Service, form: dict[str, str], language: str, heading: str
) -> None:
    browser = _browser_on(keyless, "127.0.0.1")

    answer = browser.post("/skolon/switches", data=form, headers={"Accept-Language": language})
    with_a_file = browser.post("/skolon/switches", files={"page_size": b"5"})

    assert answer.status_code == with_a_file.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert f"<h1>{heading}</h1>" in answer.text
    assert 'href="/skolon/switches"' in answer.text


@pytest.mark.parametrize("path", ["/skolon/switches", "/skolon/webhooks"])
def test_whoever_cannot_steer_is_told_so_instead_of_shown_buttons(
    keyless: Service, world: World, path: str
) -> None:
    here = _browser_on(keyless, "127.0.0.1").get(path).text
    elsewhere = _browser_on(keyless, "192.0.2.1").get(path).text
    with_key_set = world.browser().get(path).text

    assert "Härifrån går det bara att läsa" not in here
    for page in (elsewhere, with_key_set):
        assert "Härifrån går det bara att läsa" in page
        assert "<form" not in page


def test_the_tour_leads_to_the_pages_for_programmers(world: World) -> None:
    tour = world.browser().get("/tour").text

    for path in ("/skolon/switches", "/skolon/webhooks", "/skolon/provenance", "/journal"):
        assert f'href="/s/{world.name}{path}"' in tour
