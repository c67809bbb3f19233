"""Who may do what in the portal: administrators of an organization, and of single schools."""

from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import func, select

from app.skolon.models import LicenseRequest
from tests.api.portal import (
    assign,
    let_administer,
    make,
    program,
    refused,
    school_id,
    user_id,
    withdraw,
)
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, as_tool, as_user, listed
from tests.factories import portal, send_from_portal

APPROVAL = f"/portal/api/approvals/{CLIENT_ID}"


@pytest.fixture
def school_admin(world: World) -> World:
    """A world in which Maja administers Ekbackaskolan, where she teaches."""
    let_administer(world, "Maja", "Ekbackaskolan")
    return world


def test_a_schools_administrator_works_at_that_school_alone(school_admin: World) -> None:
    shown = program(school_admin, "maja").get("/portal/api/sessions/current").json()

    assert shown["administers_organization"] is False
    assert [one["name"] for one in shown["schools"]] == ["Ekbackaskolan"]
    assert shown["organization"] == "Exempelstads kommun"


def test_schools_administrators_are_offered_where_one_logs_in(school_admin: World) -> None:
    page = school_admin.browser().get("/portal/log-in").text

    assert [page.index(name) for name in ("Disa", "Frej", "Maja")] == sorted(
        page.index(name) for name in ("Disa", "Frej", "Maja")
    )
    assert "Nils" not in page


def test_a_schools_administrator_assigns_what_was_handed_on_to_the_school(
    school_admin: World,
) -> None:
    disa, maja = program(school_admin), program(school_admin, "maja")
    whole = make(disa, school_admin, "organization", None)
    disa.post(f"/portal/api/organization-licenses/{whole}/distribute", json={})

    (own,) = maja.get("/portal/api/licenses").json()["licenses"]
    given = assign(maja, own["id"])

    assert own["school"]["name"] == "Ekbackaskolan"
    assert given.json()["covered"] == 140
    assert withdraw(maja, own["id"]).json()["state"] == "available"


def test_a_license_of_another_school_is_not_theirs(school_admin: World) -> None:
    disa, maja = program(school_admin), program(school_admin, "maja")
    (foreign,) = make(disa, school_admin, "school", "Solängsskolan")
    browser = portal(school_admin, "maja")

    refusals = [assign(maja, foreign), withdraw(maja, foreign)]
    page = browser.post(f"/portal/licenses/{foreign}/assign")

    for answer in refusals:
        assert refused(answer, HTTPStatus.FORBIDDEN, "skolon_foreign_school")
    seen = maja.get(f"/portal/api/licenses/{foreign}")
    assert refused(seen, HTTPStatus.NOT_FOUND, "skolon_unknown_license")
    assert page.status_code == HTTPStatus.FORBIDDEN
    assert "Skolan är inte din" in page.text
    assert "Solängsskolan" not in browser.get("/portal/licenses").text


def test_what_is_the_organizations_is_closed_to_a_schools_administrator(
    school_admin: World,
) -> None:
    disa, maja = program(school_admin), program(school_admin, "maja")
    whole = make(disa, school_admin, "organization", None)
    browser = portal(school_admin, "maja")
    new = {"client_id": CLIENT_ID, "type": "school"}
    new |= {"school": school_id(school_admin, "Ekbackaskolan")}

    for answer in (
        maja.post("/portal/api/licenses", json=new),
        maja.post(f"/portal/api/organization-licenses/{whole}/distribute", json={}),
        maja.get("/portal/api/approvals"),
        maja.put(APPROVAL),
        maja.delete(APPROVAL),
    ):
        assert refused(answer, HTTPStatus.FORBIDDEN, "skolon_organization_only")
    for page in (
        browser.get("/portal/new-license"),
        browser.post("/portal/new-license", data=new),
        browser.get("/portal/approvals"),
        browser.post(f"/portal/approvals/{CLIENT_ID}", data={"is_given": "false"}),
        browser.get(f"/portal/organization-licenses/{whole}"),
        browser.post(f"/portal/organization-licenses/{whole}/distribute", data={"scope": "all"}),
    ):
        assert page.status_code == HTTPStatus.FORBIDDEN
        assert "Bara för huvudmannens administratör" in page.text
    assert maja.get("/portal/api/organization-licenses").json() == {"organization_licenses": []}
    assert "/portal/approvals" not in browser.get("/portal").text


def test_a_schools_administrator_asks_for_that_school_which_stands_fixed(
    school_admin: World,
) -> None:
    browser = portal(school_admin, "maja")
    form = browser.get("/portal/license-requests/new").text

    sent = browser.post(
        "/portal/license-requests",
        data={"kind": "purchase", "school": school_id(school_admin, "Ekbackaskolan")},
    )
    foreign = browser.post(
        "/portal/license-requests",
        data={"kind": "purchase", "school": school_id(school_admin, "Solängsskolan")},
    )
    all_of_theirs = program(school_admin, "maja").post(
        "/portal/api/license-requests", json={"kind": "trial"}
    )

    assert 'type="hidden" name="school"' in form
    assert 'type="checkbox"' not in form
    assert "Solängsskolan" not in form
    assert sent.status_code == HTTPStatus.SEE_OTHER
    assert foreign.status_code == HTTPStatus.FORBIDDEN
    (unit,) = all_of_theirs.json()["units"]
    assert unit["school"]["name"] == "Ekbackaskolan"


