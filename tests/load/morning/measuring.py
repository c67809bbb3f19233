"""What a login costs the product, on this machine: cores, statements, and what is written."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr
from sqlalchemy import make_url

from app.seeds import sandboxes_of
from app.settings import Settings
from tests.load.browsing import Newcomers, log_in
from tests.load.cluster import Cluster, Replica, cluster, environment_of, free_port
from tests.load.morning.model import Cost
from tests.load.morning.processes import parent_of, worked
from tests.load.nation import fill

USERS = 10_000
WARM_UP, LOGINS, AT_ONCE = 40, 300, 8
# Logins of which each statement is counted.
COUNTED = 20
TRIPS = 300
# As on a server whose data is to survive; a checkpoint follows, since a page's first change after
# one is written whole.
_LASTING = ("fsync", "full_page_writes", "synchronous_commit")
_STATEMENT = re.compile(r"(?:execute \S+|statement): (\w+)")
_CLIENT = {
    "SKOLON_MOCK_SKOLON_CLIENT_ID": "the-client-of-the-morning",
    "SKOLON_MOCK_SKOLON_CLIENT_SECRET": "the-secret-of-the-morning",
    "SKOLON_MOCK_SIGNING_KEY": "a-key-that-signs-only-this-morning",
}


class NotMeasuredError(Exception):
    """Logins went wrong, so that what they cost says nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a login costs, and what PostgreSQL writes for it."""

    cost: Cost
    wal_bytes: float
    stored_bytes: float

    def as_json(self) -> dict[str, float]:
        cost = {name: getattr(self.cost, name) for name in self.cost.__slots__}
        return {**cost, "wal_bytes": self.wal_bytes, "stored_bytes": self.stored_bytes}


class Database:
    """PostgreSQL, asked past the product."""

    def __init__(self, running: Cluster) -> None:
        url = running.settings.database_url
        assert url is not None
        self._folder = Path(str(make_url(url.get_secret_value()).query["host"]))
        name = f"{running.settings.database_prefix}-default"
        self._connection = psycopg.connect(
            host=str(self._folder), user="postgres", dbname=name, autocommit=True
        )
        self.pid = parent_of(self._connection.info.backend_pid)

    def close(self) -> None:
        self._connection.close()

    def ask(self, statement: str) -> Any:  # noqa: ANN401, whatever is asked for
        found = self._connection.execute(statement.encode()).fetchone()
        return found and found[0]

    def let_data_last(self) -> None:
        for name in _LASTING:
            self._connection.execute(f"ALTER SYSTEM SET {name} = on".encode())
        self._connection.execute("SELECT pg_reload_conf()")
        self._connection.execute("CHECKPOINT")

    def round_trip_ms(self) -> float:
        """Return how long a statement takes that does nothing."""
        started = time.perf_counter()
        for _ in range(TRIPS):
            self._connection.execute("SELECT 1")
        return (time.perf_counter() - started) * 1000 / TRIPS

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        """Give a list that holds afterwards how each statement of others began."""
        words: list[str] = []
        self._connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        self._connection.execute("SELECT pg_reload_conf()")
        log = self._folder / "log"
        begun = log.stat().st_size
        yield words
        self._connection.execute("ALTER SYSTEM RESET log_statement")
        self._connection.execute("SELECT pg_reload_conf()")
        with log.open() as opened:
            opened.seek(begun)
            words += _STATEMENT.findall(opened.read())


@contextmanager
def together(replicas: int) -> Iterator[Cluster]:
    """Run all companies in each replica, as in a sandbox."""
    with cluster(replicas, users=USERS) as running:
        yield running


@contextmanager
def partner_alone(folder: Path) -> Iterator[Cluster]:
    """Run a partner in production mode, and Skolon as a process on files of its own."""
    port = free_port()
    skolon = Replica(
        folder / "skolon",
        environment_of(None)
        | _CLIENT
        | {"SKOLON_MOCK_ONLY": "skolon", "SKOLON_MOCK_PARTNER_URL": f"http://localhost:{port}"},
    )
    settings = Settings(
        data_directory=folder / "skolon" / "data",
        skolon_client_id=_CLIENT["SKOLON_MOCK_SKOLON_CLIENT_ID"],
        skolon_client_secret=SecretStr(_CLIENT["SKOLON_MOCK_SKOLON_CLIENT_SECRET"]),
        log_level="error",
    )
    sandboxes = sandboxes_of(settings)
    database = sandboxes.prepare_default("demo").database
    fill(database, USERS)
    sandboxes.close()
    partner = _CLIENT | {
        "SKOLON_MOCK_ONLY": "partner",
        "SKOLON_MOCK_MODE": "production",
        "SKOLON_MOCK_SKOLON_IDP_URL": skolon.url,
        "SKOLON_MOCK_SKOLON_API_URL": skolon.url,
    }
    with ExitStack() as stack:
        stack.callback(skolon.stop)
        skolon.start()
        skolon.wait()
        yield stack.enter_context(cluster(1, users=1000, port=port, more=partner))


def measured(running: Cluster, newcomers: Newcomers, *, again: bool) -> Measured:
    """Let people log in for the first time, or once more, and count what it costs each."""
    database = Database(running)
    try:
        database.let_data_last()
        return _measured(running, database, newcomers, again=again)
    finally:
        database.close()


def _measured(
    running: Cluster, database: Database, newcomers: Newcomers, *, again: bool
) -> Measured:
    def people(number: int) -> list[str]:
        everybody = [next(newcomers) for _ in range(number)]
        if again:
            _log_in(running, everybody)
        return everybody

    _log_in(running, people(WARM_UP))
    own = running.replicas[0].process
    assert own is not None
    nginx = int((running.folder / "nginx.pid").read_text())
    everybody = people(LOGINS)
    requests = running.requests().count("\n")
    wal = database.ask("SELECT pg_current_wal_insert_lsn() - '0/0'")
    stored = database.ask("SELECT pg_database_size(current_database())")
    before = [worked(pid) for pid in (own.pid, database.pid, nginx)]
    asking = time.process_time()
    _log_in(running, everybody)
    asking = time.process_time() - asking
    replica, postgresql, balancer = (
        (worked(pid) - was) * 1000 / LOGINS
        for pid, was in zip((own.pid, database.pid, nginx), before, strict=True)
    )
    wal = database.ask("SELECT pg_current_wal_insert_lsn() - '0/0'") - wal
    stored = database.ask("SELECT pg_database_size(current_database())") - stored
    requests = running.requests().count("\n") - requests
    counted = people(COUNTED)
    with database.listening() as words:
        _log_in(running, counted, at_once=1)
    return Measured(
        cost=Cost(
            replica_ms=replica,
            database_ms=postgresql,
            requests=requests / LOGINS,
            transactions=words.count("BEGIN") / COUNTED,
            statements=len(words) / COUNTED,
            asking_ms=balancer + asking * 1000 / LOGINS,
        ),
        wal_bytes=float(wal) / LOGINS,
        stored_bytes=stored / LOGINS,
    )


def _log_in(running: Cluster, people: list[str], at_once: int = AT_ONCE) -> None:
    with ThreadPoolExecutor(at_once) as browsers:
        done = list(browsers.map(lambda user: log_in(running.url, user), people))
    failed = [one.trouble for one in done if one.trouble]
    if failed:
        raise NotMeasuredError(f"{len(failed)} of {len(people)} logins: {failed[0]}")
