"""Administrators edit the roster, and tools that had synchronized before see what became of it."""

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from typing import Any, get_args

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.skolon.models import (
    Group,
    PendingEdit,
    School,
    SchoolAdministrator,
    User,
)
from app.skolon.roster_edits.places import perform
from app.skolon.schemas.rosters import AnyEdit
from tests.conftest import World
from tests.contract.receiver import wait_until
from tests.contract.skolon import CLIENT_ID, as_tool, as_user, listed, statements
from tests.contract.webhooks import freeze, sent, webhooks
from tests.factories import license_school, portal
from tests.rosters import KINDS, MAIN, OTHER, Copy, edit_roster, id_of, session_of


def _refused(client: TestClient, kind: str, **call: Any) -> tuple[int, str]:  # noqa: ANN401, JSON
    answer = client.post("/portal/api/roster/edits", json={"kind": kind, **call})
    assert answer.is_client_error, answer.text
    assert answer.json()["detail"]
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


@pytest.fixture
def disa(world: World) -> TestClient:
    """The organization's administrator, where the main school has a license."""
    license_school(world, MAIN)
    return session_of(world, "disa")


@pytest.fixture
def copy(world: World, disa: TestClient) -> Copy:
    """A tool that has synchronized."""
    assert disa
    copy = Copy(as_tool(world))
    copy.synchronize()
    assert len(copy.known["user"]) > 100
    return copy


def _new_user(school: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401, JSON
    return {
        "first_name": "Nya",
        "last_name": "Nyström",
        "username": "nya@exempelstad.example",
        "role": "student",
        "schools": [school],
    } | more


def test_somebody_new_is_news_with_their_class(world: World, disa: TestClient, copy: Copy) -> None:
    school, group = id_of(world, School, MAIN), id_of(world, Group, "7A")

    done = edit_roster(disa, "add_user", **_new_user(school, groups=[group]))
    copy.synchronize()

    user = copy.known["user"][done["id"]]
    assert (user["firstName"], user["userType"], "email" in user) == ("Nya", "STUDENT", False)
    members = [one["id"] for one in copy.known["group"][group]["memberships"]]
    assert done["id"] in members
    copy.assert_is_whole()


def test_a_name_an_email_and_a_role_change(world: World, disa: TestClient, copy: Copy) -> None:
    elsa = disa.get("/portal/api/users/elsa").json()["id"]

    edit_roster(disa, "rename_user", user="elsa", first_name="Elsie", last_name="Åkerlund")
    edit_roster(disa, "change_email", user="elsa", email="elsie@exempelstad.example")
    edit_roster(disa, "change_role", user="elsa", role="staff")
    copy.synchronize()

    user = copy.known["user"][elsa]
    assert (user["firstName"], user["userType"]) == ("Elsie", "TEACHER")
    assert user["email"] == "elsie@exempelstad.example"
    edit_roster(disa, "change_email", user="elsa", email=None)
    copy.synchronize()
    assert "email" not in copy.known["user"][elsa]
    copy.assert_is_whole()


def test_who_moves_to_an_unlicensed_school_is_gone_for_the_tool(
    world: World, disa: TestClient, copy: Copy
) -> None:
    elsa = disa.get("/portal/api/users/elsa").json()

    edit_roster(disa, "move_user", user="elsa", schools=[id_of(world, School, OTHER)])
    gone = copy.synchronize()

    assert gone["user"] == [elsa["id"]]
    copy.assert_is_whole()
    assert disa.get("/portal/api/users/elsa").json()["groups"] == []
    edit_roster(disa, "move_user", user="elsa", schools=[id_of(world, School, MAIN)])
    copy.synchronize()
    assert elsa["id"] in copy.known["user"]
    copy.assert_is_whole()


def test_somebody_is_at_several_schools_in_an_order(
    world: World, disa: TestClient, copy: Copy
) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)

    done = edit_roster(disa, "move_user", user="elsa", schools=[other, main])
    copy.synchronize()
    there = [one["id"] for one in copy.known["user"][done["id"]]["schools"]]
    edit_roster(disa, "move_user", user="elsa", schools=[main, other])
    copy.synchronize()

    assert there == [other, main]
    assert [one["id"] for one in copy.known["user"][done["id"]]["schools"]] == [main, other]
    copy.assert_is_whole()


def test_who_is_deleted_is_gone(disa: TestClient, copy: Copy) -> None:
    done = edit_roster(disa, "delete_user", user="elsa")

    assert copy.synchronize()["user"] == [done["id"]]
    copy.assert_is_whole()


