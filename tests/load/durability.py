"""What it costs that a power cut loses nothing: SQLite's `synchronous` FULL against NORMAL.

Run `.venv/bin/python -m tests.load.durability --out durability.json`; it cleans up. The two worlds
take turns, so that the ratio holds on a busy machine too; the milliseconds are this machine's.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text
from starlette.testclient import TestClient

from app.main import Service, create_app
from app.partner.demo import DEMO_API_KEY
from app.settings import Settings
from tests.factories import license_request, post_request

ROUNDS = 300
WARM_UP = 20
# By whether a power cut may lose what was answered a moment ago.
MODES = {"normal": False, "full": True}


def main() -> None:
    """Measure the two in turns, and write one JSON file."""
    parser = argparse.ArgumentParser(description="Compares the durabilities of SQLite.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=Path("durability.json"))
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
        worlds = {
            mode: stack.enter_context(_world(folder / mode, durable=durable))
            for mode, durable in MODES.items()
        }
        outcome = {
            "rounds": asked.rounds,
            "license request": _measured(
                {mode: _license_request(client) for mode, client in worlds.items()}, asked.rounds
            ),
            "smallest write": _measured(
                {mode: _smallest_write(client) for mode, client in worlds.items()}, asked.rounds
            ),
        }
    asked.out.write_text(json.dumps(outcome, indent=2) + "\n")
    print(json.dumps(outcome, indent=2))  # noqa: T201, the outcome of a program


def _world(folder: Path, *, durable: bool) -> TestClient:
    service = create_app(Settings(data_directory=folder, log_level="error"))
    # As in production mode, in which there is no demo to ask something of.
    service.sandboxes._durable = durable  # noqa: SLF001
    headers = {"Authorization": f"Bearer {DEMO_API_KEY}"}
    return TestClient(service, base_url="http://localhost", headers=headers)


def _license_request(client: TestClient) -> Callable[[], object]:
    """Post one over HTTP, within this process."""

    def call() -> None:
        assert post_request(client, license_request()).status_code == 201

    return call


def _smallest_write(client: TestClient) -> Callable[[], object]:
    """Commit a single row, of which waiting for the disk is the largest part."""
    service = client.app
    assert isinstance(service, Service)
    database = service.sandboxes.open("default").database
    statement = text("INSERT INTO implementers (id, name, email) VALUES (:id, 'Nobody', :id)")

    def call() -> None:
        with database.write() as session:
            session.execute(statement, {"id": uuid4().hex})

    return call


def _measured(calls: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {mode: [] for mode in calls}
    for turn in range(WARM_UP + rounds):
        for mode, call in calls.items():
            started = time.perf_counter()
            call()
            if turn >= WARM_UP:
                times[mode].append((time.perf_counter() - started) * 1000)
    figures = {f"{mode}_ms": statistics.median(found) for mode, found in times.items()}
    ratios = [full / normal for normal, full in zip(times["normal"], times["full"], strict=True)]
    return {name: round(value, 2) for name, value in figures.items()} | {
        "full_to_normal": round(statistics.median(ratios), 2)
    }


if __name__ == "__main__":
    main()
