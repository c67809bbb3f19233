"""A sandbox as one file: carried between stores, and refused when it is anything else."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from starlette.testclient import TestClient

from app.database import Database
from app.main import Service, create_app
from app.partner.models import Account, Implementer
from app.sandboxes import migrations
from app.sandboxes.api import FILE_TYPE
from app.seeds import every_table
from app.settings import Settings
from app.skolon.domain.webhooks import WebhookKind, WebhookState
from app.skolon.models import Tool, Webhook
from tests.conftest import ADMIN_KEY, World, settings_for
from tests.factories import license_school, log_in

HEADERS = {"Content-Type": FILE_TYPE}


def _upload(client: TestClient, content: bytes, name: str = "uploaded") -> tuple[int, str]:
    answer = client.post(f"/sandboxes/upload?name={name}", content=content, headers=HEADERS)
    return answer.status_code, answer.json().get("type", "")


def _rows(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in every_table().tables.items()
        }


def _installation(settings: Settings) -> tuple[Service, TestClient]:
    """Return one whose default world is empty, so that it is there at once."""
    service = create_app(settings)
    service.sandboxes.create("default", "empty")
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    return service, TestClient(service, base_url="http://localhost", headers=headers)


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_downloaded_sandbox_goes_on_in_an_installation_on_either_store(
    world: World, request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    license_school(world, "Ekbackaskolan")
    assert log_in(world.browser(), "elsa").status_code == HTTPStatus.SEE_OTHER
    _merge_two_accounts(world.database)
    rows = _rows(world.database)
    service, client = _installation(settings_for(store, tmp_path, request))

    downloaded = world.control.get(f"/sandboxes/{world.name}/download")
    answer = client.post(
        "/sandboxes/upload?name=arrived", content=downloaded.content, headers=HEADERS
    )

    assert answer.status_code == HTTPStatus.CREATED, answer.text
    assert (answer.json()["seed"], answer.json()["credentials"]) == (None, None)
    arrived = World("arrived", service, client, service.sandboxes.open("arrived").database)
    assert migrations.is_up_to_date(arrived.database)
    # The journal goes on meanwhile.
    assert _rows(arrived.database).items() >= {
        (name, count) for name, count in rows.items() if not name.startswith("sandbox_")
    }
    assert sum(count > 0 for count in rows.values()) > 30
    with arrived.database.read() as session:
        assert session.scalar(select(Account.id).where(Account.merged_into_id.is_not(None)))
    # New rows find their numbers and their neighbors.
    assert log_in(arrived.browser(), "elsa").status_code == HTTPStatus.SEE_OTHER
    assert log_in(arrived.browser(), "maja").status_code == HTTPStatus.SEE_OTHER
    assert client.post("/sandboxes/arrived/reset").json()["type"] == "/problems/no_origin"
    assert client.post("/sandboxes/arrived/reset", json={"seed": "empty"}).is_success
    service.sandboxes.delete("arrived")
    service.sandboxes.close()


def _merge_two_accounts(database: Database) -> None:
    """Let the first account in the table refer to the last one."""
    with database.write() as session:
        kept = session.scalars(select(Account)).first()
        assert kept is not None
        columns = {
            column.key: getattr(kept, column.key)
            for column in Account.__table__.columns
            if column.key not in {"id", "match_key"}
        }
        session.add(Account(**columns | {"id": UUID(int=0), "merged_into_id": kept.id}))


@pytest.fixture(scope="module")
def here(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[Service, TestClient]]:
    folder = tmp_path_factory.mktemp("here")
    service, client = _installation(settings_for("sqlite", folder, request))
    yield service, client
    service.sandboxes.close()


@pytest.fixture(scope="module")
def downloaded(here: tuple[Service, TestClient], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a small world in which there are values of every kind."""
    service, client = here
    with service.sandboxes.create("small", "empty").database.write() as session:
        session.add(Implementer(name="Kim Lundqvist", email="kim@partner.example"))
        tool = Tool(name="Tool", client_id="tool", secret_hash="-", launch_url="/")
        session.add(tool)
        session.flush()
        session.add(
            Webhook(
                tool_id=tool.id,
                kind=WebhookKind.DATA_EDITS,
                body="{}",
                made_at=datetime(2026, 11, 24, tzinfo=UTC),
                state=WebhookState.DELIVERED,
            )
        )
    answer = client.get("/sandboxes/small/download")
    assert answer.status_code == HTTPStatus.OK
    assert answer.headers["content-type"] == FILE_TYPE
    assert 'filename="small.db"' in answer.headers["content-disposition"]
    file = tmp_path_factory.mktemp("downloaded") / "small.db"
    file.write_bytes(answer.content)
    return file


@pytest.fixture
def copy(downloaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(downloaded, tmp_path / "copy.db"))


def test_an_untouched_file_is_taken(here: tuple[Service, TestClient], downloaded: Path) -> None:
    service, client = here

    assert _upload(client, downloaded.read_bytes()) == (HTTPStatus.CREATED, "")

    with service.sandboxes.open("uploaded").database.read() as session:
        assert session.scalars(select(Implementer.name)).all() == ["Kim Lundqvist"]
    client.delete("/sandboxes/uploaded")


def test_a_file_of_an_earlier_version_is_brought_up_to_date(
    here: tuple[Service, TestClient], tmp_path: Path
) -> None:
    service, client = here
    database = Database(f"sqlite:///{tmp_path / 'earlier.db'}")
    migrations.migrate(database, "head-1")
    with database.write() as session:
        session.execute(
            text("INSERT INTO implementers VALUES (:id, 'Kim', 'kim@partner.example')"),
            {"id": UUID(int=1).hex},
        )
    migrations.settle(database)
    database.close()

    taken = _upload(client, (tmp_path / "earlier.db").read_bytes())

    assert taken == (HTTPStatus.CREATED, "")
    uploaded = service.sandboxes.open("uploaded").database
    assert migrations.is_up_to_date(uploaded)
    assert _rows(uploaded)["implementers"] == 1
    client.delete("/sandboxes/uploaded")