def test_a_class_seen_by_one_who_left_is_gone(world: World, disa: TestClient, copy: Copy) -> None:
    """Ture is at a school without a license, and its class is seen by way of him alone."""
    group = id_of(world, Group, "6A", OTHER)
    assert group in copy.known["group"]

    edit_roster(disa, "remove_members", group=group, users=["ture"])

    assert copy.synchronize()["group"] == [group]
    copy.assert_is_whole()


@pytest.mark.parametrize("kind", ["delete_user", "move_user"])
def test_a_class_seen_by_one_who_is_gone_is_gone(
    world: World, disa: TestClient, copy: Copy, kind: str
) -> None:
    group, other = id_of(world, Group, "6A", OTHER), id_of(world, School, OTHER)
    assert group in copy.known["group"]

    edit_roster(disa, kind, user="ture", **({"schools": [other]} if kind == "move_user" else {}))

    assert group in copy.synchronize()["group"]
    copy.assert_is_whole()


def test_classes_come_change_and_go(world: World, disa: TestClient, copy: Copy) -> None:
    school = id_of(world, School, MAIN)

    made = edit_roster(disa, "add_group", school=school, name="7C")["id"]
    edit_roster(disa, "add_members", group=made, users=["elsa", "maja"])
    copy.synchronize()
    members = len(copy.known["group"][made]["memberships"])
    edit_roster(disa, "rename_group", group=made, name="7D")
    edit_roster(disa, "remove_members", group=made, users=["elsa"])
    copy.synchronize()

    assert members == 2
    assert copy.known["group"][made]["name"] == "7D"
    assert len(copy.known["group"][made]["memberships"]) == 1
    edit_roster(disa, "delete_group", group=made)
    assert copy.synchronize()["group"] == [made]
    copy.assert_is_whole()


def test_a_school_has_several_codes_also_wrong_ones(
    world: World, disa: TestClient, copy: Copy
) -> None:
    school = id_of(world, School, MAIN)

    edit_roster(disa, "add_code", school=school, code="0123456")
    edit_roster(disa, "add_code", school=school, code=" ingen kod ")
    edit_roster(disa, "replace_code", school=school, code="10000001", new_code="00000001")
    copy.synchronize()

    codes = [code["value"] for code in copy.known["school"][school]["unitCodes"]]
    assert codes[0] == "00000001"
    assert sorted(codes) == ["00000001", "0123456", "ingen kod"]
    for code in codes:
        edit_roster(disa, "remove_code", school=school, code=code)
    copy.synchronize()
    assert copy.known["school"][school]["unitCodes"] == []


def test_schools_come_get_names_and_go(world: World, disa: TestClient, copy: Copy) -> None:
    made = edit_roster(disa, "add_school", name="Nya skolan", codes=["00000009"])["id"]
    shown = disa.get(f"/portal/api/schools/{made}").json()
    edit_roster(disa, "rename_school", school=id_of(world, School, MAIN), name="Ekbacken")
    copy.synchronize()
    copy.named("school", "Ekbacken")
    main = id_of(world, School, "Ekbacken")

    edit_roster(disa, "delete_school", school=main)
    gone = copy.synchronize()

    assert (shown["name"], shown["codes"]) == ("Nya skolan", ["00000009"])
    assert gone["school"] == [main]
    assert (copy.known["user"], copy.known["group"], copy.known["license"]) == ({}, {}, {})
    copy.assert_is_whole()
    assert disa.get("/portal/api/users/elsa").json()["schools"] == []


@pytest.mark.parametrize("of_main", [True, False])
def test_two_schools_become_one(
    world: World, disa: TestClient, copy: Copy, *, of_main: bool
) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    old, new = (main, other) if of_main else (other, main)
    people = len(disa.get(f"/portal/api/users?limit=200&school={main}").json()["users"])
    licenses = set(copy.known["license"])

    edit_roster(disa, "merge_schools", school=old, into=new)
    gone = copy.synchronize()

    assert gone["school"] == ([main] if of_main else [other] if other in gone["school"] else [])
    assert set(copy.known["license"]) == licenses
    assert {one["ownerSchoolId"] for one in copy.known["license"].values()} == {new}
    assert {one["schoolId"] for one in copy.known["group"].values()} == {new}
    assert len(copy.known["user"]) >= people
    codes = [code["value"] for code in copy.known["school"][new]["unitCodes"]]
    assert sorted(codes) == ["10000001", "10000003"]
    copy.assert_is_whole()
    assert disa.get(f"/portal/api/schools/{old}").status_code == HTTPStatus.FORBIDDEN


