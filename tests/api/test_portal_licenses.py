"""Licenses of every type: made, handed on, assigned, taken back; and what is refused."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.skolon.models import Group, GroupMembership, License, Seat, User
from tests.api.portal import (
    assign,
    group_id,
    make,
    program,
    refused,
    school_id,
    user_id,
    withdraw,
)
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, as_tool, as_user, listed, statements
from tests.factories import portal


def _names(client: TestClient, **query: str | int) -> set[str]:
    return {user["firstName"] for user in listed(client, "user", limit=1000, **query)["users"]}


def _open_seats(world: World) -> int:
    with world.database.read() as session:
        seats = select(func.count()).select_from(Seat).where(Seat.ended_at.is_(None))
        return session.scalar(seats) or 0


def _state(client: TestClient, license_id: str) -> Any:  # noqa: ANN401, JSON
    return client.get(f"/portal/api/licenses/{license_id}").json()["state"]


def _at_once(number: int, does: Callable[[int], Any]) -> Counter[int]:
    with ThreadPoolExecutor(8) as together:
        return Counter(answer.status_code for answer in together.map(does, range(number)))


def test_a_license_made_by_hand_covers_nobody_until_it_is_assigned_to_the_school(
    world: World,
) -> None:
    disa, tool = program(world), as_tool(world)
    (made,) = make(disa, world, "school", "Ekbackaskolan", audience="students")
    before = _names(tool)

    given = assign(disa, made).json()

    assert before == set()
    assert given == {"licenses": [made], "covered": 136}
    names = _names(tool)
    assert "Elsa" in names
    assert "Maja" not in names


def test_r16_an_organizations_license_reaches_people_in_two_steps(world: World) -> None:
    disa, tool = program(world), as_tool(world)
    whole = make(disa, world, "organization", None)
    schools = [school_id(world, name) for name in ("Ekbackaskolan", "Solängsskolan")]

    handed = disa.post(
        f"/portal/api/organization-licenses/{whole}/distribute", json={"schools": schools}
    )

    assert [one["name"] for one in handed.json()["schools"]] == ["Ekbackaskolan", "Solängsskolan"]
    assert _names(tool) == set()
    assert {one["ownerSchoolId"] for one in listed(tool, "license")["licenses"]} == set(schools)
    parts = disa.get("/portal/api/licenses").json()["licenses"]
    assert {part["state"] for part in parts} == {"available"}
    (sol,) = [part["id"] for part in parts if part["school"]["name"] == "Solängsskolan"]
    assert assign(disa, sol).json()["covered"] == 1
    assert _names(tool) == {"Tim"}


def test_all_schools_get_a_part_once_and_a_new_part_only_where_there_is_none(
    world: World,
) -> None:
    disa = program(world)
    whole = make(disa, world, "organization", None)
    path = f"/portal/api/organization-licenses/{whole}/distribute"
    disa.post(path, json={"schools": [school_id(world, "Ekbackaskolan")]})

    again = disa.post(path, json={"schools": [school_id(world, "Ekbackaskolan")]})
    rest = disa.post(path, json={})
    nothing_left = disa.post(path, json={})

    assert refused(again, HTTPStatus.CONFLICT, "skolon_already_distributed")
    assert len(rest.json()["schools"]) == 4
    assert refused(nothing_left, HTTPStatus.CONFLICT, "skolon_already_distributed")


def test_a_class_license_covers_the_class_and_whoever_joins_it(world: World) -> None:
    disa, tool = program(world), as_tool(world)
    (made,) = make(disa, world, "group", "Ekbackaskolan", group="7B")

    assign(disa, made)
    before = _names(tool)
    with world.database.write() as session:
        session.add(
            GroupMembership(
                group_id=session.scalars(select(Group.id).filter_by(name="7B")).one(),
                user_id=session.scalars(select(User.id).filter_by(first_name="Elsa")).one(),
            )
        )
    # The next change of the license or the roster settles who is covered.
    withdraw(disa, made)
    assign(disa, made)

    assert {"Iris", "Nils"} <= before
    assert _names(tool) - before == {"Elsa"}


def test_a_class_license_goes_to_another_class_when_nobody_has_it(world: World) -> None:
    disa, tool = program(world), as_tool(world)
    (made,) = make(disa, world, "group", "Ekbackaskolan", group="7B", student_seats=2)

    given = assign(disa, made, group=group_id(world, "7A Engelska"))

    assert given.json()["covered"] == 2
    assert _names(tool) == {"Elsa", "Maja"}
    assert disa.get(f"/portal/api/licenses/{made}").json()["group"]["name"] == "7A Engelska"


def test_a_single_license_goes_to_one_person_and_back(world: World) -> None:
    disa, tool = program(world), as_tool(world)
    (made,) = make(disa, world, "single", "Ekbackaskolan")
    tag = listed(tool, "user")["versionTag"]

    assign(disa, made, users=[user_id(world, "Elsa")])
    shown = disa.get(f"/portal/api/licenses/{made}").json()
    during = listed(tool, "user", versionTag=tag)
    withdraw(disa, made)
    after = listed(tool, "user", versionTag=during["versionTag"])["users"]
    assign(disa, made, users=[user_id(world, "Elsa")])

    assert shown["holder"]["name"] == "Elsa Åkerlund"
    assert [user["firstName"] for user in during["users"]] == ["Elsa"]
    assert [(user["id"], user["isDeleted"]) for user in after] == [(user_id(world, "Elsa"), True)]
    assert _names(tool) == {"Elsa"}


def test_single_licenses_are_spread_over_a_class(world: World) -> None:
    disa, tool = program(world), as_tool(world)
    made = make(disa, world, "single", "Ekbackaskolan", number=20, audience="students")

    given = assign(disa, made[0], group=group_id(world, "7A"))

    assert given.json()["covered"] == 14
    assert _names(tool) >= {"Elsa", "Omar", "Lo"}
    assert "Maja" not in _names(tool)
    (count,) = disa.get("/portal/api/licenses").json()["tools"]
    assert (count["total"], count["available"]) == (20, 6)


def test_whoever_has_a_license_already_is_warned_of_skipped_or_given_another(world: World) -> None:
    disa = program(world)
    made = make(disa, world, "single", "Ekbackaskolan", number=40)
    elsa = user_id(world, "Elsa")
    assign(disa, made[0], users=[elsa])

    warned = assign(disa, made[1], group=group_id(world, "7A"))
    between = _open_seats(world)
    skipped = assign(disa, made[1], group=group_id(world, "7A"), doubles="skip")
    none_left = assign(disa, made[-1], users=[elsa], doubles="skip")
    accepted = assign(disa, made[-1], users=[elsa], doubles="accept")

    assert refused(warned, HTTPStatus.CONFLICT, "skolon_double_assignment")
    assert [one["detail"] for one in warned.json()["errors"]] == [elsa]
    assert "Elsa" not in warned.text
    assert between == 1
    assert skipped.json()["covered"] == 14
    assert none_left.json() == {"licenses": [], "covered": 0}
    assert accepted.json() == {"licenses": [made[-1]], "covered": 1}


@pytest.mark.parametrize(
    ("type_", "more", "to", "status", "code"),
    [
        ("school", {}, {"users": ["Elsa"]}, 422, "skolon_wrong_target"),
        ("school", {}, {"group": "7A"}, 422, "skolon_wrong_target"),
        ("group", {"group": "7A"}, {"users": ["Elsa"]}, 422, "skolon_wrong_target"),
        ("group", {"group": "7A"}, {"group": "5C"}, 404, "skolon_unknown_group"),
        ("single", {}, {}, 422, "skolon_no_target"),
        ("single", {}, {"users": ["Elsa"], "group": "7A"}, 422, "skolon_wrong_target"),
        ("single", {}, {"group": "7A"}, 409, "skolon_out_of_licenses"),
        ("single", {}, {"users": ["Elsa", "Omar"]}, 409, "skolon_out_of_licenses"),
        ("single", {}, {"users": ["Tim"]}, 404, "skolon_unknown_user"),
        ("single", {}, {"users": ["Frida"]}, 404, "skolon_unknown_user"),
        ("single", {"audience": "students"}, {"users": ["Maja"]}, 409, "skolon_wrong_role"),
        ("single", {"audience": "teachers"}, {"users": ["Elsa"]}, 409, "skolon_wrong_role"),
    ],
)
def test_what_a_license_cannot_be_given_to_is_refused_and_changes_nothing(
    world: World, type_: str, more: dict[str, Any], to: dict[str, Any], status: int, code: str
) -> None:
    disa = program(world)
    (made,) = make(disa, world, type_, "Ekbackaskolan", **more)
    users = [user_id(world, name) for name in to.get("users", [])]

    answer = assign(disa, made, **(to | ({"users": users} if users else {})))

    assert refused(answer, HTTPStatus(status), code)
    assert _open_seats(world) == 0
    assert _state(disa, made) == "available"


def test_nothing_is_assigned_twice_withdrawn_twice_or_after_its_end(world: World) -> None:
    disa = program(world)
    (school,) = make(disa, world, "school", "Ekbackaskolan")
    (single,) = make(disa, world, "single", "Solängsskolan")
    tim = user_id(world, "Tim")
    assign(disa, school)
    assign(disa, single, users=[tim])

    assert refused(assign(disa, school), HTTPStatus.CONFLICT, "skolon_already_assigned")
    twice = assign(disa, single, users=[tim], doubles="accept")
    assert refused(twice, HTTPStatus.CONFLICT, "skolon_already_assigned")
    withdraw(disa, single)
    assert refused(withdraw(disa, single), HTTPStatus.CONFLICT, "skolon_not_assigned")
    world.move_clock(advance_by="P400D")
    disa = program(world)
    late = assign(disa, single, users=[tim])
    assert refused(late, HTTPStatus.CONFLICT, "skolon_expired_license")
    assert _state(disa, single) == "ended"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"type": "school"}, 422, "skolon_no_target"),
        ({"type": "school", "school": "Friskolan Exempel"}, 403, "skolon_foreign_school"),
        ({"type": "group", "school": "Ekbackaskolan"}, 422, "skolon_no_target"),
        (
            {"type": "group", "school": "Ekbackaskolan", "group": "8F"},
            404,
            "skolon_unknown_group",
        ),
        (
            {"type": "school", "school": "Ekbackaskolan", "client_id": "none"},
            404,
            "skolon_unknown_tool",
        ),
        (
            {"type": "organization", "starts_on": "2026-12-01", "ends_on": "2026-11-30"},
            422,
            "license_period",
        ),
        ({"type": "single", "school": "Ekbackaskolan", "number": 0}, 422, "invalid"),
        ({"type": "single", "school": "Ekbackaskolan", "number": 1001}, 422, "invalid"),
        ({"type": "pool"}, 422, "invalid"),
        ({"type": "organization", "seats": 3}, 422, "invalid"),
    ],
)
def test_a_license_that_makes_no_sense_is_not_made(
    world: World, body: dict[str, Any], status: int, code: str
) -> None:
    asked = {"client_id": CLIENT_ID} | body
    if "school" in body:
        asked["school"] = school_id(world, body["school"])

    answer = program(world).post("/portal/api/licenses", json=asked)

    assert refused(answer, HTTPStatus(status), code)
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(License)) == 0


def test_another_organizations_licenses_are_not_there(world: World) -> None:
    disa, frej = program(world), program(world, "frej")
    (made,) = make(disa, world, "school", "Ekbackaskolan")
    whole = make(disa, world, "organization", None)

    assert refused(assign(frej, made), HTTPStatus.NOT_FOUND, "skolon_unknown_license")
    seen = frej.get(f"/portal/api/licenses/{made}")
    assert refused(seen, HTTPStatus.NOT_FOUND, "skolon_unknown_license")
    handed = frej.post(f"/portal/api/organization-licenses/{whole}/distribute", json={})
    assert refused(handed, HTTPStatus.NOT_FOUND, "skolon_unknown_license")
    assert frej.get("/portal/api/licenses").json()["licenses"] == []
    assert frej.get("/portal/api/organization-licenses").json() == {"organization_licenses": []}


def test_licenses_are_searched_and_walked_through_page_by_page(world: World) -> None:
    disa = program(world)
    make(disa, world, "single", "Ekbackaskolan", number=7)
    make(disa, world, "school", "Solängsskolan")

    seen: list[str] = []
    query: dict[str, str | int] = {"limit": 3}
    while True:
        page = disa.get("/portal/api/licenses", params=query).json()
        seen += [one["id"] for one in page["licenses"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    found = disa.get("/portal/api/licenses", params={"search": "solÄNGS"}).json()

    assert len(seen) == len(set(seen)) == 8
    assert page["tools"][0]["total"] == 8
    assert [one["school"]["name"] for one in found["licenses"]] == ["Solängsskolan"]
    assert found["tools"][0]["total"] == 1
    bad = disa.get("/portal/api/licenses", params={"after": "x"})
    assert refused(bad, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_cursor")


def test_of_two_who_assign_the_last_single_license_at_once_one_succeeds(world: World) -> None:
    disa = program(world)
    (made,) = make(disa, world, "single", "Ekbackaskolan")
    users = [user_id(world, name) for name in ("Elsa", "Omar", "Iris", "Lo")]

    statuses = _at_once(8, lambda number: assign(disa, made, users=[users[number % 4]]))

    assert statuses == {HTTPStatus.OK: 1, HTTPStatus.CONFLICT: 7}
    assert _open_seats(world) == 1


def test_of_many_who_spread_the_same_licenses_nobody_gets_what_another_has(world: World) -> None:
    disa = program(world)
    made = make(disa, world, "single", "Ekbackaskolan", number=30, audience="students")
    groups = [group_id(world, name) for name in ("7A", "7B")]

    statuses = _at_once(
        6, lambda number: assign(disa, made[-1 - number], group=groups[number % 2], doubles="skip")
    )

    assert set(statuses) <= {HTTPStatus.OK, HTTPStatus.CONFLICT}
    with world.database.read() as session:
        holders = session.scalars(select(Seat.user_id).where(Seat.ended_at.is_(None))).all()
    assert len(holders) == len(set(holders)) == 26


def test_assigning_withdrawing_and_handing_on_at_once_ends_well(world: World) -> None:
    disa = program(world)
    (made,) = make(disa, world, "school", "Ekbackaskolan")
    whole = make(disa, world, "organization", None)
    path = f"/portal/api/organization-licenses/{whole}/distribute"
    ways: list[Callable[[], Any]] = [
        lambda: assign(disa, made),
        lambda: withdraw(disa, made),
        lambda: disa.post(path, json={}),
    ]

    statuses = _at_once(24, lambda number: ways[number % 3]())

    assert set(statuses) <= {HTTPStatus.OK, HTTPStatus.CONFLICT}
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(License)) == 5


def test_a_large_class_costs_as_many_statements_as_a_small_group(world: World) -> None:
    disa = program(world)
    made = make(disa, world, "single", "Ekbackaskolan", number=40)
    small, large = group_id(world, "7B Franska"), group_id(world, "7A")

    with statements(world) as for_few:
        assert assign(disa, made[0], group=small).json()["covered"] == 2
    with statements(world) as for_many:
        assert assign(disa, made[-1], group=large).json()["covered"] == 15
    with statements(world) as listing:
        disa.get("/portal/api/licenses", params={"limit": 5})
    with statements(world) as long_listing:
        disa.get("/portal/api/licenses", params={"limit": 200})

    assert len(for_many) == len(for_few)
    assert len(listing) == len(long_listing)


def test_an_administrator_sees_counts_and_assigns_on_pages(world: World) -> None:
    disa, browser = program(world), portal(world)
    made = make(disa, world, "single", "Ekbackaskolan", number=3)
    before = browser.get("/portal/licenses").text
    page = browser.get(f"/portal/licenses/{made[0]}?search=elsa").text

    assigned = browser.post(
        f"/portal/licenses/{made[0]}/assign", data={"user": user_id(world, "Elsa")}
    )

    assert '<strong class="alarm">Inte tilldelade: 3</strong>' in before
    assert "Elsa Åkerlund" in page
    assert "Omar" not in page
    assert assigned.status_code == HTTPStatus.SEE_OTHER
    after = browser.get("/portal/licenses").text
    assert "Inte tilldelade: 2" in after
    assert 'Återta<span class="hidden"> Elsa Åkerlund' in after


def test_the_page_warns_of_a_double_assignment_before_anything_is_done(world: World) -> None:
    disa, browser = program(world), portal(world)
    made = make(disa, world, "single", "Ekbackaskolan", number=40)
    assign(disa, made[0], users=[user_id(world, "Elsa")])
    form = {"group": group_id(world, "7A")}

    warned = browser.post(f"/portal/licenses/{made[1]}/assign", data=form)
    between = _open_seats(world)
    confirmed = browser.post(
        f"/portal/licenses/{made[1]}/assign", data=form | {"doubles": "accept"}
    )

    assert warned.status_code == HTTPStatus.OK
    assert "Elsa Åkerlund" in warned.text
    assert 'name="doubles" value="skip"' in warned.text
    assert between == 1
    assert confirmed.status_code == HTTPStatus.SEE_OTHER
    assert _open_seats(world) == 16


def test_an_administrator_makes_and_hands_on_a_license_on_pages(world: World) -> None:
    browser = portal(world)
    form = browser.get("/portal/new-license").text
    made = browser.post(
        "/portal/new-license",
        data={"client_id": CLIENT_ID, "type": "organization", "school": "", "number": ""},
    )
    page = f"http://localhost{made.headers['location']}"
    before = browser.get(page).text

    handed = browser.post(f"{page}/distribute", data={"school": school_id(world, "Ekbackaskolan")})
    nothing = browser.post(f"{page}/distribute", data={})

    assert CLIENT_ID in form
    assert "Fördelad till" not in before
    assert handed.status_code == HTTPStatus.SEE_OTHER
    assert "Tilldela på skolorna" in browser.get(page).text
    assert 'Tilldela<span class="hidden"> Ekbackaskolan' in browser.get("/portal/licenses").text
    assert nothing.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Ingen skola är vald" in nothing.text


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        ({"number": "many"}, 422, "Något stämmer inte"),
        ({"number": "٣"}, 422, "Något stämmer inte"),
        ({"starts_on": "i morgon"}, 422, "Datumet går inte att läsa"),
        ({"ends_on": "2020-01-01"}, 422, "slutar innan den börjar"),
        ({"type": "group"}, 422, "Ingen är vald"),
        ({"client_id": "\x00"}, 422, ""),
        ({"client_id": "none"}, 404, "Verktyget finns inte"),
    ],
)
def test_a_form_for_a_license_that_makes_no_sense_gets_a_clear_page(
    world: World, form: dict[str, str], status: int, words: str
) -> None:
    filled = {
        "client_id": CLIENT_ID,
        "type": "single",
        "school": school_id(world, "Ekbackaskolan"),
    }

    answer = portal(world).post("/portal/new-license", data=filled | form)

    assert answer.status_code == status
    assert words in answer.text
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(License)) == 0


def test_a_person_of_a_single_license_logs_in_with_it(world: World) -> None:
    disa = program(world)
    (made,) = make(disa, world, "single", "Ekbackaskolan")
    assign(disa, made, users=[user_id(world, "Elsa")])

    (own,) = listed(as_user(world, "elsa"), "license")["licenses"]

    assert own["id"] == made
