"""License requests by programs: providers, standings, and partners that are out of reach."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app import background
from app.dependencies import Peer
from app.main import create_app
from app.settings import Settings
from app.skolon.domain.licenses import Delivery
from app.skolon.models import LicenseRequest
from app.skolon.request_delivery import Pauses, deliver_again
from tests.api.portal import program, refused, school_id
from tests.conftest import ADMIN_KEY, World
from tests.contract.skolon import as_tool, bearing
from tests.factories import decided, internal_tool, portal

PARTNER = "https://partner.example"
RECEIPT = {"id": "1", "status": "received", "units": []}


def _ask(client: TestClient, **more: Any) -> Any:  # noqa: ANN401, a response
    return client.post("/portal/api/license-requests", json={"kind": "purchase"} | more)


def _other_tool(world: World) -> Any:  # noqa: ANN401, JSON
    made = world.control.post(
        f"/s/{world.name}/skolon/tools",
        json={
            "name": "Räknelådan",
            "provider": "Andra Förlaget",
            "launch_url": "https://raknaladan.example/",
        },
    )
    assert made.status_code == HTTPStatus.CREATED, made.text
    return made.json()


class Partner:
    """A partner elsewhere that can be out of reach; counts what arrives, by its key."""

    def __init__(self) -> None:
        self.is_there = False
        self.keys: list[str] = []
        self.bodies: list[bytes] = []
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if not self.is_there:
            raise httpx.ConnectError("refused")
        self.keys.append(request.headers["idempotency-key"])
        self.bodies.append(request.content)
        return httpx.Response(201, json=RECEIPT)


@pytest.fixture
def partner() -> Partner:
    return Partner()


@pytest.fixture
def alone(settings: Settings, partner: Partner) -> Iterator[World]:
    """A fresh sandbox of Skolon whose partner is elsewhere, and cannot be reached."""
    app = create_app(
        settings.model_copy(update={"partner_url": PARTNER}),
        network=httpx.MockTransport(partner._answer),  # noqa: SLF001
    )
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as control:
        made = control.post("/sandboxes", json={"name": "away", "seed": "town"})
        assert made.is_success, made.text
        yield World("away", app, control, app.sandboxes.open("away").database)
        control.delete("/sandboxes/away")


def _look(world: World, partner: Partner, pauses: Pauses, settings: Settings) -> int:
    sandbox = world.app.sandboxes.open(world.name)
    return asyncio.run(
        deliver_again(
            world.database,
            Peer(partner.http, PARTNER),
            settings.partner_api_key,
            sandbox.clock,
            pauses,
            patience=5,
        )
    )


def test_r1_r13_a_program_asks_and_is_told_at_once_how_each_school_stands(world: World) -> None:
    disa = program(world)
    schools = [school_id(world, name) for name in ("Ekbackaskolan", "Tallkottens förskola")]

    asked = _ask(disa, schools=schools, kind="transfer", wanted_on="2026-12-01")

    assert asked.status_code == HTTPStatus.CREATED
    told = asked.json()
    assert (told["delivery"], told["attempts"], told["is_answered"]) == ("delivered", 1, False)
    assert {unit["school"]["name"]: unit["standing"] for unit in told["units"]} == {
        "Ekbackaskolan": "official",
        "Tallkottens förskola": "missing",
    }
    assert told["units"][1]["reason_sv"] == "Skolenhetskod saknas."
    assert "@" in told["implementer_email"]
    assert disa.get(f"/portal/api/license-requests/{told['id']}").json() == told


def test_asked_again_under_the_same_id_it_counts_once(world: World) -> None:
    disa, name = program(world), str(uuid4())

    first, second = (_ask(disa, id=name).json() for _ in range(2))

    assert first == second
    assert len(disa.get("/portal/api/license-requests").json()["license_requests"]) == 1


def test_the_list_tells_answered_from_unanswered_and_is_searched_and_paged(world: World) -> None:
    disa = program(world)
    first = _ask(disa, schools=[school_id(world, "Solängsskolan")]).json()["id"]
    tool = internal_tool(world)
    (row,) = tool.get("/api/v1/license-requests").json()["license_requests"]
    decided(tool, row["id"], "confirm")
    others = {_ask(disa, schools=[school_id(world, "Ekbackaskolan")]).json()["id"] for _ in "abc"}

    def found(**query: str | int) -> list[str]:
        answer = disa.get("/portal/api/license-requests", params=query)
        return [one["id"] for one in answer.json()["license_requests"]]

    assert found(answered="yes") == found(search="soläng") == [first]
    assert set(found(answered="no")) == set(found(search="EKBACKA")) == others
    assert found(search="finns inte") == []
    seen: list[str] = []
    page = disa.get("/portal/api/license-requests", params={"limit": 3}).json()
    seen += [one["id"] for one in page["license_requests"]]
    seen += found(limit=3, after=page["next"])
    assert len(seen) == len(set(seen)) == 4
    confirmed = disa.get(f"/portal/api/license-requests/{first}").json()
    assert confirmed["progress"] == "confirmed"
    assert confirmed["available_on"] is not None
    assert "besvarade" in portal(world).get("/portal?answered=yes").text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "gift"}, 422, "invalid"),
        ({"schools": []}, 422, "skolon_no_school"),
        ({"schools": ["x"]}, 403, "skolon_foreign_school"),
        ({"client_id": "none"}, 404, "skolon_unknown_tool"),
        ({"wanted_on": "9999-12-31"}, 422, "invalid"),
        ({"contact": "Disa"}, 422, "invalid"),
        ({"id": "one"}, 422, "invalid"),
    ],
)
def test_a_request_that_makes_no_sense_is_not_stored(
    world: World, body: dict[str, Any], status: int, code: str
) -> None:
    answer = _ask(program(world), **body)

    assert refused(answer, HTTPStatus(status), code)
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LicenseRequest)) == 0


def test_a_provider_without_an_address_finds_the_request_in_skolon_and_answers_there(
    world: World,
) -> None:
    tool, disa = _other_tool(world), program(world)

    asked = _ask(disa, client_id=tool["client_id"], schools=[school_id(world, "Ekbackaskolan")])
    request_id = asked.json()["id"]
    page = portal(world).get(f"/portal/license-requests/{request_id}").text
    token = world.client().post(
        "/oauth/access_token",
        data={
            "grant_type": "client_credentials",
            "client_id": tool["client_id"],
            "client_secret": tool["client_secret"],
        },
    )
    path = f"/portal/api/license-requests/{request_id}/answer"
    told = {"status": "activated", "version": 1}
    foreign = as_tool(world).put(path, json=told)
    answered = bearing(world, token.json()["access_token"]).put(path, json=told)

    assert asked.json()["provider"] == "Andra Förlaget"
    assert (asked.json()["delivery"], asked.json()["attempts"]) == ("delivered", 0)
    assert "ingen adress för förfrågningar" in page
    assert internal_tool(world).get("/api/v1/license-requests").json()["license_requests"] == []
    assert foreign.status_code == HTTPStatus.NOT_FOUND
    assert len(answered.json()["licenses"]) == 1
    (license_,) = disa.get("/portal/api/licenses").json()["licenses"]
    assert license_["tool"] == "Räknelådan"


def test_the_provider_is_chosen_on_the_form_and_searched_for_when_there_are_many(
    world: World,
) -> None:
    tool, browser = _other_tool(world), portal(world)
    few = browser.get("/portal/license-requests/new").text
    for number in range(25):
        made = world.control.post(
            f"/s/{world.name}/skolon/tools",
            json={"name": f"A{number:02}", "provider": "AA", "launch_url": "https://a.example/"},
        )
        assert made.is_success
    many = browser.get("/portal/license-requests/new").text
    found = browser.get("/portal/license-requests/new?provider_search=förlaget").text

    assert "Andra Förlaget (Räknelådan)" in few
    assert 'name="provider_search"' not in few
    assert 'name="provider_search"' in many
    assert f'value="{tool["client_id"]}"' not in many
    assert f'value="{tool["client_id"]}"' in found


def test_a_partner_that_comes_back_gets_each_request_once_and_nothing_is_lost(
    alone: World, partner: Partner, settings: Settings
) -> None:
    disa, pauses = program(alone), Pauses(2)
    asked = [_ask(disa, schools=[school_id(alone, "Ekbackaskolan")]).json() for _ in range(3)]
    path = f"/portal/api/license-requests/{asked[0]['id']}"

    looks = [_look(alone, partner, pauses, settings) for _ in range(3)]
    away = disa.get(path).json()
    page = portal(alone).get(f"/portal/license-requests/{asked[0]['id']}").text
    partner.is_there = True
    arrived = sum(_look(alone, partner, pauses, settings) for _ in range(12))
    quiet = _look(alone, partner, pauses, settings)

    assert {one["delivery"] for one in asked} == {"not_delivered"}
    assert looks == [0, 0, 0]
    assert (away["failure"], away["attempts"]) == ("unreachable", 2)
    assert "Antal försök: 2" in page
    assert "gick inte att nå" in page
    assert (arrived, quiet) == (3, 0)
    assert sorted(partner.keys) == sorted(one["id"] for one in asked)
    rows = disa.get("/portal/api/license-requests").json()["license_requests"]
    assert {row["delivery"] for row in rows} == {"delivered"}


def test_pauses_grow_and_what_is_under_way_is_left_to_whoever_sent_it() -> None:
    pauses = Pauses(3)

    def looks(request: LicenseRequest) -> int:
        number = 1
        while (request.id, request.attempts) not in pauses.due([request]):
            number += 1
        return number

    failed = [
        LicenseRequest(id=uuid4(), delivery=Delivery.NOT_DELIVERED, attempts=attempts)
        for attempts in (1, 2, 3, 4, 40)
    ]
    sending = LicenseRequest(id=uuid4(), delivery=Delivery.SENDING, attempts=1)

    # The first look only finds it.
    assert [looks(one) for one in failed] == [2, 3, 5, 9, 65]
    assert looks(sending) == 4


def test_of_processes_that_find_a_request_due_at_the_same_time_one_sends_it(
    alone: World, partner: Partner, settings: Settings
) -> None:
    asked = _ask(program(alone)).json()["id"]
    processes = [Pauses(2) for _ in range(4)]
    for pauses in processes:
        _look(alone, partner, pauses, settings)
    partner.is_there = True

    with ThreadPoolExecutor(4) as threads:
        arrived = threads.map(lambda one: _look(alone, partner, one, settings), processes)

    assert sum(arrived) == 1
    assert partner.keys == [asked]


def test_what_was_on_its_way_when_the_server_died_arrives_as_the_same(
    alone: World, partner: Partner, settings: Settings
) -> None:
    disa, pauses = program(alone), Pauses(2)
    asked = _ask(disa).json()["id"]
    with alone.database.write() as session:
        request = session.scalars(select(LicenseRequest)).one()
        request.delivery, request.failure = Delivery.SENDING, None
    partner.is_there = True

    arrived = [_look(alone, partner, pauses, settings) for _ in range(3)]

    assert arrived == [0, 0, 1]
    assert partner.keys == [asked]


def test_what_an_administrator_sent_again_meanwhile_is_not_sent_by_the_background(
    alone: World, partner: Partner, settings: Settings
) -> None:
    disa, pauses = program(alone), Pauses(2)
    asked = _ask(disa).json()["id"]
    _look(alone, partner, pauses, settings)
    partner.is_there = True

    sent = disa.post(f"/portal/api/license-requests/{asked}/send")
    again = disa.post(f"/portal/api/license-requests/{asked}/send")
    arrived = [_look(alone, partner, pauses, settings) for _ in range(3)]

    assert (sent.json()["delivery"], sent.json()["attempts"]) == ("delivered", 2)
    assert again.json() == sent.json()
    assert arrived == [0, 0, 0]
    assert partner.keys == [asked]


def test_the_running_service_sends_by_itself_what_did_not_arrive(
    settings: Settings, partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "RETELL_SECONDS", 0.05)
    app = create_app(
        settings.model_copy(update={"partner_url": PARTNER}),
        network=httpx.MockTransport(partner._answer),  # noqa: SLF001
    )
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as control:
        assert control.post("/sandboxes", json={"name": "by-itself", "seed": "town"}).is_success
        world = World("by-itself", app, control, app.sandboxes.open("by-itself").database)
        disa = program(world)
        asked = _ask(disa).json()
        partner.is_there = True

        deadline = time.monotonic() + 20
        while not partner.keys and time.monotonic() < deadline:
            time.sleep(0.05)

        control.delete("/sandboxes/by-itself")
    assert asked["delivery"] == "not_delivered"
    assert partner.keys == [asked["id"]]
