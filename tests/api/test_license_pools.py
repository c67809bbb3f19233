"""License pools as administrators steer them and people meet them (R17)."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, as_tool, authorize, listed, query_of
from tests.factories import license_school, portal
from tests.pools import (
    POOLS,
    SCHOOL,
    give_singles,
    holders,
    make_pool,
    people_at,
    pool_with,
    program,
    school_id,
    use_tool,
)

LET_IN, NO_SEAT = HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT


def _seats(client: TestClient, pool: str) -> dict[str, int]:
    seats: dict[str, int] = client.get(pool).json()["seats"]
    return seats


def _turn(world: World, **positions: str) -> None:
    assert world.control.patch(f"/s/{world.name}/skolon/switches", json=positions).is_success


def _problem(answer: Any) -> str:  # noqa: ANN401, a response
    """Return the code of a refusal, after checking that it is a sentence."""
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["detail"].endswith((".", "says where.")), body
    return str(body["type"]).removeprefix("/problems/")


def _groups(world: World) -> dict[str, str]:
    page = listed(as_tool(world), "group", limit=1000)
    return {one["name"]: one["id"] for one in page["groups"]}


def test_r17_a_seat_is_claimed_at_first_use_and_only_one(world: World) -> None:
    (who,) = people_at(world, 1)
    client, pool = pool_with(world, 2)
    assert _seats(client, pool)["used"] == 0

    first = use_tool(world, who)
    again = use_tool(world, who)

    assert (first, again) == (LET_IN, LET_IN)
    assert holders(world) == [who]
    assert _seats(client, pool) | {"out_of_force": 0} == {
        "total": 2,
        "used": 1,
        "free": 1,
        "out_of_force": 0,
        "waiting": 0,
    }


def test_r17_an_empty_pool_is_a_page_that_says_what_to_do(world: World) -> None:
    first, second = people_at(world, 2)
    pool_with(world, 1)
    use_tool(world, first)

    refused = world.browser().post(authorize(world), data={"persona": second})
    english = world.browser().post(
        authorize(world), data={"persona": second}, headers={"Accept-Language": "en"}
    )

    assert refused.status_code == english.status_code == NO_SEAT
    assert "Alla platser är upptagna" in refused.text
    assert "skoladministratören" in refused.text
    assert "Every seat is taken" in english.text
    assert "school administrator" in english.text


def test_r17_a_program_is_told_of_an_empty_pool_as_json(world: World) -> None:
    first, second = people_at(world, 2)
    client, pool = pool_with(world, 1)
    use_tool(world, first)

    refused = world.client().post(authorize(world), data={"persona": second})

    assert refused.status_code == NO_SEAT
    assert _problem(refused) == "skolon_pool_empty"
    assert _seats(client, pool)["waiting"] == 1


def test_r17_administrators_see_who_waits_and_a_freed_seat_is_theirs(world: World) -> None:
    first, second = people_at(world, 2)
    _, pool = pool_with(world, 1)
    use_tool(world, first)
    assert use_tool(world, second) == NO_SEAT
    administrator = portal(world)

    menu = administrator.get("/portal/licenses").text
    listing = administrator.get("/portal/license-pools").text
    page = administrator.get(f"/portal/license-pools/{pool.rpartition('/')[2]}").text
    reclaim = re.search(r"/portal/license-pools/[\w-]+/seats/\w+/reclaim", page)
    assert reclaim
    reclaimed = administrator.post(reclaim[0])

    assert '<span class="badge warn">1 väntar</span>' in menu
    assert '<span class="badge bad">1 väntar</span>' in listing
    assert "Inga lediga platser" in page
    assert reclaimed.status_code == HTTPStatus.SEE_OTHER
    assert holders(world) == [second]
    assert use_tool(world, second) == LET_IN
    assert "1 väntar" not in administrator.get("/portal/license-pools").text
    assert use_tool(world, first) == NO_SEAT


def test_who_has_no_pool_or_another_license_is_not_affected(world: World) -> None:
    (who,) = people_at(world, 1)
    client, pool = pool_with(world, 0)
    outsider = "filip"

    assert use_tool(world, outsider) == LET_IN
    assert use_tool(world, who) == NO_SEAT
    license_school(world, SCHOOL)
    assert use_tool(world, who) == LET_IN
    assert holders(world) == []
    assert _seats(client, pool)["waiting"] == 0


def test_a_pool_tool_has_its_tile_before_anybody_has_a_seat(world: World) -> None:
    client, pool = pool_with(world, 1)
    browser = world.browser()
    browser.post("/min-samling/log-in", data={"persona": "elsa"})

    shown = browser.get("/min-samling").text
    started = browser.get("/sso/login").headers["location"]
    opened = browser.get(started)

    assert 'class="tiles"' in shown
    assert opened.status_code == HTTPStatus.FOUND
    assert "code" in query_of(opened.headers["location"])
    assert _seats(client, pool)["used"] == 1
    (link,) = client.get(f"{pool}/links").json()["links"]
    client.delete(f"{pool}/links/{link['id']}")
    assert 'class="tiles"' not in browser.get("/min-samling").text


def test_whoever_leaves_the_class_loses_the_seat_to_who_waits(world: World) -> None:
    license_school(world, SCHOOL)
    groups = _groups(world)
    withdrawn = portal(world)
    page = withdrawn.get("/portal/licenses").text
    withdraw = re.search(r"/portal/licenses/\w+/withdraw", page)
    assert withdraw
    withdrawn.post(withdraw[0])
    client = program(world)
    pool = make_pool(client, school_id(world))
    give_singles(world, 1)
    client.post(f"{pool}/licenses", json={"count": 1})
    client.post(f"{pool}/links", json={"group": groups["7A"]})
    client.post(f"{pool}/links", json={"group": groups["7B"]})
    assert use_tool(world, "omar") == LET_IN
    assert use_tool(world, "iris") == NO_SEAT

    removed = world.control.delete(f"/s/{world.name}/skolon/groups/{groups['7A']}")

    assert removed.is_success, removed.text
    (seat,) = client.get(f"{pool}/seats").json()["seats"]
    assert seat["user"]["name"] == "Iris Öberg"
    # No longer reached by the pool, so back to what everybody may do.
    assert use_tool(world, "omar") == LET_IN
    assert _seats(client, pool)["used"] == 1


def test_a_deleted_persons_seat_goes_to_the_first_who_waits(world: World) -> None:
    first, second, third = people_at(world, 3)
    client, pool = pool_with(world, 1)
    assert [use_tool(world, who) for who in (first, second, third)] == [LET_IN, NO_SEAT, NO_SEAT]
    waits = client.get(f"{pool}/waits").json()["waits"]

    world.control.delete(f"/s/{world.name}/skolon/users/{first}")

    assert holders(world) == [waits[0]["user"]["id"]]
    assert _seats(client, pool)["waiting"] == 1


def test_seats_are_told_to_the_tool_and_so_is_their_end(world: World) -> None:
    (who,) = people_at(world, 1)
    client, pool = pool_with(world, 1)
    tool = as_tool(world)
    tags = {kind: listed(tool, kind)["versionTag"] for kind in ("license", "user", "group")}

    use_tool(world, who)
    given = {
        kind: listed(tool, kind, versionTag=tag, limit=1000)[f"{kind}s"]
        for kind, tag in tags.items()
    }
    tag = listed(tool, "license")["versionTag"]
    client.delete(f"{pool}/seats/{who}")
    ended = listed(tool, "license", versionTag=tag)["licenses"]

    assert [user["id"] for user in given["license"][0]["users"]] == [who]
    assert [user["id"] for user in given["user"]] == [who]
    assert given["group"]
    assert [one["users"] for one in ended] == [[]]


def test_new_licenses_go_into_the_pool_that_fills_itself(world: World) -> None:
    client = program(world)
    pool = make_pool(client, school_id(world), fills_itself=True)
    other = make_pool(client, school_id(world), "Annan")
    client.post(f"{pool}/links", json={})
    (who,) = people_at(world, 1)
    assert use_tool(world, who) == NO_SEAT

    give_singles(world, 2)
    give_singles(world, 1, audience="teachers")
    give_singles(world, 1, user="maja")

    assert _seats(client, pool)["total"] == 2
    assert _seats(client, other)["total"] == 0
    assert holders(world) == [who]


def test_seats_are_claimed_at_linking_where_the_switch_says_so(world: World) -> None:
    _turn(world, pool_seats="linking")
    client, pool = pool_with(world, 3)
    seated = holders(world)

    assert len(set(seated)) == len(seated) == 3
    client.delete(f"{pool}/seats/{seated[0]}")
    # The seat goes to the next one, not back to whom it was taken from.
    assert seated[0] not in holders(world)
    assert len(holders(world)) == 3


def test_an_expired_license_gives_no_seat_and_its_holder_gets_another(world: World) -> None:
    (who,) = people_at(world, 1)
    client = program(world)
    pool = make_pool(client, school_id(world))
    give_singles(world, 1, ends_on="2027-01-31")
    client.post(f"{pool}/licenses", json={"count": 1})
    client.post(f"{pool}/links", json={})
    assert use_tool(world, who) == LET_IN
    world.move_clock(set_to="2027-02-01T08:00:00Z")
    client = program(world)

    refused = use_tool(world, who)
    give_singles(world, 1, ends_on="2027-06-30")
    filled = client.post(f"{pool}/licenses", json={"count": 1})

    assert refused == NO_SEAT
    assert filled.json()["seats"]["used"] == 1
    assert holders(world) == [who]
    assert use_tool(world, who) == LET_IN


def test_what_is_wrong_is_refused_in_a_sentence_and_changes_nothing(world: World) -> None:
    license_school(world, SCHOOL)
    groups = _groups(world)
    client = program(world)
    pool = make_pool(client, school_id(world))
    teachers = give_singles(world, 1, audience="teachers")
    student_license, expiring = give_singles(world, 1), give_singles(world, 1, ends_on="2026-12-31")
    elsewhere = give_singles(world, 1, "Lindängsskolan")
    assert client.post(f"{pool}/licenses", json={"licenses": teachers}).is_success
    assert client.post(f"{pool}/links", json={"group": groups["7A"]}).is_success
    frej = program(world, "frej")
    before = (client.get(pool).json(), client.get(f"{pool}/links").json())
    world.move_clock(set_to="2027-02-01T08:00:00Z")
    client, frej = program(world), program(world, "frej")

    new = {"client_id": CLIENT_ID, "school": school_id(world), "name": "Ny"}
    refusals = {
        "skolon_foreign_school": frej.post(POOLS, json=new),
        "skolon_unknown_pool": frej.post(f"{pool}/licenses", json={"count": 1}),
        "skolon_unknown_tool": client.post(POOLS, json=new | {"client_id": "none"}),
        "skolon_pool_name_taken": client.post(POOLS, json=new | {"name": " Pool "}),
        "skolon_too_few_licenses": client.post(f"{pool}/licenses", json={"count": 1}),
        "skolon_too_few_seats": client.delete(f"{pool}/licenses", params={"count": 2}),
        "skolon_other_audience": client.post(
            f"{pool}/licenses", json={"licenses": student_license}
        ),
        "skolon_ended_license": client.post(f"{pool}/licenses", json={"licenses": expiring}),
        "skolon_other_tool": client.post(f"{pool}/licenses", json={"licenses": elsewhere}),
        "skolon_license_taken": client.post(f"{pool}/licenses", json={"licenses": teachers}),
        "skolon_unknown_license": client.post(f"{pool}/licenses", json={"licenses": ["x"]}),
        "skolon_uncovered_role": client.post(f"{pool}/links", json={"user": "elsa"}),
        "skolon_already_linked": client.post(f"{pool}/links", json={"group": groups["7A"]}),
        "skolon_not_at_school": client.post(f"{pool}/links", json={"user": "filip"}),
        "skolon_unknown_link": client.delete(f"{pool}/links/00000000-0000-0000-0000-000000000000"),
        "skolon_unknown_seat": client.delete(f"{pool}/seats/elsa"),
        "skolon_not_linked": client.post(f"{pool}/seats", json={"user": "nils"}),
        "invalid": client.post(f"{pool}/licenses", json={"count": 0}),
    }

    assert {code: _problem(answer) for code, answer in refusals.items()} == {
        code: code for code in refusals
    }
    after = (client.get(pool).json(), client.get(f"{pool}/links").json())
    assert after == before


def test_a_pool_is_deleted_only_when_nobody_has_a_seat(world: World) -> None:
    (who,) = people_at(world, 1)
    client, pool = pool_with(world, 1)
    use_tool(world, who)

    refused = client.delete(pool)
    client.delete(f"{pool}/seats/{who}")
    deleted = client.delete(pool)

    assert (refused.status_code, _problem(refused)) == (NO_SEAT, "skolon_seats_taken")
    assert deleted.status_code == HTTPStatus.NO_CONTENT
    assert client.get(pool).status_code == HTTPStatus.NOT_FOUND
    assert client.get(POOLS).json() == {"license_pools": [], "next": None}
    # Its license can go into another one.
    other = make_pool(client, school_id(world))
    assert client.post(f"{other}/licenses", json={"count": 1}).is_success


def test_pools_are_searched_and_paged(world: World) -> None:
    client = program(world)
    for name in ("B", "A", "Övrigt", "C"):
        make_pool(client, school_id(world), name)

    first = client.get(POOLS, params={"limit": 3}).json()
    rest = client.get(POOLS, params={"limit": 3, "after": first["next"]}).json()
    found = client.get(POOLS, params={"search": "övrigt"}).json()
    lost = client.get(POOLS, params={"after": "nothing"})

    names = [one["name"] for one in [*first["license_pools"], *rest["license_pools"]]]
    assert sorted(names) == ["A", "B", "C", "Övrigt"]
    assert rest["next"] is None
    assert [one["name"] for one in found["license_pools"]] == ["Övrigt"]
    assert _problem(lost) == "invalid_cursor"


def test_seats_links_and_waits_are_paged(world: World) -> None:
    people = people_at(world, 5)
    client, pool = pool_with(world, 2)
    for who in people:
        use_tool(world, who)
        client.post(f"{pool}/links", json={"user": who})

    for kind, expected in (("seats", 2), ("waits", 3), ("links", 6)):
        seen: list[str] = []
        after = ""
        while True:
            page = client.get(f"{pool}/{kind}", params={"limit": 1, "after": after}).json()
            assert len(page[kind]) == 1
            seen.append(str(page[kind][0]))
            if page["next"] is None:
                break
            after = page["next"]
        assert len(set(seen)) == len(seen) == expected


def test_a_school_administrator_sees_and_steers_pools_of_their_school_alone(
    control: TestClient, world: World
) -> None:
    assert control.post(f"/sandboxes/{world.name}/reset", json={"seed": "licensed"}).is_success
    world.database = world.app.sandboxes.open(world.name).database
    owner, stina = program(world), program(world, "stina")
    (foreign,) = owner.get(POOLS).json()["license_pools"]
    own = make_pool(stina, school_id(world))

    listed_pools = stina.get(POOLS).json()["license_pools"]
    read = stina.get(f"{POOLS}/{foreign['id']}")
    page = portal(world, "stina").get(f"/portal/license-pools/{foreign['id']}")

    assert [f"{POOLS}/{one['id']}" for one in listed_pools] == [own]
    assert foreign["seats"]["used"] == foreign["seats"]["total"] == 10
    assert read.status_code == page.status_code == HTTPStatus.NOT_FOUND
    assert "Licenspoolen finns inte" in page.text
    made = stina.post(
        POOLS,
        json={"client_id": CLIENT_ID, "school": foreign["school"]["id"], "name": "Fel"},
    )
    assert _problem(made) == "skolon_foreign_school"


def test_an_administrator_does_everything_with_forms(world: World) -> None:
    (who,) = people_at(world, 1)
    give_singles(world, 3)
    browser = portal(world)
    form = browser.get("/portal/license-pools/new").text
    assert f'value="{school_id(world)}"' in form
    made = browser.post(
        "/portal/license-pools",
        data={"client_id": CLIENT_ID, "school": school_id(world), "name": "Matte"},
    )
    root = f"/s/{world.name}"
    pool = made.headers["location"].removeprefix(root)

    steps = [
        browser.post(f"{pool}/fill", data={"count": "2"}),
        browser.post(f"{pool}/links", data={"to": "user", "named": who}),
        browser.post(f"{pool}/links", data={"to": "school"}),
        browser.post(f"{pool}/take-out", data={"count": "1"}),
        browser.post(pool, data={"name": "Matematik", "fills_itself": "true"}),
    ]
    use_tool(world, who)
    page = browser.get(pool).text

    assert {step.status_code for step in steps} == {HTTPStatus.SEE_OTHER}
    assert "<h1>Matematik</h1>" in page
    assert "<strong>1 av 1</strong>" in page
    assert "checked" in page
    too_many = browser.post(f"{pool}/fill", data={"count": "9"})
    nobody = browser.post(f"{pool}/links", data={"to": "group"})
    assert (too_many.status_code, nobody.status_code) == (NO_SEAT, HTTPStatus.NOT_FOUND)
    assert "Så många licenser finns inte" in too_many.text
    unlink = re.findall(r"/portal/license-pools/[\w-]+/links/[\w-]+/remove", page)
    assert len(unlink) == 2
    for address in unlink:
        assert browser.post(address).status_code == HTTPStatus.SEE_OTHER
    assert holders(world) == []
    assert browser.post(f"{pool}/delete").headers["location"] == f"{root}/portal/license-pools"


@pytest.mark.parametrize("path", ["", "/new", "/00000000-0000-0000-0000-000000000000"])
def test_nobody_sees_pools_without_a_login(world: World, path: str) -> None:
    page = world.browser().get(f"/portal/license-pools{path}")
    json = world.client().get(POOLS)

    assert page.headers["location"].endswith("/portal/log-in")
    assert json.status_code == HTTPStatus.UNAUTHORIZED
