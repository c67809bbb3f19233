"""Programs in the administrators' portal: who they are, and which schools are theirs."""

from http import HTTPStatus

from starlette.testclient import TestClient

from tests.conftest import World


def _session(world: World, persona: str) -> TestClient:
    made = world.client().post("/portal/api/sessions", json={"persona": persona})
    assert made.status_code == HTTPStatus.CREATED, made.text
    return world.client({"Authorization": f"Bearer {made.json()['token']}"})


def test_an_organizations_administrator_administers_all_its_schools(world: World) -> None:
    shown = _session(world, "disa").get("/portal/api/sessions/current").json()

    assert shown["administers_organization"] is True
    assert len(shown["schools"]) == 4
    assert shown["organization"] == "Exempelstads kommun"


def test_who_administers_nothing_gets_no_session(world: World) -> None:
    refused = world.client().post("/portal/api/sessions", json={"persona": "maja"})
    nobody = world.client().post("/portal/api/sessions", json={"persona": "nobody"})

    assert refused.status_code == HTTPStatus.FORBIDDEN
    assert nobody.status_code == HTTPStatus.NOT_FOUND


def test_a_session_ends_with_its_day_and_when_it_is_ended(world: World) -> None:
    client, other = _session(world, "disa"), _session(world, "frej")

    ended = client.delete("/portal/api/sessions/current")
    world.move_clock(advance_by="PT12H")

    assert ended.status_code == HTTPStatus.NO_CONTENT
    for one in (client, other, world.client()):
        answer = one.get("/portal/api/sessions/current")
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer.headers["www-authenticate"] == "Bearer"
