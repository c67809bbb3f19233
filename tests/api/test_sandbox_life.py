"""The life of a sandbox: made, kept, taken back, renamed, carried elsewhere, let go."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.background import put_in_order
from app.database import GoneDatabaseError
from app.main import Service
from app.partner.models import Implementer
from app.sandboxes.origins import Origin
from app.sandboxes.stores import store_of
from app.sandboxes.worlds import Sandboxes
from app.seeds import credentials_of, sandboxes_of
from app.settings import Settings

_numbers = count(1)

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def make(control: TestClient) -> Iterator[Make]:
    """Make sandboxes that are gone after the test, whatever they are called by then."""
    before = {one["name"] for one in control.get("/sandboxes").json()}

    def made(**asked: object) -> dict[str, Any]:
        answer = control.post("/sandboxes", json={"seed": "empty", **asked})
        assert answer.status_code == HTTPStatus.CREATED, answer.text
        return dict(answer.json())

    yield made
    for one in control.get("/sandboxes").json():
        if one["name"] not in before:
            control.delete(f"/sandboxes/{one['name']}")
    for one in control.get("/sandboxes/snapshots").json():
        control.delete(f"/sandboxes/snapshots/{one['name']}")


def _write(app: Service, sandbox: str, implementer: str) -> None:
    with app.sandboxes.open(sandbox).database.write() as session:
        session.add(Implementer(name=implementer, email=f"{implementer}@partner.example"))


def _implementers(app: Service, sandbox: str) -> list[str]:
    with app.sandboxes.open(sandbox).database.read() as session:
        return sorted(session.scalars(select(Implementer.name)))


def _stored(settings: Settings) -> set[str]:
    store = store_of(settings)
    try:
        return {name for name in store.names() if not name.startswith("template_")}
    finally:
        store.close()


def test_what_a_program_needs_is_told_of_every_seed_but_the_empty_one(settings: Settings) -> None:
    seeds = set(sandboxes_of(settings).seeds())

    assert "empty" in seeds
    assert set(credentials_of(settings)) == seeds - {"empty"}


def test_a_sandbox_without_a_name_gets_one_and_tells_what_a_program_needs(make: Make) -> None:
    made = make(seed="town")
    empty = make()

    assert made["name"].startswith("sandbox-")
    assert made["base_url"] == f"http://localhost/s/{made['name']}"
    assert made["seed"] == "town"
    assert made["snapshot"] is None
    assert made["credentials"]["client_id"] == "skolonmockdemoclient000000000001"
    assert made["credentials"]["client_secret"]
    assert set(made["credentials"]["partner_api_keys"]) == {"Skolon", "internal tools"}
    assert empty["credentials"] is None
    assert empty["name"] != made["name"]


def test_nothing_needs_to_be_said_to_make_a_sandbox(control: TestClient, make: Make) -> None:
    answer = control.post("/sandboxes")

    assert answer.status_code == HTTPStatus.CREATED
    assert answer.json()["seed"] == "demo"
    control.delete(f"/sandboxes/{answer.json()['name']}")


def test_the_list_tells_of_each_without_opening_it(
    settings: Settings, control: TestClient, make: Make
) -> None:
    make(name="listed-one")
    elsewhere = sandboxes_of(settings)

    listed = {one.name: one for one in elsewhere.listed()}
    told = {one["name"]: one for one in control.get("/sandboxes").json()}

    assert elsewhere.all_open() == []
    elsewhere.close()
    assert set(listed) == set(told)
    assert told["listed-one"]["seed"] == "empty"
    assert told["listed-one"]["size_bytes"] > 100_000
    made, used = (
        datetime.fromisoformat(told["listed-one"][name]) for name in ("created_at", "last_used_at")
    )
    assert datetime(2026, 1, 1, tzinfo=UTC) < made <= used


def test_a_reset_goes_back_to_what_the_sandbox_was_made_from(
    app: Service, control: TestClient, make: Make
) -> None:
    made = make(name="going-back", seed="empty")
    _write(app, "going-back", "Only Here")

    back = control.post("/sandboxes/going-back/reset").json()
    after_reset = _implementers(app, "going-back")
    other = control.post("/sandboxes/going-back/reset", json={"seed": "demo"}).json()
    again = control.post("/sandboxes/going-back/reset", json={}).json()

    assert (back["seed"], after_reset) == ("empty", [])
    assert other["seed"] == again["seed"] == "demo"
    assert back["created_at"] == again["created_at"] == made["created_at"]
    assert len(_implementers(app, "going-back")) == 2


def test_a_snapshot_is_what_the_sandbox_was_and_can_be_gone_back_to(
    app: Service, control: TestClient, make: Make
) -> None:
    make(name="kept")
    _write(app, "kept", "Before")
    control.patch("/sandboxes/kept/clock", json={"set_to": "2031-01-01T08:00:00Z"})
    control.patch("/sandboxes/kept/clock", json={"freeze": True})

    taken = control.post("/sandboxes/kept/snapshots", json={"name": "as-it-was"})
    _write(app, "kept", "After")
    control.post("/sandboxes/kept/reset", json={"seed": "demo"})
    copy = make(name="a-copy", seed=None, snapshot="as-it-was")
    back = control.post("/sandboxes/kept/reset", json={"snapshot": "as-it-was"}).json()
    _write(app, "kept", "Later")
    once_more = control.post("/sandboxes/kept/reset").json()

    assert taken.status_code == HTTPStatus.CREATED, taken.text
    assert taken.json()["sandbox"] == "kept"
    assert taken.json()["size_bytes"] > 100_000
    for world in (copy, back, once_more):
        assert (world["seed"], world["snapshot"]) == ("empty", "as-it-was")
        assert world["clock"]["frozen"]
        assert world["clock"]["now"].startswith("2031-01-01T08:00:0")
    assert _implementers(app, "kept") == _implementers(app, "a-copy") == ["Before"]
    (listed,) = control.get("/sandboxes/snapshots").json()
    assert listed["name"] == "as-it-was"


def test_a_deleted_snapshot_leaves_its_copies(
    app: Service, control: TestClient, make: Make
) -> None:
    make(name="original")
    control.post("/sandboxes/original/snapshots", json={"name": "soon-gone"})
    make(name="from-it", seed=None, snapshot="soon-gone")

    deleted = control.delete("/sandboxes/snapshots/soon-gone")
    reset = control.post("/sandboxes/from-it/reset")
    seeded = control.post("/sandboxes/from-it/reset", json={"seed": "empty"})

    assert deleted.status_code == HTTPStatus.NO_CONTENT
    assert reset.json()["type"] == "/problems/unknown_snapshot"
    assert seeded.status_code == HTTPStatus.OK
    assert control.get("/sandboxes/snapshots").json() == []


def test_a_renamed_sandbox_is_the_same_under_another_name(
    app: Service, control: TestClient, make: Make
) -> None:
    made = make(name="old-name")
    _write(app, "old-name", "Stays")

    renamed = control.patch("/sandboxes/old-name", json={"name": "new-name"})

    assert renamed.status_code == HTTPStatus.OK, renamed.text
    assert renamed.json()["base_url"].endswith("/s/new-name")
    assert renamed.json()["created_at"] == made["created_at"]
    assert _implementers(app, "new-name") == ["Stays"]
    assert control.get("/sandboxes/old-name").status_code == HTTPStatus.NOT_FOUND
    assert control.get("/s/old-name/health/ready").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize(
    ("method", "path", "body", "problem"),
    [
        ("POST", "", {"name": "taken"}, (409, "sandbox_exists")),
        ("POST", "", {"name": "snapshots"}, (422, "sandbox_name")),
        ("POST", "", {"name": "upload"}, (422, "sandbox_name")),
        ("POST", "", {"seed": "demo", "snapshot": "x"}, (422, "invalid")),
        ("POST", "", {"snapshot": "never-taken"}, (404, "unknown_snapshot")),
        ("POST", "", {"snapshot": "../worlds/default"}, (404, "unknown_snapshot")),
        ("POST", "", {"name": "a\x00b"}, (422, "invalid")),
        ("POST", "/taken/reset", {"seed": "no-such"}, (422, "unknown_seed")),
        ("POST", "/taken/reset", {"snapshot": "no-such"}, (404, "unknown_snapshot")),
        ("POST", "/nobody/reset", {}, (404, "unknown_sandbox")),
        ("POST", "/taken/snapshots", {"name": "No Name"}, (422, "sandbox_name")),
        ("POST", "/taken/snapshots", {}, (422, "invalid")),
        ("POST", "/nobody/snapshots", {"name": "fine"}, (404, "unknown_sandbox")),
        ("DELETE", "/snapshots/never-taken", None, (404, "unknown_snapshot")),
        ("DELETE", "/snapshots/%2e%2e", None, (404, "unknown_snapshot")),
        ("PATCH", "/taken", {"name": "default"}, (409, "sandbox_exists")),
        ("PATCH", "/taken", {"name": "No Name"}, (422, "sandbox_name")),
        ("PATCH", "/taken", {"name": "snapshots"}, (422, "sandbox_name")),
        ("PATCH", "/default", {"name": "fine"}, (409, "default_sandbox")),
        ("PATCH", "/nobody", {"name": "fine"}, (404, "unknown_sandbox")),
        ("GET", "/nobody/download", None, (404, "unknown_sandbox")),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    settings: Settings,
    control: TestClient,
    make: Make,
    method: str,
    path: str,
    body: object,
    problem: tuple[int, str],
) -> None:
    make(name="taken")
    before = _stored(settings)

    answer = control.request(method, f"/sandboxes{path}", json=body)

    assert (answer.status_code, answer.json()["type"]) == (problem[0], f"/problems/{problem[1]}")
    assert _stored(settings) == before


def test_a_snapshot_of_a_name_that_is_there_is_not_overwritten(
    app: Service, control: TestClient, make: Make
) -> None:
    make(name="twice")
    control.post("/sandboxes/twice/snapshots", json={"name": "same"})
    _write(app, "twice", "After")

    again = control.post("/sandboxes/twice/snapshots", json={"name": "same"})
    control.post("/sandboxes/twice/reset", json={"snapshot": "same"})

    assert again.json()["type"] == "/problems/snapshot_exists"
    assert _implementers(app, "twice") == []


def test_a_snapshot_is_taken_while_others_write_and_they_lose_nothing(
    app: Service, control: TestClient, make: Make
) -> None:
    make(name="busy")
    stop = Event()

    def keep_writing(writer: int) -> int:
        for number in count():
            if stop.is_set():
                return number
            _write(app, "busy", f"{writer}-{number}")
        return 0

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(keep_writing, writer) for writer in range(4)]
        taken = [
            control.post("/sandboxes/busy/snapshots", json={"name": f"busy-{number}"}).status_code
            for number in range(3)
        ]
        stop.set()
        written = sum(writer.result(timeout=30) for writer in writers)

    assert taken == [HTTPStatus.CREATED] * 3
    assert len(_implementers(app, "busy")) == written
    counts = []
    for number in range(3):
        make(name=f"of-busy-{number}", seed=None, snapshot=f"busy-{number}")
        counts.append(len(_implementers(app, f"of-busy-{number}")))
    assert counts == sorted(counts)
    assert counts[-1] <= written


def test_of_many_who_make_the_same_sandbox_one_does(control: TestClient, make: Make) -> None:
    def create(_: int) -> int:
        body = {"name": "wanted-by-many", "seed": "empty"}
        return control.post("/sandboxes", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(create, range(8)))

    assert answers == [HTTPStatus.CREATED, *[HTTPStatus.CONFLICT] * 7]


def test_there_are_as_many_sandboxes_and_snapshots_as_the_setting_allows(
    settings: Settings, tmp_path: Path
) -> None:
    few = settings.model_copy(
        update={
            "data_directory": tmp_path,
            "database_prefix": f"{settings.database_prefix}f",
            "most_sandboxes": 5,
        }
    )
    worlds = sandboxes_of(few)
    worlds.create("default", "empty")

    def create(number: int) -> bool:
        with suppress(Exception):
            worlds.create(f"one-of-many-{number}", "empty")
            return True
        return False

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(create, range(12)))
    with pytest.raises(Exception, match="as many"):
        worlds.take_snapshot("default", "one-too-many")
    names = worlds.names()
    worlds.delete(names[-1])
    worlds.take_snapshot("default", "fits-now")

    assert made == 4
    assert len(names) == 5
    _remove(worlds, few)


def test_a_sandbox_that_nobody_uses_expires_and_the_default_one_never(
    settings: Settings, make: Make, app: Service
) -> None:
    for name in ("long-unused", "just-used", "used-elsewhere"):
        make(name=name)
    store, worlds = store_of(settings), sandboxes_of(settings)
    long_ago = datetime.now(UTC) - timedelta(hours=3)  # noqa: TID251, real time is meant
    app.sandboxes.note_uses()
    for name in ("default", "long-unused", "just-used"):
        store.note({name: replace(worlds.origin(name), last_used_at=long_ago).note()})
    worlds.open("just-used")

    expired = worlds.expire(timedelta(hours=2))

    assert expired == ["long-unused"]
    assert {"default", "just-used", "used-elsewhere"} <= set(worlds.names())
    worlds.close()
    store.close()


@pytest.mark.parametrize("hours", [None, 2.0])
def test_only_the_setting_lets_unused_sandboxes_expire(
    settings: Settings, make: Make, app: Service, hours: float | None
) -> None:
    make(name="forgotten")
    store, worlds = store_of(settings), sandboxes_of(settings)
    long_ago = datetime.now(UTC) - timedelta(days=300)  # noqa: TID251, real time is meant
    store.note({"forgotten": Origin(seed="empty", last_used_at=long_ago).note()})

    put_in_order(settings.model_copy(update={"sandbox_idle_hours": hours}), worlds)

    assert ("forgotten" in worlds.names()) == (hours is None)
    worlds.close()
    store.close()


def test_a_sandbox_that_another_process_deletes_is_let_go_of(
    settings: Settings, make: Make, app: Service
) -> None:
    make(name="gone-elsewhere")
    database = app.sandboxes.open("gone-elsewhere").database
    elsewhere = sandboxes_of(settings)
    elsewhere.delete("gone-elsewhere")
    elsewhere.close()

    app.sandboxes.note_uses()

    assert "gone-elsewhere" not in {one.name for one in app.sandboxes.all_open()}
    with pytest.raises(GoneDatabaseError), database.read():
        pass


def test_when_a_sandbox_was_used_is_written_down_for_other_processes(
    settings: Settings, make: Make, app: Service, control: TestClient
) -> None:
    make(name="noted")
    elsewhere = sandboxes_of(settings)
    before = elsewhere.origin("noted")

    control.get("/s/noted/health/ready")
    app.sandboxes.note_uses()

    after = elsewhere.origin("noted")
    elsewhere.close()
    assert before.last_used_at
    assert after.last_used_at
    assert after.last_used_at > before.last_used_at
    assert after.created_at == before.created_at


def test_a_sandbox_that_rests_is_closed_and_opens_again_as_it_was(
    app: Service, control: TestClient, make: Make
) -> None:
    make(name="resting")
    control.patch("/sandboxes/resting/clock", json={"set_to": "2031-01-01T08:00:00Z"})
    held = app.sandboxes.open("resting").database

    app.sandboxes.let_rest(timedelta())

    assert "resting" not in {one.name for one in app.sandboxes.all_open()}
    # Who still has it in hand goes on.
    with held.write() as session:
        session.add(Implementer(name="Held", email="held@partner.example"))
    assert _implementers(app, "resting") == ["Held"]
    assert control.get("/sandboxes/resting/clock").json()["now"] > "2031"


def test_what_a_dead_process_was_making_is_removed_and_what_a_living_one_makes_is_not(
    settings: Settings,
) -> None:
    store, worlds = store_of(settings), sandboxes_of(settings)
    left = {"unfinished_dead", "unfinished_demo_fingerprint"}
    made_now = "unfinished_alive"
    for name in (*left, made_now):
        store.create(name)

    with store.alone(made_now):
        worlds.clean()

    assert store.names().isdisjoint(left)
    assert made_now in store.names()
    store.drop(made_now)
    worlds.close()
    store.close()


@pytest.mark.parametrize(
    ("what", "step"),
    [
        ("create", "copy"),
        ("create", "note"),
        ("create", "rename"),
        ("reset", "copy"),
        ("reset", "note"),
        ("reset", "replace"),
        ("snapshot", "copy_live"),
        ("snapshot", "note"),
        ("snapshot", "rename"),
        ("upload", "create"),
    ],
)
def test_what_fails_in_the_middle_leaves_everything_as_it_was(
    settings: Settings, make: Make, monkeypatch: pytest.MonkeyPatch, what: str, step: str
) -> None:
    make(name="whole", seed="demo")
    worlds = sandboxes_of(settings)
    before = _stored(settings)

    def fail(*_: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    calls: dict[str, Callable[[], object]] = {
        "create": lambda: worlds.create("never", "empty"),
        "reset": lambda: worlds.reset("whole", "empty"),
        "snapshot": lambda: worlds.take_snapshot("whole", "never"),
        "upload": lambda: worlds.upload("never", Path("nowhere")),
    }
    monkeypatch.setattr(worlds._store, step, fail)  # noqa: SLF001, where a disk may be full

    with pytest.raises(OSError, match="full"):
        calls[what]()

    assert _stored(settings) == before
    assert worlds.origin("whole").seed == "demo"
    with worlds.open("whole").database.read() as session:
        assert len(session.scalars(select(Implementer)).all()) == 2
    worlds.close()


def _remove(worlds: Sandboxes, settings: Settings) -> None:
    worlds.close()
    store = store_of(settings)
    for name in store.names():
        store.drop(name)
    store.close()
