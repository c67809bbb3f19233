"""Runs the checks: `.venv/bin/python -m tests.load.replicas --replicas 2,4 --out FILE`.

It starts and ends what it needs: PostgreSQL, the replicas, nginx, and PgBouncer with `--pgbouncer`;
the latter two must be installed. It ends with 1 when anything was not as promised.
"""

import argparse
import json
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.load.cluster import cluster
from tests.load.replicas.checks import AFTERWARDS, CHECKS
from tests.load.replicas.finding import Finding

USERS = 8_000
PGBOUNCER_POOL = 10


def main() -> int:
    """Run every check with each number of replicas, print and write what was found."""
    asked = _asked()
    # Ended so, it ends what it has started as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    results: dict[str, dict[str, object]] = {}
    wrong = 0
    for replicas in asked.replicas:
        found = _checked(console, replicas, PGBOUNCER_POOL if asked.pgbouncer else None, asked.only)
        results[f"{replicas} replicas"] = {
            name: {**one.counts, "wrong": one.wrong} for name, one in found.items()
        }
        wrong += sum(len(one.wrong) for one in found.values())
    if asked.out:
        asked.out.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    return 1 if wrong else 0


def _checked(
    console: Console, replicas: int, pool: int | None, only: list[str]
) -> dict[str, Finding]:
    table = Table("check", "what was counted", "wrong", "s", title=f"{replicas} replicas")
    found: dict[str, Finding] = {}

    def look(name: str, check: Callable[[], Finding]) -> None:
        if only and name not in only:
            return
        started = time.perf_counter()
        try:
            found[name] = check()
        except Exception as error:  # noqa: BLE001, the other checks go on
            found[name] = Finding(wrong=[f"{type(error).__name__}: {error}"])
        one = found[name]
        console.print(f"{len(one.wrong)} wrong: {name}", style="red" if one.wrong else "green")
        counted = ", ".join(f"{value:g} {what}" for what, value in one.counts.items())
        wrong = f"[red]{len(one.wrong)}: {one.wrong[0][:300]}" if one.wrong else "[green]-"
        table.add_row(name, counted, wrong, f"{time.perf_counter() - started:.1f}")

    with cluster(replicas, users=USERS, pool=pool) as running:
        for name, check in CHECKS.items():
            look(name, partial(check, running))
    for name, check_alone in AFTERWARDS.items():
        look(name, partial(check_alone, replicas, pool))
    console.print(table)
    return found


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    numbers = lambda text: [int(one) for one in text.split(",")]  # noqa: E731, of one use
    parser.add_argument("--replicas", type=numbers, default=[2, 4], help="for example 2,4")
    parser.add_argument("--pgbouncer", action="store_true", help="in front of PostgreSQL")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="checks")
    parser.add_argument("--out", type=Path, help="a file of JSON to write")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
