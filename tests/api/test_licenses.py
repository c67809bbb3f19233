"""License status: what internal tools ask all day."""

import re
from datetime import date
from http import HTTPStatus
from typing import Any

import pytest

from app.partner import licenses
from app.partner.demo import DEMO_API_KEY
from app.partner.domain.identity import SchoolUnitCode
from tests.conftest import World
from tests.contract.skolon import plan_of, statements
from tests.factories import (
    ORGANIZATION,
    decided,
    internal_tool,
    license_request,
    post_request,
    unit,
)

STATUS = "/api/v1/licenses/status"


@pytest.fixture
def activated(world: World) -> World:
    """A world in which two schools have licenses from 1 December 2026 to 30 June 2027."""
    world.move_clock(set_to="2026-11-24T12:00:00Z", allow_backwards=True)
    world.move_clock(freeze=True)
    client = internal_tool(world)
    units = [
        unit("Ekbackaskolan", school_unit_code="10000001", students=10, teachers=1, staff=0),
        unit("Lindängsskolan", school_unit_code="10000003"),
    ]
    made = post_request(client, license_request(*units)).json()
    decided(client, made["id"], "confirm", "activate")
    return world


def _status(world: World, **parameters: Any) -> Any:  # noqa: ANN401, JSON
    answer = internal_tool(world).get(STATUS, params=parameters)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.json()


def test_the_status_of_a_school_says_all_that_a_tool_needs(activated: World) -> None:
    assert _status(activated, school_unit_code="10000001", on="2026-12-01") == {
        "school_unit_code": "10000001",
        "standing": "official",
        "school": "Ekbackaskolan",
        "organization": {
            "organization_number": ORGANIZATION,
            "name": "Exempelstads kommun",
        },
        "status": "active",
        "starts_on": "2026-12-01",
        "ends_on": "2027-06-30",
        "seats": 11,
        "on": "2026-12-01",
    }


@pytest.mark.parametrize(
    ("instant", "status"),
    [
        ("2026-11-30T22:30:00Z", "upcoming"),
        ("2026-11-30T23:30:00Z", "active"),
        ("2027-06-30T21:30:00Z", "active"),
        ("2027-06-30T22:30:00Z", "expired"),
    ],
)
def test_the_status_follows_the_clock_and_the_date_in_sweden(
    activated: World, instant: str, status: str
) -> None:
    activated.move_clock(set_to=instant)

    assert _status(activated, school_unit_code="10000001")["status"] == status


def test_a_school_without_a_license_has_the_status_none(activated: World) -> None:
    unknown = _status(activated, school_unit_code="10009999")
    official = _status(activated, school_unit_code="10000011")

    assert (unknown["standing"], unknown["status"]) == ("unknown", "none")
    assert (official["standing"], official["status"]) == ("official", "none")
    assert official["school"] is None


def test_the_status_of_an_organization_lists_its_schools(activated: World) -> None:
    status = _status(activated, organization_number="299000-0016", on="2027-01-01")

    assert [(one["school"], one["status"]) for one in status["schools"]] == [
        ("Ekbackaskolan", "active"),
        ("Lindängsskolan", "active"),
    ]


def test_the_status_takes_one_statement_with_the_check_of_the_key(activated: World) -> None:
    with statements(activated) as seen:
        _status(activated, school_unit_code="10000001")

    assert [text.split()[0] for text in seen] == ["SELECT"]


def test_the_plain_question_is_answered_as_the_same_asked_in_full(activated: World) -> None:
    client = internal_tool(activated)
    plain = client.get(STATUS, params={"school_unit_code": "10000001"})
    in_full = client.get(STATUS, params={"school_unit_code": "10000001", "on": plain.json()["on"]})

    assert plain.status_code == in_full.status_code == HTTPStatus.OK
    assert plain.content == in_full.content
    assert plain.headers["etag"] == in_full.headers["etag"]
    for question in ({}, {"on": plain.json()["on"]}):
        asked = {"school_unit_code": "10000001", **question}
        refused = client.get(STATUS, params=asked, headers={"Authorization": "Bearer unknown"})
        assert refused.status_code == HTTPStatus.UNAUTHORIZED
        assert refused.headers["www-authenticate"] == "Bearer"
        of_skolon = {"Authorization": "Bearer skolonmock-demo-api-key-of-skolon"}
        forbidden = client.get(STATUS, params=asked, headers=of_skolon)
        assert forbidden.status_code == HTTPStatus.FORBIDDEN
        assert forbidden.json()["type"] == "/problems/missing_scope"


def test_the_status_of_a_school_reads_no_table_through(activated: World) -> None:
    code, day = SchoolUnitCode.parse("10000001"), date(2026, 12, 1)

    plan = plan_of(
        activated,
        lambda session: licenses.status_of_code(session.connection(), code, DEMO_API_KEY, day=day),
    )

    assert "ix_requested_units_school_unit_code" in plan
    # A SubPlan is PostgreSQL's word for a question that is put to each row of a table.
    assert not re.search(r"Seq Scan|SubPlan|SCAN (?!asked|CONSTANT)", plan)


def test_a_status_that_has_not_changed_is_answered_with_304(activated: World) -> None:
    client = internal_tool(activated)
    parameters = {"school_unit_code": "10000001"}
    tag = client.get(STATUS, params=parameters).headers["etag"]

    again = client.get(STATUS, params=parameters, headers={"If-None-Match": tag})

    assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_licenses_are_listed_page_by_page_and_as_csv(activated: World) -> None:
    client = internal_tool(activated)

    first = client.get("/api/v1/licenses", params={"limit": 1}).json()
    rest = client.get(
        "/api/v1/licenses", params={"limit": 1, "cursor": first["next_cursor"]}
    ).json()
    text = client.get("/api/v1/licenses", headers={"Accept": "text/csv"}).text

    schools = {first["licenses"][0]["school"], rest["licenses"][0]["school"]}
    assert schools == {"Ekbackaskolan", "Lindängsskolan"}
    assert rest["next_cursor"] is None
    assert len(text.strip().splitlines()) == 3


def test_r18_what_is_agreed_with_an_organization_is_kept_with_its_implementer(
    world: World,
) -> None:
    client = internal_tool(world)
    address = f"/api/v1/organizations/{ORGANIZATION}"
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND

    written = client.put(
        address,
        json={
            "name": "Exempelstads kommun",
            "agreement_signed_on": "2026-08-01",
            "data_processing_agreement_signed_on": "2026-08-02",
            "data_processing_agreement_version": "SKR 2023-02",
            "implementer": "kim.lundqvist@partner.example",
        },
    )
    strange = client.put(address, json={"name": "X", "implementer": "nobody@partner.example"})

    assert written.status_code == HTTPStatus.OK, written.text
    assert client.get(address).json() == written.json()
    assert written.json()["implementer"]["name"] == "Kim Lundqvist"
    assert strange.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert client.get(address).json() == written.json()
