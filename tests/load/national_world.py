"""Makes a national world by the command, measures what it takes, and walks through it.

    python -m tests.load.national_world --scale 1 --out FILE --page docs/national-world.md

It writes its figures as JSON and, if asked, into the page between its two marks.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any
from urllib.parse import urljoin

import httpx
import typer
from pydantic import SecretStr
from sqlalchemy import text

from app.database import Database
from app.seeds import sandboxes_of
from app.settings import Settings
from tests.api.test_national_worlds import CLASSMATES
from tests.load.bench import machine
from tests.load.bench.servers import port_of, started
from tests.stores import durable_postgresql_server

NAME = "nation"
STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
LOOK_SECONDS = 0.2
MARKS = ("<!-- figures: begin -->\n", "<!-- figures: end -->")
COUNTED = {
    "pupils": "skolon_users WHERE role = 'student'",
    "teachers": "skolon_users WHERE role = 'teacher'",
    "classes": "skolon_groups WHERE type = 'CLASS'",
    "schools": "skolon_schools",
    "unit codes": "skolon_school_unit_codes",
    "organizations": "skolon_organizations",
    "organizations with licenses": "(SELECT DISTINCT organization_id FROM"
    " skolon_organization_licenses) AS licensed",
    "licenses": "skolon_licenses",
    "license pools": "skolon_license_pools",
    "people with a seat": "(SELECT DISTINCT user_id FROM skolon_seats WHERE ended_at IS NULL)"
    " AS seated",
    "accounts at the partner": "accounts",
}

Facts = dict[str, Any]


def main(
    out: Annotated[Path, typer.Option(help="The JSON file to write.")],
    scale: Annotated[float, typer.Option(help="How large.")] = 1.0,
    stores: Annotated[str, typer.Option(help="By commas.")] = ",".join(STORES),
    page: Annotated[Path | None, typer.Option(help="The page whose figures to renew.")] = None,
) -> None:
    """Measure one store after the other."""
    found: Facts = {"machine": machine.description(), "scale": scale, "stores": {}}
    for store in stores.split(","):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            # PostgreSQL runs as nobody if this runs as root, and must find its folder.
            folder.chmod(0o755)
            url = None
            if store == "postgresql":
                url = stack.enter_context(durable_postgresql_server(folder / "server"))
            settings = Settings(
                data_directory=folder / "data", database_url=SecretStr(url) if url else None
            )
            found["stores"][store] = _measured(settings, scale)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    if page is not None:
        before, rest = page.read_text().split(MARKS[0])
        page.write_text(before + MARKS[0] + _table(found) + MARKS[1] + rest.split(MARKS[1])[1])


def _measured(settings: Settings, scale: float) -> Facts:
    with started(settings) as process:
        try:
            base = f"http://localhost:{port_of(process)}"
            with httpx.Client(base_url=base, timeout=600) as client:
                # What is prepared once for all worlds of a store is not what is measured.
                client.post("/sandboxes", json={"seed": "town"}).raise_for_status()
                facts = _made(client, base, scale, process.pid)
                (listed,) = [one for one in client.get("/sandboxes").json() if one["name"] == NAME]
                facts["size_bytes"] = listed["size_bytes"]
                facts["seconds_to_snapshot"] = _seconds(
                    lambda: client.post(f"/sandboxes/{NAME}/snapshots", json={"name": NAME})
                )
                facts["seconds_to_reset"] = _seconds(
                    lambda: client.post(f"/sandboxes/{NAME}/reset", json={"snapshot": NAME})
                )
                sandboxes = sandboxes_of(settings)
                database = sandboxes.open(NAME).database
                try:
                    facts["rows"] = _counted(database)
                    facts["milliseconds"] = _walked(f"{base}/s/{NAME}", database)
                finally:
                    sandboxes.close()
        finally:
            process.terminate()
    return facts


def _seconds(call: Callable[[], httpx.Response]) -> float:
    begun = time.perf_counter()
    call().raise_for_status()
    return round(time.perf_counter() - begun, 1)


def _made(client: httpx.Client, base: str, scale: float, server: int) -> Facts:
    """Make the world by the command, and look how others are answered meanwhile."""
    words = ["sandbox", "create", NAME, "--seed", "national", "--scale", str(scale)]
    begun = time.perf_counter()
    with (
        _highest_memory(server) as highest,
        subprocess.Popen(
            [sys.executable, "-m", "app", *words, "--url", base, "--json"],
            stdout=subprocess.DEVNULL,
        ) as command,
    ):
        slowest = 0.0
        while command.poll() is None:
            asked = time.perf_counter()
            client.get("/min-samling/log-in").raise_for_status()
            slowest = max(slowest, time.perf_counter() - asked)
            time.sleep(LOOK_SECONDS)
    if command.returncode:
        message = "the command has failed"
        raise RuntimeError(message)
    return {
        "seconds": round(time.perf_counter() - begun, 1),
        "memory_bytes": highest(),
        "slowest_page_meanwhile_ms": round(slowest * 1000),
    }


@contextmanager
def _highest_memory(server: int) -> Iterator[Callable[[], int]]:
    """Watch what the process takes that settles the nation, a child of the server."""
    most, is_over = 0, Event()

    def watch() -> None:
        nonlocal most
        while not is_over.wait(LOOK_SECONDS):
            for task in Path(f"/proc/{server}/task").iterdir():
                for child in (task / "children").read_text().split():
                    try:
                        status = Path(f"/proc/{child}/status").read_text()
                    except FileNotFoundError:
                        continue
                    if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                        most = max(most, int(found[1]) * 1024)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield lambda: most
    finally:
        is_over.set()
        watcher.join()


def _counted(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            name: session.scalar(text(f"SELECT count(*) FROM {rows}"))  # noqa: S608, our own names
            or 0
            for name, rows in COUNTED.items()
        }


def _walked(base: str, database: Database) -> dict[str, float]:
    """Do once what people and programs do, and return how long each took."""
    with database.read() as session:
        teacher, pupil, _ = session.execute(CLASSMATES).one()
        administrator = session.scalar(
            text("SELECT public_id FROM skolon_users WHERE username LIKE 'administrator0@%'")
        )
    took: dict[str, float] = {}

    def timed(name: str, call: Callable[[], httpx.Response]) -> httpx.Response:
        begun = time.perf_counter()
        answer = call()
        took[name] = round((time.perf_counter() - begun) * 1000, 1)
        if answer.is_error:
            message = f"{name}: {answer.status_code} {answer.text[:200]}"
            raise RuntimeError(message)
        return answer

    def browser() -> httpx.Client:
        return httpx.Client(headers={"Accept": "text/html"}, timeout=600)

    with browser() as at_school, browser() as at_home, browser() as at_office:
        timed("first login of all", lambda: _log_in(at_school, base, teacher))
        timed("login of a pupil", lambda: _log_in(at_home, base, pupil))
        timed("the teacher's class lists", lambda: at_school.get(f"{base}/class-lists"))
        timed("the page to choose a person on", lambda: _log_in(browser(), base, ""))
        form = {"persona": administrator}
        timed("log in to the portal", lambda: at_office.post(f"{base}/portal/log-in", data=form))
        _enter_console(at_office, base)
        for path in PAGES:
            timed(path, lambda path=path: at_office.get(base + path))  # type: ignore[misc]
    with httpx.Client(timeout=600) as tool:
        made = tool.post(f"{base}/skolon/tokens", json={}).json()
        tool.headers["Authorization"] = f"Bearer {made['access_token']}"
        for kind in ("user", "group", "school", "license"):
            address = f"{base}/v2/partner/{kind}?limit=500"
            first = timed(f"first page of {kind}s", lambda at=address: tool.get(at))  # type: ignore[misc]
            onwards = f"{address}&versionTag={first.json()['versionTag']}"
            timed(f"second page of {kind}s", lambda at=onwards: tool.get(at))  # type: ignore[misc]
    return took


PAGES = (
    "/min-samling/log-in", "/portal", "/portal/log-in", "/portal/schools",
    "/portal/licenses", "/portal/license-pools", "/portal/license-requests/new",
    "/portal/approvals", "/portal/new-license", "/portal/roster/rollover", "/skolon/tools",
    "/skolon/webhooks", "/console", "/console/login", "/journal", "/traces", "/tour",
)  # fmt: skip


def _log_in(browser: httpx.Client, base: str, person: str) -> httpx.Response:
    answer = browser.get(f"{base}/sso/login", params={"login_hint": person})
    while answer.has_redirect_location:
        answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
    return answer


def _enter_console(browser: httpx.Client, base: str) -> None:
    form = browser.get(f"{base}/console/login").text
    (first, *_) = re.findall(r'name="implementer_id" value="([\w-]+)"', form)
    browser.post(f"{base}/console/login", data={"implementer_id": first})


def _table(found: Facts) -> str:
    """Write the figures as the page has them."""
    made = found["stores"]
    where = found["machine"]
    lines = [
        f"At scale {found['scale']:g}, by `python -m tests.load.national_world`, at commit",
        f"`{where['commit']}`",
        f"on {where['cores']} cores ({where['processor']}), PostgreSQL with `fsync` on; others",
        f"kept the machine busy before, at a load average of {where['load_average']:.1f}.",
        "",
        "| | " + " | ".join(STORES[store] for store in made) + " |",
        "| --- |" + " ---: |" * len(made),
        _row("seconds to make it", (f"{one['seconds']:.0f}" for one in made.values())),
        _row(
            "seconds to keep it as a snapshot",
            (f"{one['seconds_to_snapshot']:.1f}" for one in made.values()),
        ),
        _row(
            "seconds to reset it to that",
            (f"{one['seconds_to_reset']:.1f}" for one in made.values()),
        ),
        _row("MB on the disk", (f"{one['size_bytes'] / 1e6:,.0f}" for one in made.values())),
        _row(
            "MB of memory that the process takes which settles it, at most",
            (f"{one['memory_bytes'] / 1e6:,.0f}" for one in made.values()),
        ),
        _row(
            "ms that another sandbox took for a page meanwhile, at most",
            (f"{one['slowest_page_meanwhile_ms']:,}" for one in made.values()),
        ),
    ]
    first = next(iter(made.values()))
    lines += ["", "| in it | |", "| --- | ---: |"]
    lines += [f"| {name} | {number:,} |" for name, number in first["rows"].items()]
    lines += [
        "", "| the first time, in ms | " + " | ".join(STORES[store] for store in made) + " |",
        "| --- |" + " ---: |" * len(made),
    ]  # fmt: skip
    lines += [
        _row(name, (f"{one['milliseconds'][name]:,.0f}" for one in made.values()))
        for name in first["milliseconds"]
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, values: Iterator[str]) -> str:
    return f"| {name} | " + " | ".join(values) + " |"


if __name__ == "__main__":
    typer.run(main)
