"""Faults: a sandbox that goes wrong on purpose, exactly as often as it is told to."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from app import fault_cli
from app.database import POOL_SIZE
from app.main import Service, create_app
from app.sandboxes import interference
from app.sandboxes.faults import Faults
from app.settings import Mode, Settings
from app.story import served
from tests.conftest import ADMIN_KEY, World, settings_for
from tests.contract.receiver import Server, receiving, wait_until
from tests.contract.skolon import (
    as_tool,
    as_user,
    ask_for_tokens,
    code_for,
    redeem,
    statements,
)
from tests.contract.webhooks import freeze, register, sent, settled, webhooks
from tests.factories import license_school, log_in

MARK = "X-Skolon-Mock-Fault"
TOKEN = "/oauth/access_token"


@pytest.fixture
def receiver() -> Iterator[Server]:
    with receiving() as server:
        yield server


def add(world: World, kind: str, **given: Any) -> Any:  # noqa: ANN401, JSON
    answer = world.control.post(f"/sandboxes/{world.name}/faults", json={"kind": kind, **given})
    assert answer.status_code == HTTPStatus.CREATED, answer.text
    return answer.json()["id"]


def counts(world: World, number: int) -> tuple[int, int]:
    answer = world.control.get(f"/sandboxes/{world.name}/faults/{number}").json()
    return answer["matched"], answer["fired"]


def test_a_sandbox_without_faults_asks_its_database_nothing_about_them(world: World) -> None:
    with statements(world) as seen:
        world.client().get("/")

    assert not [one for one in seen if "sandbox_faults" in one or "sandbox_answers" in one]


def test_a_status_is_answered_in_the_companys_own_shape_and_marked(world: World) -> None:
    tool = as_tool(world)
    number = add(world, "status", status=429, retry_after=7, path="/v2/partner/*")

    hit = tool.get("/v2/partner/school")
    spared = world.client().get("/oauth/auth")

    assert hit.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert hit.headers["retry-after"] == "7"
    assert hit.json()["error"] == "too_many_requests"
    assert hit.headers[MARK] == str(number)
    assert MARK not in spared.headers
    assert counts(world, number) == (1, 1)


@pytest.mark.parametrize("status", [500, 502, 503, 418, 599])
def test_any_error_can_be_answered(world: World, status: int) -> None:
    add(world, "status", status=status, company="skolon", path=TOKEN)

    assert ask_for_tokens(world, grant_type="client_credentials").status_code == status


def test_a_fault_that_comes_three_times_comes_exactly_three_times_however_many_call(
    world: World,
) -> None:
    tool = as_tool(world)
    number = add(world, "status", status=503, count=3)

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda _: tool.get("/v2/partner/school"), range(64)))

    assert [one.status_code for one in answers].count(503) == 3
    assert [one.status_code for one in answers].count(200) == 61
    assert counts(world, number)[1] == 3


def test_a_fault_waits_until_so_many_calls_have_passed(world: World) -> None:
    tool = as_tool(world)
    add(world, "status", status=500, after=2, count=1)

    assert [tool.get("/v2/partner/school").status_code for _ in range(4)] == [200, 200, 500, 200]


def test_the_same_seed_hits_the_same_calls(world: World) -> None:
    tool = as_tool(world)

    def run(seed: int) -> list[int]:
        number = add(world, "status", status=500, probability=0.5, seed=seed)
        found = [tool.get("/v2/partner/school").status_code for _ in range(12)]
        world.control.delete(f"/sandboxes/{world.name}/faults/{number}")
        return found

    assert run(7) == run(7) != run(8)
    assert set(run(7)) == {200, 500}


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        ({"company": "partner"}, False),
        ({"method": "POST"}, False),
        ({"path": "/v2/partner/user"}, False),
        ({"path": "/v2/*/school"}, True),
        ({"client_id": "somebody-else"}, False),
        ({"client_id": "skolonmockdemoclient000000000001"}, True),
        ({"persona": "omar"}, False),
        ({"persona": "elsa"}, True),
        ({"company": "skolon", "method": "GET", "persona": "elsa"}, True),
        ({"path": "/v2/partner/schoo?"}, False),
        ({"path": "/v2/partner/[s]chool"}, False),
    ],
    ids=str,
)
def test_a_fault_hits_whom_it_names_and_nobody_else(
    world: World, rule: dict[str, Any], hit: bool
) -> None:
    elsa = as_user(world, "elsa")
    add(world, "status", status=500, **rule)

    answer = elsa.get("/v2/partner/school")

    assert (answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR) == hit


def test_the_exchange_of_one_persona_alone_goes_wrong(world: World) -> None:
    elsa, omar = code_for(world, "elsa"), code_for(world, "omar")
    add(world, "status", status=503, path=TOKEN, persona="elsa", count=1)

    assert redeem(world, omar).status_code == HTTPStatus.OK
    assert redeem(world, elsa).status_code == HTTPStatus.SERVICE_UNAVAILABLE
    # Nothing was done, so the code is good yet.
    assert redeem(world, elsa).status_code == HTTPStatus.OK


@pytest.mark.parametrize("kind", ["expired_token", "revoked_token"])
def test_a_token_is_refused_as_if_it_were_not_in_force(world: World, kind: str) -> None:
    tool = as_tool(world)
    without = world.client().get("/v2/partner/school")
    add(world, kind, count=1)

    refused = tool.get("/v2/partner/school")

    assert refused.status_code == HTTPStatus.UNAUTHORIZED
    assert refused.json() == without.json()
    assert refused.headers["www-authenticate"] == without.headers["www-authenticate"]
    assert ask_for_tokens(world, grant_type="client_credentials").status_code == HTTPStatus.OK
    assert tool.get("/v2/partner/school").status_code == HTTPStatus.OK


def test_an_answer_is_cut_short_or_garbage(world: World) -> None:
    tool = as_tool(world)
    whole = tool.get("/v2/partner/school")
    add(world, "truncated", count=1)
    add(world, "garbage", count=1)

    half, garbage = tool.get("/v2/partner/school"), tool.get("/v2/partner/school")

    assert half.content == whole.content[: len(whole.content) // 2]
    assert half.headers["content-type"] == garbage.headers["content-type"] == "application/json"
    for answer in (half, garbage):
        with pytest.raises(ValueError, match=r".*"):
            answer.json()


def test_latency_holds_neither_a_thread_nor_a_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = as_tool(world)
    add(world, "latency", milliseconds=60_000, path="/v2/partner/school")
    waited, is_over = list[float](), threading.Event()

    async def wait(_scope: object, seconds: float) -> bool:
        waited.append(seconds)
        while not is_over.is_set():  # noqa: ASYNC110, each call has an event loop of its own
            await asyncio.sleep(0.01)
        return True

    monkeypatch.setattr(interference, "linger", wait)
    # More than there are connections.
    with ThreadPoolExecutor(2 * POOL_SIZE) as callers:
        slow = [callers.submit(tool.get, "/v2/partner/school") for _ in range(2 * POOL_SIZE)]
        wait_until(lambda: len(waited) == len(slow))
        quick = tool.get("/v2/partner/organization")
        is_over.set()
        answers = [one.result() for one in slow]

    assert quick.is_success
    assert set(waited) == {60.0}
    assert all(one.is_success and MARK in one.headers for one in answers)


def test_what_steers_a_sandbox_never_goes_wrong(world: World) -> None:
    add(world, "status", status=500)

    assert world.client().get("/").status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert world.client().get("/skolon/switches").status_code == HTTPStatus.OK
    assert world.client().get("/health/ready").status_code == HTTPStatus.OK
    assert world.control.delete(f"/sandboxes/{world.name}/faults").status_code == 204
    assert world.client().get("/").status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("kind", "given", "outcome"),
    [
        ("status", {"status": 503, "path": TOKEN}, "skolon_error"),
        ("garbage", {"path": "/v2/partner/user"}, "skolon_garbage"),
        ("truncated", {"path": TOKEN}, "skolon_garbage"),
        ("dropped", {"path": TOKEN}, "skolon_unreachable"),
        ("dropped", {"path": TOKEN, "at": "middle"}, "skolon_unreachable"),
    ],
    ids=str,
)
def test_the_built_in_partner_says_what_befell_its_login(
    world: World, kind: str, given: dict[str, Any], outcome: str
) -> None:
    license_school(world, "Ekbackaskolan")
    number = add(world, kind, count=1, **given)

    browser = world.client(headers={"Accept": "application/json"})
    refused = log_in(browser, "elsa")

    assert refused.json()["type"] == f"/problems/{outcome}"
    assert MARK not in refused.headers
    assert counts(world, number) == (1, 1)
    assert log_in(browser, "elsa").status_code == HTTPStatus.SEE_OTHER


def test_the_journal_says_that_it_was_on_purpose(world: World) -> None:
    number = add(world, "status", status=500, path="/v2/partner/*")
    as_tool(world).get("/v2/partner/school")

    (entry, *_) = world.control.get(
        f"/sandboxes/{world.name}/journal", params={"path": "/v2/partner/school"}
    ).json()["entries"]

    assert entry["error"] == "fault_status"
    assert f"fault {number}" in entry["wrong"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "fire"},
        {"kind": "latency"},
        {"kind": "latency", "milliseconds": 60_001},
        {"kind": "latency", "milliseconds": 0},
        {"kind": "latency", "milliseconds": 10, "status": 500},
        {"kind": "status"},
        {"kind": "status", "status": 200},
        {"kind": "status", "status": 600},
        {"kind": "status", "status": 500, "count": 0},
        {"kind": "status", "status": 500, "probability": 0},
        {"kind": "status", "status": 500, "probability": 1.1},
        {"kind": "status", "status": 500, "probability": "nan"},
        {"kind": "status", "status": 500, "path": "v2"},
        {"kind": "status", "status": 500, "path": "/" + "*" * 600},
        {"kind": "status", "status": 500, "path": "/\x00"},
        {"kind": "status", "status": 500, "method": "get"},
        {"kind": "status", "status": 500, "company": "nobody"},
        {"kind": "status", "status": 500, "surprise": 1},
        {"kind": "webhook_lost", "path": "/v2/*"},
        {"kind": "webhook_late", "seconds": 0},
        {"kind": "dropped", "at": "end"},
    ],
    ids=str,
)
def test_a_fault_that_cannot_be_is_refused(world: World, body: dict[str, Any]) -> None:
    answer = world.control.post(f"/sandboxes/{world.name}/faults", json=body)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, answer.text
    assert world.control.get(f"/sandboxes/{world.name}/faults").json()["faults"] == []


def test_faults_are_listed_with_the_switches_read_and_removed(world: World) -> None:
    first, second = add(world, "garbage"), add(world, "dropped", count=2)
    address = f"/sandboxes/{world.name}/faults"

    listed = world.control.get(address).json()

    assert [one["id"] for one in listed["faults"]] == [first, second]
    assert listed["faults"][1]["rule"] == {"kind": "dropped", "count": 2}
    assert listed["quirks"]["switches"] == f"/s/{world.name}/skolon/switches"
    assert world.control.delete(f"{address}/{first}").status_code == HTTPStatus.NO_CONTENT
    assert world.control.delete(f"{address}/{first}").status_code == HTTPStatus.NOT_FOUND
    assert world.control.get(f"{address}/{first}").status_code == HTTPStatus.NOT_FOUND
    assert world.control.get(f"{address}/{second}").status_code == HTTPStatus.OK
    assert world.control.get("/sandboxes/nobody/faults").status_code == HTTPStatus.NOT_FOUND


def test_faults_stay_in_their_sandbox_and_survive_a_restart(
    world: World, control: TestClient, app: Service
) -> None:
    add(world, "status", status=500, count=2)
    as_tool_of_another = control.get("/")
    assert world.client().get("/").status_code == HTTPStatus.INTERNAL_SERVER_ERROR

    # As another process reads them, or this one after a restart.
    sandbox = app.sandboxes.open(world.name)
    again = Faults(sandbox.database, sandbox.clock)

    assert as_tool_of_another.status_code == HTTPStatus.OK
    assert [one.rule.count for one in again.in_force] == [2]
    again.remove_all()
    wait_until(lambda: world.client().get("/").is_success)


def test_only_who_steers_a_sandbox_may_see_or_make_faults(world: World, app: Service) -> None:
    stranger = TestClient(app, base_url="http://localhost")

    for path in ("faults", "faults/1", "answers", "answers/1"):
        address = f"/sandboxes/{world.name}/{path}"
        assert stranger.get(address).status_code == HTTPStatus.FORBIDDEN
        assert stranger.delete(address).status_code == HTTPStatus.FORBIDDEN
    for path in ("faults", "answers"):
        answer = world.control.post(
            f"/sandboxes/{world.name}/{path}", json={}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == HTTPStatus.FORBIDDEN


def test_in_production_there_are_no_faults(tmp_path: Path) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        admin_key=SecretStr(ADMIN_KEY),
        log_level="error",
    )
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}

    with TestClient(create_app(production), base_url="http://localhost", headers=headers) as client:
        answers = [
            client.request(method, f"/sandboxes/default/{path}", json=body)
            for path in ("faults", "answers")
            for method, body in (("GET", None), ("POST", {"kind": "garbage"}), ("DELETE", None))
        ]

    assert {one.status_code for one in answers} == {HTTPStatus.NOT_FOUND}


@pytest.mark.parametrize("kind", ["lost", "duplicated", "late"])
def test_a_webhook_is_lost_comes_twice_or_comes_late(
    world: World, receiver: Server, kind: str
) -> None:
    register(world, "tool", receiver)
    freeze(world)
    given = {"seconds": 60} if kind == "late" else {}
    number = add(world, f"webhook_{kind}", client_id="tool", count=1, **given)

    made = sent(world, "POST", "/webhooks", {"client_id": "tool", "kind": "data-edits"})
    wait_until(lambda: counts(world, number) == (1, 1))
    if kind == "late":
        before = list(receiver.heard)
        world.move_clock(advance_by="PT61S")
        assert before == []
    (webhook,) = settled(world)

    assert webhook["id"] == made["id"]
    assert webhook["mishap"] == kind
    assert webhook["state"] == "delivered"
    assert len(receiver.heard) == {"lost": 0, "duplicated": 2, "late": 1}[kind]
    sent(world, "POST", f"/webhooks/{made['id']}/resend")
    settled(world)
    assert len(receiver.heard) == {"lost": 1, "duplicated": 3, "late": 2}[kind]


def test_a_webhook_is_overtaken_by_the_next_of_its_tool(world: World, receiver: Server) -> None:
    register(world, "tool", receiver)
    register(world, "other", receiver)
    freeze(world)
    number = add(world, "webhook_reordered", client_id="tool", webhook="remove-user", count=1)

    body = {"client_id": "tool", "kind": "remove-user", "id": "first"}
    sent(world, "POST", "/webhooks", body)
    wait_until(lambda: counts(world, number) == (1, 1))
    sent(world, "POST", "/webhooks", body | {"client_id": "other", "id": "of another tool"})
    wait_until(lambda: len(receiver.heard) == 1)
    assert [one["state"] for one in webhooks(world, client_id="tool")] == ["waiting"]
    sent(world, "POST", "/webhooks", body | {"id": "second"})
    settled(world)

    assert [one.json["userId"] for one in receiver.heard] == [
        "of another tool",
        "second",
        "first",
    ]


@pytest.fixture(scope="module")
def address(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A real server, whose connections can break off."""
    with served(settings_for("sqlite", tmp_path_factory.mktemp("faults"), request), 0) as address:
        yield address


