"""The requests of real clients, one after the other: chapter 8.1 of what is known of Skolon.

Each test is one client, named as in the chapter, written from scratch with plain HTTP.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import Service
from app.skolon.models import RedirectUri, Tool
from tests.conftest import World
from tests.contract.skolon import CLIENT, CLIENT_ID, SECRET, callback
from tests.factories import license_school

PROFILE = "authenticatedUser.profile.read"
BASIC = f"Basic {base64.b64encode(f'{CLIENT_ID}:{SECRET}'.encode()).decode()}"
STARTERS_CALLBACK = "https://starter.example/sso/callback"

KEYS = {"school": "schools", "license": "licenses", "user": "users", "group": "groups"}

Page = dict[str, Any]


@pytest.fixture(scope="module")
def skolon(app: Service, control: TestClient) -> Iterator[World]:
    """A world in which Ekbackaskolan has its license; these clients only read."""
    made = control.post("/sandboxes", json={"name": "wire", "seed": "town"})
    assert made.is_success
    world = World("wire", app, control, app.sandboxes.open("wire").database)
    license_school(world, "Ekbackaskolan")
    with world.database.write() as session:
        tool = session.scalars(select(Tool)).one()
        session.add(RedirectUri(tool_id=tool.id, uri=STARTERS_CALLBACK))
    yield world
    control.delete("/sandboxes/wire")


def _sent_back(skolon: World, persona: str, query: str) -> dict[str, str]:
    """Go to the login page with a session in the browser; return the query one comes back with."""
    browser = skolon.browser()
    browser.post("/min-samling/log-in", data={"persona": persona})
    answer = browser.get(f"/oauth/auth?{query}")
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    query = urlsplit(answer.headers["location"]).query
    return {name: values[0] for name, values in parse_qs(query).items()}


def _token(skolon: World, form: dict[str, str], path: str = "/oauth/access_token") -> str:
    """Post the form with the client's name and secret in it; return the access token."""
    answer = skolon.client().post(path, data=form | CLIENT)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return _checked(answer.json())


def _token_by_basic(skolon: World, path: str = "/oauth/access_token") -> str:
    answer = skolon.client().post(
        path, data={"grant_type": "client_credentials"}, headers={"Authorization": BASIC}
    )
    assert answer.status_code == HTTPStatus.OK, answer.text
    return _checked(answer.json())


def _checked(body: dict[str, Any]) -> str:
    assert type(body["expires_in"]) is int
    assert "id_token" not in body
    assert len(body["access_token"]) == 50
    return str(body["access_token"])


def _reader(skolon: World, token: str, accept: str = "application/json") -> Callable[..., Page]:
    client = skolon.client(headers={"Authorization": f"Bearer {token}", "Accept": accept})

    def read(path: str, **query: str | int) -> Page:
        answer = client.get(f"/v2/partner/{path}", params=query)
        assert answer.status_code == HTTPStatus.OK, answer.text
        assert answer.headers["content-type"] == "application/json"
        body: Page = answer.json()
        return body

    return read


def test_starter_logs_somebody_in(skolon: World) -> None:
    came_back = _sent_back(
        skolon,
        "elsa",
        f"client_id={CLIENT_ID}&redirect_uri={quote(STARTERS_CALLBACK, safe='')}"
        f"&response_type=code&scope={PROFILE}",
    )
    form = {"grant_type": "authorization_code", "redirect_uri": STARTERS_CALLBACK}
    session = _reader(skolon, _token(skolon, form | came_back))("user/session")
    read = _reader(skolon, _token(skolon, {"grant_type": "client_credentials"}))

    first = read("license")
    # The generated script keeps the tag, and so finds no license at its next login.
    second = read("license", versionTag=first["versionTag"])

    assert list(came_back) == ["code"]
    (license_,) = [
        one
        for one in first["licenses"]
        if session["userId"] in {user["id"] for user in one["users"]}
    ]
    # It compares with a time without a zone, which raises if there is one.
    assert datetime.fromisoformat(license_["expirationDate"]) > datetime(2026, 11, 24)  # noqa: DTZ001
    assert license_["ownerSchoolId"] == session["schoolId"]
    assert second["licenses"] == []