def test_classes_become_a_school_of_their_own(world: World, disa: TestClient, copy: Copy) -> None:
    main = id_of(world, School, MAIN)
    groups = [id_of(world, Group, "4A"), id_of(world, Group, "4B")]
    leaving = {
        user["id"]
        for group in groups
        for user in disa.get(f"/portal/api/users?group={group}").json()["users"]
    }

    made = edit_roster(
        disa, "split_school", school=main, name="Ekbacka låg", code="00000042", groups=groups
    )["id"]
    gone = copy.synchronize()

    assert set(gone["user"]) == leaving
    assert set(gone["group"]) == set(groups)
    copy.assert_is_whole()
    shown = disa.get(f"/portal/api/schools/{made}").json()
    assert (shown["people"], shown["groups"]) == (len(leaving), 2)


def test_an_empty_group_that_moves_out_of_sight_is_gone(
    world: World, disa: TestClient, copy: Copy
) -> None:
    main = id_of(world, School, MAIN)
    made = edit_roster(disa, "add_group", school=main, name="Kören", type="TEACHING_GROUP")["id"]
    copy.synchronize()
    assert made in copy.known["group"]

    edit_roster(disa, "split_school", school=main, name="Musikskolan", groups=[made])

    assert copy.synchronize()["group"] == [made]
    copy.assert_is_whole()


def test_who_is_in_another_class_too_is_at_both_schools(world: World, disa: TestClient) -> None:
    main, group = id_of(world, School, MAIN), id_of(world, Group, "7A")

    made = edit_roster(disa, "split_school", school=main, name="Sjuan", groups=[group])["id"]

    elsa = disa.get("/portal/api/users/elsa").json()
    assert [one["id"] for one in elsa["schools"]] == [main, made]
    omar = disa.get("/portal/api/users/omar").json()
    assert [one["id"] for one in omar["schools"]] == [made]


def _rolled(client: TestClient, school: str, **call: Any) -> Any:  # noqa: ANN401, JSON
    return edit_roster(client, "roll_over", schools=[school], **call)


def test_a_new_school_year_is_shown_before_it_is_done(world: World, disa: TestClient) -> None:
    main = id_of(world, School, MAIN)

    preview = disa.get("/portal/api/roster/rollover", params={"school": main}).json()

    (school,) = preview["schools"]
    becomes = {one["name"]: one["becomes"] for one in school["classes"]}
    assert len(becomes) == 12
    assert (becomes["4A"], becomes["8B"], becomes["9A"]) == ("5A", "9B", None)
    assert (school["graduates"], school["dissolved"], school["is_again"]) == (22, 2, False)


@pytest.mark.parametrize("graduates", ["delete", "leave"])
def test_a_new_school_year_comes_as_one_edit(
    world: World, disa: TestClient, copy: Copy, graduates: str
) -> None:
    main, seventh = id_of(world, School, MAIN), id_of(world, Group, "7A")
    ninth = id_of(world, Group, "9A")
    (somebody, *_) = disa.get(f"/portal/api/users?group={ninth}").json()["users"]
    elsa = disa.get("/portal/api/users/elsa").json()["id"]

    _rolled(disa, main, graduates=graduates)
    gone = copy.synchronize()

    assert len(gone["user"]) == 22
    assert ninth in gone["group"]
    assert len(gone["group"]) == 4
    assert copy.known["group"][seventh]["name"] == "8A"
    assert elsa in {one["id"] for one in copy.known["group"][seventh]["memberships"]}
    copy.assert_is_whole()
    shown = disa.get(f"/portal/api/users/{somebody['id']}")
    if graduates == "delete":
        assert shown.status_code == HTTPStatus.NOT_FOUND
    else:
        assert (shown.json()["schools"], shown.json()["groups"]) == ([], [])


def test_a_second_new_school_year_within_one_is_asked_about(world: World, disa: TestClient) -> None:
    main = id_of(world, School, MAIN)
    _rolled(disa, main)

    refused = _refused(disa, "roll_over", schools=[main])
    of_all = _refused(disa, "roll_over")
    _rolled(disa, main, again=True)

    assert refused == of_all == (HTTPStatus.CONFLICT, "skolon_rolled_over")
    with world.database.read() as session:
        names = session.scalars(
            select(Group.name)
            .join(School)
            .where(School.name == MAIN, Group.deleted_at.is_(None))
            .order_by(Group.name)
        ).all()
    assert names == [f"{grade}{parallel}" for grade in (6, 7, 8, 9) for parallel in "AB"]
    world.move_clock(advance_by="P365D")
    client = session_of(world, "disa")
    preview = client.get("/portal/api/roster/rollover", params={"school": main}).json()
    assert preview["schools"][0]["is_again"] is False