def test_a_connection_breaks_off_before_or_in_the_middle_of_an_answer(address: str) -> None:
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with httpx.Client(base_url=address, headers=headers) as client:
        before = {"kind": "dropped", "path": "/openapi*", "count": 1}
        for rule in (
            before | {"path": "/oauth/*"},
            {"kind": "dropped", "path": "/skolenhetsregistret/*", "at": "middle", "count": 1},
        ):
            assert client.post("/sandboxes/default/faults", json=rule).is_success

        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            client.get("/oauth/auth")
        with pytest.raises(httpx.RemoteProtocolError, match=r"complete message body"):
            client.get("/skolenhetsregistret/v2/school-units/10000001")

        assert client.get("/oauth/auth").status_code == HTTPStatus.BAD_REQUEST
        assert client.get("/skolenhetsregistret/v2/school-units/10000001").is_success


def test_a_connection_that_breaks_off_with_a_large_body_under_way_harms_nobody(
    address: str,
) -> None:
    rule = {"kind": "dropped", "path": TOKEN, "count": 1}
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    assert httpx.post(f"{address}/sandboxes/default/faults", json=rule, headers=headers).is_success
    port = urlsplit(address).port
    assert port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(
            b"POST /oauth/access_token HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n"
        )
        raw.sendall(b"a" * 1000)
        assert raw.recv(100) == b""

    assert httpx.post(f"{address}{TOKEN}").status_code == HTTPStatus.BAD_REQUEST


