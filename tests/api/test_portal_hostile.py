"""What no well-meaning browser, tool or partner sends to Skolon's portal: refused, never a 500."""

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.main import create_app
from app.settings import Settings
from app.skolon.models import License, LicenseRequest, School, SchoolUnitCode
from tests.conftest import ADMIN_KEY, World
from tests.contract.skolon import as_tool
from tests.factories import license_school, portal, send_from_portal

# As they stand in an address: a NUL, bytes that are no UTF-8, a lone surrogate, and no end.
HOSTILE_NAMES = ("%00", "%ff%fe", "%ED%A0%80", "%E2%80%AE", "x" * 5000, "..%2f..", "'%20OR%201=1--")
REFUSED = {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_licenses_and_requests_of_impossible_names_are_not_there(world: World, name: str) -> None:
    license_school(world, "Ekbackaskolan")
    administrator = portal(world)

    answers = [
        administrator.post(f"/portal/licenses/{name}/assign"),
        administrator.post(f"/portal/licenses/{name}/withdraw"),
        administrator.get(f"/portal/license-requests/{name}"),
        administrator.post(f"/portal/license-requests/{name}/send"),
    ]

    assert {answer.status_code for answer in answers} <= REFUSED
    with world.database.read() as session:
        assert session.scalars(select(License.withdrawn_at)).all() == [None]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_schools_and_codes_of_impossible_names_are_not_there(world: World, name: str) -> None:
    page = send_from_portal(portal(world), "Ekbackaskolan")
    client = as_tool(world)
    with world.database.read() as session:
        school = session.scalars(select(School.public_id).filter_by(name="Ekbackaskolan")).one()
    codes = "/portal/api/schools/{}/unit-codes"

    refused = [
        client.post(codes.format(name), json={"code": "00000001"}),
        client.delete(f"{codes.format(name)}/00000001"),
        client.put(
            f"/portal/api/license-requests/{name}/answer",
            json={"status": "confirmed", "version": 1},
        ),
    ]
    gone_already = client.delete(f"{codes.format(school)}/{name}")

    assert page
    assert {answer.status_code for answer in refused} <= REFUSED
    assert gone_already.status_code in {HTTPStatus.OK, *REFUSED}
    with world.database.read() as session:
        kept = session.scalars(select(SchoolUnitCode.code).join(School).filter_by(public_id=school))
        assert kept.all() == ["10000001"]


@pytest.mark.parametrize(
    "told",
    [
        {"version": 2**31},
        {"version": 2**63},
        {"version": 10**400},
        {"version": 1.5},
        {"message": "\ud800"},
        # The wanted day is 2026-11-24.
        {"ends_on": "2026-11-23"},
        {"available_on": "2027-01-01", "ends_on": "2026-12-31"},
    ],
)
@pytest.mark.parametrize("status", ["delayed", "confirmed", "declined", "activated"])
def test_an_answer_that_cannot_be_kept_is_refused_whatever_it_says(
    world: World, status: str, told: dict[str, Any]
) -> None:
    page = send_from_portal(portal(world), "Ekbackaskolan")

    answer = as_tool(world).put(
        f"/portal/api/license-requests/{page.rpartition('/')[2]}/answer",
        # As ASCII: so a lone surrogate gets through to the other side.
        content=json.dumps({"status": status, "version": 1} | told),
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    with world.database.read() as session:
        request = session.scalars(select(LicenseRequest)).one()
        assert (request.progress, request.version) == (None, 0)


def test_the_highest_version_can_be_kept(world: World) -> None:
    page = send_from_portal(portal(world), "Ekbackaskolan")

    answer = as_tool(world).put(
        f"/portal/api/license-requests/{page.rpartition('/')[2]}/answer",
        json={"status": "confirmed", "version": 2**31 - 1},
    )

    assert answer.json()["version"] == 2**31 - 1


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"kind=purchase&scope=all&wanted_on=20261201", "application/x-www-form-urlencoded"),
        (b"kind=purchase&scope=all&wanted_on=2026-W49-2", "application/x-www-form-urlencoded"),
        (b"kind=purchase&scope=all&wanted_on=%002026-12-01", "application/x-www-form-urlencoded"),
        (b"kind=purchase&scope=all&form_id=%00", "application/x-www-form-urlencoded"),
        (b"kind=%ED%A0%80&scope=all", "application/x-www-form-urlencoded"),
        (b"kind=purchase&school=" + b"x" * 3000, "application/x-www-form-urlencoded"),
        (b"kind=purchase" + b"&school=x" * 5000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe=&\x00", "application/x-www-form-urlencoded"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"zz", "multipart/form-data"),
        (b'{"kind": "purchase", "scope": "all"}', "application/json"),
        (b"{", "application/json"),
    ],
)
def test_a_form_that_is_none_stores_nothing(world: World, body: bytes, content_type: str) -> None:
    answer = portal(world).post(
        "/portal/license-requests", content=body, headers={"Content-Type": content_type}
    )

    assert answer.status_code in {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LicenseRequest)) == 0