def test_a_new_school_year_costs_as_many_statements_for_twelve_classes_as_for_two(
    world: World, disa: TestClient
) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    edit_roster(disa, "add_group", school=other, name="9Q")

    with statements(world) as for_few:
        _rolled(disa, other)
    with statements(world) as for_many:
        _rolled(disa, main)

    # Two of them tell the demo's tool of all who leave, and of all classes that go.
    assert len(for_few) <= len(for_many) <= 82


def test_a_move_costs_a_fixed_number_of_statements(world: World, disa: TestClient) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)

    with statements(world) as seen:
        edit_roster(disa, "move_user", user="elsa", schools=[other, main])

    assert len(seen) <= 55


def test_a_merge_costs_as_many_statements_for_many_people_as_for_few(
    world: World, disa: TestClient
) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    empty = edit_roster(disa, "add_school", name="Tomma skolan")["id"]

    with statements(world) as for_none:
        edit_roster(disa, "merge_schools", school=empty, into=other)
    with statements(world) as for_many:
        edit_roster(disa, "merge_schools", school=main, into=other)

    assert len(for_none) <= len(for_many) <= len(for_none) + 12


def test_tools_are_told_of_edits_and_of_removals_by_webhook(world: World, disa: TestClient) -> None:
    main = id_of(world, School, MAIN)
    freeze(world)
    kinds_of_url = ("data_edits", "remove_user", "remove_class")
    urls = {f"{kind}_url": f"/nowhere/{kind}" for kind in kinds_of_url}
    sent(world, "PATCH", f"/tools/{CLIENT_ID}", urls)

    renamed = edit_roster(disa, "rename_user", user="elsa", first_name="E", last_name="Å")
    rolled = _rolled(disa, main)

    assert (renamed["webhooks"], rolled["webhooks"]) == (0, 22 + 4)
    kinds = Counter(one["kind"] for one in webhooks(world, limit=200))
    assert (kinds["remove-user"], kinds["remove-class"]) == (22, 4)


def test_an_edit_of_the_register_waits_for_the_night(
    world: World, disa: TestClient, copy: Copy
) -> None:
    world.move_clock(set_to="2027-01-12T12:00:00Z")
    copy.tool = as_tool(world)
    disa = session_of(world, "disa")

    kept = edit_roster(
        disa, "rename_user", user="elsa", first_name="N", last_name="Å", when="tonight"
    )
    before = copy.synchronize()["user"], disa.get("/portal/api/users/elsa").json()["first_name"]
    (waiting,) = disa.get("/portal/api/roster/pending").json()["edits"]
    world.move_clock(set_to="2027-01-13T01:00:01Z")
    copy.tool, disa = as_tool(world), session_of(world, "disa")
    wait_until(lambda: not disa.get("/portal/api/roster/pending").json()["edits"])
    copy.synchronize()

    assert (kept["state"], kept["due_at"]) == ("pending", "2027-01-13T01:00:00Z")
    assert before == ([], "Elsa")
    assert (waiting["id"], waiting["kind"]) == (kept["id"], "rename_user")
    shown = disa.get("/portal/api/users/elsa").json()
    assert copy.known["user"][shown["id"]]["firstName"] == "N"


def test_tonights_sync_is_run_now_in_the_order_of_the_edits(
    world: World, disa: TestClient, copy: Copy
) -> None:
    main = id_of(world, School, MAIN)
    for name in ("7X", "7Y"):
        edit_roster(disa, "add_group", school=main, name=name, when="tonight")
    for first_name in ("A", "B"):
        edit_roster(
            disa, "rename_user", user="elsa", first_name=first_name, last_name="Å", when="tonight"
        )

    synced = disa.post("/portal/api/roster/sync").json()
    copy.synchronize()

    assert synced == {"done": 4, "refused": 0}
    assert disa.get("/portal/api/roster/pending").json()["edits"] == []
    elsa = disa.get("/portal/api/users/elsa").json()
    assert elsa["first_name"] == "B"
    assert copy.named("group", "7X")["type"] == "CLASS"
    copy.assert_is_whole()


