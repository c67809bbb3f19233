"""Several processes on one PostgreSQL, any request to any of them: here two services in one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import NullPool, create_engine, text
from starlette.testclient import TestClient

from app.main import Service, create_app
from app.sandboxes.journal import Filters
from app.sandboxes.signing_key import signing_key
from app.settings import Mode, Settings
from tests.api.test_journal_keeping import exchange
from tests.conftest import ADMIN_KEY, PREFIX, settings_for
from tests.contract.receiver import wait_until

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


def test_a_clock_set_at_one_is_what_the_next_request_at_another_goes_by(
    replicas: tuple[Replica, Replica], name: str
) -> None:
    one, other = replicas
    clock = f"/sandboxes/{name}/clock"

    one.control.patch(clock, json={"freeze": True})
    for day, replica in enumerate(replicas * 5, start=1):
        instant = f"2030-01-{day:02}T08:00:00Z"
        assert replica.control.patch(clock, json={"set_to": instant}).is_success
        told = [each.control.get(clock).json()["now"] for each in (one, other)]
        assert told == [instant, instant]


def test_many_who_move_the_clock_at_once_see_at_another_what_they_were_told(
    replicas: tuple[Replica, Replica], name: str
) -> None:
    clock = f"/sandboxes/{name}/clock"
    replicas[0].control.patch(clock, json={"freeze": True})

    def move(turn: int) -> bool:
        at, other = replicas[turn % 2].control, replicas[1 - turn % 2].control
        told = at.patch(clock, json={"advance_by": "PT1H"}).json()["now"]
        return bool(other.get(clock).json()["now"] >= told)

    with ThreadPoolExecutor(16) as threads:
        seen = list(threads.map(move, range(32)))

    assert all(seen)


def test_a_fault_and_an_answer_made_at_one_befall_the_next_call_at_another(
    replicas: tuple[Replica, Replica], name: str
) -> None:
    one, other = replicas
    fault = {"kind": "status", "status": 418, "count": 1, "path": "/v2/partner/school"}
    scripted = {"path": "/v2/partner/license", "status": 299}

    one.control.post(f"/sandboxes/{name}/faults", json=fault)
    one.control.post(f"/sandboxes/{name}/answers", json=scripted)
    statuses = [
        replica.control.get(f"/s/{name}/v2/partner/{asked}").status_code
        for asked in ("school", "license")
        for replica in (other, one)
    ]

    assert statuses == [418, 401, 299, 401]


def test_what_becomes_of_a_sandbox_at_one_is_known_at_another(
    replicas: tuple[Replica, Replica], name: str
) -> None:
    one, other = replicas
    clock = f"/sandboxes/{name}/clock"
    one.control.patch(clock, json={"freeze": True})
    taken = {"name": f"of-{name}"}
    assert other.control.post(f"/sandboxes/{name}/snapshots", json=taken).is_success
    assert one.control.get(clock).json()["frozen"]

    assert one.control.post(f"/sandboxes/{name}/reset", json={}).is_success
    was_reset = other.control.get(clock)
    renamed = other.control.patch(f"/sandboxes/{name}", json={"name": f"{name}-renamed"})
    at_old = one.control.get(f"/s/{name}/v2/partner/school")
    at_new = one.control.get(f"/s/{name}-renamed/v2/partner/school")
    deleted = one.control.delete(f"/sandboxes/{name}-renamed")
    at_deleted = other.control.get(f"/s/{name}-renamed/v2/partner/school")
    one.control.delete(f"/sandboxes/snapshots/of-{name}")

    assert not was_reset.json()["frozen"]
    assert renamed.is_success, renamed.text
    assert deleted.is_success, deleted.text
    assert (at_old.status_code, at_new.status_code) == (404, 401)
    assert at_deleted.status_code == HTTPStatus.NOT_FOUND


def test_a_journal_read_at_one_holds_what_another_was_asked_just_now(
    replicas: tuple[Replica, Replica], name: str
) -> None:
    one, other = replicas
    journal = f"/sandboxes/{name}/journal"

    counts = []
    for round_ in range(10):
        replicas[round_ % 2].control.get(f"/s/{name}/v2/partner/school")
        counts.append(replicas[1 - round_ % 2].control.get(f"{journal}/count").json()["count"])
    other.control.get(f"/s/{name}/v2/partner/school")
    one.control.delete(journal)

    assert counts == list(range(1, 11))
    assert other.control.get(f"{journal}/count").json() == {"count": 0}


def test_who_is_forgotten_at_one_is_not_written_down_later_by_another(
    replicas: tuple[Replica, Replica], name: str
) -> None:
    one, other = (replica.app.sandboxes.open(name) for replica in replicas)
    one.journal.change(masked=False)
    other.journal.keep(exchange(1, trace_id="t", span_id="s", person="of-elsa"))
    other.journal.keep(exchange(2, trace_id="t", span_id="s", query="name=Elsa"))

    with one.database.write() as session:
        one.database.forget(session, ["of-elsa"])
    other.journal.keep(exchange(3, trace_id="t", span_id="s", query="name=Disa"))
    entries = one.journal.page(Filters(), 10).entries

    kept = {entry.request_id: (entry.person, entry.query) for entry in entries}
    assert kept == {
        "request-1": (None, "limit=10"),
        "request-2": (None, "name=…"),
        "request-3": (None, "name=Disa"),
    }


def test_what_was_told_while_one_was_deaf_is_known_once_it_listens_again(
    replicas: tuple[Replica, Replica], name: str, postgresql_url: str
) -> None:
    one, other = replicas
    clock = f"/sandboxes/{name}/clock"
    server = create_engine(postgresql_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    listeners = text("SELECT pid FROM pg_stat_activity WHERE application_name = :name")
    one.control.patch(clock, json={"freeze": True})
    other.control.get(clock)

    with server.connect() as connection:

        def listening() -> set[int]:
            return set(connection.scalars(listeners, {"name": f"{PREFIX}-news"}))

        before = listening()
        assert len(before) >= len(replicas)
        for pid in before:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        one.control.patch(clock, json={"set_to": "2031-01-01T08:00:00Z"})
        # One that was closed a moment ago may still have been among them.
        wait_until(lambda: len(listening() - before) >= len(replicas), seconds=20)
    told = [replica.control.get(clock).json()["now"] for replica in replicas]

    assert told == ["2031-01-01T08:00:00Z"] * 2