def _type(address: str, *words: str) -> Result:
    more = ["--url", address, "--admin-key", ADMIN_KEY]
    return CliRunner().invoke(fault_cli.cli, [words[0], *more, *words[1:]])


def test_faults_are_added_listed_and_removed_at_the_command_line(address: str) -> None:
    words = ("status", "--json", "--status", "503", "--path", "/v2/*", "--count", "2")
    made = json.loads(_type(address, "add", *words).stdout)
    as_json = json.loads(_type(address, "list", "--json").stdout)
    as_table = _type(address, "list").stdout
    removed = _type(address, "remove", str(made["id"]), "--json")
    again = _type(address, "remove", str(made["id"]))
    every = _type(address, "remove", "--all")

    assert made["rule"] == {"kind": "status", "status": 503, "path": "/v2/*", "count": 2}
    assert made in as_json
    assert "path /v2/*" in as_table
    assert "/s/default/skolon/switches" in as_table
    assert json.loads(removed.stdout) == {"removed": made["id"]}
    assert (again.exit_code, every.exit_code) == (1, 0)
    assert json.loads(_type(address, "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["add", "latency"], 1, "latency needs milliseconds"),
        (["add", "status", "--status", "200"], 1, "status"),
        (["add", "status", "--status", "500", "--sandbox", "nobody"], 1, "no sandbox"),
        (["add", "fire"], 2, "Invalid value"),
        (["remove"], 2, "--all"),
        (["remove", "1", "--all"], 2, "--all"),
        (["remove", "999999"], 1, "no fault"),
    ],
    ids=str,
)
def test_what_is_refused_at_the_command_line_is_said_in_a_sentence(
    address: str, words: list[str], code: int, told: str
) -> None:
    result = _type(address, *words)

    assert result.exit_code == code
    assert told in result.stderr
    assert "Traceback" not in result.output
