"""The model beside the product: the same arrivals at both, on this machine."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.load.browsing import Login, Newcomers, log_in
from tests.load.cluster import Cluster
from tests.load.morning.arrivals import steady
from tests.load.morning.model import Cost, Outcome, Plan, simulate

# Shares of what the model says that this machine bears.
RATES = (0.3, 0.6, 0.9)
SECONDS = 10.0
# So many browsers that nobody waits for one.
BROWSERS = 256


@dataclass(frozen=True, slots=True)
class Compared:
    """What came a second, and how it went in the model and in the product."""

    replicas: int
    rate: float
    predicted: Outcome
    p50: float
    p99: float
    logins_a_second: float
    failed: int

    def as_json(self) -> dict[str, object]:
        return {
            "replicas": self.replicas,
            "rate": self.rate,
            "predicted": self.predicted.as_json(),
            "measured": {
                "p50": self.p50,
                "p99": self.p99,
                "logins_a_second": self.logins_a_second,
                "failed": self.failed,
            },
        }


def compared(
    running: Cluster, cost: Cost, newcomers: Newcomers, round_trip_ms: float
) -> list[Compared]:
    """Let people come at some rates to both."""
    replicas, cores = len(running.replicas), len(os.sched_getaffinity(0))
    plan = Plan(
        replicas=replicas,
        pool=16,
        database_cores=cores,
        shared_cores=cores,
        round_trip_ms=round_trip_ms,
    )
    whole = cost.replica_ms + cost.database_ms + cost.asking_ms
    most = 1000 * min(replicas / cost.replica_ms, cores / whole)
    results = []
    for share in RATES:
        morning = steady(most * share, SECONDS)
        done, lasted = _logins(running, morning.arrivals, newcomers)
        ordered = sorted(one.seconds for one in done)
        results.append(
            Compared(
                replicas=replicas,
                rate=most * share,
                predicted=simulate(cost, plan, morning),
                p50=ordered[len(ordered) // 2],
                p99=ordered[int(0.99 * len(ordered))],
                logins_a_second=len(done) / lasted,
                failed=sum(bool(one.trouble) for one in done),
            )
        )
    return results


def _logins(
    running: Cluster, arrivals: Sequence[float], newcomers: Newcomers
) -> tuple[list[Login], float]:
    """Let each begin when they want to, however many are not in yet."""
    with ThreadPoolExecutor(BROWSERS) as browsers:
        begun = time.perf_counter()
        logins = []
        for at in arrivals:
            time.sleep(max(0.0, begun + at - time.perf_counter()))
            login = partial(log_in, running.url, next(newcomers), begun=begun + at)
            logins.append(browsers.submit(login))
        done = [one.result() for one in logins]
        return done, time.perf_counter() - begun - arrivals[0]
