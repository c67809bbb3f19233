"""A partner whose Skolon is elsewhere, and fails in every way that a service can."""

import asyncio
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app import background
from app.clock import system_clock
from app.dependencies import Peer
from app.main import Service, create_app
from app.partner import outbox
from app.partner.models import LoginAttempt, Placement, SkolonMessage
from app.partner.skolon_client import Skolon as SkolonClient
from app.partner.telling import Told, tell_again
from app.settings import Settings
from tests.conftest import ADMIN_KEY, World
from tests.factories import (
    accounts_from_skolon,
    decided,
    internal_tool,
    license_request,
    post_request,
)

IDP, API = "https://idp.skolon.example", "https://api.skolon.example"

GOOD: dict[str, Any] = {
    "/oauth/access_token": {"access_token": "t" * 50, "expires_in": 3600},
    "/v2/partner/user/session": {"userId": "u1", "userUuId": "uu1", "schoolId": "s1"},
    "/v2/partner/user": {
        "users": [{"id": "u1", "userType": "STUDENT", "email": "elsa@skola.example"}]
    },
    "/v2/partner/school": {
        "schools": [
            {
                "id": "s1",
                "name": "Ekbackaskolan",
                "organizationNumber": "2990000016",
                "unitCodes": [{"type": "SchoolUnitCode", "value": "10000001"}],
            }
        ]
    },
    "/v2/partner/group": {"groups": [{"id": "g1", "type": "CLASS", "schoolId": "s1"}]},
    "/v2/partner/license": {"licenses": [{"expirationDate": None}]},
}


