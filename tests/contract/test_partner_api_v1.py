"""GET /v1/...: chapter 3 of what is known of Skolon, and its one client from login to profile."""

import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.skolon import changes
from app.skolon.demo import BEGINNING
from app.skolon.domain.oauth import SCOPES
from app.skolon.models import Group, GroupMembership, License, Persona, School, Seat, User
from tests.conftest import World
from tests.contract.skolon import (
    CLIENT_ID,
    as_tool,
    bearing,
    code_for,
    listed,
    query_of,
    redeem,
    statements,
)
from tests.factories import license_school

API = "/v1/partner/authenticatedUser"
SCRIPT = "/v1/plugins/menu/button.js"
EVERY_SCOPE = " ".join(SCOPES)
# What each resource wants; either spelling of the identifier's scope will do.
RESOURCES = {
    "identifier": "authenticatedUser.identifier",
    "profile": "authenticatedUser.profile.read",
    "licenses": "authenticatedUser.licenses.read",
    "school": "authenticatedUser.school.read",
    "groups": "authenticatedUser.groups.read",
    "groups/x/members": "groups.members.read",
}
ID = re.compile(r"[A-Za-z0-9]{50}")
TOOL = {
    "name": "Zifro Playground",
    "provider": "Zifro",
    "external_id": "playground",
    "launch_url": "https://zifro.example/",
    "redirect_uris": ["https://zifro.example/skolon/callback"],
}


def _user(world: World, persona: str, scope: str = EVERY_SCOPE) -> TestClient:
    tokens = redeem(world, code_for(world, persona, scope=scope)).json()
    return bearing(world, tokens["access_token"])


