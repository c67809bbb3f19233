"""How license requests, their list and the license status behave when there are many.

Run `.venv/bin/python -m tests.load.license_requests`; it needs no server and cleans up.
Figures are medians of interleaved rounds; the ratios count, the milliseconds are this machine's.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from app.main import create_app
from app.partner.cursors import cursor_of
from app.partner.demo import DEMO_API_KEY
from app.partner.models import Implementer, LicenseRequest, Organization
from app.settings import Settings
from tests.factories import license_request, unit
from tests.stores import postgresql_server

ROUNDS = 9
SIZES = (1_000, 100_000, 1_000_000)
A_BATCH = 10_000
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

Call = Callable[[], Any]

_turns = count()


def main() -> None:
    """Measure on SQLite and on PostgreSQL, print the tables, and write one JSON file."""
    console = Console()
    results: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        server = stack.enter_context(postgresql_server())
        for store, url in (("sqlite", None), ("postgresql", server)):
            settings = Settings(
                data_directory=folder / store,
                database_url=SecretStr(url) if url else None,
                log_level="error",
            )
            results[store] = _measure(settings, console)
    _print(console, results)
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("license_requests.json")
    file.write_text(json.dumps(results, indent=2) + "\n")
    console.print(f"written to {file}")


def _measure(settings: Settings, console: Console) -> dict[str, float]:
    app = create_app(settings)
    headers = {"Authorization": f"Bearer {DEMO_API_KEY}"}
    with TestClient(app, base_url="http://localhost", headers=headers) as client:
        small, large = (iter([_body(size) for _ in range(ROUNDS)]) for size in (10, 1000))
        figures = _interleaved(
            {
                "request of 10 units": lambda: _post(client, next(small)),
                "request of 1,000 units": lambda: _post(client, next(large)),
            }
        )
        made = 0
        database = app.sandboxes.open("default").database
        for size in SIZES:
            console.print(f"{database.engine.dialect.name}: {size:,} license requests")
            with database.write() as session:
                organizations = _organizations(session)
            for start in track(range(made, size, A_BATCH), console=console):
                with database.write() as session:
                    rows = _rows(organizations, start, min(A_BATCH, size - start))
                    session.execute(insert(LicenseRequest), rows)
            made = size
            with database.engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
                connection.commit()
            figures |= _interleaved(
                {
                    f"first page of {size:,}": lambda: _page(client, None),
                    f"middle page of {size:,}": partial(_page, client, _middle(size)),
                    f"status with {size:,}": lambda: _status(client),
                }
            )
    app.sandboxes.close()
    return figures


def _interleaved(calls: dict[str, Call]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(found) * 1000 for name, found in times.items()}


def _body(units: int) -> bytes:
    """Return a request, written before anything is timed; half its units lack a code."""
    turn = next(_turns)
    named = (
        unit(f"Skola {turn}-{number}", school_unit_code=None if number % 2 else "10000003")
        for number in range(units)
    )
    return json.dumps(license_request(*named)).encode()


def _post(client: TestClient, body: bytes) -> None:
    answer = client.post(
        "/api/v1/license-requests",
        content=body,
        headers={"Idempotency-Key": uuid4().hex, "Content-Type": "application/json"},
    )
    assert answer.is_success, answer.text


def _page(client: TestClient, cursor: str | None) -> None:
    parameters = {"limit": 100} | ({"cursor": cursor} if cursor else {})
    answer = client.get("/api/v1/license-requests", params=parameters)
    assert len(answer.json()["license_requests"]) == 100


def _status(client: TestClient) -> None:
    answer = client.get("/api/v1/licenses/status", params={"school_unit_code": "10000001"})
    assert answer.is_success, answer.text


def _middle(size: int) -> str:
    return cursor_of("0", BEGINNING + timedelta(minutes=size // 2), UUID(int=0))


def _organizations(session: Any) -> list[UUID]:  # noqa: ANN401, a Session
    known = session.scalars(select(Organization.id)).all()
    if len(known) < 1000:
        implementer = session.scalars(select(Implementer.id)).first()
        session.execute(
            insert(Organization),
            [
                {
                    "id": uuid4(),
                    "organization_number": f"29{number:08}",
                    "name": f"Huvudman {number}",
                    "implementer_id": implementer,
                }
                for number in range(1000)
            ],
        )
        known = session.scalars(select(Organization.id)).all()
    return list(known)


def _rows(organizations: list[UUID], start: int, number_of: int) -> list[dict[str, Any]]:
    return [
        {
            "id": uuid4(),
            "organization_id": organizations[number % len(organizations)],
            "skolon_request_id": f"load-{number}",
            "kind": "purchase",
            "wanted_on": date(2026, 8, 1),
            "status": ("received", "confirmed", "activated")[number % 3],
            "received_at": BEGINNING + timedelta(minutes=number),
            "changed_at": BEGINNING + timedelta(minutes=number),
            "answer_by": date(2026, 8, 8),
        }
        for number in range(start, start + number_of)
    ]


def _print(console: Console, results: dict[str, dict[str, float]]) -> None:
    for store, figures in results.items():
        table = Table("what", "median ms", "ratio", title=store)
        bases = {
            "request": figures["request of 10 units"],
            "first": figures[f"first page of {SIZES[0]:,}"],
            "middle": figures[f"middle page of {SIZES[0]:,}"],
            "status": figures[f"status with {SIZES[0]:,}"],
        }
        for name, median in figures.items():
            table.add_row(name, f"{median:.2f}", f"{median / bases[name.split()[0]]:.2f}")
        console.print(table)


if __name__ == "__main__":
    main()
