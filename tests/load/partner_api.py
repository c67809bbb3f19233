"""What Skolon's token endpoint, session and lists cost, also far back in a very long list.

Run `.venv/bin/python -m tests.load.partner_api [file] [users]`; it starts and ends what it needs.
Figures are medians of interleaved rounds over real sockets; the ratio to a bare FastAPI endpoint
that answers the same, in the same run, is what counts.
"""

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from app.seeds import sandboxes_of
from app.settings import Settings
from app.skolon import changes
from app.skolon.listing import Place
from app.skolon.models import User
from tests.load.nation import fill
from tests.stores import postgresql_server

ROUNDS = 25
PORTS = {"sqlite": 8911, "postgresql": 8912, "bare": 8913}
A_PAGE = 1000
CHANGED = 100

Call = Callable[[], Any]


def main() -> None:
    """Measure on SQLite and on PostgreSQL, print the tables, and write one JSON file."""
    console = Console()
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("partner_api.json")
    users = int(sys.argv[2]) if len(sys.argv) > 2 else 1_500_000
    results: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        server = stack.enter_context(postgresql_server())
        stack.enter_context(
            served([sys.executable, "-m", "tests.load.bare", str(PORTS["bare"])], PORTS["bare"], {})
        )
        for store, url in (("sqlite", None), ("postgresql", server)):
            settings = Settings(
                data_directory=folder / store,
                database_url=SecretStr(url) if url else None,
                log_level="error",
            )
            results[store] = _measure(console, store, settings, users)
    _print(console, results)
    file.write_text(json.dumps(results, indent=2) + "\n")
    console.print(f"written to {file}")


def _measure(console: Console, store: str, settings: Settings, users: int) -> dict[str, float]:
    sandboxes = sandboxes_of(settings)
    database = sandboxes.prepare_default("demo").database
    started = time.perf_counter()
    fill(database, users)
    console.print(f"{store}: {users:,} users in {time.perf_counter() - started:.0f} s")
    with database.read() as session:
        newest = changes.newest(session, User)
    sandboxes.close()
    environment = {
        "SKOLON_MOCK_DATA_DIRECTORY": str(settings.data_directory),
        "SKOLON_MOCK_LOG_LEVEL": "error",
    }
    if settings.database_url:
        environment["SKOLON_MOCK_DATABASE_URL"] = settings.database_url.get_secret_value()
    port = PORTS[store]
    command = [sys.executable, "-m", "app", "run", "--port", str(port)]
    with served(command, port, environment):
        bare, skolon = Caller(PORTS["bare"]), Caller(port)
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.skolon_client_id,
            "client_secret": settings.skolon_client_secret.get_secret_value(),
        }
        skolon.token = skolon.post("/oauth/access_token", form)["access_token"]
        somebody = Caller(port)
        somebody.token = _users_token(settings, port)

        def page(after: int) -> Call:
            cursor = Place(after, newest).cursor()
            return lambda: skolon.get("/v2/partner/user", limit=A_PAGE, cursor=cursor)

        return _interleaved(
            {
                "bare: 1,000 users": lambda: bare.get("/users"),
                "first page": lambda: skolon.get("/v2/partner/user", limit=A_PAGE),
                "middle page": page(newest // 2),
                "last page": page(newest - A_PAGE),
                "100 changes": lambda: skolon.get("/v2/partner/user", versionTag=newest - CHANGED),
                "users of a school": lambda: skolon.get(
                    "/v2/partner/user", limit=A_PAGE, schoolId=f"sc{users // A_PAGE // 2:048}"
                ),
                "bare: token": lambda: bare.post("/token", form),
                "token": lambda: skolon.post("/oauth/access_token", form),
                "bare: session": lambda: bare.get("/session"),
                "session": lambda: somebody.get("/v2/partner/user/session"),
            }
        )


def _users_token(settings: Settings, port: int) -> str:
    """Log Elsa in as a browser would, and exchange the code."""
    back = f"http://localhost:{port}/sso/callback"
    query = {
        "response_type": "code",
        "client_id": settings.skolon_client_id,
        "redirect_uri": back,
        "scope": "authenticatedUser.profile.read",
    }
    browser = http.client.HTTPConnection("localhost", port)
    browser.request(
        "POST",
        f"/oauth/auth?{urlencode(query)}",
        urlencode({"persona": "elsa"}),
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    code = (browser.getresponse().headers["location"] or "").partition("code=")[2]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": settings.skolon_client_id,
        "client_secret": settings.skolon_client_secret.get_secret_value(),
    }
    return str(Caller(port).post("/oauth/access_token", form)["access_token"])


class Caller:
    """A program with one connection that stays open."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("localhost", port)
        self.token = ""

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401, JSON
        return self._answer("GET", f"{path}?{urlencode(query)}", None)

    def post(self, path: str, form: dict[str, str]) -> Any:  # noqa: ANN401, JSON
        return self._answer("POST", path, urlencode(form))

    def _answer(self, method: str, path: str, body: str | None) -> Any:  # noqa: ANN401, JSON
        headers = {"Authorization": f"Bearer {self.token}"} if self.token and not body else {}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        return json.loads(text)


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """Run a server until the end of the block; only that process is ended."""
    with subprocess.Popen(
        ["/usr/bin/env", *(f"{name}={value}" for name, value in environment.items()), *command],
        stdout=subprocess.DEVNULL,
    ) as process:
        try:
            for _ in range(300):
                try:
                    http.client.HTTPConnection("localhost", port).connect()
                    break
                except OSError:
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()


def _interleaved(calls: dict[str, Call]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) * 1000 for name, found in times.items()}


def _print(console: Console, results: dict[str, dict[str, float]]) -> None:
    for store, figures in results.items():
        table = Table("what", "median ms", "times a bare endpoint", title=store)
        for name, median in figures.items():
            kind = name if name in {"token", "session"} else "1,000 users"
            base = figures[name if name.startswith("bare") else f"bare: {kind}"]
            table.add_row(name, f"{median:.2f}", f"{median / base:.2f}")
        console.print(table)


if __name__ == "__main__":
    main()
