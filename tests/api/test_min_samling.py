"""Min samling: tiles, what they lead to, and why there are none."""

from http import HTTPStatus
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.portal import assign, make, program, user_id
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, authorize
from tests.factories import license_school

OPEN = f"/min-samling/tools/{CLIENT_ID}/open"


def _visitor(world: World, persona: str) -> TestClient:
    browser = world.browser()
    sent = browser.post("/min-samling/log-in", data={"persona": persona})
    assert sent.status_code == HTTPStatus.SEE_OTHER, sent.text
    return browser


def test_a_tile_leads_by_way_of_skolon_to_the_address_of_the_tool(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    elsa = _visitor(world, "elsa")

    page = elsa.get("/min-samling").text
    opened = elsa.get(OPEN)

    assert f'referrerpolicy="origin" href="/s/{world.name}{OPEN}"' in page
    assert opened.status_code == HTTPStatus.SEE_OTHER
    assert opened.headers["location"] == f"http://localhost/s/{world.name}/sso/login"
    assert opened.headers["referrer-policy"] == "origin"


def test_the_tool_learns_the_site_that_one_came_from_and_no_more(world: World) -> None:
    elsa = _visitor(world, "elsa")

    granted = elsa.get(authorize(world))
    refused = elsa.get(authorize(world, response_type="token"))
    page = elsa.get("/min-samling")

    assert granted.headers["referrer-policy"] == refused.headers["referrer-policy"] == "origin"
    assert page.headers["referrer-policy"] == "same-origin"


def test_a_tool_at_an_address_of_its_own_is_opened_there(world: World) -> None:
    tool: dict[str, Any] = {
        "name": "Räknelådan",
        "client_id": "raknaladan",
        "launch_url": "https://raknaladan.example/start?from=skolon",
    }
    assert world.control.post(f"/s/{world.name}/skolon/tools", json=tool).is_success
    disa = program(world)
    (made,) = make(disa, world, "school", "Ekbackaskolan", client_id="raknaladan")
    assign(disa, made)

    opened = _visitor(world, "elsa").get("/min-samling/tools/raknaladan/open")

    assert opened.headers["location"] == "https://raknaladan.example/start?from=skolon"


def test_a_tool_without_a_license_is_not_opened(world: World) -> None:
    elsa = _visitor(world, "elsa")

    for path in (OPEN, "/min-samling/tools/none/open", "/min-samling/tools/%00/open"):
        refused = elsa.get(path)

        assert refused.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY}
        assert "location" not in refused.headers
    assert "Du har ingen licens för verktyget" in elsa.get(OPEN).text
    assert world.browser().get(OPEN).headers["location"].endswith("/min-samling/log-in")


@pytest.mark.parametrize(
    ("persona", "type_", "more", "swedish", "english"),
    [
        ("elsa", None, {}, "ingen licens är tilldelad din skola", "no license is assigned"),
        ("disa", None, {}, "du hör inte till någon skola", "belong to no school"),
        ("elsa", "school", {"give": False}, "ingen har tilldelat än", "assigned yet"),
        ("elsa", "school", {"audience": "teachers"}, "ingen som omfattar dig", "none that covers"),
        ("iris", "group", {"group": "7A"}, "ingen som omfattar dig", "none that covers you"),
        ("elsa", "school", {"starts_on": "2027-01-10"}, "inte börjat gälla", "not valid yet"),
        ("elsa", "school", {"wait": "P400D"}, "har gått ut", "has ended"),
    ],
)
def test_whoever_finds_nothing_reads_why(
    world: World, persona: str, type_: str | None, more: dict[str, Any], swedish: str, english: str
) -> None:
    disa = program(world)
    world.move_clock(set_to="2026-11-24T08:00:00Z", allow_backwards=True)
    asked = {name: one for name, one in more.items() if name not in ("wait", "give")}
    wait = more.get("wait")
    if type_:
        (made,) = make(disa, world, type_, "Ekbackaskolan", **asked)
        if more.get("give", True):
            assert assign(disa, made).is_success
    if wait:
        world.move_clock(advance_by=wait)
    browser = _visitor(world, persona)

    assert swedish in browser.get("/min-samling").text
    assert english in browser.get("/min-samling?lang=en").text


def test_a_single_license_shows_a_tile_to_its_holder_alone(world: World) -> None:
    disa = program(world)
    (made,) = make(disa, world, "single", "Ekbackaskolan")
    assign(disa, made, users=[user_id(world, "Elsa")])

    assert OPEN in _visitor(world, "elsa").get("/min-samling").text
    assert OPEN not in _visitor(world, "omar").get("/min-samling").text