def test_what_no_longer_fits_by_night_is_kept_with_the_reason(
    world: World, disa: TestClient
) -> None:
    for _ in range(2):
        edit_roster(disa, "delete_user", user="elsa", when="tonight")
    edit_roster(disa, "delete_user", user="omar", when="tonight")

    synced = disa.post("/portal/api/roster/sync").json()
    (kept,) = disa.get("/portal/api/roster/pending").json()["edits"]
    again = disa.post("/portal/api/roster/sync").json()

    assert synced == {"done": 2, "refused": 1}
    assert again == {"done": 0, "refused": 0}
    assert (kept["refusal"], kept["reason"]) == ("skolon_unknown_user", "There is no such person.")
    forgotten = disa.delete(f"/portal/api/roster/pending/{kept['id']}")
    assert forgotten.status_code == HTTPStatus.NO_CONTENT
    assert disa.delete(f"/portal/api/roster/pending/{kept['id']}").status_code == (
        HTTPStatus.NOT_FOUND
    )


def test_what_cannot_be_done_now_is_not_kept_for_the_night(world: World, disa: TestClient) -> None:
    refused = _refused(disa, "delete_user", user="nobody", when="tonight")

    assert refused == (HTTPStatus.NOT_FOUND, "skolon_unknown_user")
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PendingEdit)) == 0


def test_an_edit_by_night_has_the_rights_of_whoever_made_it(world: World, disa: TestClient) -> None:
    main = id_of(world, School, MAIN)
    rektor = _school_administrator(world, "maja", MAIN)
    edit_roster(rektor, "add_code", school=main, code="1", when="tonight")
    edit_roster(disa, "delete_user", user="maja")

    assert disa.post("/portal/api/roster/sync").json() == {"done": 0, "refused": 1}
    (kept,) = disa.get("/portal/api/roster/pending").json()["edits"]
    assert kept["refusal"] == "skolon_not_administrator"


def _school_administrator(world: World, persona: str, *schools: str) -> TestClient:
    client = session_of(world, "disa")
    name = client.get(f"/portal/api/users/{persona}").json()["id"]
    with world.database.write() as session:
        user_id = session.scalars(select(User.id).where(User.public_id == name)).one()
        session.add_all(
            SchoolAdministrator(user_id=user_id, school_id=school_id)
            for school_id in session.scalars(select(School.id).where(School.name.in_(schools)))
        )
    return session_of(world, persona)


@pytest.fixture
def rektor(world: World, disa: TestClient) -> TestClient:
    """The administrator of the main school alone."""
    assert disa
    return _school_administrator(world, "maja", MAIN)


def test_a_schools_administrator_sees_their_school_alone(world: World, rektor: TestClient) -> None:
    schools = rektor.get("/portal/api/schools").json()["schools"]
    groups = rektor.get("/portal/api/groups").json()["groups"]
    people = rektor.get("/portal/api/users?limit=200").json()["users"]

    assert [one["name"] for one in schools] == [MAIN]
    assert {one["school"]["name"] for one in groups} == {MAIN}
    assert all(MAIN in {at["name"] for at in one["schools"]} for one in people)
    other = id_of(world, School, OTHER)
    for path in (f"schools/{other}", f"users?school={other}", "users/sara"):
        assert rektor.get(f"/portal/api/{path}").status_code == HTTPStatus.FORBIDDEN


def test_a_schools_administrator_edits_their_school_alone(world: World, rektor: TestClient) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    foreign = id_of(world, Group, "6A", OTHER)
    not_yours = (HTTPStatus.FORBIDDEN, "skolon_not_your_school")

    assert _refused(rektor, "add_user", **_new_user(other)) == not_yours
    assert _refused(rektor, "rename_group", group=foreign, name="6B") == not_yours
    assert _refused(rektor, "rename_user", user="sara", first_name="S", last_name="S") == not_yours
    assert _refused(rektor, "move_user", user="elsa", schools=[main, other]) == not_yours
    assert _refused(rektor, "move_user", user="ture", schools=[main]) == not_yours
    assert _refused(rektor, "delete_user", user="ture") == not_yours
    assert _refused(rektor, "roll_over", schools=[other]) == not_yours
    for kind, call in (
        ("add_school", {"name": "Min"}),
        ("rename_school", {"school": main, "name": "Min"}),
        ("delete_school", {"school": main}),
        ("merge_schools", {"school": main, "into": other}),
        ("split_school", {"school": main, "name": "Min", "groups": [id_of(world, Group, "7A")]}),
    ):
        refused = _refused(rektor, kind, **call)
        assert refused == (HTTPStatus.FORBIDDEN, "skolon_organization_only")
    edit_roster(rektor, "rename_user", user="ture", first_name="T", last_name="T")
    edit_roster(rektor, "move_user", user="ture", schools=[other])
    edit_roster(rektor, "add_code", school=main, code="1")
    _rolled(rektor, main)


