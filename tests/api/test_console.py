"""The implementers' console, as the forms of its pages use it."""

from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import func, select

from app.partner.models import CodeCase
from tests.conftest import World
from tests.factories import console, internal_tool, license_request, post_request, unit


def _made(world: World, *units: dict[str, Any]) -> str:
    """Return the console's address of a new license request."""
    request_id = post_request(internal_tool(world), license_request(*units)).json()["id"]
    return f"/console/license-requests/{request_id}"


def _case(world: World) -> str:
    (case,) = internal_tool(world).get("/api/v1/code-cases").json()["code_cases"]
    return f"/console/code-cases/{case['id']}"


def test_r7_an_implementer_goes_through_the_checks_confirms_and_activates(world: World) -> None:
    browser, address = console(world), _made(world)
    assert "Ekbackaskolan" in browser.get(address).text

    for check in ("agreement", "data-processing-agreement", "data"):
        sent = browser.post(f"{address}/checks/{check}", data={"passed": "true"})
        assert sent.status_code == HTTPStatus.SEE_OTHER
    browser.post(f"{address}/confirm", data={"starts_on": "2026-12-01"})
    browser.post(f"{address}/activate")

    page = browser.get(address).text
    assert "Aktiverad" in page
    assert "2026-12-01" in page
    assert "2027-06-30" in page
    assert "Alva Strand" in page or "Kim Lundqvist" in page


def test_r7_a_check_is_opened_again_before_the_confirmation_and_not_after(world: World) -> None:
    browser, address = console(world), _made(world)
    for check in ("agreement", "data-processing-agreement", "data"):
        browser.post(f"{address}/checks/{check}", data={"passed": "true"})

    browser.post(f"{address}/checks/data", data={"passed": "false"})
    too_early = browser.post(f"{address}/confirm", data={"starts_on": "2026-12-01"})
    browser.post(f"{address}/checks/data", data={"passed": "true"})
    browser.post(f"{address}/confirm", data={"starts_on": "2026-12-01"})
    too_late = browser.post(f"{address}/checks/data", data={"passed": "false"})

    assert too_early.status_code == HTTPStatus.CONFLICT
    assert too_late.status_code == HTTPStatus.CONFLICT


def test_r7_a_delay_in_the_console_needs_a_date_and_a_reason_without_persons(world: World) -> None:
    browser, address = console(world), _made(world)

    bare = browser.post(f"{address}/delay", data={"starts_on": "", "reason": ""})
    personal = browser.post(
        f"{address}/delay", data={"starts_on": "2027-01-11", "reason": "Se elsa@skola.example"}
    )
    browser.post(f"{address}/delay", data={"starts_on": "2027-01-11", "reason": "Stor migrering."})

    assert bare.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert personal.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "elsa@" not in personal.text
    assert "Stor migrering." in browser.get(address).text


def test_r9_a_case_gets_a_fictive_code_in_the_console(world: World) -> None:
    _made(world, unit("Centrala enheten", school_unit_code=None))
    browser = console(world)
    assert "Centrala enheten" in browser.get("/console/code-cases").text

    browser.post(f"{_case(world)}/resolve", data={"resolution": "fictive"})

    assert "Centrala enheten" not in browser.get("/console/code-cases").text
    assert "Centrala enheten" in browser.get("/console/code-cases?status=resolved").text


def test_r10_a_proposed_official_unit_is_chosen_in_the_console(world: World) -> None:
    _made(world, unit("Ekbackaskolan", school_unit_code=None))
    browser, address = console(world), _case(world)
    assert "10000001" in browser.get(address).text

    chosen = browser.post(
        f"{address}/resolve", data={"resolution": "official", "school_unit_code": "10000001"}
    )

    assert chosen.status_code == HTTPStatus.SEE_OTHER
    assert "en officiell kod" in browser.get(address).text


@pytest.mark.parametrize("code", ["", " ", "123"])
def test_an_official_resolution_without_a_code_is_refused(world: World, code: str) -> None:
    _made(world, unit(school_unit_code=None))
    browser, address = console(world), _case(world)

    answer = browser.post(
        f"{address}/resolve", data={"resolution": "official", "school_unit_code": code}
    )

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert internal_tool(world).get("/api/v1/code-cases").json()["code_cases"]


def test_r6_an_overview_is_uploaded_as_a_file(world: World) -> None:
    browser = console(world)

    sent = browser.post(
        "/console/units-without-code",
        data={"organization_number": "299000-0016", "organization_name": "Exempelstads kommun"},
        files={"file": ("enheter.csv", "enhet;typ\nCentrala enheten;administrativ\n")},
    )
    broken = browser.post(
        "/console/units-without-code",
        data={"organization_number": "299000-0016", "organization_name": "Exempelstads kommun"},
        files={"file": ("enheter.csv", "namn saknas\n")},
    )

    assert sent.status_code == HTTPStatus.SEE_OTHER
    assert broken.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CodeCase)) == 1


@pytest.mark.parametrize(
    "address", ["/console", "/console/code-cases", "/console/license-requests/{id}"]
)
def test_the_console_leads_strangers_to_its_login(world: World, address: str) -> None:
    stranger = world.browser()
    request_id = _made(world).rpartition("/")[2]

    answer = stranger.get(address.format(id=request_id))

    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["location"].endswith("/console/login")


def test_strangers_decide_nothing(world: World) -> None:
    stranger, address = world.browser(), _made(world)

    answers = [
        stranger.post(f"{address}/checks/data", data={"passed": "true"}),
        stranger.post(f"{address}/decline", data={"reason": "Nej."}),
        stranger.post(f"{address}/tell"),
        stranger.post(
            "/console/login",
            data={"implementer_id": "00000000-0000-0000-0000-000000000000"},
        ),
    ]

    assert {answer.status_code for answer in answers} == {HTTPStatus.FORBIDDEN}


def test_another_site_cannot_decide_through_an_implementers_browser(world: World) -> None:
    browser, address = console(world), _made(world)

    lured = browser.post(
        f"{address}/decline", data={"reason": "x"}, headers={"Origin": "https://evil.example"}
    )

    assert lured.status_code == HTTPStatus.FORBIDDEN
