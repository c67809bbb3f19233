"""Writes what `tests.load.kill` and `tests.load.durability` measured into docs/crash-safety.md.

Run `.venv/bin/python -m tests.load.crash.figures sqlite.json postgresql.json durability.json`.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "crash-safety.md"

Outcome = Mapping[str, Any]

_ROWS: Mapping[str, Callable[[Outcome], object]] = {
    "rounds": lambda it: it["rounds"],
    "kills of the server while it worked": lambda it: it["kills"]["server"],
    "kills of the server while it started": lambda it: it["kills"]["starting server"],
    "kills of the database": lambda it: it["kills"]["database"] or "none",
    "acknowledged writes, each looked for": lambda it: it["acknowledged"],
    "calls repeated after a kill": lambda it: it["retried"],
    "comparisons made": lambda it: it["checks"],
    "webhooks owed": lambda it: it["webhooks"]["owed"],
    "webhooks delivered": lambda it: it["webhooks"]["delivered"],
    "of them a second time, after a kill": lambda it: it["webhooks"]["repeated"],
    "promises broken": lambda it: len(it["broken"]),
    "seconds until a killed server answers, median (longest)": lambda it: _spread(it, "server"),
    "seconds until it answers after its database, median (longest)": lambda it: _spread(
        it, "after_database"
    ),
    "seconds until nobody owes anything, after the last kill": lambda it: it[
        "seconds_until_nothing_is_owed"
    ],
}


def main() -> None:
    """Replace the two tables of the page."""
    *outcomes, durability = (json.loads(Path(name).read_text()) for name in sys.argv[1:])
    page = PAGE.read_text()
    for name, lines in (("rounds", _of_rounds(outcomes)), ("cost", _of_cost(durability))):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, found, after = page.partition(begin)
        page = (
            before + begin + "".join(f"{line}\n" for line in lines) + end + after.partition(end)[2]
        )
        if not found:
            raise SystemExit(f"{PAGE} has no place for the {name}")
    PAGE.write_text(page)


def _of_rounds(outcomes: Sequence[Outcome]) -> list[str]:
    stores = [outcome["store"] for outcome in outcomes]
    return [
        f"| | {' | '.join(stores)} |",
        "| --- |" + " --- |" * len(stores),
        *(
            f"| {name} | {' | '.join(_shown(figure(outcome)) for outcome in outcomes)} |"
            for name, figure in _ROWS.items()
        ),
    ]


def _of_cost(durability: Outcome) -> list[str]:
    return [
        "| | NORMAL, ms | FULL, ms | FULL / NORMAL |",
        "| --- | --- | --- | --- |",
        *(
            f"| {name} | {found['normal_ms']} | {found['full_ms']} | {found['full_to_normal']} |"
            for name, found in durability.items()
            if isinstance(found, dict)
        ),
    ]


def _spread(outcome: Outcome, name: str) -> str:
    found = outcome["recovery_seconds"][name]
    return f"{found['median']} ({found['longest']})" if found else "none"


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