def test_another_organizations_records_are_not_there(world: World, disa: TestClient) -> None:
    free, main = id_of(world, School, "Friskolan Exempel"), id_of(world, School, MAIN)
    foreign = (HTTPStatus.FORBIDDEN, "skolon_foreign_school")

    assert _refused(disa, "add_user", **_new_user(free)) == foreign
    assert _refused(disa, "move_user", user="elsa", schools=[free]) == foreign
    assert _refused(disa, "add_group", school=free, name="1A") == foreign
    assert _refused(disa, "add_code", school=free, code="1") == foreign
    assert _refused(disa, "merge_schools", school=main, into=free) == foreign
    assert _refused(disa, "roll_over", schools=[free]) == foreign
    assert _refused(disa, "delete_user", user="frej") == (
        HTTPStatus.NOT_FOUND,
        "skolon_unknown_user",
    )


def test_what_is_so_already_or_named_twice_changes_nothing(world: World, disa: TestClient) -> None:
    main, group = id_of(world, School, MAIN), id_of(world, Group, "7A")
    tags = _tags(world)
    so_already = (HTTPStatus.CONFLICT, "skolon_so_already")
    elsa = disa.get("/portal/api/users/elsa").json()
    names = {"first_name": elsa["first_name"], "last_name": elsa["last_name"]}

    assert _refused(disa, "rename_user", user="elsa", **names) == so_already
    assert _refused(disa, "change_email", user="elsa", email=elsa["email"]) == so_already
    assert _refused(disa, "change_role", user="elsa", role="student") == so_already
    assert _refused(disa, "move_user", user="elsa", schools=[main]) == so_already
    assert _refused(disa, "rename_group", group=group, name="7A") == so_already
    assert _refused(disa, "add_members", group=group, users=["iris", "elsa"]) == so_already
    assert _refused(disa, "add_code", school=main, code="10000001") == so_already
    assert _refused(disa, "rename_school", school=main, name=MAIN) == so_already
    for refused, code in (
        (_refused(disa, "add_user", **_new_user(main, schools=[main, main])), "named_twice"),
        (_refused(disa, "add_members", group=group, users=["iris", "iris"]), "named_twice"),
        (
            _refused(disa, "add_user", **_new_user(main, username=elsa["username"])),
            "username_taken",
        ),
        (_refused(disa, "add_group", school=main, name="7A"), "same_name"),
        (_refused(disa, "rename_group", group=group, name="7B"), "same_name"),
        (_refused(disa, "remove_members", group=group, users=["iris"]), "not_member"),
        (_refused(disa, "add_members", group=group, users=["sara"]), "outside_school"),
        (_refused(disa, "remove_code", school=main, code="9"), "unknown_code"),
        (_refused(disa, "merge_schools", school=main, into=main), "same_school"),
        (_refused(disa, "delete_user", user="disa"), "own_account"),
    ):
        assert refused[1] == f"skolon_{code}"
    assert _tags(world) == tags


def _tags(world: World) -> dict[str, int]:
    tool = as_tool(world)
    return {kind: listed(tool, kind, limit=1000)["versionTag"] for kind in KINDS}


