"""The clock of a sandbox: absurd instants, many hands on it at once, restarts, what it sets off."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.main import Service
from app.sandboxes.clock import ClockSetting
from app.seeds import sandboxes_of
from app.settings import Settings
from app.skolon.models import User
from tests.api.portal import program
from tests.conftest import World
from tests.factories import internal_tool, license_request, post_request, unit


def _now(world: World) -> datetime:
    clock = world.control.get(f"/sandboxes/{world.name}/clock").json()
    return datetime.fromisoformat(clock["now"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"set_to": "0001-01-01T00:00:00Z"}, (422, "clock_out_of_range")),
        ({"set_to": "1969-12-31T23:59:59Z"}, (422, "clock_out_of_range")),
        ({"set_to": "3000-01-01T00:00:00Z"}, (422, "clock_out_of_range")),
        ({"set_to": "9999-12-31T23:59:59Z"}, (422, "clock_out_of_range")),
        ({"set_to": "9999-12-31T23:59:59-12:00"}, (422, "clock_out_of_range")),
        ({"set_to": "0001-01-01T00:00:00+14:00"}, (422, "clock_out_of_range")),
        ({"advance_by": "P999999D"}, (422, "clock_out_of_range")),
        ({"advance_by": "P999999999D"}, (422, "clock_out_of_range")),
        ({"advance_by": "-P999999D"}, (422, "clock_out_of_range")),
        ({"advance_by": "P99999999999D"}, (422, "invalid")),
        ({"advance_by": "1e300"}, (422, "invalid")),
        ({"set_to": "2031-01-01T08:00:00"}, (422, "invalid")),
        ({"set_to": "soon"}, (422, "invalid")),
        ({"set_to": 1e300}, (422, "invalid")),
        ({"set_to": None}, (422, "invalid")),
        ({}, (422, "invalid")),
        ({"freeze": True, "resume": True}, (422, "invalid")),
        ({"freeze": True, "advance_by": "P1D"}, (422, "invalid")),
        ({"forward": True}, (422, "invalid")),
    ],
)
def test_an_absurd_change_is_refused_and_leaves_the_clock_alone(
    world: World, change: dict[str, Any], problem: tuple[int, str]
) -> None:
    if "allow_backwards" not in change and ({"set_to", "advance_by"} & set(change)):
        change = {**change, "allow_backwards": True}
    before = _now(world)

    answer = world.control.patch(f"/sandboxes/{world.name}/clock", json=change)

    assert (answer.status_code, answer.json()["type"]) == (problem[0], f"/problems/{problem[1]}")
    assert timedelta() <= _now(world) - before < timedelta(minutes=1)


@pytest.mark.parametrize("instant", ["1970-01-01T00:00:00Z", "2999-12-31T23:00:00Z"])
def test_at_the_ends_of_time_everything_goes_on(world: World, instant: str) -> None:
    world.move_clock(set_to=instant, allow_backwards=True)

    asked = post_request(internal_tool(world), license_request(unit(school_unit_code=None)))
    pages = [
        world.browser().get(path, follow_redirects=True).status_code
        for path in ("/tour", "/console", "/portal", "/min-samling", "/skolon/webhooks")
    ]

    assert asked.status_code == HTTPStatus.CREATED, asked.text
    assert set(pages) <= {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}
    assert program(world).get("/portal/api/licenses").status_code == HTTPStatus.OK


def test_many_who_advance_a_clock_at_once_add_up(world: World) -> None:
    world.move_clock(freeze=True)
    before = _now(world)

    def advance(_: int) -> int:
        change = {"advance_by": "P1D"}
        return world.control.patch(f"/sandboxes/{world.name}/clock", json=change).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(advance, range(24)))

    assert answers == [HTTPStatus.OK] * 24
    assert _now(world) - before == timedelta(days=24)


def test_many_who_do_different_things_to_a_new_clock_leave_it_whole(world: World) -> None:
    changes: list[dict[str, object]] = [
        {"freeze": True},
        {"resume": True},
        {"set_to": "2040-01-01T00:00:00Z", "allow_backwards": True},
        {"advance_by": "PT1S"},
    ]

    def change(number: int) -> int:
        return world.control.patch(
            f"/sandboxes/{world.name}/clock", json=changes[number % len(changes)]
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(change, range(32)))

    assert answers == {HTTPStatus.OK}
    assert _now(world) >= datetime(2040, 1, 1, tzinfo=UTC)
    with world.database.read() as session:
        kept = session.get_one(ClockSetting, 1)
        assert abs(kept.now - world.app.sandboxes.open(world.name).clock()) < timedelta(seconds=5)


def test_a_clock_stands_where_it_stood_after_a_restart(world: World, settings: Settings) -> None:
    world.move_clock(set_to="2031-05-05T05:05:05.123456Z")
    world.move_clock(freeze=True)
    stands = _now(world)

    restarted = sandboxes_of(settings)
    again = restarted.open(world.name).clock()
    restarted.close()
    world.move_clock(resume=True)
    world.move_clock(advance_by="P1D")
    restarted = sandboxes_of(settings)
    running = restarted.open(world.name).clock
    later = running()
    restarted.close()

    assert again == stands
    assert running.frozen_at is None
    assert timedelta(days=1) <= later - stands < timedelta(days=1, minutes=1)


def test_a_change_that_is_not_kept_is_not_shown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = world.app.sandboxes.open(world.name)
    before = sandbox.clock()

    def fail(*_: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    monkeypatch.setattr("sqlalchemy.orm.Session.commit", fail)
    monkeypatch.setattr("sqlalchemy.orm.SessionTransaction.commit", fail)
    with pytest.raises(OSError, match="full"):
        sandbox.clock.advance(sandbox.database, timedelta(days=9), allow_backwards=False)
    monkeypatch.undo()

    assert sandbox.clock() - before < timedelta(minutes=1)


def test_what_is_due_happens_when_the_clock_is_moved_and_nothing_else_is_done(
    world: World,
) -> None:
    disa = program(world)
    edit = {"kind": "rename_user", "user": "elsa", "first_name": "Natta", "last_name": "Ek"}
    kept = disa.post("/portal/api/roster/edits", json={**edit, "when": "tonight"})
    assert kept.is_success, kept.text
    time.sleep(1.5)  # the background has looked, and rests

    world.move_clock(advance_by="P2D")

    for _ in range(100):
        # Only by the background: nobody asks the world anything.
        with world.database.read() as session:
            if "Natta" in _first_names(session):
                break
        time.sleep(0.1)
    else:
        pytest.fail("the night passed, and nothing was synced")


def _first_names(session: Session) -> set[str]:
    return set(session.scalars(select(User.first_name)))


def test_both_companies_obey_the_clock_of_their_own_sandbox_only(
    world: World, control: TestClient, app: Service
) -> None:
    control.post("/sandboxes", json={"name": "next-door-clock"})
    world.move_clock(set_to="2031-01-01T08:00:00Z")

    asked = post_request(internal_tool(world), license_request(unit(school_unit_code=None)))
    case = internal_tool(world).get("/api/v1/code-cases").json()["code_cases"][0]
    there = datetime.fromisoformat(control.get("/sandboxes/next-door-clock/clock").json()["now"])
    control.delete("/sandboxes/next-door-clock")

    assert asked.status_code == HTTPStatus.CREATED, asked.text
    assert case["due_on"].startswith("2031-01-")
    assert there < datetime(2031, 1, 1, tzinfo=UTC)
