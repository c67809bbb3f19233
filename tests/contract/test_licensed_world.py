"""The world that begins with licenses holds one of everything that a partner's program can meet."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import Service
from app.skolon.demo.licensed import PUPILS_AT_POOL_SCHOOL, SEATS_IN_POOL
from tests.conftest import World
from tests.contract.skolon import as_tool, as_user, listed
from tests.factories import internal_tool, log_in, portal


@pytest.fixture(scope="module")
def licensed(app: Service, control: TestClient) -> Iterator[World]:
    """A world of that seed; the tests only read."""
    made = control.post("/sandboxes", json={"name": "begun", "seed": "licensed"})
    assert made.is_success, made.text
    yield World("begun", app, control, app.sandboxes.open("begun").database)
    control.delete("/sandboxes/begun")


def _all(world: World, kind: str, **query: str | int) -> list[dict[str, Any]]:
    page = listed(as_tool(world), kind, limit=1000, **query)
    records: list[dict[str, Any]] = page[f"{kind}s"]
    return records


def _school(world: World, name: str) -> dict[str, Any]:
    (found,) = [one for one in _all(world, "school") if one["name"] == name]
    return found


def _at(world: World, school: str) -> list[dict[str, Any]]:
    return _all(world, "license", ownerSchoolId=_school(world, school)["id"])


def test_an_organization_has_several_schools_of_which_one_has_two_codes(licensed: World) -> None:
    town, free, trial = sorted(_all(licensed, "organization"), key=lambda one: str(one["name"]))

    assert [len(one["schools"]) for one in (town, free)] == [3, 1]
    codes = {
        one["name"]: len(one["unitCodes"])
        for one in _all(licensed, "school")
        if one["id"] not in {school["id"] for school in trial["schools"]}
    }
    assert codes == {
        "Ekbackaskolan": 1,
        "Solängsskolan": 1,
        "Björkhagsskolan": 2,
        "Friskolan Exempel": 1,
    }


def test_an_organization_that_approves_nothing_shows_its_license_and_nobody(
    licensed: World,
) -> None:
    (license_,) = _at(licensed, "Friskolan Exempel")

    assert license_["users"] == []
    assert _all(licensed, "user", schoolId=_school(licensed, "Friskolan Exempel")["id"]) == []
    (own,) = listed(as_user(licensed, "filip"), "license")["licenses"]
    assert own["id"] == license_["id"]


def test_the_organizations_license_is_assigned_at_one_of_its_schools(licensed: World) -> None:
    (main,) = _at(licensed, "Ekbackaskolan")

    assert len(main["users"]) > 100
    assert len(_all(licensed, "user", schoolId=main["ownerSchoolId"])) == len(main["users"])
    assert len(listed(as_tool(licensed), "user", schoolId=main["ownerSchoolId"])["users"]) == 100


def test_a_class_license_covers_as_many_of_a_larger_class_as_it_has_seats(licensed: World) -> None:
    by_size = sorted(len(one["users"]) for one in _at(licensed, "Solängsskolan"))
    school = _school(licensed, "Solängsskolan")
    users = _all(licensed, "user", schoolId=school["id"])

    assert by_size == [0, 32]
    types = [user["userType"] for user in users]
    assert (types.count("STUDENT"), types.count("TEACHER")) == (30, 2)


def test_a_pool_has_fewer_seats_than_there_are_pupils(licensed: World) -> None:
    singles = [one for one in _at(licensed, "Björkhagsskolan") if not one["isDemo"]]

    assert len(singles) == SEATS_IN_POOL + 1
    assert {len(one["users"]) for one in singles} == {1}
    assert SEATS_IN_POOL < PUPILS_AT_POOL_SCHOOL


def test_somebody_has_a_trial_and_somebody_a_license_that_has_ended(licensed: World) -> None:
    (trial,) = listed(as_user(licensed, "vide"), "license")["licenses"]
    (ended,) = listed(as_user(licensed, "arne"), "license")["licenses"]

    assert (trial["isDemo"], ended["isDemo"]) == (True, False)
    assert ended["expirationDate"] < trial["expirationDate"]
    refused = log_in(licensed.browser(), "arne")
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_somebody_has_no_license_and_somebody_no_email(licensed: World) -> None:
    assert listed(as_user(licensed, "ulla"), "license")["licenses"] == []
    (lo,) = listed(as_user(licensed, "lo"), "user")["users"]
    assert "email" not in lo


def test_the_first_school_of_somebody_has_no_license(licensed: World) -> None:
    (ture,) = listed(as_user(licensed, "ture"), "user")["users"]
    with_license = {one["ownerSchoolId"] for one in _all(licensed, "license")}

    assert [one["id"] in with_license for one in ture["schools"]] == [False, True]


def test_a_deleted_student_and_a_deleted_class_come_as_tombstones(licensed: World) -> None:
    gone = [user for user in _all(licensed, "user", versionTag=0) if user["isDeleted"]]
    gone_groups = [group for group in _all(licensed, "group", versionTag=0) if group["isDeleted"]]

    assert len(gone) == 1
    assert len(gone_groups) == 1
    names = [user["firstName"] for user in _all(licensed, "user")]
    assert "Gösta" not in names


def test_there_are_groups_of_both_types_and_one_without_members(licensed: World) -> None:
    groups = _all(licensed, "group")
    types = [group["type"] for group in groups]

    assert min(types.count("CLASS"), types.count("TEACHING_GROUP")) >= 2
    assert [group["name"] for group in groups if not group["memberships"]] == ["Skolkören"]


def test_license_requests_are_there_in_every_state_and_both_sides_agree(licensed: World) -> None:
    rows = internal_tool(licensed).get("/api/v1/license-requests").json()["license_requests"]
    page = portal(licensed).get("/portal").text

    assert sorted(row["status"] for row in rows) == [
        "confirmed",
        "confirmed",
        "declined",
        "received",
    ]
    assert page.count("/portal/license-requests/") >= 4


def test_it_copies_as_fast_as_any_other_world(licensed: World, control: TestClient) -> None:
    again = control.post("/sandboxes/begun/reset", json={"seed": "licensed"})

    assert again.status_code == HTTPStatus.OK