def test_a_schools_administrator_sees_of_the_organizations_request_their_school(
    school_admin: World,
) -> None:
    location = send_from_portal(portal(school_admin), "Ekbackaskolan", "Solängsskolan")
    elsewhere = send_from_portal(portal(school_admin), "Solängsskolan")
    maja = program(school_admin, "maja")
    request_id, other_id = (one.rpartition("/")[2] for one in (location, elsewhere))

    (row,) = maja.get("/portal/api/license-requests").json()["license_requests"]
    shown = maja.get(f"/portal/api/license-requests/{request_id}").json()
    sent = maja.post(f"/portal/api/license-requests/{request_id}/send")
    page = portal(school_admin, "maja").get(f"http://localhost{location}").text

    assert (row["id"], row["schools"]) == (request_id, 1)
    assert [unit["school"]["name"] for unit in shown["units"]] == ["Ekbackaskolan"]
    assert refused(sent, HTTPStatus.NOT_FOUND, "skolon_unknown_request")
    other = maja.get(f"/portal/api/license-requests/{other_id}")
    assert refused(other, HTTPStatus.NOT_FOUND, "skolon_unknown_request")
    assert "Solängsskolan" not in page
    assert "andra skolor" in page


def test_an_organization_that_revokes_and_approves_is_told_of_to_its_tool(world: World) -> None:
    disa, tool = program(world), as_tool(world)
    (single,) = make(disa, world, "single", "Ekbackaskolan")
    assign(disa, single, users=[user_id(world, "Elsa")])
    tags = {kind: listed(tool, kind)["versionTag"] for kind in ("user", "group")}

    revoked = disa.delete(APPROVAL)
    gone = {kind: listed(tool, kind, versionTag=tag)[f"{kind}s"] for kind, tag in tags.items()}
    empty = listed(tool, "user")
    approved = disa.put(APPROVAL)
    news = listed(tool, "user", versionTag=empty["versionTag"])["users"]

    assert (revoked.json()["is_approved"], approved.json()["is_approved"]) == (False, True)
    assert [(user["id"], user["isDeleted"]) for user in gone["user"]] == [
        (user_id(world, "Elsa"), True)
    ]
    assert gone["group"]
    assert all(group["isDeleted"] for group in gone["group"])
    assert [user for user in empty["users"] if not user.get("isDeleted")] == []
    assert [user["firstName"] for user in news] == ["Elsa"]
    # She herself has her license all the time.
    assert len(listed(as_user(world, "elsa"), "license")["licenses"]) == 1


def test_who_lost_their_seat_before_the_approval_is_never_told_of(world: World) -> None:
    frej, tool = program(world, "frej"), as_tool(world)
    one, other = make(frej, world, "single", "Friskolan Exempel", number=2)
    assign(frej, one, users=[user_id(world, "Filip")])
    withdraw(frej, one)
    assign(frej, other, users=[user_id(world, "Frida")])
    tag = listed(tool, "user")["versionTag"]

    frej.put(APPROVAL)

    users = listed(tool, "user", versionTag=tag)["users"]
    assert [user["firstName"] for user in users] == ["Frida"]


def test_an_approval_is_given_on_its_page_and_said_twice_is_fine(world: World) -> None:
    browser = portal(world, "frej")
    before = browser.get("/portal/approvals").text

    given = [
        browser.post(f"/portal/approvals/{CLIENT_ID}", data={"is_given": "true"}) for _ in range(2)
    ]
    unknown = browser.post("/portal/approvals/none", data={"is_given": "true"})

    assert "Inte godkänt" in before
    assert {answer.status_code for answer in given} == {HTTPStatus.SEE_OTHER}
    assert "Återkalla" in browser.get("/portal/approvals").text
    assert unknown.status_code == HTTPStatus.NOT_FOUND
    assert "Verktyget finns inte" in unknown.text


def test_approvals_are_searched_and_paged(world: World) -> None:
    for number in range(5):
        tool: dict[str, Any] = {"name": f"Verktyg {number}", "launch_url": "https://x.example/"}
        made = world.control.post(f"/s/{world.name}/skolon/tools", json=tool)
        assert made.status_code == HTTPStatus.CREATED, made.text
    disa = program(world)

    first = disa.get("/portal/api/approvals", params={"limit": 4}).json()
    rest = disa.get("/portal/api/approvals", params={"limit": 4, "after": first["next"]}).json()
    found = disa.get("/portal/api/approvals", params={"search": "verktyg 3"}).json()

    assert len(first["approvals"]) == 4
    assert len(rest["approvals"]) == 2
    assert rest["next"] is None
    assert [one["tool"] for one in found["approvals"]] == ["Verktyg 3"]


@pytest.mark.parametrize(
    "path",
    [
        "/portal/api/licenses",
        "/portal/api/licenses/x",
        "/portal/api/licenses/x/people",
        "/portal/api/organization-licenses",
        "/portal/api/approvals",
        "/portal/api/license-requests",
    ],
)
def test_programs_without_a_session_are_told_so(world: World, path: str) -> None:
    answer = world.client().get(path)

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert answer.headers["www-authenticate"] == "Bearer"


def test_without_a_session_nothing_is_asked(world: World) -> None:
    answer = world.client().post("/portal/api/license-requests", json={"kind": "trial"})

    assert answer.status_code == HTTPStatus.UNAUTHORIZED
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LicenseRequest)) == 0