class Skolon(httpx.AsyncBaseTransport):
    """Answers as it is told to; without orders, as a Skolon in which all is well."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        answer = self.answers.get(path, GOOD.get(path, {}))
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(200, json=answer)


@pytest.fixture(scope="module")
def skolon_elsewhere() -> Skolon:
    return Skolon()


@pytest.fixture(scope="module")
def partner_alone(settings: Settings, skolon_elsewhere: Skolon) -> Iterator[Service]:
    elsewhere = settings.model_copy(update={"skolon_idp_url": IDP, "skolon_api_url": API})
    app = create_app(elsewhere, network=skolon_elsewhere)
    with pytest.MonkeyPatch.context() as patch:
        # Only what a test asks for is told: calls are counted here.
        patch.setattr(background, "RETELL_SECONDS", 3600)
        with TestClient(app, base_url="http://localhost"):
            yield app


@pytest.fixture
def alone(partner_alone: Service, skolon_elsewhere: Skolon) -> Iterator[World]:
    """A fresh sandbox of the partner whose Skolon is elsewhere."""
    skolon_elsewhere.answers.clear()
    control = TestClient(
        partner_alone,
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
    )
    made = control.post("/sandboxes", json={"name": "alone", "seed": "demo"})
    assert made.status_code == HTTPStatus.CREATED, made.text
    database = partner_alone.sandboxes.open("alone").database
    yield World("alone", partner_alone, control, database)
    control.delete("/sandboxes/alone")


def _come_back(world: World) -> Any:  # noqa: ANN401, a response
    browser = world.browser()
    location = browser.get("/sso/login").headers["location"]
    assert location.startswith(f"{IDP}/oauth/auth?")
    state = parse_qs(urlsplit(location).query)["state"][0]
    return browser.get("/sso/callback", params={"code": "one", "state": state})


def _accounts(world: World) -> int:
    return len(accounts_from_skolon(world))


def test_a_partner_logs_people_in_through_a_skolon_that_is_elsewhere(alone: World) -> None:
    answer = _come_back(alone)

    assert answer.status_code == HTTPStatus.SEE_OTHER
    with alone.database.read() as session:
        assert session.scalars(select(Placement.role)).all() == ["student"]


@pytest.mark.parametrize("path", list(GOOD))
@pytest.mark.parametrize(
    ("answer", "status", "outcome"),
    [
        pytest.param(httpx.ConnectError("refused"), 502, "skolon_unreachable", id="is unreachable"),
        pytest.param(httpx.ReadTimeout("slow"), 504, "skolon_slow", id="is slow"),
        pytest.param(httpx.Response(500, text="oops"), 502, "skolon_error", id="breaks"),
        pytest.param(httpx.Response(429), 503, "skolon_busy", id="is too busy"),
        pytest.param(
            httpx.Response(200, text="<html>"), 502, "skolon_garbage", id="answers a page"
        ),
        pytest.param({"users": 7}, 502, "skolon_garbage", id="answers another shape"),
        pytest.param([], 502, "skolon_garbage", id="answers a list"),
    ],
)
def test_when_skolon_fails_nobody_is_stored_and_the_reader_is_told_how(
    alone: World, skolon_elsewhere: Skolon, path: str, answer: object, status: int, outcome: str
) -> None:
    skolon_elsewhere.answers[path] = answer

    page = _come_back(alone)

    assert page.status_code == status
    assert "support@binogi.se" in page.text
    assert _accounts(alone) == 0
    with alone.database.read() as session:
        (attempt,) = session.scalars(select(LoginAttempt)).all()
    assert attempt.outcome == outcome
    assert attempt.reference in page.text


@pytest.mark.parametrize(
    ("email", "outcome"),
    [
        ("", "email_missing"),
        ("   ", "email_missing"),
        (None, "email_missing"),
        ("skola.example", "email_malformed"),
        ("Elsa <elsa@skola.example>", "email_malformed"),
        ("elsa@skola,example", "email_malformed"),
    ],
)
def test_r12_an_email_that_is_none_is_refused(
    alone: World, skolon_elsewhere: Skolon, email: str | None, outcome: str
) -> None:
    user = {"id": "u1", "userType": "STUDENT", "email": email}
    skolon_elsewhere.answers["/v2/partner/user"] = {"users": [user]}

    page = _come_back(alone)

    assert page.status_code == HTTPStatus.FORBIDDEN
    with alone.database.read() as session:
        assert session.scalars(select(LoginAttempt.outcome)).all() == [outcome]
    assert _accounts(alone) == 0


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("1000001", "school_code_malformed"),
        ("100000011", "school_code_malformed"),
        ("1000 0001", "school_code_malformed"),
        ("١٠٠٠٠٠٠١", "school_code_malformed"),  # noqa: RUF001, Arabic digits are the case
        ("00000001", "school_code_unknown"),
        ("", "school_code_missing"),
    ],
)
def test_r8_a_code_that_is_none_is_refused(
    alone: World, skolon_elsewhere: Skolon, code: str, outcome: str
) -> None:
    school = GOOD["/v2/partner/school"]["schools"][0]
    codes = [{"type": "SchoolUnitCode", "value": code}]
    skolon_elsewhere.answers["/v2/partner/school"] = {"schools": [school | {"unitCodes": codes}]}

    page = _come_back(alone)

    assert page.status_code == HTTPStatus.FORBIDDEN
    with alone.database.read() as session:
        assert session.scalars(select(LoginAttempt.outcome)).all() == [outcome]
    assert _accounts(alone) == 0


def test_what_skolon_could_not_be_told_is_told_with_the_next_decision(
    alone: World, skolon_elsewhere: Skolon
) -> None:
    client = internal_tool(alone)
    made = post_request(client, license_request()).json()
    answer_path = f"/portal/api/license-requests/{made['skolon_request_id']}/answer"
    skolon_elsewhere.answers[answer_path] = httpx.ConnectError("refused")
    untold = decided(client, made["id"], "confirm").json()
    del skolon_elsewhere.answers[answer_path]
    skolon_elsewhere.asked.clear()

    told = client.post(f"/api/v1/license-requests/{made['id']}/activate", json={}).json()

    assert untold["status"] == "confirmed"
    assert untold["skolon_knows"] is False
    assert told["skolon_knows"] is True
    assert skolon_elsewhere.asked.count(answer_path) == 2
    with alone.database.read() as session:
        attempts = session.scalars(select(SkolonMessage.attempts).order_by(SkolonMessage.id))
        assert attempts.all() == [2, 1]


def test_what_skolon_could_not_be_told_is_told_again_without_anybody_asking(
    alone: World, skolon_elsewhere: Skolon, settings: Settings
) -> None:
    client = internal_tool(alone)
    made = post_request(client, license_request()).json()
    skolon_elsewhere.answers["/oauth/access_token"] = httpx.ReadTimeout("slow")
    decided(client, made["id"], "confirm")
    http = httpx.AsyncClient(transport=skolon_elsewhere)
    at_skolon = SkolonClient(Peer(http, IDP), Peer(http, API), settings)

    async def tell_twice() -> list[int]:
        return [
            await tell_again(alone.database, at_skolon, system_clock),
            await tell_again(alone.database, at_skolon, system_clock),
        ]

    failed = asyncio.run(tell_twice())
    skolon_elsewhere.answers.clear()
    told = asyncio.run(tell_twice())

    assert failed == [0, 0]
    assert told == [1, 0]
    assert client.get(f"/api/v1/license-requests/{made['id']}").json()["skolon_knows"] is True


def test_what_somebody_is_telling_skolon_nobody_else_tells_meanwhile(
    alone: World, skolon_elsewhere: Skolon, settings: Settings
) -> None:
    client = internal_tool(alone)
    made = post_request(client, license_request()).json()
    path = f"/portal/api/license-requests/{made['skolon_request_id']}/answer"
    skolon_elsewhere.answers[path] = httpx.ReadTimeout("slow")
    decided(client, made["id"], "confirm")
    skolon_elsewhere.answers.clear()
    skolon_elsewhere.asked.clear()

    told = asyncio.run(_told_by_two(alone, skolon_elsewhere, settings))

    assert sorted(told) == [0, 1]
    assert skolon_elsewhere.asked.count(path) == 1


def test_what_follows_on_something_that_is_being_told_waits_for_it(
    alone: World, skolon_elsewhere: Skolon, settings: Settings
) -> None:
    client = internal_tool(alone)
    made = post_request(client, license_request()).json()
    other = post_request(client, license_request()).json()
    path = f"/portal/api/license-requests/{made['skolon_request_id']}/answer"
    skolon_elsewhere.answers[path] = httpx.ReadTimeout("slow")
    decided(client, made["id"], "confirm")
    skolon_elsewhere.answers.clear()
    with alone.database.write() as session:
        held = outbox.claim(session)
    skolon_elsewhere.asked.clear()

    later = client.post(f"/api/v1/license-requests/{made['id']}/activate", json={}).json()
    unrelated = decided(client, other["id"], "confirm").json()
    with alone.database.write() as session:
        Told(not_tried=held).remember(session, now=system_clock())
    told = asyncio.run(_told_by_two(alone, skolon_elsewhere, settings))

    assert later["skolon_knows"] is False
    assert unrelated["skolon_knows"] is True
    assert sum(told) == skolon_elsewhere.asked.count(path) == 2
    assert client.get(f"/api/v1/license-requests/{made['id']}").json()["skolon_knows"] is True


def test_what_somebody_died_over_telling_is_told_by_another_after_a_minute(
    alone: World, skolon_elsewhere: Skolon, settings: Settings
) -> None:
    client = internal_tool(alone)
    made = post_request(client, license_request()).json()
    path = f"/portal/api/license-requests/{made['skolon_request_id']}/answer"
    skolon_elsewhere.answers[path] = httpx.ReadTimeout("slow")
    decided(client, made["id"], "confirm")
    skolon_elsewhere.answers.clear()
    with alone.database.write() as session:
        outbox.claim(session)

    at_once = asyncio.run(_told_by_two(alone, skolon_elsewhere, settings))
    with alone.database.write() as session:
        message = session.scalars(select(SkolonMessage)).one()
        assert message.claimed_until is not None
        message.claimed_until -= outbox.CLAIM
    after_a_minute = asyncio.run(_told_by_two(alone, skolon_elsewhere, settings))

    assert sum(at_once) == 0
    assert sum(after_a_minute) == 1


async def _told_by_two(world: World, skolon: Skolon, settings: Settings) -> list[int]:
    """Let two processes tell Skolon what is untold, at the same time."""
    http = httpx.AsyncClient(transport=skolon)
    at_skolon = SkolonClient(Peer(http, IDP), Peer(http, API), settings)
    return await asyncio.gather(
        *(tell_again(world.database, at_skolon, system_clock) for _ in range(2))
    )


@pytest.mark.parametrize(
    ("status", "is_refused"),
    [(400, True), (404, True), (409, True), (422, True), (401, False), (429, False), (503, False)],
)
def test_skolon_is_told_again_only_what_it_may_still_take(
    alone: World, skolon_elsewhere: Skolon, status: int, is_refused: bool
) -> None:
    client = internal_tool(alone)
    made = post_request(client, license_request()).json()
    path = f"/portal/api/license-requests/{made['skolon_request_id']}/answer"
    skolon_elsewhere.answers[path] = httpx.Response(status)
    first = decided(client, made["id"], "confirm").json()
    skolon_elsewhere.answers.clear()
    skolon_elsewhere.asked.clear()

    client.post(f"/api/v1/license-requests/{made['id']}/activate", json={})

    assert first["skolon_refused"] is is_refused
    assert skolon_elsewhere.asked.count(path) == (1 if is_refused else 2)
