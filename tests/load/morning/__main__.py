"""Plans the morning: `.venv/bin/python -m tests.load.morning --out FILE`.

It measures what a login costs, simulates the morning with that, and compares the model with the
product. It starts and ends what it needs; nginx must be installed. With `--given FILE` of an
earlier run it only simulates; with `--page docs/scaling.md` it writes its tables there.
"""

import argparse
import json
import signal
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.load.browsing import Newcomers
from tests.load.cluster import Cluster
from tests.load.morning import showing
from tests.load.morning.arrivals import USERS, morning
from tests.load.morning.measuring import Database, measured, partner_alone, together
from tests.load.morning.model import Cost, simulate
from tests.load.morning.planning import breaking, needed, table
from tests.load.morning.reality import compared
from tests.load.tables import put

Tell = Callable[[str], None]


def main() -> None:
    """Measure, compare, simulate; write everything as JSON."""
    asked = _asked()
    # Ended so, it ends what it has started as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console(stderr=True, highlight=False)
    results: dict[str, Any] = {"costs": {}, "compared": []}

    def keep() -> None:
        asked.out.write_text(json.dumps(results, indent=2) + "\n")

    if asked.given:
        results = json.loads(asked.given.read_text())
    else:
        _measure(results, keep, console.print)
    results["morning"] = _simulated(results, asked, console.print)
    keep()
    for name, text in showing.tables(results).items():
        console.print(f"\n{name}\n{text}")
        if asked.page:
            put(asked.page, name, text)


def _measure(results: dict[str, Any], keep: Callable[[], None], tell: Tell) -> None:
    """Add to the results what is measured, and keep them after each step: it takes minutes."""

    def cost_of(running: Cluster, what: str, newcomers: Newcomers) -> None:
        for kind, again in (("first", False), ("repeated", True)):
            tell(f"what a {kind} login costs: {what}")
            found = measured(running, newcomers, again=again)
            results["costs"][f"{what}, {kind}"] = found.as_json()
            keep()

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="morning-"))
        running = stack.enter_context(partner_alone(Path(folder)))
        cost_of(running, "partner alone", Newcomers())
    for replicas in (1, 2):
        with together(replicas) as running:
            newcomers = Newcomers()
            if replicas == 1:
                cost_of(running, "together", newcomers)
            database = Database(running)
            round_trip = database.round_trip_ms()
            database.close()
            tell(f"the model and {replicas} replicas")
            cost = _cost(results, "together, first")
            found = compared(running, cost, newcomers, round_trip)
            results["compared"] += [one.as_json() for one in found]
            keep()


def _cost(results: dict[str, Any], name: str) -> Cost:
    return Cost(**{field: results["costs"][name][field] for field in Cost.__slots__})


def _simulated(results: dict[str, Any], asked: argparse.Namespace, tell: Tell) -> dict[str, Any]:
    cost = replace(_cost(results, asked.cost), skolon_ms=asked.skolon_ms, asking_ms=0.0)
    people = morning(asked.users)
    tell(f"what {asked.users:,} users need")
    stretch = people.busiest(asked.stretch)
    plan = needed(cost, stretch)
    tell("what gives way first")
    tried = {
        "connections": [showing.row(one) for one in table(cost, plan, stretch)],
        "breaking": [showing.row(one) for one in breaking(cost, plan, stretch)],
    }
    if not asked.busiest_only:
        tell("the whole morning")
        tried["whole"] = [simulate(cost, plan, people).as_json()]
    return {
        "users": asked.users,
        "cost": asked.cost,
        "skolon_ms": asked.skolon_ms,
        "busiest": stretch.rate,
        "a_second": {
            "on average": people.rate,
            f"in the busiest {asked.stretch:g} seconds": stretch.rate,
            "in the busiest second": people.busiest(1).rate,
        },
        "plan": showing.plan_as_json(plan),
        **tried,
    }


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the file of JSON to write")
    parser.add_argument("--given", type=Path, help="an earlier file: its costs are taken")
    parser.add_argument("--page", type=Path, help="the page whose tables to write")
    parser.add_argument("--users", type=int, default=USERS)
    parser.add_argument("--cost", default="partner alone, first", help="of the JSON's costs")
    parser.add_argument(
        "--skolon-ms", type=float, default=300.0, help="assumed: the real Skolon's six answers"
    )
    parser.add_argument(
        "--stretch", type=float, default=60.0, help="seconds of the morning that are planned for"
    )
    parser.add_argument("--busiest-only", action="store_true", help="leave out the whole morning")
    return parser.parse_args()


if __name__ == "__main__":
    main()