def test_starter_has_everybody_after_two_synchronizations_though_it_ignores_has_more(
    skolon: World,
) -> None:
    read = _reader(skolon, _token(skolon, {"grant_type": "client_credentials"}))
    seen: dict[str, set[str]] = {kind: set() for kind in KEYS}
    tags: dict[str, dict[str, int]] = {kind: {} for kind in KEYS}

    for _ in range(2):
        for kind in ("school", "user", "group", "license"):
            page = read(kind, **tags[kind])
            seen[kind] |= {record["id"] for record in page[KEYS[kind]]}
            tags[kind] = {"versionTag": page["versionTag"]}
    third = [read(kind, **tags[kind]) for kind in KEYS]

    assert len(seen["user"]) == 140
    assert (len(seen["school"]), len(seen["license"])) == (1, 1)
    assert [record for page in third for key in KEYS.values() for record in page.get(key, ())] == []


def test_chat_synchronizes_by_sending_the_tag_again_while_there_is_more(skolon: World) -> None:
    read = _reader(skolon, _token(skolon, {"grant_type": "client_credentials"}))
    records: dict[str, list[Page]] = {}

    for kind in ("school", "license", "user", "group"):
        page = read(kind)
        records[kind] = page[KEYS[kind]]
        while page["hasMore"]:
            before = page["versionTag"]
            page = read(kind, versionTag=before)
            # It stops with a warning if a tag comes again.
            assert page["versionTag"] != before
            records[kind] += page[KEYS[kind]]

    (school,), (license_,) = records["school"], records["license"]
    assert license_["ownerSchoolId"] == school["id"]
    teachers = [user for user in records["user"] if user["userType"] == "TEACHER"]
    # Whom it admits: teachers at the school that owns the license, not those in its `users`.
    assert len(teachers) == 4
    assert all(school["id"] in {one["id"] for one in user["schools"]} for user in teachers)
    assert len(records["user"]) == len({user["id"] for user in records["user"]}) == 140


def test_ella_logs_somebody_in_with_a_raw_address_and_reads_with_the_users_token(
    skolon: World,
) -> None:
    scopes = "+".join(
        f"authenticatedUser.{scope}"
        for scope in ("profile.read", "profile.identifier", "school.read", "groups.read")
    )
    came_back = _sent_back(
        skolon,
        "elsa",
        f"response_type=code&client_id={CLIENT_ID}&scope={scopes}&redirect_uri={callback(skolon)}",
    )
    form = {"grant_type": "authorization_code", "redirect_uri": callback(skolon)}

    read = _reader(skolon, _token(skolon, form | came_back), "application/json, text/plain, */*")
    user_id = read("user/session")["userId"]

    (user,) = read("user", userId=user_id)["users"]
    groups = read("group", userId=user_id)["groups"]
    (school,) = read("school", userId=user_id)["schools"]
    assert user["id"] == user_id
    assert [group["name"] for group in groups if group["type"] == "CLASS"] == ["7A"]
    assert school["name"] == "Ekbackaskolan"


def test_matte_reads_a_school_in_twenties_by_cursor(skolon: World) -> None:
    read = _reader(skolon, _token_by_basic(skolon))
    school = read("school")["schools"][0]["id"]
    found: dict[str, list[Page]] = {"user": [], "group": []}

    for kind in found:
        page = read(kind, limit=20, schoolId=school)
        found[kind] += page[KEYS[kind]]
        while page.get("cursor"):
            assert len(page[KEYS[kind]]) == 20
            page = read(kind, limit=20, schoolId=school, cursor=page["cursor"])
            found[kind] += page[KEYS[kind]]

    users = [user["id"] for user in found["user"]]
    assert len(users) == len(set(users)) == 140
    assert {group["schoolId"] for group in found["group"]} == {school}
    in_groups = {member["id"] for group in found["group"] for member in group["memberships"]}
    assert in_groups <= set(users)
    # It makes up a name where there is neither a username nor an email.
    assert all(user.get("username") or user.get("email") for user in found["user"])


