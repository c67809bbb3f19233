"""What a process costs beside its answers: starting, memory, and making worlds."""

import json
import os
import statistics
import time
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from app.partner.demo import DEMO_API_KEY
from app.settings import Settings
from tests.load.bench.caller import Caller
from tests.load.bench.figures import percentile
from tests.load.bench.generator import Request, load
from tests.load.bench.servers import Cores, port_of, product, started

STARTS = 9
WORLDS = 25
# What the first minutes need once: threads, connections, statements that are kept.
WARM = 2_000
AT_ONCE = 16
STATUS = Request.of(
    "GET",
    "/api/v1/licenses/status?school_unit_code=10000001",
    {"Authorization": f"Bearer {DEMO_API_KEY}"},
)
JSON = {"Content-Type": "application/json"}

Figures = dict[str, Any]


def cold_start(settings: Settings, cores: Cores, starts: int = STARTS) -> Figures:
    """Return how long it takes from the start of the process to the first answer."""
    taken = []
    # The first makes the worlds that the others find, and brings everything into memory.
    for _ in range(starts + 1):
        began = time.perf_counter()
        with started(settings) as process:
            try:
                os.sched_setaffinity(process.pid, cores.server)
                Caller(port_of(process)).answer(STATUS)
                taken.append((time.perf_counter() - began) * 1000)
            finally:
                process.terminate()
    return _summary(taken[1:])


def memory(settings: Settings, cores: Cores, journaled: int) -> Figures:
    """Return what a process holds when idle, when warm, and after so many journaled requests."""
    with product(settings, cores) as served:
        Caller(served.ports[0]).answer(STATUS)
        idle = served.resident_bytes()
        errors = 0
        held = {}
        for count in (WARM, journaled - WARM):
            found = load(served.ports, islice(cycle([STATUS]), count), AT_ONCE, seconds=600)
            errors += found.errors
            held[count] = served.resident_bytes()
    return {
        "requests": journaled,
        "errors": errors,
        "idle_mb": _megabytes(idle),
        "warm_mb": _megabytes(held[WARM]),
        "after_mb": _megabytes(held[journaled - WARM]),
        "growth": round(held[journaled - WARM] / idle - 1, 3),
        "growth_from_warm": round(held[journaled - WARM] / held[WARM] - 1, 3),
    }


def worlds(settings: Settings, cores: Cores, count: int = WORLDS) -> dict[str, Figures]:
    """Return how long it takes to make a sandbox and to reset one, one at a time."""
    with product(settings, cores) as served:
        caller = Caller(served.ports[0])

        def timed(make: Callable[[int], Request]) -> Figures:
            taken = []
            for number in range(count):
                caller.answer(make(number))
                taken.append(caller.milliseconds)
            return _summary(taken)

        def create(name: str) -> Request:
            body = json.dumps({"name": name}).encode()
            return Request.of("POST", "/sandboxes", JSON, body, status=201)

        def delete(name: str) -> None:
            caller.answer(Request.of("DELETE", f"/sandboxes/{name}", status=204))

        # The first of a seed waits until its template is made.
        caller.answer(create("bench-first"))
        created = timed(lambda number: create(f"bench-{number}"))
        reset = timed(lambda number: Request.of("POST", f"/sandboxes/bench-{number}/reset"))
        for name in ("bench-first", *(f"bench-{number}" for number in range(count))):
            delete(name)
    return {"sandbox create": created, "sandbox reset": reset}


def _summary(taken: list[float]) -> Figures:
    return {
        "times": len(taken),
        "p50_ms": round(statistics.median(taken), 1),
        "p99_ms": round(percentile(taken, 0.99), 1),
    }


def _megabytes(size: int) -> float:
    return round(size / 1e6, 1)
