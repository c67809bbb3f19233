"""What a first login and a repeated one cost, by how many come at once and how many there are.

Run `.venv/bin/python -m tests.load.logins [file] [users]`; it starts and ends what it needs.
A login is measured from the return to the partner to the answer that lets the browser in: the code
for a token, five calls of the Partner API, and the partner's transaction. Two worlds, a small and a
large one, take turns; the ratio of the large to the small one is what counts.
"""

import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from app.seeds import sandboxes_of
from app.settings import Settings
from tests.load.nation import USERS_AT_A_SCHOOL, fill, fill_partner, skolon_id_of
from tests.load.partner_api import served
from tests.stores import postgresql_server

SMALL = 10_000
ROUNDS = 5
# How many come at once, and how many logins that is a round.
AT_ONCE = {1: 8, 16: 32, 64: 64}
BARE_PORT = 8923
BARE_CALLS = 100

Figures = dict[str, dict[str, float]]


class Browser:
    """Somebody with cookies of their own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def go(self, method: str, url: str, form: dict[str, str] | None = None) -> str:
        """Return where the answer sends the browser."""
        parts = urlsplit(url)
        headers = {
            "Accept": "text/html",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form else None
        # A new one each time: a server lets go of one on which nothing comes for some seconds.
        connection = http.client.HTTPConnection("localhost", self._port, timeout=60)
        connection.request(method, f"{parts.path}?{parts.query}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status in (302, 303), (answer.status, text)
        for line in answer.headers.get_all("set-cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.headers["location"] or ""

    def up_to_the_code(self, user: str) -> str:
        """Log in at Skolon; return the address at which the partner takes over."""
        return self.go("POST", self.go("GET", "/sso/login"), {"persona": user})


class World:
    """A served world, its newcomers and its old hands."""

    def __init__(self, port: int, users: int) -> None:
        self.port = port
        known = users - USERS_AT_A_SCHOOL
        self._newcomers = count(known + 1)
        # Far apart, so that neither store has the next one at hand.
        self._old_hands: Iterator[int] = (1 + number * 7919 % known for number in count())

    def logins(self, kind: str, number: int, at_once: int) -> list[float]:
        """Return the milliseconds of each login; its way through Skolon's page is not counted."""
        numbers = self._newcomers if kind == "first" else self._old_hands
        ready = []
        for _ in range(number):
            browser = Browser(self.port)
            ready.append((browser, browser.up_to_the_code(skolon_id_of(next(numbers)))))

        def come_back(one: tuple[Browser, str]) -> float:
            started = time.perf_counter()
            one[0].go("GET", one[1])
            return (time.perf_counter() - started) * 1000

        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(come_back, ready))


def main() -> None:
    """Measure on SQLite and on PostgreSQL, print the tables, and write one JSON file."""
    console = Console()
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("logins.json")
    users = int(sys.argv[2]) if len(sys.argv) > 2 else 1_500_000
    # One core for this program, the others for what it measures.
    cores = sorted(os.sched_getaffinity(0))
    results: dict[str, Figures] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        server = stack.enter_context(postgresql_server())
        bare = [sys.executable, "-m", "tests.load.bare", str(BARE_PORT)]
        stack.enter_context(served(bare, BARE_PORT, {}))
        for number, (store, url) in enumerate((("sqlite", None), ("postgresql", server))):
            with ExitStack() as worlds:
                sizes: dict[int, World] = {}
                for size in (SMALL, users):
                    port = 8924 + 2 * number + len(sizes)
                    settings = Settings(
                        data_directory=folder / f"{store}-{size}",
                        database_url=SecretStr(url) if url else None,
                        database_prefix=f"load_{size}",
                        log_level="error",
                    )
                    started = time.perf_counter()
                    _fill(settings, size)
                    console.print(
                        f"{store}: {size:,} users in {time.perf_counter() - started:.0f} s"
                    )
                    command = [sys.executable, "-m", "app", "run", "--port", str(port)]
                    worlds.enter_context(served(command, port, _environment(settings)))
                    sizes[size] = World(port, size)
                os.sched_setaffinity(0, cores[-1:])
                results[store] = _measure(sizes)
                os.sched_setaffinity(0, cores)
    _print(console, results, users)
    file.write_text(json.dumps(results, indent=2) + "\n")
    console.print(f"written to {file}")


def _fill(settings: Settings, users: int) -> None:
    sandboxes = sandboxes_of(settings)
    database = sandboxes.prepare_default("demo").database
    fill(database, users)
    fill_partner(database, users - USERS_AT_A_SCHOOL)
    sandboxes.close()


def _environment(settings: Settings) -> dict[str, str]:
    environment = {
        "SKOLON_MOCK_DATA_DIRECTORY": str(settings.data_directory),
        "SKOLON_MOCK_DATABASE_PREFIX": settings.database_prefix,
        "SKOLON_MOCK_LOG_LEVEL": "error",
    }
    if settings.database_url:
        environment["SKOLON_MOCK_DATABASE_URL"] = settings.database_url.get_secret_value()
    return environment


def _measure(worlds: dict[int, World]) -> Figures:
    """Let the worlds take turns at each kind of login; return medians and logins a second."""
    figures: Figures = {}
    for kind in ("first", "repeated"):
        for at_once, number in AT_ONCE.items():
            times: dict[int, list[float]] = {size: [] for size in worlds}
            taken = dict.fromkeys(worlds, 0.0)
            for turn in range(ROUNDS + 1):
                for size, world in worlds.items():
                    found = world.logins(kind, number, at_once)
                    # The first round warms up.
                    if turn:
                        times[size] += found
                        taken[size] += _busy(found, at_once)
            for size in worlds:
                figures[f"{kind}, {at_once} at once, {size} users"] = {
                    "median_ms": statistics.median(times[size]),
                    "p99_ms": statistics.quantiles(times[size], n=100)[98],
                    "logins_a_second": len(times[size]) / taken[size],
                }
    figures["bare"] = {"median_ms": _bare()}
    return figures


def _busy(found: list[float], at_once: int) -> float:
    """Return the seconds that these logins took together, so many side by side."""
    return sum(found) / 1000 / at_once


def _bare() -> float:
    connection = http.client.HTTPConnection("localhost", BARE_PORT)
    times = []
    for _ in range(BARE_CALLS):
        started = time.perf_counter()
        connection.request("GET", "/session")
        connection.getresponse().read()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def _print(console: Console, results: dict[str, Figures], users: int) -> None:
    for store, figures in results.items():
        table = Table(
            "login",
            f"median ms, {SMALL:,} users",
            f"median ms, {users:,} users",
            "large / small",
            "p99 ms, large",
            "logins a second, large",
            title=f"{store}; a bare endpoint takes {figures['bare']['median_ms']:.2f} ms",
        )
        for kind in ("first", "repeated"):
            for at_once in AT_ONCE:
                small, large = (
                    figures[f"{kind}, {at_once} at once, {size} users"] for size in (SMALL, users)
                )
                table.add_row(
                    f"{kind}, {at_once} at once",
                    f"{small['median_ms']:.1f}",
                    f"{large['median_ms']:.1f}",
                    f"{large['median_ms'] / small['median_ms']:.2f}",
                    f"{large['p99_ms']:.1f}",
                    f"{large['logins_a_second']:.0f}",
                )
        console.print(table)


if __name__ == "__main__":
    main()
