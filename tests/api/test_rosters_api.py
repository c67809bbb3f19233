"""Rosters as JSON: a school, its classes, and the students who have logged in (R3)."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.partner.models import Account, Placement, School, SchoolClass
from app.skolon.models import Group
from tests.conftest import World
from tests.factories import internal_tool, license_school, log_in

SCHOOL = "/api/v1/schools/10000001"


@pytest.fixture
def licensed(world: World) -> World:
    """A world in which the teacher Maja and two of her students have logged in."""
    license_school(world, "Ekbackaskolan")
    for persona in ("maja", "elsa", "omar"):
        assert log_in(world.browser(), persona).status_code == HTTPStatus.SEE_OTHER
    return world


def _classes(client: TestClient, **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"{SCHOOL}/classes", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    return list(answer.json()["classes"])


def _students(client: TestClient, class_id: str) -> list[str]:
    answer = client.get(f"/api/v1/classes/{class_id}/students")
    assert answer.status_code == HTTPStatus.OK, answer.text
    return sorted(student["first_name"] for student in answer.json()["students"])


def test_r3_a_school_its_classes_and_its_students_are_those_who_have_logged_in(
    licensed: World,
) -> None:
    client = internal_tool(licensed)
    (before,) = [one for one in _classes(client) if one["name"] == "7A"]

    school = client.get(SCHOOL).json()
    listed = client.get(f"/api/v1/classes/{before['id']}/students")

    assert school["name"] == "Ekbackaskolan"
    assert school["school_unit_codes"] == ["10000001"]
    assert school["school_years"] == [school["school_year"]]
    assert school["organization"]["name"] == "Exempelstads kommun"
    assert (before["students"], before["teachers"]) == (2, 1)
    assert {one["first_name"] for one in listed.json()["students"]} == {"Elsa", "Omar"}
    assert set(listed.json()["students"][0]) == {"id", "first_name", "last_name"}
    etag = {"If-None-Match": listed.headers["etag"]}
    again = client.get(f"/api/v1/classes/{before['id']}/students", headers=etag)
    assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_r3_who_has_left_is_merged_away_or_of_another_year_is_in_no_roster(
    licensed: World,
) -> None:
    client = internal_tool(licensed)
    (school_class,) = [one for one in _classes(client) if one["name"] == "7A"]
    with licensed.database.write() as session:
        omar, elsa = (
            session.scalars(select(Account).filter_by(first_name=name)).one()
            for name in ("Omar", "Elsa")
        )
        session.execute(
            update(Placement)
            .where(Placement.account_id == omar.id)
            .values(ended_at=omar.last_used_at)
        )
        # As nothing of ours leaves it: an open place of an account that is nobody's any more.
        elsa.merged_into_id = omar.id
    assert _students(client, school_class["id"]) == []

    with licensed.database.write() as session:
        session.execute(update(Account).values(merged_into_id=None))
        session.execute(update(SchoolClass).values(school_year="2024/25"))

    (earlier,) = [one for one in _classes(client, school_year="2024/25") if one["name"] == "7A"]
    assert _classes(client) == []
    assert (earlier["students"], earlier["teachers"]) == (0, 0)
    assert _students(client, earlier["id"]) == []
    assert client.get(SCHOOL).json()["school_years"] == ["2024/25"]


def test_a_forgotten_class_is_in_no_list_and_a_nameless_student_is_in_the_roster(
    licensed: World,
) -> None:
    client = internal_tool(licensed)
    (school_class,) = [one for one in _classes(client) if one["name"] == "7A"]
    with licensed.database.write() as session:
        session.execute(
            update(Account).where(Account.first_name == "Elsa").values(first_name="", last_name="")
        )
        group = session.scalars(
            select(SchoolClass.skolon_id).join(Group, Group.public_id == SchoolClass.skolon_id)
        ).first()
    nameless = _students(client, school_class["id"])

    licensed.client().post("/webhooks/skolon/remove-class", json={"classId": group})

    assert nameless == ["", "Omar"]
    assert school_class["id"] not in [one["id"] for one in _classes(client)]
    gone = client.get(f"/api/v1/classes/{school_class['id']}/students")
    assert gone.status_code == HTTPStatus.NOT_FOUND
    assert gone.json()["type"] == "/problems/unknown_class"


def test_lists_are_walked_page_by_page_and_a_cursor_tells_no_persons_name(licensed: World) -> None:
    client = internal_tool(licensed)
    with licensed.database.write() as session:
        school = session.scalars(select(School).filter_by(name="Ekbackaskolan")).one()
        year = session.scalars(select(SchoolClass.school_year)).first()
        added = [
            SchoolClass(school_id=school.id, skolon_id=uuid4().hex, school_year=year, name=name)
            for name in ("7Å", "7A", "7a", "", "7A", "Äpplet")
        ]
        session.add_all(added)
    whole = [one["id"] for one in _classes(client)]
    walked: list[str] = []
    query = {"limit": "2"}
    while query:
        page = client.get(f"{SCHOOL}/classes", params=query).json()
        walked += [one["id"] for one in page["classes"]]
        query = {"limit": "2", "cursor": page["next_cursor"]} if page["next_cursor"] else {}
    (school_class,) = [one for one in _classes(client) if one["students"]]
    address = f"/api/v1/classes/{school_class['id']}/students"

    first = client.get(address, params={"limit": 1}).json()
    second = client.get(address, params={"limit": 1, "cursor": first["next_cursor"]}).json()

    assert walked == whole
    assert len(whole) == len(set(whole)) >= len(added)
    assert {one["first_name"] for one in first["students"] + second["students"]} == {"Elsa", "Omar"}
    assert second["next_cursor"] is None


def test_what_is_unknown_or_malformed_is_refused(world: World) -> None:
    client = internal_tool(world)
    refused = {
        "/api/v1/schools/10000002": (404, "unknown_school"),
        "/api/v1/schools/10000002/classes": (404, "unknown_school"),
        "/api/v1/schools/1234567": (422, "lost_leading_zeros"),
        "/api/v1/schools/123456789/classes": (422, "old_school_code"),
        "/api/v1/schools/abcdefgh": (422, "invalid_school_unit_code"),
        f"/api/v1/schools/{'1' * 40}": (422, "invalid"),
        f"{SCHOOL}/classes?school_year=2024": (422, "invalid"),
        f"{SCHOOL}/classes?limit=0": (422, "invalid"),
        f"{SCHOOL}/classes?limit=1001": (422, "invalid"),
        f"/api/v1/classes/{uuid4()}/students": (404, "unknown_class"),
        "/api/v1/classes/7A/students": (422, "invalid"),
    }

    answers = {path: client.get(path) for path in refused}

    assert {
        path: (answer.status_code, answer.json()["type"].removeprefix("/problems/"))
        for path, answer in answers.items()
    } == refused


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0", "WyJhIiwgImIiXQ", "bnVsbA", "%00"])
def test_a_cursor_that_no_page_gave_is_refused(licensed: World, cursor: str) -> None:
    client = internal_tool(licensed)
    (school_class,) = [one for one in _classes(client) if one["name"] == "7A"]

    answers = [
        client.get(f"{path}?cursor={cursor}")
        for path in (f"{SCHOOL}/classes", f"/api/v1/classes/{school_class['id']}/students")
    ]

    for answer in answers:
        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        assert answer.json()["type"] == "/problems/invalid_cursor"