HOSTILE: tuple[Any, ...] = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "a\nb",
    "\u202e",
    "x" * 5000,
    7,
    None,
    [],
    {"a": 1},
)


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_no_value_breaks_an_edit(world: World, disa: TestClient, value: object) -> None:
    tags = _tags(world)
    main = id_of(world, School, MAIN)
    calls: list[dict[str, Any]] = [
        {"kind": value},
        {"kind": "rename_user", "user": "elsa", "first_name": value, "last_name": "Å"},
        {"kind": "rename_user", "user": value, "first_name": "E", "last_name": "Å"},
        {"kind": "add_code", "school": main, "code": value},
        {"kind": "add_group", "school": value, "name": "7C"},
        {"kind": "add_group", "school": main, "name": value},
        {"kind": "move_user", "user": "elsa", "schools": [value]},
        {"kind": "add_user", **_new_user(main, username=value)},
        {"kind": "add_user", **_new_user(main, email=value, username="nobody")},
        {"kind": "delete_user", "user": "elsa", "when": value},
        {"kind": "delete_user", "user": "elsa", "more": value},
    ]

    for call in calls:
        body = json.dumps(call)
        answer = disa.post(
            "/portal/api/roster/edits", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.is_client_error, (call, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"

    assert _tags(world) == tags


@pytest.mark.parametrize("name", ["%00", "%ff%fe", "%ED%A0%80", "x" * 3000, "'%20OR%201=1--"])
def test_no_name_breaks_a_list(disa: TestClient, name: str) -> None:
    for path in (
        f"users/{name}",
        f"groups/{name}",
        f"schools/{name}",
        f"users?search={name}",
        f"users?after={name}",
        f"users?school={name}",
        f"users?group={name}",
        f"groups?search={name}&school={name}",
        f"schools?search={name}",
        f"roster/rollover?school={name}",
    ):
        answer = disa.get(f"/portal/api/{path}")
        assert answer.is_client_error or "?search" in path or "?after" in path, path


def test_lists_are_read_in_pages_and_searched(world: World, disa: TestClient) -> None:
    main = id_of(world, School, MAIN)
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = disa.get(
            "/portal/api/users", params={"school": main, "limit": 7, "after": after}
        ).json()
        names += [one["id"] for one in page["users"]]
        after = page["after"]

    assert len(names) == len(set(names)) > 100
    found = disa.get("/portal/api/users?search=ÅKERLUND").json()["users"]
    assert "Elsa" in {one["first_name"] for one in found}
    assert disa.get("/portal/api/users?search=100%25").json()["users"] == []
    assert [
        one["name"] for one in disa.get("/portal/api/schools?search=LINDÄNG").json()["schools"]
    ] == [OTHER]
    groups = disa.get(f"/portal/api/groups?search=7a&school={main}").json()["groups"]
    assert [one["name"] for one in groups] == ["7A", "7A Engelska"]


def _at_once(does: list[Callable[[], Any]]) -> Counter[int]:
    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda one: one(), does))
    return Counter(answer.status_code for answer in answers)


def test_two_who_do_the_same_at_once_do_it_once(world: World, disa: TestClient) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    clients = [disa, session_of(world, "disa")]

    def twice(kind: str, **call: Any) -> Counter[int]:  # noqa: ANN401, JSON
        return _at_once(
            [
                partial(client.post, "/portal/api/roster/edits", json={"kind": kind, **call})
                for client in clients
            ]
        )

    assert twice("add_user", **_new_user(main)) == {200: 1, 409: 1}
    assert twice("add_group", school=main, name="7C") == {200: 1, 409: 1}
    assert twice("move_user", user="elsa", schools=[other]) == {200: 1, 409: 1}
    assert twice("delete_user", user="elsa") == {200: 1, 404: 1}
    assert twice("add_code", school=main, code="1") == {200: 1, 409: 1}
    assert twice("roll_over", schools=[main]) == {200: 1, 409: 1}
    assert twice("merge_schools", school=main, into=other) == {200: 1, 403: 1}


def test_opposite_edits_at_once_wait_for_each_other_and_end(
    world: World, disa: TestClient, copy: Copy
) -> None:
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    (license_id,) = copy.known["license"]
    group = id_of(world, Group, "7A")

    def edit(kind: str, **call: Any) -> Callable[[], Any]:  # noqa: ANN401, JSON
        return lambda: disa.post("/portal/api/roster/edits", json={"kind": kind, **call})

    browser = portal(world)
    statuses = _at_once(
        [
            edit("move_user", user="elsa", schools=[other]),
            edit("move_user", user="omar", schools=[other]),
            edit("delete_user", user="elsa"),
            edit("delete_group", group=group),
            edit("merge_schools", school=other, into=main),
            edit("merge_schools", school=main, into=other),
            edit("roll_over"),
            edit("add_code", school=main, code="7"),
            lambda: browser.post(f"/portal/licenses/{license_id}/withdraw"),
            lambda: browser.post(f"/portal/licenses/{license_id}/assign"),
            lambda: as_user(world, "omar").get("/v2/partner/user/session"),
            edit("add_members", group=group, users=["iris"]),
        ]
        * 2
    )

    assert max(statuses) < HTTPStatus.INTERNAL_SERVER_ERROR
    copy.synchronize()
    copy.assert_is_whole()


