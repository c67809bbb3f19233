"""What tests send and look up: license requests, keys, rows."""

import re
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from sqlalchemy import exists, select
from starlette.testclient import TestClient

from app.partner.demo import DEMO_API_KEY
from app.partner.domain.merging import LOCAL_ISSUER
from app.partner.models import Account, Identity
from tests.conftest import World

ORGANIZATION = "2990000016"


def unit(name: str = "Ekbackaskolan", **given: Any) -> dict[str, Any]:  # noqa: ANN401, JSON
    """Return a unit of a license request; each has another id unless one is given."""
    return {
        "skolon_id": uuid4().hex,
        "name": name,
        "school_unit_code": "10000001",
        "students": 120,
        "teachers": 9,
        "staff": 3,
    } | given


def license_request(*units: dict[str, Any], **given: Any) -> dict[str, Any]:  # noqa: ANN401, JSON
    """Return the body of a license request, for one ordinary school unless units are given."""
    return {
        "skolon_request_id": uuid4().hex,
        "organization": {
            "organization_number": ORGANIZATION,
            "name": "Exempelstads kommun",
            "municipality": "Exempelstad",
        },
        "kind": "purchase",
        "wanted_on": "2026-12-01",
        "units": list(units) or [unit()],
    } | given


def internal_tool(world: World) -> TestClient:
    """Return a client with a key for everything in the partner's API."""
    return world.client(headers={"Authorization": f"Bearer {DEMO_API_KEY}"})


def post_request(client: TestClient, body: dict[str, Any], key: str | None = None) -> Any:  # noqa: ANN401, a response
    """Post a license request, under a new Idempotency-Key unless one is given."""
    return client.post(
        "/api/v1/license-requests",
        json=body,
        headers={"Idempotency-Key": key or uuid4().hex},
    )


def decided(client: TestClient, request_id: str, *decisions: str) -> Any:  # noqa: ANN401, a response
    """Pass every check, then decide one after the other; return the last answer."""
    for check in ("agreement", "data-processing-agreement", "data"):
        client.post(f"/api/v1/license-requests/{request_id}/checks/{check}")
    answer = None
    for decision in decisions:
        answer = client.post(f"/api/v1/license-requests/{request_id}/{decision}", json={})
    return answer


def portal(world: World, administrator: str = "disa") -> TestClient:
    """Return a browser in which an administrator is logged in to the portal."""
    browser = world.browser()
    sent = browser.post("/portal/log-in", data={"persona": administrator})
    assert sent.status_code == HTTPStatus.SEE_OTHER, sent.text
    return browser


def send_from_portal(browser: TestClient, *schools: str) -> str:
    """Send a license request for the schools of these names; return the address of its page."""
    form = browser.get("/portal/license-requests/new").text
    ids = [
        re.search(rf'name="school" value="(\w+)"> {re.escape(school)}\s', form)
        for school in schools
    ]
    assert all(ids), form
    sent = browser.post(
        "/portal/license-requests",
        data={
            "kind": "purchase",
            "wanted_on": "2026-11-24",
            "school": [found[1] for found in ids if found],
        },
    )
    assert sent.status_code == HTTPStatus.SEE_OTHER, sent.text
    return str(sent.headers["location"])


def license_school(world: World, *schools: str) -> None:
    """Take a request for the schools all the way: sent, confirmed, activated, assigned."""
    administrator = portal(world)
    send_from_portal(administrator, *schools)
    client = internal_tool(world)
    (row,) = client.get("/api/v1/license-requests").json()["license_requests"]
    answer = decided(client, row["id"], "confirm", "activate")
    assert answer.json()["skolon_knows"], answer.text
    page = administrator.get("/portal/licenses").text
    licenses = re.findall(r"/portal/licenses/(\w+)/assign", page)
    assert len(licenses) == len(schools)
    for license_id in licenses:
        assigned = administrator.post(f"/portal/licenses/{license_id}/assign")
        assert assigned.status_code == HTTPStatus.SEE_OTHER, assigned.text


def callback_of(browser: TestClient, persona: str) -> str:
    """Go to Skolon and be the persona; return the address with the code to come back to."""
    authorize = browser.get("/sso/login").headers["location"]
    chosen = browser.post(authorize, data={"persona": persona})
    assert chosen.status_code == HTTPStatus.SEE_OTHER, chosen.text
    return str(chosen.headers["location"])


def log_in(browser: TestClient, persona: str) -> Any:  # noqa: ANN401, a response
    """Log in to the partner through Skolon; return the partner's answer."""
    return browser.get(callback_of(browser, persona))


def console(world: World) -> TestClient:
    """Return a browser in which an implementer is logged in to the partner's console."""
    browser = world.browser()
    found = re.search(r'name="implementer_id" value="([\w-]+)"', browser.get("/console/login").text)
    assert found
    sent = browser.post("/console/login", data={"implementer_id": found[1]})
    assert sent.status_code == HTTPStatus.SEE_OTHER, sent.text
    return browser


def accounts_from_skolon(world: World) -> list[Account]:
    """Return the accounts of those who have logged in through Skolon."""
    with world.database.read() as session:
        through_skolon = exists().where(
            Identity.account_id == Account.id, Identity.issuer != LOCAL_ISSUER
        )
        return list(session.scalars(select(Account).where(through_skolon)))
