"""SQLite on a disk that is full, read-only or damaged: said clearly, and nothing is half done."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from sqlalchemy import event, text
from starlette.testclient import TestClient

from app.database import Database
from app.main import Service, create_app
from app.settings import Settings
from tests.conftest import ADMIN_KEY, PREFIX, World, settings_for
from tests.factories import internal_tool, license_request, post_request, unit


@pytest.fixture(scope="module")
def settings(data: Path, request: pytest.FixtureRequest) -> Settings:
    ordinary = settings_for("sqlite", data, request, prefix=PREFIX)
    return ordinary.model_copy(update={"database_timeout": 1.0})


@pytest.fixture(scope="module")
def app(settings: Settings) -> Service:
    return create_app(settings)


@pytest.fixture(scope="module")
def control(app: Service) -> Iterator[TestClient]:
    with TestClient(
        app, base_url="http://localhost", headers={"Authorization": f"Bearer {ADMIN_KEY}"}
    ) as client:
        yield client


@contextmanager
def every_connection_is_told(database: Database, pragma: str, back: str) -> Iterator[None]:
    """Let SQLite behave as on such a disk, on each connection that is used meanwhile."""

    def tell(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    def tell_otherwise(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA {back}")  # type: ignore[attr-defined]

    event.listen(database.engine, "checkout", tell)
    event.listen(database.engine, "checkin", tell_otherwise)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", tell)
        event.remove(database.engine, "checkin", tell_otherwise)


def opened(database: Database) -> AbstractContextManager[sqlite3.Connection]:
    """Open the file as another process would."""
    file = str(database.engine.url.database)
    return closing(sqlite3.connect(file, uri=True, isolation_level=None))


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """Let every write beyond the first kilobytes of a file fail, as on a disk without room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_a_507_and_what_was_acknowledged_stays(world: World) -> None:
    client = internal_tool(world)
    large = license_request(*(unit(f"Enhet {number}") for number in range(200)))
    assert post_request(client, license_request()).status_code == HTTPStatus.CREATED
    with opened(world.database) as file:
        # What was deleted would leave room.
        file.execute("VACUUM")

    with every_connection_is_told(world.database, "max_page_count = 1", "max_page_count = 100000"):
        full = post_request(client, large)
        listed = client.get("/api/v1/license-requests").json()["license_requests"]

    assert full.status_code == HTTPStatus.INSUFFICIENT_STORAGE
    assert full.json()["type"] == "/problems/no_room"
    assert "retry-after" not in full.headers
    assert len(listed) == 1
    with world.database.read() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    assert post_request(client, large).status_code == HTTPStatus.CREATED


def test_a_disk_that_takes_nothing_is_a_503_and_can_be_read(world: World) -> None:
    client = internal_tool(world)

    with every_connection_is_told(world.database, "query_only = 1", "query_only = 0"):
        refused = post_request(client, license_request())
        page = world.browser().post("/login", data={"email": "elsa@skola.example"})
        read = client.get("/api/v1/license-requests")

    assert refused.status_code == page.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert refused.json()["type"] == "/problems/database_read_only"
    assert refused.headers["retry-after"] == "30"
    assert "support@binogi.se" in page.text
    assert read.is_success


def test_a_file_that_another_process_keeps_to_itself_is_a_503_in_time(world: World) -> None:
    client = internal_tool(world)

    with opened(world.database) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = post_request(client, license_request())

    assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert refused.json()["type"] == "/problems/database_busy"
    assert refused.headers["retry-after"] == "2"
    assert post_request(client, license_request()).status_code == HTTPStatus.CREATED


def test_a_damaged_file_is_said_to_be_damaged_and_harms_no_other(
    world: World, app: Service, control: TestClient, data: Path
) -> None:
    assert control.post("/sandboxes", json={"name": "damaged", "seed": "town"}).is_success
    app.sandboxes.let_rest(timedelta())
    file = data / "worlds" / "damaged.db"
    whole = file.read_bytes()

    file.write_bytes(whole[:100] + b"\xff" * 8192 + whole[8292:])
    damaged = control.get("/s/damaged/api/v1/license-requests")
    token = control.post("/s/damaged/oauth/access_token", data={})
    other = internal_tool(world).get("/api/v1/license-requests")

    assert damaged.status_code == token.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert damaged.json()["type"] == "/problems/database_damaged"
    assert token.json()["error"] == "server_error"
    assert "retry-after" not in damaged.headers
    assert other.is_success
    assert control.delete("/sandboxes/damaged").is_success


def test_what_finds_no_room_while_it_is_made_leaves_nothing_behind(
    world: World, control: TestClient, data: Path
) -> None:
    download = f"/sandboxes/{world.name}/download"
    whole = control.get(download).content
    upload = {"Content-Type": "application/vnd.sqlite3"}
    before = {file.name for file in (data / "worlds").iterdir()}

    with no_file_may_grow():
        answers = [
            control.post("/sandboxes", json={"name": "too-much", "seed": "town"}),
            control.post(f"/sandboxes/{world.name}/snapshots", json={"name": "too-much"}),
            control.post("/sandboxes/upload?name=too-much", content=whole, headers=upload),
            control.get(download),
        ]

    assert {answer.status_code for answer in answers} == {HTTPStatus.INSUFFICIENT_STORAGE}
    assert {answer.json()["type"] for answer in answers} == {"/problems/no_room"}
    assert {file.name for file in (data / "worlds").iterdir()} == before
    assert control.post("/sandboxes", json={"name": "too-much", "seed": "town"}).is_success
    assert control.delete("/sandboxes/too-much").is_success