def _form(browser: TestClient, kind: str, **fields: Any) -> str:  # noqa: ANN401, a form
    """Send the form of an edit; return the page that the browser is sent on to."""
    answer = browser.post("/portal/roster/edits", data={"kind": kind, **fields})
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    page = browser.get("/portal" + answer.headers["location"].partition("/portal")[2])
    assert page.status_code == HTTPStatus.OK, page.text
    return page.text


def test_everything_can_be_done_on_pages(world: World, disa: TestClient) -> None:
    browser = portal(world)
    main, other = id_of(world, School, MAIN), id_of(world, School, OTHER)
    group = id_of(world, Group, "7A")
    elsa = disa.get("/portal/api/users/elsa").json()["id"]

    assert MAIN in browser.get("/portal/schools?search=ekback").text
    school = browser.get(f"/portal/schools/{main}?search=elsa").text
    assert f"/portal/users/{elsa}" in school
    assert "10000001" in school
    new = {"first_name": "Ny", "last_name": "Ny", "username": "ny@x.example", "role": "student"}
    assert "Ny Ny" in _form(browser, "add_user", schools=main, groups=group, email="", **new)
    assert "Elsie" in _form(browser, "rename_user", user=elsa, first_name="Elsie", last_name="Å")
    assert "ingen" in _form(browser, "change_email", user=elsa, email="")
    assert "Personal" in _form(browser, "change_role", user=elsa, role="staff")
    moved = _form(browser, "move_user", user=elsa, schools=["", other, main, ""])
    assert moved.index(f"/portal/schools/{other}") < moved.index(f"/portal/schools/{main}")
    assert "7C" in _form(browser, "add_group", school=main, name="7C", type="CLASS")
    assert "0000007" in _form(browser, "add_code", school=main, code="0000007")
    assert "8A" in _form(browser, "rename_group", group=group, name="8A2")
    split = _form(browser, "split_school", school=main, name="Nya", code="", groups=[group])
    assert "<h1>Nya</h1>" in split
    assert "Inget väntar" in browser.get("/portal/roster/pending").text
    assert "Ta bort en person" in _form(browser, "delete_user", user=elsa, when="tonight")
    assert browser.post("/portal/roster/sync").status_code == HTTPStatus.SEE_OTHER
    assert disa.get(f"/portal/api/users/{elsa}").status_code == HTTPStatus.NOT_FOUND
    preview = browser.get("/portal/roster/rollover", params={"schools": main}).text
    assert "9A → lämnar skolan" in preview
    assert MAIN in _form(browser, "roll_over", schools=main, graduates="leave")
    assert 'name="again"' in browser.get(f"/portal/roster/rollover?schools={main}").text
    assert "Nya" in _form(browser, "delete_school", school=other)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_form_that_makes_no_sense_gets_a_page_that_says_so(
    world: World, disa: TestClient, language: str
) -> None:
    browser = portal(world)
    main = id_of(world, School, MAIN)
    tags = _tags(world)

    for form in (
        {},
        {"kind": "nothing"},
        {"kind": "add_code", "school": main, "code": "x" * 21},
        {"kind": "add_code", "school": main, "code": "10000001"},
        {"kind": "merge_schools", "school": main, "into": main},
        {"kind": "roll_over", "schools": [main], "graduates": "fly"},
        {"kind": "delete_user", "user": "disa"},
    ):
        answer = browser.post(f"/portal/roster/edits?lang={language}", data=form)
        assert answer.is_client_error
        assert "<h1>" in answer.text
        assert f'<html lang="{language}"' in answer.text

    assert _tags(world) == tags


def test_pages_of_the_roster_send_strangers_to_log_in(world: World) -> None:
    browser = world.browser()

    for path in (
        "schools",
        "schools/x",
        "groups/x",
        "users/x",
        "roster/rollover",
        "roster/pending",
    ):
        assert browser.get(f"/portal/{path}").headers["location"].endswith("/portal/log-in")
    refused = browser.post("/portal/roster/edits", data={"kind": "delete_user", "user": "elsa"})
    assert refused.status_code == HTTPStatus.FORBIDDEN


def test_there_is_a_way_to_do_each_edit_that_can_be_asked_for() -> None:
    kinds = get_args(get_args(AnyEdit)[0])

    without = [
        kind.__name__ for kind in kinds if perform.dispatch(kind) is perform.dispatch(object)
    ]

    assert len(kinds) == 20
    assert without == []
