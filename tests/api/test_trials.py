"""The people who try a partner's program: each meets what the picker says of them."""

import asyncio
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.dropping import InProcess, linger
from app.main import Service
from app.partner.models import Placement, School
from app.skolon.demo import CHARACTERS, TRIALS
from app.skolon.demo.trials import LONG_NAME, SHARED_EMAIL
from app.skolon.identity_provider import token as token_endpoint
from app.skolverket import synthetic
from tests.conftest import World
from tests.contract.skolon import as_user, authorize, code_for, query_of, redeem
from tests.factories import accounts_from_skolon, log_in

OUTCOMES = {
    "nejla": "skolon_denied",
    "fia": "skolon_busy",
    "cilla": "school_closed",
    "ebba": "license_expired",
    # Administrators are at no school.
    "prim": "school_missing",
}
# What becomes of a shared address is the partner's own affair.
ELSEWHERE = {"pelle", "sigge", "sam", "sami"}
REACHED = [who.key for who in TRIALS if who.key not in {*OUTCOMES, *ELSEWHERE}]


@pytest.fixture
def world(app: Service, control: TestClient) -> Iterator[World]:
    """A fresh sandbox of the demo, with everybody in it."""
    assert control.post("/sandboxes", json={"name": "tried", "seed": "demo"}).is_success
    yield World("tried", app, control, app.sandboxes.open("tried").database)
    control.delete("/sandboxes/tried")


@pytest.fixture
def licensed(app: Service, control: TestClient) -> Iterator[World]:
    assert control.post("/sandboxes", json={"name": "trials", "seed": "licensed"}).is_success
    yield World("trials", app, control, app.sandboxes.open("trials").database)
    control.delete("/sandboxes/trials")


def test_everybody_is_described_in_both_languages_and_no_key_is_used_twice() -> None:
    people = [*CHARACTERS, *TRIALS]

    assert len({who.key for who in people}) == len(people)
    for who in people:
        assert who.description_sv.endswith(".")
        assert who.description_en.endswith(".")
        assert who.description_sv != who.description_en
    assert len(LONG_NAME) == 60


@pytest.mark.parametrize("persona", [*OUTCOMES])
def test_a_login_goes_wrong_as_the_picker_says(world: World, persona: str) -> None:
    browser = world.client(headers={"Accept": "application/json"})

    assert log_in(browser, persona).json()["type"] == f"/problems/{OUTCOMES[persona]}"


def test_odd_people_get_in_at_once_each_with_an_account_of_their_own(world: World) -> None:
    for persona in REACHED:
        assert log_in(world.browser(), persona).status_code == HTTPStatus.SEE_OTHER, persona

    assert len(accounts_from_skolon(world)) == len(REACHED)


def test_what_is_odd_about_names_and_emails_reaches_the_tool_unchanged(world: World) -> None:
    people = {key: _me(world, key) for key in ("namnlos", "initial", "sam", "sami", "rene", "lang")}

    assert (people["namnlos"].get("firstName"), people["namnlos"].get("lastName")) == ("", "")
    assert people["initial"]["firstName"] == "K"
    assert people["sam"]["email"] == people["sami"]["email"] == SHARED_EMAIL
    assert people["sam"]["id"] != people["sami"]["id"]
    assert people["rene"]["lastName"] == "O\u2019Malley D'Ângelo"
    assert people["lang"]["lastName"] == LONG_NAME
    assert not any("skydd" in str(person).lower() for person in people.values())


def test_the_picker_names_whoever_has_no_name(world: World) -> None:
    page = world.browser().get(authorize(world)).text

    assert "(utan namn)" in page
    assert "Logga in som namnlos" in page


def test_consent_is_denied_to_any_tool(world: World) -> None:
    answer = world.browser().post(authorize(world), data={"persona": "nejla"})

    assert query_of(answer.headers["location"])["error"] == "access_denied"


def test_a_code_is_refused_with_429_for_as_long_as_it_is_tried(world: World) -> None:
    code = code_for(world, "fia")

    first, second = redeem(world, code), redeem(world, code)

    for answer in (first, second):
        assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
        assert answer.headers["retry-after"] == "30"
        assert answer.headers["X-Skolon-Mock-Fault"] == "persona"
        assert answer.json()["error"] == "too_many_requests"


def test_a_token_that_is_slow_comes_whole_to_whoever_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_endpoint, "SLOW_SECONDS", 0.3)
    code = code_for(world, "sigge")

    began = time.monotonic()
    answer = redeem(world, code)

    assert time.monotonic() - began >= 0.3
    assert answer.json()["access_token"]
    assert answer.headers["X-Skolon-Mock-Fault"] == "persona"


def test_who_calls_in_the_same_process_waits_no_longer_than_its_patience() -> None:
    async def slow(scope: Scope, _receive: Receive, _send: Send) -> None:
        assert not await linger(scope, 10)

    async def call() -> None:
        async with httpx.AsyncClient(transport=InProcess(slow), timeout=0.05) as client:
            await client.get("http://localhost/")

    with pytest.raises(httpx.ReadTimeout):
        asyncio.run(call())


def test_an_empty_pool_is_explained(world: World) -> None:
    answer = world.browser().post(authorize(world), data={"persona": "pelle"})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert "pool" in answer.text


def test_who_moved_has_been_seen_by_the_partner_at_both_schools(licensed: World) -> None:
    assert log_in(licensed.browser(), "mattis").status_code == HTTPStatus.SEE_OTHER

    (account,) = accounts_from_skolon(licensed)
    with licensed.database.read() as session:
        placements = session.scalars(select(Placement).where(Placement.account_id == account.id))
        assert len(placements.all()) == 2
        names = set(session.scalars(select(School.name)))
    assert {"Kvarnbyskolan", "Prövoskolan"} <= names


def test_the_schools_codes_are_in_the_register_and_one_is_closed() -> None:
    units = synthetic.register().units

    assert units["10000021"].name == "Prövoskolan"
    assert units["10000023"].status == "UPPHORT"


def _me(world: World, persona: str) -> Any:  # noqa: ANN401, JSON
    program = as_user(world, persona)
    session = program.get("/v2/partner/user/session").json()
    return program.get("/v2/partner/user", params={"userId": session["userId"]}).json()["users"][0]