# What somebody may do to a file before sending it, and what the answer says of it.
HOSTILE: dict[str, str] = {
    "a newer version": "UPDATE alembic_version SET version_num = 'fffffffffff0'",
    "no version": "DELETE FROM alembic_version",
    "no table of versions": "DROP TABLE alembic_version",
    "a view of versions": """DROP TABLE alembic_version; CREATE VIEW alembic_version AS
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT max(i) AS version_num FROM n""",
    "a trigger": """CREATE TRIGGER t AFTER INSERT ON implementers
        BEGIN DELETE FROM implementers; END""",
    "a view": "CREATE VIEW v AS SELECT * FROM implementers",
    "a table too many": "CREATE TABLE surplus (id INTEGER)",
    "a table too few": "DROP TABLE sandbox_journal",
    "a column too many": "ALTER TABLE implementers ADD COLUMN more VARCHAR",
    "a computed column": """ALTER TABLE implementers
        ADD COLUMN more GENERATED ALWAYS AS (zeroblob(1000000000))""",
    "a view for a table": """DROP TABLE sandbox_journal;
        CREATE VIEW sandbox_journal AS SELECT * FROM implementers""",
    "an index of its own": "CREATE INDEX own ON implementers (abs(id))",
    "a virtual table": "CREATE VIRTUAL TABLE v USING fts5(text)",
    "a row without its parent": """PRAGMA foreign_keys = OFF;
        UPDATE skolon_webhooks SET tool_id = '00000000000000000000000000000000'""",
    "text for a time": "UPDATE skolon_webhooks SET made_at = 'yesterday'",
    "bytes for text": "UPDATE implementers SET name = x'00ff'",
    "text that is no UTF-8": "UPDATE implementers SET name = CAST(x'ff41' AS TEXT)",
    "a state that is not": """PRAGMA ignore_check_constraints = ON;
        UPDATE skolon_webhooks SET state = 'unheard of'""",
    "text for a number": "UPDATE skolon_webhooks SET failures = 'many'",
    "a number for an id": "UPDATE implementers SET id = 7.5",
    "a huge value": "UPDATE implementers SET name = CAST(zeroblob(5000000) AS TEXT)",
}


@pytest.mark.parametrize("what", list(HOSTILE))
def test_a_file_that_is_no_sandbox_is_refused_and_leaves_nothing(
    here: tuple[Service, TestClient], copy: Path, what: str
) -> None:
    service, client = here
    with closing(sqlite3.connect(copy)) as file:
        file.executescript(HOSTILE[what])
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = _stored(service)

    assert _upload(client, copy.read_bytes()) == (422, "/problems/not_a_sandbox")
    assert _stored(service) == before


def _stored(service: Service) -> set[str]:
    """Name everything in the store, also what was never finished."""
    return service.sandboxes._store.names()  # noqa: SLF001, nobody else tells


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda _: b"SQLite format 3\x00", id="only the header"),
        pytest.param(lambda _: b"PK\x03\x04" + bytes(1000), id="another format"),
        pytest.param(lambda _: os.urandom(100_000), id="noise"),
        pytest.param(lambda content: content[: len(content) // 2], id="half of it"),
        pytest.param(lambda content: content[:4096] + content[8192:], id="a page too few"),
        pytest.param(
            lambda content: content[:100_000] + os.urandom(1_000_000) + content[1_100_000:],
            id="noise within",
        ),
    ],
)
def test_a_broken_file_is_refused(
    here: tuple[Service, TestClient], downloaded: Path, change: Callable[[bytes], bytes]
) -> None:
    service, client = here
    before = _stored(service)

    assert _upload(client, change(downloaded.read_bytes())) == (422, "/problems/not_a_sandbox")
    assert _stored(service) == before


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("default", (409, "/problems/sandbox_exists")),
        ("No%20Name", (422, "/problems/sandbox_name")),
        ("upload", (422, "/problems/sandbox_name")),
        ("x%00y", (422, "/problems/invalid")),
    ],
)
def test_an_upload_needs_a_name_that_is_free(
    here: tuple[Service, TestClient], downloaded: Path, name: str, problem: tuple[int, str]
) -> None:
    assert _upload(here[1], downloaded.read_bytes(), name) == problem


def test_an_upload_says_its_type_which_no_form_of_another_site_can(
    here: tuple[Service, TestClient],
) -> None:
    answers = [
        here[1].post("/sandboxes/upload", content=b"x", headers=headers).status_code
        for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "multipart/form-data"})
    ]

    assert answers == [HTTPStatus.UNSUPPORTED_MEDIA_TYPE] * 3


@pytest.mark.parametrize("announced", [True, False])
def test_an_upload_may_be_larger_than_other_bodies_and_not_without_end(
    request: pytest.FixtureRequest, tmp_path: Path, announced: bool
) -> None:
    settings = settings_for("sqlite", tmp_path, request)
    service, client = _installation(settings.model_copy(update={"max_upload_bytes": 3_000_000}))

    def parts(size: int) -> Iterator[bytes]:
        for _ in range(size // 100_000):
            yield bytes(100_000)

    def status(path: str, size: int) -> int:
        content = bytes(size) if announced else parts(size)
        return client.post(path, content=content, headers=HEADERS).status_code

    assert status("/sandboxes/upload", 2_000_000) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert status("/sandboxes/upload", 4_000_000) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert status("/sandboxes", 2_000_000) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert len(service.sandboxes.names()) == 1
    service.sandboxes.close()