@pytest.mark.parametrize(
    "path", ["/portal/log-in", "/min-samling/log-in", "/min-samling/school", "/oauth/log-out"]
)
def test_every_form_of_skolon_refuses_another_site(world: World, path: str) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = world.browser().post(
            path, data={"persona": "disa", "school": "x"}, headers=headers
        )

        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "set-cookie" not in answer.headers


UNIT = {"skolon_id": "x", "standing": "official"}
RECEIPT = {"id": "1", "status": "received", "units": [UNIT]}

HOSTILE_RECEIPTS = [
    b'{"id": "\\ud800", "status": "received", "units": []}',
    b'{"id": "1", "status": "received", "units": [' + b"[" * 5000,
    b"\xff\xfe",
    b'{"id": ' + b"9" * 5000 + b', "status": "received", "units": []}',
    RECEIPT | {"status": "x" * 201},
    RECEIPT | {"units": [UNIT | {"standing": "x" * 201}]},
    RECEIPT | {"units": [UNIT] * 5001},
    RECEIPT | {"implementer": {"name": "x", "email": None}},
]


@pytest.fixture(scope="module")
def partners_answer() -> list[httpx.Response]:
    """What the partner elsewhere answers next."""
    return []


@pytest.fixture
def elsewhere(settings: Settings, partners_answer: list[httpx.Response]) -> Iterator[World]:
    """A world of Skolon whose partner is elsewhere."""
    app = create_app(
        settings.model_copy(update={"partner_url": "https://partner.example"}),
        network=httpx.MockTransport(lambda _: partners_answer.pop()),
    )
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as control:
        made = control.post("/sandboxes", json={"name": "elsewhere", "seed": "town"})
        assert made.is_success, made.text
        yield World("elsewhere", app, control, app.sandboxes.open("elsewhere").database)
        control.delete("/sandboxes/elsewhere")


def test_a_receipt_that_is_none_is_not_kept(
    elsewhere: World, partners_answer: list[httpx.Response]
) -> None:
    administrator = portal(elsewhere)
    for receipt in HOSTILE_RECEIPTS:
        partners_answer.append(
            httpx.Response(201, content=receipt)
            if isinstance(receipt, bytes)
            else httpx.Response(201, json=receipt)
        )

        page = administrator.get(
            f"http://localhost{send_from_portal(administrator, 'Ekbackaskolan')}"
        )

        assert "inte att förstå" in page.text
    with elsewhere.database.read() as session:
        assert set(session.scalars(select(LicenseRequest.receipt))) == {None}


def test_the_partners_words_are_text_on_the_page(
    elsewhere: World, partners_answer: list[httpx.Response]
) -> None:
    words = "<script>alert(1)</script>\x00"
    with elsewhere.database.read() as session:
        school = session.scalars(select(School.public_id).filter_by(name="Ekbackaskolan")).one()
    unit = {
        "skolon_id": school,
        "standing": "<b>new</b>",
        "reason": {"sv": words[:-1], "en": words[:-1]},
    }
    receipt = RECEIPT | {
        "id": words,
        "units": [unit, unit],
        "implementer": {"name": words, "email": '"><script>'},
    }
    partners_answer.append(httpx.Response(201, json=receipt))
    administrator = portal(elsewhere)

    page = administrator.get(f"http://localhost{send_from_portal(administrator, 'Ekbackaskolan')}")

    assert page.status_code == HTTPStatus.OK
    assert "<script>" not in page.text
    assert "<b>new" not in page.text
    assert "&lt;script&gt;" in page.text
