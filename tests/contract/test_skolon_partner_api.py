"""GET /v2/partner/...: chapter 2 of what is known of Skolon, a test for a paragraph."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.main import Service
from app.skolon import changes
from app.skolon.demo import BEGINNING
from app.skolon.models import Approval, Group, Persona, School, User
from tests.conftest import World
from tests.contract.skolon import as_tool, as_user, bearing, listed, statements
from tests.factories import license_school, portal

KINDS = {
    "user": "users",
    "school": "schools",
    "organization": "organizations",
    "group": "groups",
    "license": "licenses",
}
ID = re.compile(r"[A-Za-z0-9]{50}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def licensed(app: Service, control: TestClient) -> Iterator[World]:
    """A world in which Ekbackaskolan has its license; the tests that share it only read."""
    made = control.post("/sandboxes", json={"name": "licensed", "seed": "town"})
    assert made.is_success
    world = World("licensed", app, control, app.sandboxes.open("licensed").database)
    license_school(world, "Ekbackaskolan")
    yield world
    control.delete("/sandboxes/licensed")


def _the(records: list[dict[str, Any]], **having: str) -> dict[str, Any]:
    (found,) = [record for record in records if having.items() <= record.items()]
    return found


def _withdraw(world: World) -> None:
    administrator = portal(world)
    found = re.search(r"/portal/licenses/\w+/withdraw", administrator.get("/portal/licenses").text)
    assert found
    administrator.post(found[0])


@pytest.mark.parametrize("authorization", [b"", b"Bearer madeup", b"Bearer \xe5", b"Basic eA=="])
def test_without_a_good_token_the_answer_is_401(world: World, authorization: bytes) -> None:
    for path in ("user/session", *KINDS):
        answer = world.client().get(
            f"/v2/partner/{path}",
            headers=[(b"authorization", authorization)] if authorization else None,
        )

        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert set(answer.json()) == {"error", "message"}
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_wrong_path_is_404_in_skolons_shape(world: World) -> None:
    answer = as_tool(world).get("/v2/partner/nothing")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert set(answer.json()) == {"error", "message"}


def test_the_session_names_the_user_the_school_and_how_they_logged_in(world: World) -> None:
    session = as_user(world, "elsa").get("/v2/partner/user/session").json()

    # The odd capitals of userUuId are real.
    assert list(session) == [
        "userId",
        "userUuId",
        "schoolId",
        "schoolUuid",
        "authenticationMethod",
    ]
    assert ID.fullmatch(session["userId"])
    assert ID.fullmatch(session["schoolId"])
    assert UUID.fullmatch(session["userUuId"])
    assert UUID.fullmatch(session["schoolUuid"])
    assert session["authenticationMethod"] == "SKOLON"


def test_a_tool_has_no_session(world: World) -> None:
    answer = as_tool(world).get("/v2/partner/user/session")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert set(answer.json()) == {"error", "message"}


def test_the_demo_has_the_same_ids_in_every_sandbox(world: World) -> None:
    made = world.control.post("/sandboxes", json={"name": "next-door", "seed": "town"})
    assert made.is_success
    database = world.app.sandboxes.open("next-door").database
    next_door = World("next-door", world.app, world.control, database)

    here, there = (
        as_user(one, "elsa").get("/v2/partner/user/session").json() for one in (world, next_door)
    )

    world.control.delete("/sandboxes/next-door")
    assert here == there


@pytest.mark.parametrize(("kind", "key"), KINDS.items())
def test_before_there_is_a_license_a_tool_sees_nothing(world: World, kind: str, key: str) -> None:
    page = listed(as_tool(world), kind)

    assert page[key] == []
    assert page["hasMore"] is False


def test_a_user_has_the_fields_that_real_clients_read(licensed: World) -> None:
    users = listed(as_tool(licensed), "user", limit=1000)["users"]
    elsa = _the(users, firstName="Elsa", lastName="Åkerlund")

    assert elsa == {
        "id": elsa["id"],
        "uuid": elsa["uuid"],
        "isDeleted": False,
        "userType": "STUDENT",
        "username": "elsa.akerlund@exempelstad.example",
        "email": "elsa.akerlund@exempelstad.example",
        "firstName": "Elsa",
        "lastName": "Åkerlund",
        "language": "sv",
        "schools": elsa["schools"],
        "externalIdentifiers": [],
    }
    assert ID.fullmatch(elsa["id"])
    assert UUID.fullmatch(elsa["uuid"])
    assert [set(school) for school in elsa["schools"]] == [{"id", "uuid"}]


def test_an_email_that_is_not_known_is_left_out(licensed: World) -> None:
    users = listed(as_tool(licensed), "user", limit=1000)["users"]

    assert "email" not in _the(users, firstName="Lo", lastName="Lind")


def test_staff_and_teachers_are_teachers_on_the_wire(licensed: World) -> None:
    users = listed(as_tool(licensed), "user", limit=1000)["users"]

    assert {user["userType"] for user in users} == {"TEACHER", "STUDENT"}
    assert _the(users, firstName="Maja", lastName="Ek")["userType"] == "TEACHER"


def test_the_first_school_of_a_person_may_be_one_without_a_license(licensed: World) -> None:
    client = as_tool(licensed)
    (licensed_school,) = listed(client, "school")["schools"]

    ture = _the(listed(client, "user", limit=1000)["users"], firstName="Ture")

    assert len(ture["schools"]) == 2
    assert ture["schools"][1]["id"] == licensed_school["id"]


def test_a_school_has_its_number_and_its_codes(licensed: World) -> None:
    (school,) = listed(as_tool(licensed), "school")["schools"]

    assert school == {
        "id": school["id"],
        "uuid": school["uuid"],
        "isDeleted": False,
        "name": "Ekbackaskolan",
        "organizationNumber": "2990000016",
        "unitCodes": [{"type": "SchoolUnitCode", "value": "10000001"}],
    }


def test_an_organization_names_its_schools_that_the_tool_sees(licensed: World) -> None:
    client = as_tool(licensed)
    (school,) = listed(client, "school")["schools"]

    (organization,) = listed(client, "organization")["organizations"]

    assert organization == {
        "id": organization["id"],
        "uuid": organization["uuid"],
        "isDeleted": False,
        "name": "Exempelstads kommun",
        "organizationNumber": "2990000016",
        "schools": [{"id": school["id"], "uuid": school["uuid"]}],
    }


def test_a_group_is_a_class_or_a_teaching_group_with_people_of_both_types(
    licensed: World,
) -> None:
    client = as_tool(licensed)
    (school,) = listed(client, "school")["schools"]
    users = {user["id"]: user for user in listed(client, "user", limit=1000)["users"]}

    groups = listed(client, "group")["groups"]
    school_class = _the(groups, name="7A")

    assert {group["type"] for group in groups} == {"CLASS", "TEACHING_GROUP"}
    assert set(school_class) == {
        *("id", "uuid", "isDeleted", "name", "type", "schoolId", "schoolUuid", "memberships")
    }
    assert school_class["schoolId"] == school["id"]
    assert school_class["schoolUuid"] == school["uuid"]
    members = [users[member["id"]] for member in school_class["memberships"]]
    assert {member["userType"] for member in members} == {"TEACHER", "STUDENT"}


def test_a_license_ends_at_a_time_without_a_zone_and_names_whom_it_covers(
    licensed: World,
) -> None:
    client = as_tool(licensed)
    (school,) = listed(client, "school")["schools"]
    users = listed(client, "user", limit=1000)["users"]

    (license_,) = listed(client, "license")["licenses"]

    assert set(license_) == {
        *("id", "isDeleted", "isDemo", "expirationDate", "ownerSchoolId", "ownerSchoolUuid"),
        "users",
    }
    assert ID.fullmatch(license_["id"])
    assert license_["isDemo"] is False
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT23:59:59", license_["expirationDate"])
    assert license_["ownerSchoolId"] == school["id"]
    assert {user["id"] for user in license_["users"]} == {user["id"] for user in users}


def test_without_approval_a_tool_sees_the_license_but_no_people(world: World) -> None:
    with world.database.write() as session:
        session.execute(update(Approval).values(revoked_at=Approval.approved_at))
    license_school(world, "Ekbackaskolan")
    client = as_tool(world)

    (license_,) = listed(client, "license")["licenses"]

    assert license_["users"] == []
    assert listed(client, "user")["users"] == []
    assert listed(client, "group")["groups"] == []
    assert len(listed(client, "school")["schools"]) == 1


def test_without_approval_a_user_is_seen_through_their_own_token(world: World) -> None:
    with world.database.write() as session:
        session.execute(update(Approval).values(revoked_at=Approval.approved_at))
    license_school(world, "Ekbackaskolan")
    client = as_user(world, "elsa")

    (license_,) = listed(client, "license")["licenses"]
    (user,) = listed(client, "user")["users"]

    assert user["firstName"] == "Elsa"
    assert license_["users"] == [{"id": user["id"], "uuid": user["uuid"]}]


def test_with_a_users_token_there_is_nothing_but_theirs(licensed: World) -> None:
    client = as_user(licensed, "elsa")
    omar = as_user(licensed, "omar").get("/v2/partner/user/session").json()

    (elsa,) = listed(client, "user")["users"]
    groups = listed(client, "group")["groups"]

    assert elsa["firstName"] == "Elsa"
    assert {group["name"] for group in groups} == {"7A", "7A Engelska"}
    assert [group["memberships"] for group in groups] == [
        [{"id": elsa["id"], "uuid": elsa["uuid"]}]
    ] * len(groups)
    assert [school["name"] for school in listed(client, "school")["schools"]] == ["Ekbackaskolan"]
    assert listed(client, "user", userId=omar["userId"])["users"] == []
    assert listed(client, "user", uuid=omar["userUuId"])["users"] == []
    for kind in ("school", "group", "license"):
        assert listed(client, kind, userUuid=omar["userUuId"])[KINDS[kind]] == []


def test_a_user_at_a_school_without_a_license_sees_the_school_and_no_license(
    licensed: World,
) -> None:
    client = as_user(licensed, "tim")

    assert [school["name"] for school in listed(client, "school")["schools"]] == ["Solängsskolan"]
    assert listed(client, "license")["licenses"] == []


# For each list: a filter by names of records below, and whom or what it leaves.
FILTERS: dict[str, list[tuple[dict[str, str], list[str | None]]]] = {
    "user": [
        ({"id": "elsa.id"}, ["Elsa"]),
        ({"uuid": "elsa.uuid"}, ["Elsa"]),
        ({"userId": "elsa.id"}, ["Elsa"]),
        ({"userUuid": "elsa.uuid"}, ["Elsa"]),
        ({"userId": "elsa.id", "uuid": "maja.uuid"}, []),
        ({"schoolId": "lindang.id"}, ["Ture"]),
        ({"schoolUuid": "lindang.uuid"}, ["Ture"]),
        ({"classId": "class.id", "userId": "elsa.id"}, ["Elsa"]),
        ({"classUuid": "class.uuid", "userId": "iris.id"}, []),
        ({"uuid": "not-a-uuid"}, []),
        ({"id": "x" * 50}, []),
        ({"id": ""}, []),
    ],
    "school": [
        ({"id": "main.id"}, ["Ekbackaskolan"]),
        ({"uuid": "main.uuid"}, ["Ekbackaskolan"]),
        ({"userId": "elsa.id"}, ["Ekbackaskolan"]),
        ({"userUuid": "elsa.uuid"}, ["Ekbackaskolan"]),
        ({"userUuid": "tim.uuid"}, []),
    ],
    "organization": [
        ({"schoolId": "main.id"}, ["Exempelstads kommun"]),
        ({"schoolUuid": "main.uuid"}, ["Exempelstads kommun"]),
        ({"schoolId": "lindang.id", "uuid": "main.uuid"}, []),
    ],
    "group": [
        ({"id": "class.id"}, ["7A"]),
        ({"userId": "nils.id"}, ["7B"]),
        ({"userUuid": "nils.uuid"}, ["7B"]),
        ({"userId": "nils.id", "schoolId": "main.id"}, ["7B"]),
        ({"userId": "nils.id", "schoolUuid": "lindang.uuid"}, []),
        ({"unknown": "ignored", "userId": "nils.id"}, ["7B"]),
    ],
    "license": [
        ({"userId": "elsa.id"}, [None]),
        ({"userUuid": "elsa.uuid"}, [None]),
        ({"userUuid": "tim.uuid"}, []),
        ({"ownerSchoolId": "main.id"}, [None]),
        ({"ownerSchoolUuid": "main.uuid"}, [None]),
        ({"schoolUuid": "lindang.uuid"}, []),
    ],
}


def _records(world: World) -> dict[str, User | School | Group]:
    with world.database.read() as session:
        found: dict[str, User | School | Group] = {
            persona.key: session.get_one(User, persona.user_id)
            for persona in session.scalars(select(Persona))
        }
        found["main"] = session.scalars(select(School).filter_by(name="Ekbackaskolan")).one()
        found["lindang"] = session.scalars(select(School).filter_by(name="Lindängsskolan")).one()
        found["class"] = session.scalars(select(Group).filter_by(name="7A")).one()
    return found


def _resolved(value: str, records: dict[str, User | School | Group]) -> str:
    name, dot, which = value.partition(".")
    if not dot:
        return value
    return str(records[name].public_id if which == "id" else records[name].id)


@pytest.mark.parametrize("kind", KINDS)
def test_filters_narrow_a_list_and_are_combined(licensed: World, kind: str) -> None:
    client, records = as_tool(licensed), _records(licensed)

    found = [
        (
            filters,
            [
                record.get("firstName", record.get("name"))
                for record in listed(
                    client,
                    kind,
                    **{name: _resolved(value, records) for name, value in filters.items()},
                )[KINDS[kind]]
            ],
        )
        for filters, _ in FILTERS[kind]
    ]

    assert found == FILTERS[kind]


NONSENSE = (
    "versionTag=abc",
    "versionTag=-1",
    "versionTag=9223372036854775808",
    "versionTag=",
    "limit=0",
    "limit=-5",
    "limit=many",
    "cursor=madeup",
    "cursor=%C3%A5",
    "cursor=MS4yLjM=",
    "cursor=LTEuLTI=",
    "cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ==",
    "uuid=%00",
    "id=%00",
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_makes_no_sense_is_400_in_skolons_shape(world: World, kind: str) -> None:
    client = as_tool(world)
    for query in NONSENSE:
        answer = client.get(f"/v2/partner/{kind}?{query}")

        assert answer.status_code == HTTPStatus.BAD_REQUEST, query
        assert set(answer.json()) == {"error", "message"}


def test_a_page_holds_a_hundred_unless_asked_and_a_thousand_at_most(licensed: World) -> None:
    client = as_tool(licensed)

    first = listed(client, "user")

    assert len(first["users"]) == 100
    assert first["hasMore"] is True
    assert len(listed(client, "user", limit=100_000)["users"]) > 100


def _by_cursor(client: Any, kind: str, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    page = listed(client, kind, **query)
    records = list(page[KINDS[kind]])
    while cursor := page.get("cursor"):
        page = listed(client, kind, **query, cursor=cursor)
        records += page[KINDS[kind]]
    return records


def _by_tag(client: Any, kind: str, **query: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    page = listed(client, kind, **query)
    records = list(page[KINDS[kind]])
    while page["hasMore"]:
        before = page["versionTag"]
        page = listed(client, kind, **query | {"versionTag": before})
        assert page["versionTag"] > before
        records += page[KINDS[kind]]
    return records


def test_both_loops_of_real_clients_read_everybody_once(licensed: World) -> None:
    client = as_tool(licensed)
    everybody = [user["id"] for user in listed(client, "user", limit=1000)["users"]]

    walks = [
        [user["id"] for user in walk(client, "user", limit=limit)]
        for walk in (_by_cursor, _by_tag)
        for limit in (7, 20, len(everybody), 1000)
    ]

    assert walks == [everybody] * 8
    assert len(set(everybody)) == 140


def test_a_filter_goes_along_with_a_cursor(licensed: World) -> None:
    client = as_tool(licensed)
    school_class = _the(listed(client, "group")["groups"], name="7A")

    users = _by_cursor(client, "user", limit=5, classId=school_class["id"])

    assert {user["id"] for user in users} == {
        member["id"] for member in school_class["memberships"]
    }


def test_when_nothing_has_changed_the_answer_is_empty_with_the_same_tag(licensed: World) -> None:
    client = as_tool(licensed)
    for kind, key in KINDS.items():
        tag = listed(client, kind, limit=1000)["versionTag"]

        again = listed(client, kind, versionTag=tag)

        assert (again[key], again["versionTag"], again["hasMore"]) == ([], tag, False)


def test_a_tag_newer_than_everything_is_brought_back(licensed: World) -> None:
    client = as_tool(licensed)
    newest = listed(client, "user", limit=1000)["versionTag"]

    assert listed(client, "user", versionTag=newest + 5)["versionTag"] == newest


def test_whoever_is_covered_is_news_to_a_tool_that_had_fetched_before(world: World) -> None:
    client = as_tool(world)
    tags = {kind: listed(client, kind)["versionTag"] for kind in KINDS}

    license_school(world, "Ekbackaskolan")

    numbers = {kind: len(_by_cursor(client, kind, versionTag=tags[kind])) for kind in KINDS}
    assert numbers["user"] == 140
    assert numbers["group"] > 12
    assert (numbers["school"], numbers["license"]) == (1, 1)


def test_r16_when_a_license_is_withdrawn_its_people_and_groups_become_bare_tombstones(
    world: World,
) -> None:
    license_school(world, "Ekbackaskolan")
    client = as_tool(world)
    tags = {kind: listed(client, kind, limit=1000)["versionTag"] for kind in KINDS}

    _withdraw(world)

    users = _by_tag(client, "user", versionTag=tags["user"])
    groups = _by_tag(client, "group", versionTag=tags["group"])
    (license_,) = listed(client, "license", versionTag=tags["license"])["licenses"]
    assert len(users) == 140
    assert {(user["isDeleted"], *user) for user in users + groups} == {
        (True, "id", "uuid", "isDeleted")
    }
    assert (license_["isDeleted"], license_["users"]) == (False, [])
    assert listed(client, "user")["users"] == []


def test_a_deleted_person_is_told_of_after_a_tag_and_left_out_without_one(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    client = as_tool(world)
    tag = listed(client, "user", limit=1000)["versionTag"]
    with world.database.write() as session:
        omar = session.scalars(select(User).filter_by(first_name="Omar", last_name="Holm")).one()
        omar.deleted_at = BEGINNING
        omar.change_number = changes.draw(session, User)

    (gone,) = listed(client, "user", versionTag=tag)["users"]
    left = listed(client, "user", limit=1000)["users"]

    assert gone["isDeleted"] is True
    assert len(left) == 139
    assert gone["id"] not in [user["id"] for user in left]


def test_what_goes_while_a_client_walks_by_cursor_is_told_before_the_end(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    client = as_tool(world)
    page = listed(client, "user", limit=100)
    known = {user["id"]: user for user in page["users"]}
    _withdraw(world)

    while page["hasMore"]:
        page = listed(client, "user", limit=100, cursor=page["cursor"])
        known |= {user["id"]: user for user in page["users"]}

    assert [user for user in known.values() if not user["isDeleted"]] == []
    assert listed(client, "user", versionTag=page["versionTag"])["users"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_costs_the_same_few_statements_however_long_it_is(
    licensed: World, kind: str
) -> None:
    client = as_tool(licensed)

    with statements(licensed) as for_one:
        listed(client, kind, limit=1)
    with statements(licensed) as for_all:
        listed(client, kind, limit=1000)

    assert len(for_one) == len(for_all) <= 5


def test_a_token_is_good_in_its_own_sandbox_only(world: World) -> None:
    token = as_tool(world).headers["authorization"].removeprefix("Bearer ")
    made = world.control.post("/sandboxes", json={"name": "next-door", "seed": "town"})
    assert made.is_success

    answer = bearing(world, token).get("http://localhost/s/next-door/v2/partner/user")

    world.control.delete("/sandboxes/next-door")
    assert answer.status_code == HTTPStatus.UNAUTHORIZED


def test_a_person_who_left_cannot_be_read_with_their_token(world: World) -> None:
    client = as_user(world, "omar")
    with world.database.write() as session:
        omar = session.scalars(select(User).filter_by(first_name="Omar", last_name="Holm")).one()
        omar.deleted_at = BEGINNING

    assert client.get("/v2/partner/user/session").status_code == HTTPStatus.UNAUTHORIZED
