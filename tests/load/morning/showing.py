"""The results as tables for docs/scaling.md."""

from dataclasses import asdict
from typing import Any

from tests.load.morning.model import Plan
from tests.load.morning.planning import Tried
from tests.load.tables import markdown

_COSTS = {
    "replica_ms": "ms of a replica's core",
    "database_ms": "ms of PostgreSQL's cores",
    "requests": "requests",
    "transactions": "transactions",
    "statements": "statements",
    "wal_bytes": "bytes of WAL",
    "stored_bytes": "bytes that the database grew",
}


def plan_as_json(plan: Plan) -> dict[str, Any]:
    return {**asdict(plan), "connections": plan.connections}


def row(tried: Tried) -> dict[str, Any]:
    return {"what": tried.what, **plan_as_json(tried.plan), "outcome": tried.outcome.as_json()}


def tables(results: dict[str, Any]) -> dict[str, str]:
    """Return each table under the name of its place on the page."""
    return {
        "costs": _costs(results["costs"]),
        "compared": _compared(results["compared"]),
        "plan": _plan(results["morning"], results["costs"]),
        "connections": _connections(results["morning"]["connections"]),
        "breaking": _breaking(results["morning"]["breaking"]),
    }


def _costs(costs: dict[str, Any]) -> str:
    return markdown(
        ("of a login", *costs),
        [
            (words, *(f"{cost[name]:,.{0 if 'bytes' in name else 1}f}" for cost in costs.values()))
            for name, words in _COSTS.items()
        ],
    )


def _compared(compared: list[dict[str, Any]]) -> str:
    rows = []
    for one in compared:
        model, real = one["predicted"], one["measured"]
        cells: list[object] = [one["replicas"], f"{one['rate']:.1f}", real["failed"]]
        for name in ("p50", "p99"):
            cells.append(f"{model[name] * 1000:.0f} / {real[name] * 1000:.0f} ms")
            cells.append(_error(model[name], real[name]))
        name = "logins_a_second"
        cells.append(f"{model[name]:.1f} / {real[name]:.1f}")
        cells.append(_error(model[name], real[name]))
        rows.append(cells)
    heads = ("replicas", "come a second", "failed", "p50 model / product", "error")
    more = ("p99 model / product", "error", "done a second", "error")
    return markdown(heads + more, rows)


def _error(model: float, real: float) -> str:
    return f"{(model - real) / real:+.0%}"


def _plan(morning: dict[str, Any], costs: dict[str, Any]) -> str:
    plan, cost = morning["plan"], costs[morning["cost"]]
    busiest = morning["busiest"]
    rows: list[tuple[str, str]] = [
        ("users", f"{morning['users']:,}"),
        *((f"logins a second {when}", f"{n:,.0f}") for when, n in morning["a_second"].items()),
        ("replicas, a core each", f"{plan['replicas']}"),
        ("cores of PostgreSQL", f"{plan['database_cores']}"),
        ("connections of PgBouncer to it", f"{plan['bouncer']}"),
        ("connections past it, for news: one a replica", f"{plan['replicas']}"),
        ("connections without PgBouncer", f"{plan['replicas'] * plan['pool']:,}"),
        ("statements a second", f"{busiest * cost['statements']:,.0f}"),
        ("transactions a second", f"{busiest * cost['transactions']:,.0f}"),
        ("WAL, MB a second", f"{busiest * cost['wal_bytes'] / 1e6:.1f}"),
        ("WAL of the morning, GB", f"{morning['users'] * cost['wal_bytes'] / 1e9:.1f}"),
        ("the database grows by, GB", f"{morning['users'] * cost['stored_bytes'] / 1e9:.1f}"),
    ]
    for whole in morning.get("whole", ()):
        rows += [
            ("logins of the whole morning, refused", f"{whole['logins']:,}, {whole['refused']}"),
            ("p50, p99, longest", _seconds(whole)),
            (
                "use of replicas, of PostgreSQL over the half hour",
                f"{whole['replica_use']:.0%}, {whole['database_use']:.0%}",
            ),
        ]
    return markdown(("", "figure"), rows)


def _seconds(outcome: dict[str, float]) -> str:
    return ", ".join(f"{outcome[name]:.2f} s" for name in ("p50", "p99", "longest"))


def _connections(rows: list[dict[str, Any]]) -> str:
    return markdown(
        ("replicas", "pool of each", "PgBouncer", "connections", "refused", "p50, p99, longest"),
        [
            (
                one["replicas"],
                one["pool"],
                one["bouncer"] or "none",
                f"{one['connections']:,}",
                _share(one["outcome"]),
                _seconds(one["outcome"]),
            )
            for one in rows
        ],
    )


def _breaking(rows: list[dict[str, Any]]) -> str:
    return markdown(
        ("with", "refused", "p50, p99, longest", "replicas busy", "database busy", "in line"),
        [
            (
                one["what"],
                _share(one["outcome"]),
                _seconds(one["outcome"]),
                f"{one['outcome']['replica_use']:.0%}",
                f"{one['outcome']['database_use']:.0%}",
                _lines(one["outcome"]),
            )
            for one in rows
        ],
    )


def _lines(outcome: dict[str, int]) -> str:
    return (
        f"{outcome['waited_for_replica']} at a replica,"
        f" {outcome['waited_for_connection']} for a connection,"
        f" {outcome['waited_for_database']} at the database"
    )


def _share(outcome: dict[str, float]) -> str:
    return f"{outcome['refused'] / (outcome['logins'] + outcome['refused']):.0%}"
