"""Several processes on one PostgreSQL, any request to any of them: here two services in one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest
from starlette.testclient import TestClient

from app.main import Service, create_app
from app.sandboxes.signing_key import signing_key
from app.settings import Mode, Settings
from tests.conftest import ADMIN_KEY, PREFIX, settings_for

_numbers = count(1)


@dataclass(slots=True)
class Replica:
    """One of the services, and a program that steers it."""

    app: Service
    control: TestClient


def _replica(settings: Settings) -> Replica:
    app = create_app(settings)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    return Replica(app, TestClient(app, base_url="http://localhost", headers=headers))


@pytest.fixture(scope="module")
def replicas(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Replica, Replica]]:
    """Two that share a server and nothing else, each with a folder of its own."""
    one, other = (
        _replica(settings_for("postgresql", tmp_path_factory.mktemp(name), request, prefix=PREFIX))
        for name in ("one", "other")
    )
    with one.control, other.control:
        yield one, other


@pytest.fixture
def name(replicas: tuple[Replica, Replica]) -> Iterator[str]:
    """A sandbox that both know."""
    one, other = replicas
    made = f"shared-{next(_numbers)}"
    assert one.control.post("/sandboxes", json={"name": made, "seed": "empty"}).is_success
    assert other.control.get(f"/sandboxes/{made}").is_success
    yield made
    one.control.delete(f"/sandboxes/{made}")


def test_a_first_start_at_once_makes_one_world_and_one_key(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    settings = settings_for("postgresql", tmp_path, request).model_copy(
        update={"mode": Mode.PRODUCTION}
    )
    together = Barrier(2)

    def start(folder: str) -> str:
        own = settings.model_copy(update={"data_directory": tmp_path / folder})
        together.wait(10)
        replica = _replica(own)
        with replica.control:
            assert replica.control.get("/health/ready").is_success
        return signing_key(own).get_secret_value()

    with ThreadPoolExecutor(2) as threads:
        keys = list(threads.map(start, ["one", "other"]))

    assert keys[0] == keys[1]
    assert len(keys[0]) > 32


def test_of_those_who_make_a_sandbox_of_one_name_at_once_one_does(
    replicas: tuple[Replica, Replica],
) -> None:
    wanted = f"wanted-{next(_numbers)}"
    together = Barrier(4)

    def make(replica: Replica) -> int:
        together.wait(10)
        answer = replica.control.post("/sandboxes", json={"name": wanted, "seed": "empty"})
        return answer.status_code

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(make, replicas * 2))
    replicas[0].control.delete(f"/sandboxes/{wanted}")

    assert statuses == [HTTPStatus.CREATED, *[HTTPStatus.CONFLICT] * 3]
