"""PostgreSQL gone, silent or slow: whoever asks is told so in time, and it goes on by itself."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.database import POOL_SIZE, Database
from app.driver_errors import refusal_of
from app.errors import BusyError, OutOfReachError
from app.main import create_app
from app.partner.demo import DEMO_API_KEY
from app.patience import waiting_at_most
from app.postgresql_connections import circuit_of
from tests.conftest import PREFIX, settings_for
from tests.proxies import Proxy, proxy_to

# Each asks the database in another company, and is answered in another shape.
SHAPES = {
    "partner": ("GET", "/api/v1/license-requests", {"Authorization": f"Bearer {DEMO_API_KEY}"}),
    "oauth": ("POST", "/oauth/access_token", {}),
    "skolon": ("GET", "/v2/partner/school", {"Authorization": "Bearer of-nobody"}),
    "page": ("GET", "/console", {"Accept": "text/html", "Cookie": "console_session=of-nobody"}),
}
FORM = {
    "grant_type": "authorization_code",
    "code": "unknown",
    "redirect_uri": "http://localhost/sso/callback",
    "client_id": "skolonmockdemoclient000000000001",
    "client_secret": "skolonmock-demo-secret-not-for-production",
}


@pytest.fixture(scope="module")
def way(postgresql_url: str) -> Iterator[Proxy]:
    with proxy_to(postgresql_url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def service(
    way: Proxy, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("reach")
    settings = settings_for("postgresql", folder, request, prefix=PREFIX).model_copy(
        update={"database_url": SecretStr(way.url), "database_timeout": 1.0}
    )
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        yield client


@pytest.fixture
def database(way: Proxy) -> Iterator[Database]:
    way.open()
    database = Database(way.url)
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS counters (id int PRIMARY KEY, n int)"))
        connection.execute(text("TRUNCATE counters"))
        connection.execute(text("INSERT INTO counters VALUES (1, 0), (2, 0)"))
    yield database
    database.close()


def ask(service: TestClient, shape: str) -> tuple[int, str, str]:
    method, path, headers = SHAPES[shape]
    answer = service.request(method, path, headers=headers, data=FORM if method == "POST" else None)
    return answer.status_code, answer.headers.get("retry-after", ""), answer.text


def ask_everything_at_once(service: TestClient, times: int) -> list[tuple[int, str, str]]:
    with ThreadPoolExecutor(times * len(SHAPES)) as people:
        return list(people.map(lambda shape: ask(service, shape), [*SHAPES] * times))


def is_ready(service: TestClient) -> bool:
    return service.get("/health/ready").is_success


def wait_until_ready(service: TestClient) -> None:
    """Ask until it is; a server that was gone is asked again after a second."""
    for _ in range(200):
        if is_ready(service):
            return
        threading.Event().wait(0.05)
    pytest.fail("it did not come back")


def test_a_server_that_is_gone_is_a_503_in_every_shape_until_it_is_back(
    service: TestClient, way: Proxy
) -> None:
    before = {shape: ask(service, shape)[0] for shape in SHAPES}

    way.close()
    gone = {shape: ask(service, shape) for shape in SHAPES}
    health = service.get("/health/live"), service.get("/health/ready")
    style = service.get("/static/style.css")
    way.open()
    wait_until_ready(service)

    assert HTTPStatus.SERVICE_UNAVAILABLE not in before.values()
    assert {answer[:2] for answer in gone.values()} == {(HTTPStatus.SERVICE_UNAVAILABLE, "2")}
    assert "/problems/database_out_of_reach" in gone["partner"][2]
    assert '"error":"temporarily_unavailable"' in gone["oauth"][2]
    assert '"error":"database_out_of_reach"' in gone["skolon"][2]
    assert "Binogi" in gone["page"][2]
    assert "support@binogi.se" in gone["page"][2]
    assert [answer.status_code for answer in health] == [200, HTTPStatus.SERVICE_UNAVAILABLE]
    assert style.is_success
    assert {shape: ask(service, shape)[0] for shape in SHAPES} == before


def test_a_silent_server_holds_no_thread_for_longer_than_a_request_may_wait(
    service: TestClient, way: Proxy
) -> None:
    before = {ask(service, shape)[0] for shape in SHAPES}
    ask_everything_at_once(service, POOL_SIZE // len(SHAPES))

    way.block()
    silent = ask_everything_at_once(service, 2 * POOL_SIZE // len(SHAPES))
    health = service.get("/health/live"), service.get("/health/ready")
    way.open()
    wait_until_ready(service)

    assert {answer[:2] for answer in silent} == {(HTTPStatus.SERVICE_UNAVAILABLE, "2")}
    assert [answer.status_code for answer in health] == [200, HTTPStatus.SERVICE_UNAVAILABLE]
    again = ask_everything_at_once(service, POOL_SIZE // len(SHAPES))
    assert {answer[0] for answer in again} == before


def test_connections_that_were_cut_while_nobody_used_them_fail_no_request(
    service: TestClient, way: Proxy
) -> None:
    before = {shape: ask(service, shape)[0] for shape in SHAPES}

    way.cut()

    assert {shape: ask(service, shape)[0] for shape in SHAPES} == before


def test_a_server_that_is_known_to_be_gone_is_not_asked_by_everybody() -> None:
    circuit = circuit_of("nowhere.example", uuid4().hex)
    attempts: list[str] = []

    def attempt() -> None:
        attempts.append("")
        raise psycopg.OperationalError

    for _ in range(5):
        with pytest.raises(psycopg.OperationalError):
            circuit.connect(attempt, "world")

    assert len(attempts) == 1


def test_a_statement_is_called_off_when_the_request_has_waited_long_enough(
    database: Database,
) -> None:
    with database.engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))

    with (
        pytest.raises(DBAPIError) as slow,
        waiting_at_most(0.3),
        database.read() as session,
    ):
        session.execute(text("SELECT pg_sleep(60)"))

    assert isinstance(refusal_of(slow.value), BusyError)
    with database.read() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == backend


def test_waiting_in_vain_for_notifications_is_no_outage(database: Database) -> None:
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("LISTEN nothing_is_told")

        assert list(driver.notifies(timeout=0.01)) == []
        assert connection.scalar(text("SELECT 1")) == 1


def test_what_goes_on_when_the_connection_breaks_is_not_done(
    database: Database, way: Proxy
) -> None:
    def count_and_be_cut_off(session: Session) -> None:
        session.execute(text("UPDATE counters SET n = 1"))
        way.cut()

    with pytest.raises(OperationalError) as broken:
        database.transact(count_and_be_cut_off)

    assert isinstance(refusal_of(broken.value), OutOfReachError)
    with database.read() as session:
        assert session.scalar(text("SELECT sum(n) FROM counters")) == 0


def test_two_that_wait_for_each_other_both_get_through(database: Database) -> None:
    both_have_one = threading.Barrier(2)
    begun: list[int] = []

    def count_up(first: int) -> None:
        def work(session: Session) -> None:
            is_first_attempt = first not in begun
            begun.append(first)
            for row in (first, 3 - first):
                session.execute(text("UPDATE counters SET n = n + 1 WHERE id = :id"), {"id": row})
                if is_first_attempt and row == first:
                    both_have_one.wait(30)

        database.transact(work)

    with ThreadPoolExecutor(2) as two:
        list(two.map(count_up, (1, 2)))

    # One of them at least was ended, and began again.
    assert len(begun) > 2
    with database.read() as session:
        assert list(session.scalars(text("SELECT n FROM counters"))) == [2, 2]