def _stg_rejects(page: Page, key: str) -> list[str]:
    """Return what the type guards of STG find wrong with a page: chapter 8.2."""
    strings = {
        "users": ("uuid", "userType", "email", "firstName", "lastName", "language"),
        "schools": ("uuid", "name"),
        "licenses": ("id", "expirationDate", "ownerSchoolUuid"),
        "groups": (),
    }[key]
    booleans = ("isDeleted", "isDemo") if key == "licenses" else ("isDeleted",)
    lists = ("users",) if key == "licenses" else ("schools",)
    wrong = [
        f"{key}: {field} of {record['id']}"
        for record in page[key]
        for field, kind in (
            *((field, str) for field in strings),
            *((field, bool) for field in booleans),
        )
        if type(record.get(field)) is not kind
    ]
    wrong += [
        f"{key}: {field} of {record['id']}"
        for record in page[key]
        for field in lists
        if not all(type(one["uuid"]) is str for one in record.get(field, ()))
    ]
    if type(page["versionTag"]) not in (int, str) or type(page["hasMore"]) is not bool:
        wrong.append("envelope")
    if "cursor" in page and type(page["cursor"]) is not str:
        wrong.append("cursor")
    return wrong


def test_stg_reads_by_uuid_and_rejects_nothing_but_a_person_without_an_email(
    skolon: World,
) -> None:
    read = _reader(skolon, _token_by_basic(skolon, "/oauth/access_token/"))
    school = read("school")["schools"][0]["uuid"]
    everybody = read("user", schoolUuid=school, limit=1000)
    user = next(one for one in everybody["users"] if one["firstName"] == "Elsa")
    (lo,) = [one["id"] for one in everybody["users"] if "email" not in one]

    pages = [
        ("users", read("user", uuid=user["uuid"])),
        ("schools", read("school", userUuid=user["uuid"])),
        ("licenses", read("license", userUuid=user["uuid"])),
        ("licenses", read("license", ownerSchoolUuid=school)),
        ("groups", read("group", limit=3)),
    ]

    assert [len(page[key]) for key, page in pages] == [1, 1, 1, 1, 3]
    assert [_stg_rejects(page, key) for key, page in pages] == [[]] * 5
    assert _stg_rejects(everybody, "users") == [f"users: email of {lo}"]


def test_stg_logs_somebody_in_through_directus(skolon: World) -> None:
    verifier = "directus-makes-a-verifier-of-this-kind-for-each-login"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    query = {
        "client_id": CLIENT_ID,
        "scope": PROFILE,
        "response_type": "code",
        "redirect_uri": callback(skolon),
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "access_type": "offline",
        "state": "kTZ0-3QmKp8~_.x",
    }
    came_back = _sent_back(skolon, "elsa", urlencode(query))
    form = {
        "grant_type": "authorization_code",
        "code": came_back["code"],
        "redirect_uri": callback(skolon),
        "code_verifier": verifier,
    }

    read = _reader(skolon, _token(skolon, form))
    uuid = read("user/session")["userUuId"]
    licenses, users = read("license", userUuid=uuid), read("user", uuid=uuid)

    assert came_back["state"] == query["state"]
    assert _stg_rejects(licenses, "licenses") == _stg_rejects(users, "users") == []
    assert [user["uuid"] for user in users["users"]] == [uuid]
    # It filters once more itself, since the real service once named foreign licenses.
    assert [uuid in {user["uuid"] for user in one["users"]} for one in licenses["licenses"]] == [
        True
    ]
