"""Each test gets a world of its own, on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from starlette.testclient import TestClient

from app.database import Database
from app.main import Service, create_app
from app.partner.models import Account, AccountEvent, CompletedLesson, Identity
from app.settings import Settings
from tests.stores import postgresql_server

ADMIN_KEY = "key-of-these-tests"
_numbers = count(1)


@dataclass(slots=True)
class World:
    """One sandbox: browsers to walk it with, and its database to look into."""

    name: str
    app: Service
    control: TestClient
    database: Database

    def browser(self) -> TestClient:
        """Return a new browser: own cookies, asks for pages, does not follow redirects."""
        return self.client(headers={"Accept": "text/html"})

    def client(self, headers: dict[str, str] | None = None) -> TestClient:
        """Return a new program that calls this sandbox; it does not follow redirects."""
        return TestClient(
            self.app,
            base_url=f"http://localhost/s/{self.name}",
            headers=headers,
            follow_redirects=False,
        )

    def move_clock(self, **change: object) -> None:
        """Change this sandbox's clock, for example `advance_by="P5D"`."""
        answer = self.control.patch(f"/sandboxes/{self.name}/clock", json=change)
        assert answer.is_success, answer.text


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql_server() as url:
        yield url


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, data: Path) -> Settings:
    # The same for each file of tests: what sandboxes are copied from is made once a store.
    return settings_for(request.param, data, request, prefix=PREFIX)


def settings_for(
    store: str, folder: Path, request: pytest.FixtureRequest, *, prefix: str | None = None
) -> Settings:
    url = request.getfixturevalue("postgresql_url") if store == "postgresql" else None
    return Settings(
        data_directory=folder,
        database_url=SecretStr(url) if url else None,
        database_prefix=prefix or _prefix(),
        admin_key=SecretStr(ADMIN_KEY),
        log_level="error",
    )


def _prefix() -> str:
    """Return a name that no developer's own databases have, should the server be a shared one."""
    return f"test_{uuid4().hex[:8]}"


PREFIX = _prefix()


@pytest.fixture(scope="session")
def app(settings: Settings) -> Service:
    return create_app(settings)


@pytest.fixture(scope="session")
def control(app: Service) -> Iterator[TestClient]:
    """The control plane of the running service, with the admin key."""
    with TestClient(
        app, base_url="http://localhost", headers={"Authorization": f"Bearer {ADMIN_KEY}"}
    ) as client:
        # It may be what another file of tests left behind.
        assert client.post("/sandboxes/default/reset", json={"seed": "demo"}).is_success
        yield client


@pytest.fixture
def world(app: Service, control: TestClient) -> Iterator[World]:
    """A fresh sandbox with the demo schools in it; nobody has a license or an account yet."""
    name = f"test-{next(_numbers)}"
    made = control.post("/sandboxes", json={"name": name, "seed": "town"})
    assert made.status_code == 201, made.text
    database = app.sandboxes.open(name).database
    with database.write() as session:
        # The demo's accounts of before Skolon would be counted everywhere.
        for table in (CompletedLesson, AccountEvent, Identity, Account):
            session.execute(delete(table))
    yield World(name, app, control, database)
    control.delete(f"/sandboxes/{name}")
