"""The simulation of the first school morning agrees with what is known without simulating."""

import math
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from tests.load.morning.arrivals import MORNING, morning, steady
from tests.load.morning.model import Cost, Plan, simulate
from tests.load.morning.planning import TARGET, breaking, needed
from tests.load.morning.queueing import Customer, Line, Simulation

COST = Cost(replica_ms=20, database_ms=4, requests=3, transactions=6, statements=30)
PLAN = Plan(replicas=4, pool=4, database_cores=2)


def _mean_wait(servers: int, arrivals: list[float], services: list[float]) -> float:
    simulation = Simulation()
    line = Line(simulation, servers)
    waits: list[float] = []

    def customer(at: float, service: float) -> Customer:
        yield line
        waits.append(simulation.now - at)
        yield service
        line.give()

    for at, service in zip(arrivals, services, strict=True):
        simulation.arrive(customer(at, service), at)
    simulation.run()
    return sum(waits) / len(waits)


def test_whoever_always_takes_equally_long_waits_as_pollaczek_and_khinchine_say() -> None:
    arrivals = steady(0.7, 60_000).arrivals

    waited = _mean_wait(1, arrivals, [1.0] * len(arrivals))

    assert waited == pytest.approx(0.7 / (2 * 0.3), rel=0.05)


def test_three_servers_keep_people_waiting_as_erlang_says() -> None:
    arrivals, random = steady(1.8, 40_000).arrivals, Random(2)  # noqa: S311, a simulation
    services = [random.expovariate(1.0) for _ in arrivals]

    waited = _mean_wait(3, arrivals, services)

    rest = 1.8**3 / math.factorial(3) / (1 - 0.6)
    all_busy = rest / (sum(1.8**k / math.factorial(k) for k in range(3)) + rest)
    assert waited == pytest.approx(all_busy / (3 - 1.8), rel=0.05)


def test_a_morning_has_everybody_once_and_is_always_the_same() -> None:
    once, again, other = morning(8_700), morning(8_700), morning(8_700, seed=2)

    assert len(once.arrivals) == 8_700
    assert once == again != other
    assert all(earlier <= later for earlier, later in pairwise([0.0, *once.arrivals, MORNING]))


def test_everybody_who_comes_is_let_in_or_refused_and_the_outcome_is_always_the_same() -> None:
    people = steady(150, 40)
    few = replace(PLAN, most_connections=10)

    outcome, crowded = simulate(COST, PLAN, people), simulate(COST, few, people)

    assert outcome == simulate(COST, PLAN, people)
    assert (outcome.logins, outcome.refused) == (len(people.arrivals), 0)
    assert crowded.refused
    assert crowded.logins + crowded.refused == len(people.arrivals)


def test_alone_a_login_takes_what_it_costs_and_no_more_come_through_than_cores_bear() -> None:
    alone = simulate(COST, replace(PLAN, round_trip_ms=0.0), steady(0.5, 100))
    flooded = simulate(COST, PLAN, steady(400, 10))

    assert alone.p50 == pytest.approx(0.024)
    # Four replicas at 20 ms a login.
    assert 170 < flooded.logins_a_second <= 200
    assert flooded.replica_use > 0.85


def test_the_plan_bears_its_stretch_and_with_a_quarter_less_of_the_replicas_it_does_not() -> None:
    stretch = morning(87_000).busiest(30)

    plan = needed(COST, stretch)

    tried = {one.what: one.outcome for one in breaking(COST, plan, stretch)}
    assert tried["as planned"].p99 < TARGET < tried["75% of the replicas"].p99
    assert plan.replicas >= stretch.rate * COST.replica_ms / 1000
