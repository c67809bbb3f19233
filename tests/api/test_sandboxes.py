"""Sandboxes: isolated, resettable, each with its own clock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError
from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from alembic import command
from alembic.config import Config
from psycopg import OperationalError as DriverError
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.database import GoneDatabaseError
from app.main import Service
from app.partner.models import Implementer
from app.sandboxes import migrations, postgresql_databases
from app.sandboxes.postgresql_databases import PostgresqlDatabases
from tests.conftest import World


def test_a_sandbox_is_reached_under_its_name_and_by_no_other(
    world: World, control: TestClient
) -> None:
    assert world.client().get("/health/ready").status_code == HTTPStatus.OK
    assert control.get("/s/nobody/health/ready").status_code == HTTPStatus.NOT_FOUND
    assert control.get("/s/No_Name/health/ready").status_code == HTTPStatus.NOT_FOUND


def test_what_is_written_in_one_sandbox_is_not_in_another(
    world: World, control: TestClient, app: Service
) -> None:
    with world.database.write() as session:
        session.add(Implementer(name="Only Here", email="only.here@partner.example"))

    control.post("/sandboxes", json={"name": "the-other"})

    with app.sandboxes.open("the-other").database.read() as session:
        names = session.scalars(select(Implementer.name)).all()
    assert "Only Here" not in names
    assert names
    control.delete("/sandboxes/the-other")


def test_a_reset_sandbox_is_as_it_was_made(world: World, control: TestClient, app: Service) -> None:
    with world.database.write() as session:
        session.add(Implementer(name="Only Here", email="only.here@partner.example"))
    world.move_clock(advance_by="P30D")

    answer = control.post(f"/sandboxes/{world.name}/reset")

    assert answer.status_code == HTTPStatus.OK
    with app.sandboxes.open(world.name).database.read() as session:
        assert "Only Here" not in session.scalars(select(Implementer.name)).all()
    assert answer.json()["clock"]["now"] < "2100"
    assert answer.json()["clock"]["frozen"] is False


def test_an_empty_sandbox_holds_nothing(control: TestClient, app: Service) -> None:
    control.post("/sandboxes", json={"name": "empty-one", "seed": "empty"})

    with app.sandboxes.open("empty-one").database.read() as session:
        assert session.scalar(select(func.count()).select_from(Implementer)) == 0
    control.delete("/sandboxes/empty-one")


def test_a_clock_is_frozen_moved_and_resumed(world: World, control: TestClient) -> None:
    address = f"/sandboxes/{world.name}/clock"
    world.move_clock(freeze=True)
    before = control.get(address).json()

    world.move_clock(set_to="2031-01-01T08:00:00Z")
    moved = control.get(address).json()
    again = control.get(address).json()
    world.move_clock(resume=True)

    assert before["frozen"]
    assert moved == again == {"now": "2031-01-01T08:00:00Z", "frozen": True}
    assert control.get(address).json()["frozen"] is False
    later = datetime.fromisoformat(control.get(address).json()["now"])
    assert later >= datetime(2031, 1, 1, 8, tzinfo=UTC)


def test_a_clock_goes_back_only_when_asked_to(world: World, control: TestClient) -> None:
    address = f"/sandboxes/{world.name}/clock"
    refused = control.patch(address, json={"advance_by": "-P1D"})
    allowed = control.patch(address, json={"advance_by": "-P1D", "allow_backwards": True})

    assert refused.status_code == HTTPStatus.CONFLICT
    assert refused.json()["type"] == "/problems/clock_goes_backwards"
    assert allowed.status_code == HTTPStatus.OK


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "Stor Bokstav"}, 422),
        ({"name": "../../etc/passwd"}, 422),
        ({"name": "a" * 41}, 422),
        ({"name": ""}, 422),
        ({"name": "fine", "seed": "nothing-like-it"}, 422),
        ({"name": "default"}, 409),
        ({"name": "fine", "surprise": 1}, 422),
    ],
)
def test_a_sandbox_that_cannot_be_is_refused(
    control: TestClient, app: Service, body: dict[str, object], status: int
) -> None:
    before = app.sandboxes.names()

    assert control.post("/sandboxes", json=body).status_code == status
    assert app.sandboxes.names() == before


def test_the_default_sandbox_cannot_be_deleted(control: TestClient) -> None:
    assert control.delete("/sandboxes/default").status_code == HTTPStatus.CONFLICT
    assert control.delete("/sandboxes/nobody").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("key", [None, "Bearer wrong", "Basic x", "Bearer "])
def test_sandboxes_are_managed_with_the_admin_key_only(app: Service, key: str | None) -> None:
    stranger = TestClient(app, base_url="http://localhost")

    answer = stranger.get("/sandboxes", headers={"Authorization": key} if key else {})

    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_another_site_cannot_make_a_browser_manage_sandboxes(control: TestClient) -> None:
    answer = control.post(
        "/sandboxes", json={"name": "lured"}, headers={"Origin": "https://evil.example"}
    )

    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_a_sandbox_of_an_earlier_version_is_brought_up_to_date_and_keeps_its_rows(
    world: World,
) -> None:
    config = Config(migrations.MIGRATIONS.parent / "alembic.ini")
    with migrations.migrating(world.database) as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")
    assert not migrations.is_up_to_date(world.database)

    migrations.bring_up_to_date(world.database)

    assert migrations.is_up_to_date(world.database)
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Implementer)) == 2


@pytest.mark.parametrize("how", ["reset", "delete"])
def test_a_database_is_replaced_only_after_whoever_is_in_it_has_left(
    control: TestClient, app: Service, how: str
) -> None:
    control.post("/sandboxes", json={"name": "going"})
    database = app.sandboxes.open("going").database

    def go() -> int:
        path = "/sandboxes/going"
        answer = control.post(f"{path}/reset") if how == "reset" else control.delete(path)
        return answer.status_code

    def come_until(is_over: Callable[[], bool]) -> None:
        while not is_over():
            with database.read():
                pass

    with ThreadPoolExecutor(1) as elsewhere:
        with database.write() as session:
            session.add(Implementer(name="In Time", email="in.time@partner.example"))
            session.flush()
            going = elsewhere.submit(go)
            # Soon nobody else gets in any more.
            with pytest.raises(GoneDatabaseError):
                come_until(going.done)
            with pytest.raises(StillWaitingError):
                going.result(timeout=0.3)
        status = going.result(timeout=20)

    assert status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}
    assert ("going" in app.sandboxes.names()) == (how == "reset")
    if how == "reset":
        with app.sandboxes.open("going").database.read() as session:
            assert "In Time" not in session.scalars(select(Implementer.name)).all()
        control.delete("/sandboxes/going")


def test_what_is_read_in_one_transaction_is_of_one_moment(world: World) -> None:
    def implementers(session: Session) -> int:
        return session.scalar(select(func.count()).select_from(Implementer)) or 0

    with world.database.read() as reading:
        before = implementers(reading)
        with world.database.write() as session:
            session.add(Implementer(name="Ny", email="ny@partner.example"))
        meanwhile = implementers(reading)
    with world.database.read() as reading:
        after = implementers(reading)

    assert (meanwhile, after) == (before, before + 1)


def test_sandboxes_are_listed_while_another_process_drops_one(
    world: World, control: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("the folder of a SQLite store is one process's")
    # A database that was found a moment ago, and is gone by the time its size is asked for.
    asked = iter(["pg_database_size(1::oid)"])

    class Size:
        def __format__(self, _spec: str) -> str:
            return next(asked, "coalesce(pg_database_size(oid), 0)")

    monkeypatch.setattr(postgresql_databases, "_SIZE", Size())

    answer = control.get("/sandboxes")

    assert next(asked, None) is None
    assert answer.status_code == HTTPStatus.OK, answer.text
    assert world.name in {sandbox["name"] for sandbox in answer.json()}


def test_a_sandbox_whose_deletion_is_cut_off_is_gone_all_the_same(
    world: World, control: TestClient, app: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("a file is removed in one step")

    def die(*_: object) -> None:
        raise OperationalError("DROP", None, DriverError())

    with monkeypatch.context() as patched:
        patched.setattr(PostgresqlDatabases, "_drop", die)
        cut_off = control.delete(f"/sandboxes/{world.name}")
    listed = {sandbox["name"] for sandbox in control.get("/sandboxes").json()}
    again = control.post("/sandboxes", json={"name": world.name, "seed": "empty"})
    left = _put_aside(world)
    app.sandboxes.clean()

    assert cut_off.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert world.name not in listed
    assert again.status_code == HTTPStatus.CREATED, again.text
    assert left
    assert not _put_aside(world) & left


def _put_aside(world: World) -> set[str]:
    """Return the databases that the next start removes."""
    aside = text("SELECT datname FROM pg_database WHERE datname LIKE '%-unfinished!_%' ESCAPE '!'")
    with world.app.sandboxes.open(world.name).database.read() as session:
        return set(session.scalars(aside))
