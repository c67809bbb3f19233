"""One store under load: every path, its variants taking turns."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from sqlalchemy import make_url

from app.sandboxes.stores import store_of
from app.seeds import sandboxes_of
from app.settings import Settings
from tests.load.bench import bare, worlds
from tests.load.bench.caller import Caller
from tests.load.bench.figures import Cell, Timed, rows_of
from tests.load.bench.generator import Request, load
from tests.load.bench.paths import Path, World
from tests.load.bench.people import sample_of
from tests.load.bench.servers import Cores, Served, bare_endpoints, product
from tests.load.bench.statements import listening

# What the product is compared with, where a path has it.
MEASURES = ("bare", "raw", "memory", "large")
SIGNING_KEY = "signing-key-of-the-benchmark"
# For as many requests as are looked at, not measured.
A_MOMENT = 0.02
HELLO = Request.of("GET", "/asgi")

Rows = list[dict[str, Any]]
# Gives the requests of so many seconds.
Supply = Callable[[float], Iterator[Request]]


@dataclass(frozen=True, slots=True)
class Turns:
    """How often a variant has its turn, how long each is, and how long those of a store may take.

    What is not begun by then is left out, and said to be.
    """

    rounds: int
    seconds: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, and for how long."""

    paths: Sequence[Path]
    sizes: Sequence[worlds.Size]
    # By the number of processes.
    connections: dict[int, Sequence[int]]
    heavy_connections: dict[int, Sequence[int]]
    turns: Turns
    cores: Sequence[int]
    tell: Callable[[str], None]

    @property
    def largest(self) -> str:
        return self.sizes[-1].name


def measure(plan: Plan, store: str, settings: Settings) -> tuple[Rows, list[Cell]]:
    """Return the rows of every path on this store, and the cells for which there was no time."""
    rows: Rows = []
    skipped: list[Cell] = []
    if not plan.paths:
        return rows, skipped
    left = plan.turns.minutes * 60
    # One process at a time has the files of SQLite.
    for workers in plan.connections if settings.database_url else (1,):
        with _served(plan, settings, workers) as (found, served, bares):
            for cell, path in _cells(plan, store, workers):
                if left <= 0:
                    skipped.append(cell)
                    continue
                plan.tell(f"{store}: {cell.path}, {workers} workers, {cell.connections} at once")
                began = time.monotonic()
                variants = _variants(plan, path, found, served, bares)
                rows += rows_of(cell, _in_turns(plan, cell, variants), MEASURES)
                left -= time.monotonic() - began
    return rows, skipped


@contextmanager
def _served(
    plan: Plan, settings: Settings, workers: int
) -> Iterator[tuple[dict[str, World], Served, Served]]:
    """Serve fresh worlds, and beside them what they are compared with."""
    sandboxes = sandboxes_of(settings)
    databases = {size.name: worlds.prepare(sandboxes, size, plan.tell) for size in plan.sizes}
    with ExitStack() as stack:
        stack.callback(sandboxes.close)
        cores = Cores.of(plan.cores, workers)
        served = stack.enter_context(product(settings, cores, workers))
        caller = Caller(served.ports[0])
        found = {
            name: World(sample_of(name, database, SIGNING_KEY), settings, caller)
            for name, database in databases.items()
        }
        setup = _bare_setup(plan, found[plan.largest], settings, caller)
        yield found, served, stack.enter_context(bare_endpoints(setup, cores, workers))


def _cells(plan: Plan, store: str, workers: int) -> Iterator[tuple[Cell, Path | None]]:
    """Give every path under every load; that by which promises are judged comes first."""
    for connections in plan.connections[workers]:
        for path in plan.paths:
            if not path.is_heavy or connections in plan.heavy_connections[workers]:
                yield Cell(path.name, store, workers, connections), path
        yield Cell("nothing", store, workers, connections), None


def _bare_setup(plan: Plan, world: World, settings: Settings, caller: Caller) -> bare.Setup:
    """Ask each path once, for what it answers and what it asks the database."""
    plan.tell("listening to what each path asks")
    endpoints = []
    with listening(settings, world.sample.name) as asked_for:
        for path in plan.paths:
            body = caller.answer(next(path.make(world, A_MOMENT)))
            asked = asked_for(path.make(world, A_MOMENT)) if path.is_read else ()
            endpoints.append(bare.Endpoint(path.slug, path.kind, path.model, body, asked))
    return bare.Setup(endpoints, _address(store_of(settings).url(world.sample.name)))


def _address(url: str) -> str:
    """Return the file, or the address of the server, as their drivers take it."""
    found = make_url(url)
    if found.drivername.startswith("sqlite"):
        return str(found.database).removeprefix("file:").partition("?")[0]
    return found.set(drivername="postgresql").render_as_string(hide_password=False)


# Who answers, and what gives the requests.
Variant = tuple[Served, Supply]


def _variants(
    plan: Plan, path: Path | None, found: dict[str, World], served: Served, bares: Served
) -> dict[str, Variant]:
    if path is None:
        return {"asgi": (bares, lambda _seconds: cycle([HELLO]))}

    def of_product(world: World) -> Supply:
        return lambda seconds: path.make(world, seconds)

    variants: dict[str, Variant] = {
        name: (served, of_product(world)) for name, world in found.items()
    }
    measures = ["bare"] + ["raw"] * path.is_read + ["memory"] * (path.kind == "page")
    # The requests are those of the product, sent elsewhere: of one kind, one is as good as many.
    sent = next(path.make(found[plan.largest], A_MOMENT))
    for measure in measures:
        request = _sent_to(f"/{measure}/{path.slug}", sent)
        variants[measure] = (bares, lambda _seconds, request=request: cycle([request]))  # type: ignore[misc]
    return variants


def _sent_to(path: str, request: Request) -> Request:
    method, sent_to, headers, body = request.parts()
    query = sent_to.partition("?")[2]
    kept = {
        name: value for name, value in headers.items() if name not in ("Host", "Content-Length")
    }
    return Request.of(method, f"{path}?{query}" if query else path, kept, body, request.status)


def _in_turns(plan: Plan, cell: Cell, variants: dict[str, Variant]) -> dict[str, list[Timed]]:
    """Let the variants take turns; a first turn of each warms up and is not counted."""
    found: dict[str, list[Timed]] = {name: [] for name in variants}
    for turn in range(plan.turns.rounds + 1):
        for name, (served, supply) in variants.items():
            seconds = plan.turns.seconds if turn else plan.turns.seconds / 4
            requests = supply(seconds)
            before = served.cpu_seconds()
            answered = load(served.ports, requests, cell.connections, seconds)
            if not turn:
                # Only what was wrong counts.
                answered.latencies.clear()
            found[name].append(Timed(answered, served.cpu_seconds() - before))
    return found
