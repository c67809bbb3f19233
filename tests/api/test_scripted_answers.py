"""Scripted answers: an endpoint says next what a test has told it to, exactly so often."""

import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest

from app.sandboxes.answers import Answers
from tests.conftest import World
from tests.contract.skolon import as_tool, ask_for_tokens
from tests.factories import license_school, log_in

TOKEN = "/oauth/access_token"
MARK = "X-Skolon-Mock-Answer"


def queue(world: World, *answers: dict[str, Any]) -> list[int]:
    sent = list(answers) if len(answers) > 1 else answers[0]
    made = world.control.post(f"/sandboxes/{world.name}/answers", json=sent)
    assert made.status_code == HTTPStatus.CREATED, made.text
    return [one["id"] for one in made.json()["answers"]]


def listed(world: World) -> Any:  # noqa: ANN401, JSON
    return world.control.get(f"/sandboxes/{world.name}/answers").json()["answers"]


def test_answers_are_given_in_the_order_in_which_they_were_queued(world: World) -> None:
    first, second, third = queue(
        world,
        {"method": "POST", "path": TOKEN, "status": 200, "body": {"access_token": "scripted"}},
        {"path": "/oauth/*", "status": 503, "text": "<h1>down</h1>",
         "headers": {"Content-Type": "text/html", "Retry-After": "9"}},
        {"path": "/v2/partner/user", "status": 204},
    )  # fmt: skip

    one, two, three = (ask_for_tokens(world, grant_type="client_credentials") for _ in range(3))

    assert one.json() == {"access_token": "scripted"}
    assert one.headers["content-type"] == "application/json"
    assert one.headers[MARK] == str(first)
    assert (two.status_code, two.text) == (503, "<h1>down</h1>")
    assert two.headers["content-type"] == "text/html"
    assert two.headers["retry-after"] == "9"
    assert three.status_code == HTTPStatus.OK
    assert MARK not in three.headers
    assert [(answer["id"], answer["waiting"], answer["used"]) for answer in listed(world)] == [
        (first, 0, 1),
        (second, 0, 1),
        (third, 1, 0),
    ]
    assert listed(world)[0]["last_used_at"]
    assert listed(world)[2]["last_used_at"] is None


def test_an_answer_is_given_exactly_as_often_as_asked_for_however_many_call(world: World) -> None:
    tool = as_tool(world)
    queue(
        world,
        {"path": "/v2/partner/school", "status": 418, "count": 3},
        {"path": "/v2/partner/school", "status": 410, "count": 2},
    )

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda _: tool.get("/v2/partner/school"), range(40)))

    statuses = [one.status_code for one in answers]
    assert (statuses.count(418), statuses.count(410), statuses.count(200)) == (3, 2, 35)
    assert [one["waiting"] for one in listed(world)] == [0, 0]


def test_the_built_in_partner_gets_a_scripted_answer_too(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    queue(world, {"path": "/v2/partner/user", "body": {"users": []}})
    browser = world.client(headers={"Accept": "application/json"})

    assert log_in(browser, "elsa").json()["type"] == "/problems/skolon_garbage"
    assert log_in(browser, "elsa").status_code == HTTPStatus.SEE_OTHER


def test_an_answer_may_take_its_time(world: World) -> None:
    tool = as_tool(world)
    queue(world, {"path": "/v2/partner/school", "body": [], "delay_milliseconds": 300})

    began = time.monotonic()
    answer = tool.get("/v2/partner/school")

    assert answer.json() == []
    assert time.monotonic() - began >= 0.3


def test_answers_wait_over_a_restart_and_can_be_removed(world: World) -> None:
    first, second = queue(world, {"path": "/a"}, {"path": "/b"})
    sandbox = world.app.sandboxes.open(world.name)
    address = f"/sandboxes/{world.name}/answers"

    again = Answers(sandbox.database, sandbox.clock)

    assert [number for number, _ in again.waiting] == [first, second]
    assert world.control.get(f"{address}/{first}").json()["answer"] == {"path": "/a"}
    assert world.control.delete(f"{address}/{first}").status_code == HTTPStatus.NO_CONTENT
    assert world.control.delete(f"{address}/{first}").status_code == HTTPStatus.NOT_FOUND
    assert world.control.get(f"{address}/{first}").status_code == HTTPStatus.NOT_FOUND
    assert world.control.delete(address).status_code == HTTPStatus.NO_CONTENT
    assert listed(world) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"headers": {"X-A": "a\r\nSet-Cookie: b=c"}},
        {"headers": {"X-A": "a\n"}},
        {"headers": {"X-A\r\n": "a"}},
        {"headers": {"X A": "a"}},
        {"headers": {"": "a"}},
        {"headers": {"Content-Length": "5"}},
        {"headers": {"transfer-encoding": "chunked"}},
        {"headers": {"TRANSFER-ENCODING": "chunked"}},
        {"headers": {"Connection": "upgrade"}},
        {"headers": {"X-A": "å"}},
        {"headers": {"X-A": "a" * 5000}},
        {"headers": {f"X-{number}": "a" for number in range(60)}},
        {"status": 101},
        {"status": 600},
        {"status": 204, "body": {}},
        {"body": {}, "text": ""},
        {"text": "a" * 500_001},
        {"count": 0},
        {"delay_milliseconds": 60_001},
        {"path": "no-slash"},
        {"surprise": 1},
        [],
    ],
    ids=lambda answer: str(answer)[:60],
)
def test_an_answer_that_would_harm_its_reader_is_refused(world: World, answer: Any) -> None:  # noqa: ANN401, JSON
    refused = world.control.post(f"/sandboxes/{world.name}/answers", json=answer)

    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, refused.text
    assert listed(world) == []


def test_a_sandbox_has_no_more_than_a_thousand_answers(world: World) -> None:
    address = f"/sandboxes/{world.name}/answers"
    assert world.control.post(address, json=[{"path": "/a"}] * 1000).is_success

    full = world.control.post(address, json={"path": "/a"})

    assert full.status_code == HTTPStatus.CONFLICT
    assert full.json()["type"] == "/problems/too_many_answers"
