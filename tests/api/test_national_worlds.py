"""A national world as programs and people use it: made by command, logged in to, paged through."""

from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urljoin

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from app import sandbox_cli
from app.main import Service
from app.settings import Settings
from app.story import served
from tests.conftest import ADMIN_KEY, World

# A teacher and a pupil of one class who may log in, but have not.
CLASSMATES = text(
    "SELECT teacher.public_id, pupil.public_id, pupil.first_name || ' ' || pupil.last_name"
    " FROM skolon_groups AS class"
    " JOIN skolon_group_memberships AS taught ON taught.group_id = class.id"
    " JOIN skolon_users AS teacher ON teacher.id = taught.user_id AND teacher.role = 'teacher'"
    " JOIN skolon_group_memberships AS learning ON learning.group_id = class.id"
    " JOIN skolon_users AS pupil ON pupil.id = learning.user_id AND pupil.role = 'student'"
    " JOIN skolon_seats AS seat ON seat.user_id = pupil.id"
    " JOIN skolon_licenses AS held ON held.id = seat.license_id AND held.type = 'organization'"
    # Among the first classes, so that a large nation is not read through.
    " WHERE class.type = 'CLASS' AND class.change_number < 1000"
    " AND pupil.email IS NOT NULL AND pupil.last_name > 'a'"
    " AND pupil.public_id NOT IN (SELECT subject FROM identities)"
    " AND teacher.id NOT IN (SELECT user_id FROM skolon_school_memberships WHERE position = 1)"
    " ORDER BY class.id, pupil.id LIMIT 1"
)


@pytest.fixture(scope="module")
def typed(settings: Settings, control: TestClient) -> Iterator[Result]:
    """What the command said that made the smallest national world."""
    words = ["create", "nation", "--seed", "national", "--scale", "0.001", "--arrived", "0.3"]
    with served(settings, 0) as address:
        more = ["--url", address, "--admin-key", ADMIN_KEY]
        yield CliRunner().invoke(sandbox_cli.cli, [*words, *more])
    control.delete("/sandboxes/nation")


@pytest.fixture(scope="module")
def nation(app: Service, control: TestClient, typed: Result) -> World:
    assert typed.exit_code == 0, typed.output
    return World("nation", app, control, app.sandboxes.open("nation").database)


def _log_in(world: World, person: str) -> TestClient:
    browser = world.browser()
    answer = browser.get("/sso/login", params={"login_hint": person})
    while answer.has_redirect_location:
        answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
    assert answer.status_code == HTTPStatus.OK, answer.text
    return browser


def test_the_command_tells_how_far_it_is(typed: Result) -> None:
    told = typed.stderr.splitlines()

    assert told[0] == "Making a sandbox: seed, 0%"
    assert told[-1] == "Making a sandbox: indexes, 100%"
    assert any("people" in line for line in told)


def test_it_is_known_of_what_extent_a_world_is(nation: World) -> None:
    shown = nation.control.get("/sandboxes/nation").json()

    assert (shown["seed"], shown["scale"], shown["arrived"]) == ("national", 0.001, 0.3)
    assert shown["credentials"]["client_id"]


def test_a_teacher_sees_a_pupil_of_a_nation_once_the_pupil_has_logged_in(nation: World) -> None:
    with nation.database.read() as session:
        teacher, pupil, name = session.execute(CLASSMATES).one()
    at_school = _log_in(nation, teacher)

    def seen() -> list[str]:
        lists = at_school.get("/class-lists", headers={"Accept": "application/json"}).json()
        return [one for each in lists["class_lists"] for one in each["students"]]

    before = seen()
    _log_in(nation, pupil)
    after = seen()

    assert len(after) == len(before) + 1
    assert after.count(name) == before.count(name) + 1


def test_all_of_a_nation_that_a_tool_may_see_is_paged_through(nation: World) -> None:
    steering = nation.client({"Authorization": f"Bearer {ADMIN_KEY}"})
    made = steering.post("/skolon/tokens", json={}).json()
    tool = nation.client({"Authorization": f"Bearer {made['access_token']}"})
    query: dict[str, str | int] = {"limit": 500}
    ids: list[str] = []
    while True:
        page = tool.get("/v2/partner/user", params=query).json()
        ids += [one["id"] for one in page["users"]]
        if not page["hasMore"]:
            break
        query["versionTag"] = page["versionTag"]

    assert len(ids) == len(set(ids))
    assert len(ids) > 1000


def test_an_administrator_of_a_nation_sees_schools_and_licenses(nation: World) -> None:
    browser = nation.browser()
    persona = "administrator0@"
    with nation.database.read() as session:
        found = text("SELECT public_id FROM skolon_users WHERE username LIKE :username")
        administrator = session.scalar(found, {"username": f"{persona}%"})
    browser.post("/portal/log-in", data={"persona": administrator})

    for path in ("/portal", "/portal/schools", "/portal/licenses", "/portal/license-pools"):
        assert browser.get(path).status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"seed": "national", "scale": 0}, "/scale"),
        ({"seed": "national", "scale": 3}, "/scale"),
        ({"seed": "national", "arrived": 2}, "/arrived"),
        ({"seed": "town", "scale": 0.1}, "/scale"),
        ({"seed": "town", "arrived": 0.1}, "/arrived"),
        ({"seed": "national", "scale": "many"}, "/scale"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_an_extent_that_cannot_be_is_refused(
    control: TestClient, asked: dict[str, object], pointer: str, accept: str
) -> None:
    answer = control.post("/sandboxes", json=asked, headers={"Accept": accept})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["pointer"] == pointer
