"""How much the morning needs, and what gives way first when there is less of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import ceil

from app.database import POOL_SIZE
from tests.load.morning.arrivals import Morning
from tests.load.morning.model import Cost, Outcome, Plan, simulate

# Seconds within which 99 of 100 are to be in.
TARGET = 2.0
# PostgreSQL's own default, and what the others are tried with.
MOST_CONNECTIONS = 100
PATIENT_STEPS = 40


@dataclass(frozen=True, slots=True)
class Tried:
    """A plan, and how the busiest stretch of the morning went with it."""

    what: str
    plan: Plan
    outcome: Outcome


def needed(cost: Cost, stretch: Morning) -> Plan:
    """Return the smallest plan with which the stretch is borne: one thing after another."""
    # What is less than this is behind at the end of the stretch, however long it lasts.
    cores = stretch.rate * cost.database_ms / 1000
    plan = Plan(
        replicas=ceil(stretch.rate * cost.replica_ms / 1000),
        pool=POOL_SIZE,
        database_cores=ceil(2 * cores),
        bouncer=100 * ceil(cores),
        most_connections=MOST_CONNECTIONS,
    )
    plan = _first(cost, stretch, _more(plan, "replicas", plan.replicas))
    plan = _first(cost, stretch, _more(plan, "database_cores", ceil(cores)))
    # Each is held for the statements' way, their work, and half of the replica's.
    held_ms = cost.database_ms + cost.replica_ms / 2 + cost.statements * plan.round_trip_ms
    return _first(cost, stretch, _more(plan, "bouncer", ceil(stretch.rate * held_ms / 1000)))


def table(cost: Cost, plan: Plan, stretch: Morning) -> list[Tried]:
    """Try the pools of replicas and of PgBouncer that are around those that are needed."""
    bouncer = plan.bouncer or plan.database_cores
    return [
        _tried(cost, replace(plan, pool=pool, bouncer=through), stretch, "")
        for pool in (4, POOL_SIZE)
        for through in (ceil(bouncer * 0.75), bouncer, None)
    ]


def breaking(cost: Cost, plan: Plan, stretch: Morning) -> list[Tried]:
    """Take a tenth and a quarter of each thing away, one at a time."""
    tried = [_tried(cost, plan, stretch, "as planned")]
    for name, words in (
        ("replicas", "replicas"),
        ("database_cores", "cores of the database"),
        ("bouncer", "connections of PgBouncer"),
    ):
        for share in (0.9, 0.75):
            less = replace(plan, **{name: max(1, int(getattr(plan, name) * share))})
            tried.append(_tried(cost, less, stretch, f"{share:.0%} of the {words}"))
    direct = replace(plan, bouncer=None)
    tried.append(_tried(cost, direct, stretch, f"no PgBouncer, {MOST_CONNECTIONS} connections"))
    far = replace(plan, round_trip_ms=2.0)
    tried.append(_tried(cost, far, stretch, "2 ms to the database instead of 0.3"))
    return tried


def _tried(cost: Cost, plan: Plan, stretch: Morning, what: str) -> Tried:
    return Tried(what, plan, simulate(cost, plan, stretch))


def _more(plan: Plan, name: str, least: int) -> Callable[[], Iterator[Plan]]:
    def plans() -> Iterator[Plan]:
        number = max(1, least)
        for _ in range(PATIENT_STEPS):
            yield replace(plan, **{name: number})
            number = max(number + 1, ceil(number * 1.05))

    return plans


def _first(cost: Cost, stretch: Morning, plans: Callable[[], Iterator[Plan]]) -> Plan:
    for plan in plans():
        outcome = simulate(cost, plan, stretch)
        if outcome.p99 < TARGET and not outcome.refused:
            return plan
    raise ValueError("no plan within reach bears this morning")
