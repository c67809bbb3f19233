"""What nobody can do at the real Skolon: tools, licenses, removals and webhooks by hand."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Mode, Settings
from tests.conftest import World
from tests.contract.receiver import Server, receiving
from tests.contract.skolon import CLIENT_ID, as_user, bearing, listed
from tests.contract.webhooks import MAIN, TOWN, UNLICENSED, give, register, sent, workshop

MANY = 32
TOOL = {"name": "Tool", "launch_url": "https://tool.example/"}
LICENSE = {"client_id": CLIENT_ID, "school": MAIN}
WEBHOOK = {"client_id": CLIENT_ID, "kind": "data-edits"}
NOWHERE = UUID(int=7)

# Every call of the workshop that changes something or tells a secret.
GUARDED = [
    ("GET", "/tools", None),
    ("POST", "/tools", TOOL),
    ("GET", f"/tools/{CLIENT_ID}", None),
    ("PATCH", f"/tools/{CLIENT_ID}", {"name": "Other"}),
    ("POST", f"/tools/{CLIENT_ID}/secret", None),
    ("PUT", f"/tools/{CLIENT_ID}/approvals/{TOWN}", None),
    ("DELETE", f"/tools/{CLIENT_ID}/approvals/{TOWN}", None),
    ("POST", "/licenses", LICENSE),
    ("DELETE", "/users/elsa", None),
    ("DELETE", f"/groups/{NOWHERE}", None),
    ("POST", "/webhooks", WEBHOOK),
    ("POST", f"/webhooks/{NOWHERE}/resend", None),
]


@pytest.fixture
def receiver() -> Iterator[Server]:
    with receiving() as server:
        yield server


def _ask(world: World, method: str, path: str, json: Any = None, **options: Any) -> Any:  # noqa: ANN401, a response
    return workshop(world).request(method, f"/skolon{path}", json=json, **options)


def _state(world: World) -> Any:  # noqa: ANN401, JSON
    return [sent(world, "GET", "/tools"), world.client().get("/skolon/webhooks").json()]


@pytest.mark.parametrize(("method", "path", "json"), GUARDED)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": ""}, id="no key"),
        pytest.param({"Authorization": "Bearer another-key"}, id="another key"),
        pytest.param({"Authorization": "Basic a2V5"}, id="another scheme"),
        pytest.param({"Origin": "https://evil.example"}, id="another origin"),
        pytest.param({"Origin": "null"}, id="no origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
    ],
)
def test_who_may_not_steer_the_sandbox_changes_nothing_and_reads_no_secret(
    world: World, method: str, path: str, json: dict[str, str] | None, headers: dict[str, str]
) -> None:
    before = _state(world)

    answer = _ask(world, method, path, json, headers=headers)

    assert answer.status_code == HTTPStatus.FORBIDDEN, answer.text
    assert _state(world) == before
    assert as_user(world, "elsa").get("/v2/partner/user/session").is_success


def test_in_production_there_is_no_workshop(tmp_path: Path) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        log_level="error",
    )

    with TestClient(create_app(production), base_url="http://localhost") as client:
        statuses = {
            (method, path): client.request(method, f"/skolon{path}", json=json).status_code
            for method, path, json in [*GUARDED, ("GET", "/webhooks", None)]
        }

    assert len(statuses) == len(GUARDED) + 1
    assert set(statuses.values()) == {HTTPStatus.NOT_FOUND}, statuses


def test_a_tool_is_registered_with_made_up_names_or_given_ones_and_logs_in_with_them(
    world: World,
) -> None:
    made_up = sent(world, "POST", "/tools", TOOL)
    given = {
        "client_id": "mine",
        "client_secret": "a-secret-of-sixteen",
        "redirect_uris": ["https://tool.example/back", "https://tool.example/back"],
        "data_edits_url": "http://host.docker.internal:5000/edits",
        "provider": "The Provider",
        "external_id": "tool-1",
        "scopes": ["authenticatedUser.profile.read"],
    }
    chosen = sent(world, "POST", "/tools", TOOL | given)

    for tool in (made_up, chosen):
        answer = world.client().post(
            "/oauth/access_token",
            data={
                "grant_type": "client_credentials",
                "client_id": tool["client_id"],
                "client_secret": tool["client_secret"],
            },
        )
        assert answer.is_success, answer.text
        assert listed(bearing(world, answer.json()["access_token"]), "user")["users"] == []
        read = sent(world, "GET", f"/tools/{tool['client_id']}")
        assert "client_secret" not in read
        assert read == {name: value for name, value in tool.items() if name != "client_secret"}
    assert chosen["client_secret"] == given["client_secret"]
    assert chosen["redirect_uris"] == ["https://tool.example/back"]
    assert len(sent(world, "GET", "/tools")) == 3


def test_a_new_secret_ends_the_old_one(world: World) -> None:
    old = sent(world, "POST", "/tools", TOOL)

    new = sent(world, "POST", f"/tools/{old['client_id']}/secret")

    form = {"grant_type": "client_credentials", "client_id": old["client_id"]}
    statuses = [
        world.client().post("/oauth/access_token", data=form | {"client_secret": secret})
        for secret in (old["client_secret"], new["client_secret"])
    ]
    assert [one.is_success for one in statuses] == [False, True]


def test_what_of_a_tool_is_not_given_stays_and_null_takes_an_address_away(world: World) -> None:
    made = sent(world, "POST", "/tools", TOOL | {"data_edits_url": "/a", "remove_user_url": "/b"})

    changed = sent(world, "PATCH", f"/tools/{made['client_id']}", {"data_edits_url": None})
    unchanged = sent(world, "PATCH", f"/tools/{made['client_id']}", {})

    kept = {name: value for name, value in made.items() if name != "client_secret"}
    assert changed == kept | {"data_edits_url": None}
    assert unchanged == changed


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": ""},
        {"name": "x" * 201},
        {"name": "nul\x00"},
        {"name": 7},
        {"launch_url": "javascript:alert(1)"},
        {"launch_url": "http://evil.example/"},
        {"launch_url": "//evil.example/"},
        {"launch_url": None},
        {"client_id": "with space"},
        {"client_id": ""},
        {"client_id": "x" * 101},
        {"client_id": "ä"},
        {"client_secret": "short"},
        {"client_secret": "x" * 201},
        {"redirect_uris": ["https://tool.example/#fragment"]},
        {"redirect_uris": ["/a"] * 51},
        {"redirect_uris": "https://tool.example/"},
        {"scopes": ["with space"]},
        {"scopes": ['quo"te']},
        {"data_edits_url": ""},
        {"data_edits_url": "ftp://localhost/"},
        {"data_edits_url": "http://user:secret@localhost/"},
        {"data_edits_url": "http://localhost:99999/"},
        {"data_edits_url": "http://[::1/"},
        {"data_edits_url": "http://localhost/\r\nX-Injected: yes"},
        {"data_edits_url": "http://lücke.example/"},
        {"data_edits_url": "http://localhost/" + "x" * 2000},
        {"remove_user_url": 7},
        {"webhook_secret": "mine"},
        {"id": str(NOWHERE)},
    ],
)
def test_a_tool_that_makes_no_sense_is_refused_with_the_field(
    world: World, wrong: dict[str, Any]
) -> None:
    answer = _ask(world, "POST", "/tools", TOOL | wrong)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, answer.text
    (error, *_) = answer.json()["errors"]
    assert error["pointer"].split("/")[1] == next(iter(wrong))
    assert "secret@" not in answer.text
    assert len(sent(world, "GET", "/tools")) == 1


@pytest.mark.parametrize("path", ["/tools", "/licenses", "/webhooks"])
@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"7", 422),
        (b'"text"', 422),
        (b"[" * 100_000, 400),
        (b'{"name":"' + b"x" * 1_100_000 + b'"}', 413),
        (b'{"name":"\\ud800","launch_url":"/","client_id":"\\ud800","school":"\\ud800"}', 422),
    ],
)
def test_a_body_that_is_none_is_refused(
    world: World, path: str, content: bytes, status: int
) -> None:
    answer = workshop(world).post(
        f"/skolon{path}", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == status, answer.text


HOSTILE_NAMES = ["nobody", "%00", "%20", "'; DROP TABLE skolon_users; --", "..", "%F0%9F%98%80"]
HOSTILE_NAMES += ["x" * 2000, "x" * 5000, str(NOWHERE), "00000000-0000-0000-0000-000000000000"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/users/{}"),
        ("DELETE", "/groups/{}"),
        ("GET", "/tools/{}"),
        ("PATCH", "/tools/{}"),
        ("POST", "/tools/{}/secret"),
        ("PUT", f"/tools/{CLIENT_ID}/approvals/{{}}"),
        ("DELETE", f"/tools/{CLIENT_ID}/approvals/{{}}"),
        ("PUT", f"/tools/{{}}/approvals/{TOWN}"),
        ("GET", "/webhooks/{}"),
        ("POST", "/webhooks/{}/resend"),
    ],
)
def test_a_name_that_nothing_has_is_not_found(
    world: World, method: str, path: str, name: str
) -> None:
    before = _state(world)

    answer = _ask(world, method, path.format(name), {} if method == "PATCH" else None)

    assert answer.status_code in {404, 405, 422}, answer.text
    assert _state(world) == before


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"client_id": "nobody"}, 404, "skolon_unknown_tool"),
        ({"school": "Nowhere"}, 404, "skolon_unknown_school"),
        ({"school": str(NOWHERE)}, 404, "skolon_unknown_school"),
        ({"school": "nul\x00"}, 422, "invalid"),
        ({"school": ""}, 422, "invalid"),
        ({"school": None}, 422, "invalid"),
        ({"type": "village"}, 422, "invalid"),
        ({"type": "group"}, 422, "invalid"),
        ({"type": "group", "group": "9Z"}, 404, "skolon_unknown_group"),
        ({"type": "group", "group": "8F"}, 404, "skolon_unknown_group"),
        ({"type": "school", "group": "7A"}, 422, "invalid"),
        ({"type": "school", "user": "elsa"}, 422, "invalid"),
        ({"type": "single", "user": "nobody"}, 404, "skolon_unknown_user"),
        ({"starts_on": "2027-02-30"}, 422, "invalid"),
        ({"starts_on": "1999-12-31"}, 422, "invalid"),
        ({"ends_on": "2100-01-01"}, 422, "invalid"),
        ({"starts_on": "2027-02-02", "ends_on": "2027-02-01"}, 422, "license_period"),
        ({"type": "group", "group": "7A", "student_seats": -1}, 422, "invalid"),
        ({"type": "group", "group": "7A", "teacher_seats": 10**9}, 422, "invalid"),
        ({"type": "group", "group": "7A", "student_seats": 10**30}, 422, "invalid"),
        ({"audience": "parents"}, 422, "invalid"),
        ({"is_assigned": "perhaps"}, 422, "invalid"),
        ({"price": 7}, 422, "invalid"),
    ],
)
def test_a_license_that_makes_no_sense_is_refused(
    world: World, wrong: dict[str, Any], status: int, code: str
) -> None:
    answer = _ask(world, "POST", "/licenses", LICENSE | wrong)

    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == f"/problems/{code}"


def test_licenses_of_every_kind_cover_whom_they_are_for(world: World) -> None:
    of_school = sent(world, "POST", "/licenses", LICENSE)
    of_group = sent(
        world,
        "POST",
        "/licenses",
        LICENSE | {"type": "group", "group": "7A", "student_seats": 2, "teacher_seats": 0},
    )
    single = sent(world, "POST", "/licenses", LICENSE | {"type": "single", "user": "elsa"})
    waiting = sent(world, "POST", "/licenses", LICENSE | {"is_assigned": False})

    assert of_school["seats"] > 100
    assert (of_group["seats"], single["seats"], waiting["seats"]) == (2, 1, 0)
    assert [each["is_assigned"] for each in (of_school, waiting)] == [True, False]


def test_with_a_license_and_an_approval_a_registered_tool_reads_people_and_without_none(
    world: World,
) -> None:
    made = sent(world, "POST", "/tools", TOOL | {"client_id": "mine"})
    answer = world.client().post(
        "/oauth/access_token",
        data={
            "grant_type": "client_credentials",
            "client_id": "mine",
            "client_secret": made["client_secret"],
        },
    )
    tool = bearing(world, answer.json()["access_token"])
    sent(world, "POST", "/licenses", {"client_id": "mine", "school": MAIN})
    before = listed(tool, "user")

    sent(world, "PUT", f"/tools/mine/approvals/{TOWN}")
    approved = listed(tool, "user", versionTag=before["versionTag"], limit=1000)
    sent(world, "DELETE", f"/tools/mine/approvals/{TOWN}")
    revoked = listed(tool, "user", versionTag=approved["versionTag"], limit=1000)

    assert before["users"] == []
    assert len(approved["users"]) > 100
    assert {each["id"] for each in approved["users"]} == {each["id"] for each in revoked["users"]}
    assert all(each["isDeleted"] for each in revoked["users"])


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"client_id": "nobody"}, 404, "skolon_unknown_tool"),
        ({"client_id": None}, 422, "invalid"),
        ({"kind": "orders"}, 422, "invalid"),
        ({"kind": "remove-user"}, 422, "skolon_missing_id"),
        ({"kind": "remove-class"}, 422, "skolon_missing_id"),
        ({"kind": "remove-user", "id": ""}, 422, "invalid"),
        ({"kind": "remove-user", "id": "nul\x00"}, 422, "invalid"),
        ({"kind": "remove-user", "id": "x" * 101}, 422, "invalid"),
        ({"kind": "remove-user", "id": "elsa", "entities": ["user"]}, 422, "invalid"),
        ({"id": "elsa"}, 422, "invalid"),
        ({"entities": ["person"]}, 422, "invalid"),
        ({"entities": ["user"] * 21}, 422, "invalid"),
        ({"entities": "user"}, 422, "invalid"),
        ({"url": "http://evil.example/"}, 422, "invalid"),
        ({"body": "{}"}, 422, "invalid"),
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused(
    world: World, wrong: dict[str, Any], status: int, code: str
) -> None:
    answer = _ask(world, "POST", "/webhooks", WEBHOOK | wrong)

    assert answer.status_code == status, answer.text
    assert answer.json()["type"] == f"/problems/{code}"
    assert world.client().get("/skolon/webhooks").json()["webhooks"] == []


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        ({}, '{"entities":["user"]}'),
        ({"entities": ["school", "school", "user"]}, '{"entities":["school","user"]}'),
        ({"kind": "remove-user", "id": "</script>å"}, '{"userId":"</script>å"}'),
        ({"kind": "remove-class", "id": '\u2028\\"'}, '{"classId":"\u2028\\\\\\""}'),
    ],
)
def test_a_webhook_by_hand_says_what_it_is_told_to(
    world: World, asked: dict[str, Any], body: str
) -> None:
    made = sent(world, "POST", "/webhooks", WEBHOOK | asked)

    assert made["body"] == body
    page = world.browser().get("/skolon/webhooks")
    assert page.status_code == HTTPStatus.OK
    assert "</script>å" not in page.text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "limit=x",
        "limit=99999999999999999999",
        "before=x",
        "kind=orders",
        "state=lost",
        "client_id=%00",
    ],
)
def test_a_list_that_makes_no_sense_is_refused(world: World, query: str) -> None:
    assert world.client().get(f"/skolon/webhooks?{query}").status_code == 422
    assert world.browser().get(f"/skolon/webhooks?{query}").status_code == 422


def test_a_page_that_begins_nowhere_is_not_found(world: World) -> None:
    assert world.client().get(f"/skolon/webhooks?before={NOWHERE}").status_code == 404


def test_of_many_who_register_one_client_id_at_once_one_gets_it(world: World) -> None:
    with ThreadPoolExecutor(MANY) as together:
        answers = list(
            together.map(
                lambda _: _ask(world, "POST", "/tools", TOOL | {"client_id": "wanted"}),
                range(MANY),
            )
        )

    assert Counter(one.status_code for one in answers) == {201: 1, 409: MANY - 1}
    assert {one.json().get("type") for one in answers} == {None, "/problems/skolon_tool_exists"}
    assert len(sent(world, "GET", "/tools")) == 2


def test_of_many_who_change_one_tool_at_once_each_change_is_whole(world: World) -> None:
    register_one = TOOL | {"client_id": "mine"}
    sent(world, "POST", "/tools", register_one)

    def change(number: int) -> int:
        uris = [f"https://tool.example/{number}/{each}" for each in range(3)]
        body = {"name": f"Tool {number}", "redirect_uris": uris}
        return int(_ask(world, "PATCH", "/tools/mine", body).status_code)

    with ThreadPoolExecutor(MANY) as together:
        statuses = set(together.map(change, range(MANY)))

    last = sent(world, "GET", "/tools/mine")
    number = last["name"].removeprefix("Tool ")
    assert statuses == {200}
    assert last["redirect_uris"] == [f"https://tool.example/{number}/{each}" for each in range(3)]


def test_of_many_who_remove_one_person_or_class_at_once_one_does_and_tools_hear_once(
    world: World, receiver: Server
) -> None:
    register(world, "tool", receiver)
    give(world, "tool")
    group = as_user(world, "elsa").get("/v2/partner/group").json()["groups"][0]["id"]

    for path, kind in (("/users/elsa", "remove-user"), (f"/groups/{group}", "remove-class")):
        with ThreadPoolExecutor(MANY) as together:
            statuses = Counter(
                together.map(
                    lambda _, path=path: int(_ask(world, "DELETE", path).status_code), range(MANY)
                )
            )
        of_tool = {"kind": kind, "client_id": "tool"}
        told = world.client().get("/skolon/webhooks", params=of_tool).json()["webhooks"]
        assert statuses == {200: 1, 404: MANY - 1}
        assert len(told) == 1


def test_of_many_who_give_and_approve_at_once_all_succeed(world: World) -> None:
    sent(world, "POST", "/tools", TOOL | {"client_id": "mine"})
    asked: list[tuple[str, str, Any]] = [
        ("POST", "/licenses", {"client_id": "mine", "school": school})
        for school in (MAIN, UNLICENSED)
    ]
    asked.append(("PUT", f"/tools/mine/approvals/{TOWN}", None))

    with ThreadPoolExecutor(MANY) as together:
        statuses = Counter(
            together.map(
                lambda number: int(_ask(world, *asked[number % 3]).status_code), range(MANY)
            )
        )

    assert set(statuses) == {201, 204}
    assert statuses.total() == MANY