def _read(client: TestClient, resource: str) -> Any:  # noqa: ANN401, JSON
    answer = client.get(f"{API}/{resource}")
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def _control(world: World, method: str, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401, JSON
    answer = world.control.request(method, f"/s/{world.name}/skolon/{path}", json=body)
    assert answer.is_success, answer.text
    return answer.json()


def _turn(world: World, **switches: str) -> None:
    _control(world, "PATCH", "switches", switches)


def _register(world: World, **changes: Any) -> dict[str, str]:  # noqa: ANN401, JSON
    tool = _control(world, "POST", "tools", TOOL | changes)
    return {"client_id": tool["client_id"], "client_secret": tool["client_secret"]}


def _license(world: World, client_id: str, **given: Any) -> Any:  # noqa: ANN401, JSON
    body = {"client_id": client_id, "school": "Ekbackaskolan"} | given
    return _control(world, "POST", "licenses", body)


def _group(client: TestClient, name: str) -> str:
    (found,) = [one["id"] for one in _read(client, "groups")["groups"] if one["name"] == name]
    return str(found)


def _names(client: TestClient, group: str) -> set[str]:
    return {one["firstName"] for one in _read(client, f"groups/{group}/members")["members"]}


def test_zifro_logs_somebody_in_and_reads_licenses_identifier_and_profile(world: World) -> None:
    client = _register(world)
    license_ = _license(world, client["client_id"], ends_on="2027-06-30")
    other = _license(world, _register(world, external_id="maths")["client_id"], is_demo=True)
    _turn(world, redirect_uri_again="ignored")
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "elsa"})

    # Raw spaces, which the browser encodes on its way, and a raw address.
    scopes = " ".join(RESOURCES.values())
    came_back = browser.get(
        f"/oauth/auth?response_type=code&client_id={client['client_id']}"
        f"&redirect_uri={TOOL['redirect_uris'][0]}&scope={scopes}"
    )
    code = query_of(came_back.headers["location"])["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "none"}
    tokens = world.client().post("/oauth/access_token", data=form | client).json()
    reader = bearing(world, tokens["access_token"])
    licenses = _read(reader, "licenses")["licenses"]
    identifier = _read(reader, "identifier")
    profile = _read(reader, "profile")

    assert len(tokens["access_token"]) == len(tokens["refresh_token"]) == 50
    assert {one["id"] for one in licenses} == {license_["id"], other["id"]}
    (own,) = [one for one in licenses if one["appExtId"] == "playground"]
    assert own == {
        "id": license_["id"],
        "appExtId": "playground",
        "target": "SCHOOL",
        "orderReference": own["orderReference"],
        "licenseCode": license_["id"][:12].upper(),
        "isDemo": False,
        "expirationDate": "2027-06-30T23:59:59",
    }
    assert re.fullmatch(r"[A-Z0-9]{5}", own["orderReference"])
    assert identifier == {"id": profile["id"]}
    assert profile == {
        "id": profile["id"],
        "userName": "elsa.akerlund@exempelstad.example",
        "userType": "STUDENT",
        "email": "elsa.akerlund@exempelstad.example",
        "firstName": "Elsa",
        "lastName": "Åkerlund",
    }


def test_zifros_redirect_uri_none_is_refused_unless_a_switch_is_turned(world: World) -> None:
    answer = redeem(world, code_for(world, "elsa", scope=EVERY_SCOPE), redirect_uri="none")

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("authorization", [None, "Bearer madeup", "Basic eA=="])
def test_without_a_good_token_the_answer_is_401(
    world: World, resource: str, authorization: str | None
) -> None:
    headers = {"Authorization": authorization} if authorization else None

    answer = world.client().get(f"{API}/{resource}", headers=headers)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert set(answer.json()) == {"error", "message"}
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_tools_own_token_is_refused_everywhere(world: World) -> None:
    client = as_tool(world)

    for resource in RESOURCES:
        answer = client.get(f"{API}/{resource}")

        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert answer.json()["error"] == "no_user"


@pytest.mark.parametrize(("resource", "scope"), RESOURCES.items())
def test_each_resource_needs_its_scope_and_the_journal_names_it(
    world: World, resource: str, scope: str
) -> None:
    of_others = set(SCOPES) - {scope, "authenticatedUser.profile.identifier"}

    answer = _user(world, "elsa", " ".join(of_others)).get(f"{API}/{resource}")

    journal = world.control.get(f"/sandboxes/{world.name}/journal?limit=1&caller=program").json()
    (entry,) = journal["entries"]
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert set(answer.json()) == {"error", "message"}
    assert answer.json()["error"] == entry["error"] == "missing_scope"
    assert scope in answer.json()["message"]
    assert entry["wrong"] == answer.json()["message"]
    assert "Ask for the scope at the login page" in entry["right"]


@pytest.mark.parametrize(("resource", "scope"), RESOURCES.items())
def test_its_scope_alone_is_enough(world: World, resource: str, scope: str) -> None:
    answer = _user(world, "elsa", scope).get(f"{API}/{resource}")

    nobodys_group = resource == "groups/x/members"
    assert answer.status_code == (HTTPStatus.NOT_FOUND if nobodys_group else HTTPStatus.OK)


def test_the_other_spelling_of_the_identifiers_scope_will_do(world: World) -> None:
    client = _user(world, "elsa", "authenticatedUser.profile.identifier")

    assert set(_read(client, "identifier")) == {"id"}


def test_the_ids_are_those_of_version_2(world: World) -> None:
    client = _user(world, "elsa")
    session = client.get("/v2/partner/user/session").json()
    groups = {group["id"] for group in listed(client, "group")["groups"]}

    assert _read(client, "identifier")["id"] == session["userId"]
    assert _read(client, "profile")["id"] == session["userId"]
    assert _read(client, "school")["id"] == session["schoolId"]
    assert {group["id"] for group in _read(client, "groups")["groups"]} == groups


def test_an_email_that_is_not_known_is_left_out_unless_a_switch_makes_one_up(world: World) -> None:
    client = _user(world, "lo")
    before = _read(client, "profile")
    _turn(world, email="always")

    after = _read(client, "profile")

    assert "email" not in before
    assert after == before | {"email": before["userName"]}


def test_administrators_are_teachers_unless_a_switch_says_otherwise(world: World) -> None:
    client = _user(world, "disa")
    before = _read(client, "profile")
    _turn(world, administrator_type="ADMIN")

    assert (before["userType"], _read(client, "profile")["userType"]) == ("TEACHER", "ADMIN")
    assert _read(_user(world, "maja"), "profile")["userType"] == "TEACHER"


def test_a_license_says_what_it_covers(world: World) -> None:
    _license(world, CLIENT_ID, type="single", user="elsa")
    _license(world, CLIENT_ID, type="group", group="7A")
    _license(world, CLIENT_ID, type="school", audience="teachers")
    _license(world, CLIENT_ID, type="organization")

    licenses = _read(_user(world, "elsa"), "licenses")["licenses"]

    assert [one["target"] for one in licenses] == ["USER", "GROUP", "SCHOOL"]
    assert len({one["orderReference"] for one in licenses}) == 3


def test_tools_of_another_provider_are_not_told_of(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    _license(world, _register(world)["client_id"])

    (license_,) = _read(_user(world, "elsa"), "licenses")["licenses"]

    assert license_["appExtId"] != "playground"


def test_a_license_is_told_of_after_its_last_day_until_it_is_withdrawn(world: World) -> None:
    client = _user(world, "elsa")
    license_school(world, "Ekbackaskolan")
    with world.database.write() as session:
        one = session.scalars(select(License)).one()
        one.starts_on = one.ends_on = one.starts_on.replace(year=2020)
    ended = _read(client, "licenses")["licenses"]
    with world.database.write() as session:
        session.scalars(select(License)).one().withdrawn_at = BEGINNING

    assert [one["expirationDate"][:4] for one in ended] == ["2020"]
    assert _read(client, "licenses") == {"licenses": []}


@pytest.mark.parametrize(
    ("position", "ending"), [("date", ""), ("zoned", "T23:59:59Z"), ("local", "T23:59:59")]
)
def test_the_expiration_date_is_written_as_in_version_2(
    world: World, position: str, ending: str
) -> None:
    license_school(world, "Ekbackaskolan")
    _turn(world, expiration_date=position)
    client = _user(world, "elsa")

    (license_,) = _read(client, "licenses")["licenses"]

    assert re.fullmatch(rf"\d{{4}}-\d\d-\d\d{ending}", license_["expirationDate"])
    (in_v2,) = listed(client, "license")["licenses"]
    assert in_v2["expirationDate"] == license_["expirationDate"]


def test_an_expiration_date_may_be_null_by_a_switch(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    _turn(world, expiration_date="null")

    (license_,) = _read(_user(world, "elsa"), "licenses")["licenses"]

    assert license_["expirationDate"] is None


def test_version_2_has_the_same_words_for_a_license_behind_its_switch(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    _turn(world, version_1_license_fields="given")
    client = _user(world, "elsa")

    (in_v1,) = _read(client, "licenses")["licenses"]

    (in_v2,) = listed(client, "license")["licenses"]
    assert in_v1.items() <= in_v2.items()


def test_the_school_is_the_one_that_was_chosen(world: World) -> None:
    school = _read(_user(world, "elsa"), "school")

    assert school == {
        "id": school["id"],
        "name": "Ekbackaskolan",
        "organizationNumber": "2990000016",
        "unitCodes": [{"type": "SchoolUnitCode", "value": "10000001"}],
    }
    assert ID.fullmatch(school["id"])
    assert _read(_user(world, "ture"), "school")["name"] == "Lindängsskolan"


@pytest.mark.parametrize(
    ("position", "told"),
    [("code", {"unitCodes": [{"type": "SchoolUnitCode", "code": "10000001"}]}), ("absent", {})],
)
def test_the_codes_of_the_school_follow_their_switch(
    world: World, position: str, told: dict[str, Any]
) -> None:
    _turn(world, unit_codes=position)

    school = _read(_user(world, "elsa"), "school")

    assert {name: school[name] for name in school if name == "unitCodes"} == told


def test_who_is_at_no_school_has_none(world: World) -> None:
    answer = _user(world, "disa").get(f"{API}/school")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert set(answer.json()) == {"error", "message"}


def test_groups_are_those_that_the_user_is_in(world: World) -> None:
    client = _user(world, "elsa")
    school = _read(client, "school")["id"]

    groups = _read(client, "groups")["groups"]

    assert {(one["name"], one["type"]) for one in groups} == {
        ("7A", "CLASS"),
        ("7A Engelska", "TEACHING_GROUP"),
    }
    assert all(set(one) == {"id", "name", "type", "schoolId"} for one in groups)
    assert {one["schoolId"] for one in groups} == {school}
    assert _read(_user(world, "disa"), "groups") == {"groups": []}


def test_a_deleted_group_is_gone_with_its_members(world: World) -> None:
    client = _user(world, "elsa")
    group = _group(client, "7A")
    with world.database.write() as session:
        session.scalars(select(Group).where(Group.public_id == group)).one().deleted_at = BEGINNING

    assert [one["name"] for one in _read(client, "groups")["groups"]] == ["7A Engelska"]
    assert client.get(f"{API}/groups/{group}/members").status_code == HTTPStatus.NOT_FOUND


def test_members_are_told_of_as_in_their_profiles(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    client = _user(world, "elsa")

    members = _read(client, f"groups/{_group(client, '7A')}/members")["members"]

    by_name = {one["firstName"]: one for one in members}
    assert by_name["Elsa"] == _read(client, "profile")
    assert by_name["Maja"]["userType"] == "TEACHER"
    assert "email" not in by_name["Lo"]


def test_members_without_a_license_of_the_tool_are_left_out_but_the_user(world: World) -> None:
    client = _user(world, "elsa")
    group = _group(client, "7A")
    before = _names(client, group)
    _license(world, CLIENT_ID, type="single", user="omar")

    assert before == {"Elsa"}
    assert _names(client, group) == {"Elsa", "Omar"}


def test_whoever_is_deleted_is_no_member_and_has_no_token(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    elsa, omar = _user(world, "elsa"), _user(world, "omar")
    group = _group(elsa, "7A")
    before = _names(elsa, group)
    with world.database.write() as session:
        persona = select(Persona.user_id).where(Persona.key == "omar")
        session.scalars(select(User).where(User.id.in_(persona))).one().deleted_at = BEGINNING

    assert before - _names(elsa, group) == {"Omar"}
    for resource in RESOURCES:
        answer = omar.get(f"{API}/{resource}")
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert set(answer.json()) == {"error", "message"}


def test_the_members_of_a_group_that_the_user_is_not_in_are_404(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    group = _group(_user(world, "nils"), "7B")

    answer = _user(world, "elsa").get(f"{API}/groups/{group}/members")

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert answer.json()["error"] == "skolon_unknown_group"


@pytest.mark.parametrize(
    "group",
    [
        "%00",
        "a%00b",
        "x" * 3000,
        "..",
        "%2e%2e%2fprofile",
        "%ED%A0%80",
        "%FF",
        "å",
        "'%20OR%201=1--",
        "%25",
        "00000000-0000-0000-0000-000000000000",
        "٣" * 50,
    ],
)
def test_the_members_of_a_hostile_id_are_404(world: World, group: str) -> None:
    address = f"{API}/groups/{quote(group, safe='%')}/members"

    answer = _user(world, "elsa").get(address)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize("path", [API, f"{API}/session", "/v1/partner/user", f"{API}/groups/x"])
def test_a_wrong_path_is_404_in_skolons_shape(world: World, path: str) -> None:
    answer = _user(world, "elsa").get(path)

    assert answer.status_code == HTTPStatus.NOT_FOUND
    assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_reading_is_all_that_can_be_done(world: World, resource: str) -> None:
    client = _user(world, "elsa")

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, f"{API}/{resource}", json={})

        assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_too_many_calls_are_429_in_both_versions_together(world: World) -> None:
    client = _user(world, "elsa")
    world.move_clock(freeze=True)
    _control(world, "PATCH", "switches", {"calls_per_minute": 2})

    client.get("/v2/partner/user")
    client.get(f"{API}/profile")
    answer = client.get(f"{API}/profile")

    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "retry-after" in answer.headers


def test_a_call_costs_four_statements_at_most_whatever_there_is(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    client = _user(world, "elsa")
    group = _group(client, "7A")
    few = _costs(world, client, group)
    _fill(world, group)

    many = _costs(world, client, group)

    assert many == few
    assert max(few.values()) <= 4
    assert len(_read(client, "licenses")["licenses"]) == 201
    assert len(_read(client, "groups")["groups"]) == 202
    assert len(_read(client, f"groups/{group}/members")["members"]) > 500


def _costs(world: World, client: TestClient, group: str) -> dict[str, int]:
    found = {}
    for resource in RESOURCES:
        with statements(world) as seen:
            _read(client, resource.replace("/x/", f"/{group}/"))
        found[resource] = len(seen)
    return found


def _fill(world: World, group_id: str) -> None:
    """Add hundreds of licenses and groups to Elsa, and of members to one of her groups."""
    with world.database.write() as session:
        elsa = session.scalars(select(Persona.user_id).where(Persona.key == "elsa")).one()
        group = session.scalars(select(Group).where(Group.public_id == group_id)).one()
        license_ = session.scalars(select(License)).one()
        school = session.get_one(School, group.school_id)
        people = [
            User(
                organization_id=school.organization_id,
                role="student",
                first_name="Many",
                last_name=str(number),
                username=f"many{number}",
                search_name=f"many {number}",
                change_number=changes.draw(session, User),
            )
            for number in range(500)
        ]
        groups = [
            Group(
                school_id=school.id,
                name=f"G{number}",
                type="CLASS",
                change_number=changes.draw(session, Group),
            )
            for number in range(200)
        ]
        licenses = [
            License(
                tool_id=license_.tool_id,
                organization_id=school.organization_id,
                owner_school_id=school.id,
                is_demo=False,
                starts_on=license_.starts_on,
                ends_on=license_.ends_on,
                assigned_at=BEGINNING,
                change_number=changes.draw(session, License),
            )
            for number in range(200)
        ]
        session.add_all([*people, *groups, *licenses])
        session.flush()
        session.add_all(GroupMembership(group_id=group.id, user_id=one.id) for one in people)
        session.add_all(GroupMembership(group_id=one.id, user_id=elsa) for one in groups)
        session.add_all(
            Seat(license_id=license_.id, user_id=one.id, given_at=BEGINNING) for one in people
        )
        session.add_all(
            Seat(license_id=one.id, user_id=elsa, given_at=BEGINNING) for one in licenses
        )


def test_the_menu_buttons_script_comes_without_a_token_and_for_every_origin(world: World) -> None:
    answer = world.client().get(SCRIPT, headers={"Origin": "https://zifro.example"})

    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=3600"


def test_the_menu_button_leads_to_min_samling_of_its_own_sandbox(world: World) -> None:
    here = f'"http://localhost/s/{world.name}/min-samling"'

    in_sandbox = world.client().get(SCRIPT).text
    in_default = world.control.get(SCRIPT).text

    assert f"const MIN_SAMLING = {here};" in in_sandbox
    assert 'const MIN_SAMLING = "http://localhost/min-samling";' in in_default
