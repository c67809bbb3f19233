"""Vendors register their tools in a browser, where they may steer the sandbox."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import ADMIN_KEY, World
from tests.contract.skolon import CLIENT_ID

FORM = {
    "name": "Räknelådan",
    "provider": "Andra Förlaget",
    "launch_url": "https://raknaladan.example/",
    "redirect_uris": "https://raknaladan.example/one\r\nhttps://raknaladan.example/two\r\n",
    "scopes": "authenticatedUser.profile.read",
    "data_edits_url": "http://localhost:9/edits",
}


@pytest.fixture
def vendor(world: World) -> TestClient:
    """A browser that may steer: here by a key, at a developer's machine by being there."""
    return world.client({"Accept": "text/html", "Authorization": f"Bearer {ADMIN_KEY}"})


def _secret(page: str) -> str:
    found = re.search(r"client_secret</dt><dd><code class=\"long\">(\w+)<", page)
    assert found, page
    return found[1]


def _token(world: World, client_id: str, secret: str) -> Any:  # noqa: ANN401, a response
    return world.client().post(
        "/oauth/access_token",
        data={
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
        },
    )


def test_a_tool_is_registered_and_its_secret_shown_once(world: World, vendor: TestClient) -> None:
    registered = vendor.post("/skolon/tool-forms", data=FORM | {"client_id": "raknaladan"})
    again = vendor.get("/skolon/tool-forms/raknaladan").text

    secret = _secret(registered.text)
    assert _token(world, "raknaladan", secret).status_code == HTTPStatus.OK
    assert secret not in again
    assert "https://raknaladan.example/two" in again
    assert "Räknelådan" in vendor.get("/skolon/tools").text
    made = world.control.get(f"/s/{world.name}/skolon/tools/raknaladan").json()
    assert made["redirect_uris"] == [
        "https://raknaladan.example/one",
        "https://raknaladan.example/two",
    ]
    assert made["data_edits_url"] == "http://localhost:9/edits"
    assert made["remove_user_url"] is None


def test_a_tool_is_changed_and_its_secret_renewed(world: World, vendor: TestClient) -> None:
    old = _secret(vendor.post("/skolon/tool-forms", data=FORM | {"client_id": "x"}).text)
    changed = vendor.post(
        "/skolon/tool-forms/x",
        data=FORM | {"name": "Lådan", "redirect_uris": "", "data_edits_url": ""},
    )
    new = _secret(vendor.post("/skolon/tool-forms/x/secret").text)

    made = world.control.get(f"/s/{world.name}/skolon/tools/x").json()
    assert changed.status_code == HTTPStatus.SEE_OTHER
    assert (made["name"], made["redirect_uris"], made["data_edits_url"]) == ("Lådan", [], None)
    assert _token(world, "x", old).status_code != HTTPStatus.OK
    assert _token(world, "x", new).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"launch_url": "javascript:alert(1)"}, 422, "Något stämmer inte"),
        ({"redirect_uris": "http://evil.example/"}, 422, "/redirect_uris/0"),
        ({"name": ""}, 422, "Något stämmer inte"),
        ({"client_id": "with space"}, 422, "/client_id"),
        ({"client_id": CLIENT_ID}, 409, "client_id är upptaget"),
    ],
)
def test_a_tool_that_makes_no_sense_is_not_registered(
    world: World, vendor: TestClient, form: dict[str, str], status: int, words: str
) -> None:
    answer = vendor.post("/skolon/tool-forms", data=FORM | form)

    assert answer.status_code == status
    assert words in answer.text
    assert len(world.control.get(f"/s/{world.name}/skolon/tools").json()) == 1


def test_whoever_may_not_steer_is_shown_no_tools_and_registers_none(world: World) -> None:
    browser = world.browser()

    page = browser.get("/skolon/tools")
    refusals = [
        browser.get("/skolon/tool-forms"),
        browser.post("/skolon/tool-forms", data=FORM),
        browser.get(f"/skolon/tool-forms/{CLIENT_ID}"),
        browser.post(f"/skolon/tool-forms/{CLIENT_ID}", data=FORM),
        browser.post(f"/skolon/tool-forms/{CLIENT_ID}/secret"),
        world.client().get("/skolon/tools"),
        world.client().get(f"/skolon/tools/{CLIENT_ID}"),
        world.client().post(f"/skolon/tools/{CLIENT_ID}/secret"),
    ]

    assert page.status_code == HTTPStatus.OK
    assert CLIENT_ID not in page.text
    assert "Härifrån visas inga verktyg" in page.text
    assert {answer.status_code for answer in refusals} == {HTTPStatus.FORBIDDEN}
