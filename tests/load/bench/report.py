"""The page in `docs/`, written from a run: what was measured, how, and what came out."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from tests.load.bench.targets import AT_ONCE, STORES, row

Results = dict[str, Any]

_INTRODUCTION = """\
# Performance

This page is written by the program that measures; change its words in `tests/load/bench/report.py`.

```sh
.venv/bin/python -m tests.load.bench --out bench.json --cache ~/.cache/skolon-mock-bench
.venv/bin/python -m tests.load.bench --out bench.json --quick --paths status --stores sqlite
.venv/bin/python -m tests.load.bench --out bench.json --compare docs/performance.json
.venv/bin/python -m tests.load.bench --from bench.json --report docs/performance.md
```

The first takes about half an hour, and `--quick` some minutes. A request that is not answered as it
should be makes the run fail.

## What is measured

The whole product as `./run` serves it, in sandbox mode: keys are checked, the journal is written,
faults and scripted answers are looked for. It runs on one processor core, the load and the database
on another; several processes share PostgreSQL, while SQLite's files are for one. The load has its
requests written before the clock starts and keeps its connections open. SQLite is as sandboxes have
it (WAL, `synchronous=NORMAL`); PostgreSQL has `fsync` on. Where there are two cores, the second of
two processes shares its core with load and database, so that two do little more than one there.

Every path is measured in two worlds, and beside measures that answer the same under the same
server, with uvloop, httptools and the same care for the garbage collector:

- **bare**: a FastAPI endpoint with the same request and response model that only builds the answer;
- **raw**: the same, after the statements that the product sent, through `sqlite3` or `psycopg`
  alone and without the one that checks the key;
- **memory**, for pages: a FastAPI endpoint that returns bytes which it has ready.

The variants take turns, a short round each, several times over; a figure is the median of the
rounds, and a ratio the median of the ratios of neighbors. Figures of a machine that others use as
well move by a tenth or two; the ratios move less.

A login is the return to the partner with the one-time code: the exchange of the code, five calls of
the Partner API, and the partner's transaction. Each code is used once, and each newcomer comes
once. Half of those who can log in have done so before.

License requests name the codes of their world, of which the small one has few: hundreds of units
come to one code there, and its license status slows down. Loads of 1 and 64 connections are
measured after that, those of 16 before.
"""

_IN_THE_WAY = """\
## What stands in the way

Where a promise is not kept, this is what takes the time or the room, by processor time in one
process, and what it would take:

- **License status on PostgreSQL.** Key and answer are one statement. Of the time that Python runs,
  that takes 14 %, of which psycopg itself has 4; opening and closing its connection 9; sending the
  answer 23, the hop to a thread and back 12, writing the journal 12, the product's middleware 13.
  The endpoint with psycopg alone has the sending, the hop and the 4. Getting there needs a second
  process, or doing without what is written of each request.
- **Code exchange.** About half is the transaction: opening it 50 us, finding the code and the tool
  80, marking it used 45, the two tokens 100, the commit 90, which writes six indexes of the tokens.
  The journal takes 75 us an entry, and what every request passes some 270. Reaching twice as much
  needs fewer indexes of tokens and their rows inserted past SQLAlchemy; more comes from more
  processes, on PostgreSQL.
- **Pages of 1,000 people.** Of 26 ms, reading the people takes 10, half of it in SQLite itself,
  their schools 8, and writing the JSON 2. The same bytes from memory take 0.1 ms, so half of that
  is only reached by keeping finished pages, by change number, switches, tool and question. That is
  sound once every change that a page shows draws a number; a synchronization reads each page once.
- **Cold start.** Nearly all of it is importing: FastAPI, SQLAlchemy, Pydantic, 235 routes and 356
  models. Getting below needs the portal and the console built when they are first asked for.
- **Memory.** Libraries take 68 MB, the modules of the product 40, half of it the partner's models
  and routes. Building what few ask for when it is asked for would save some of that.
  On SQLite most of the growth comes with the first requests, when up to 16 connections each begin
  to keep up to 2 MB of pages, which is what SQLite keeps unless told otherwise.
"""


def page(results: Results, plot: str) -> str:
    """Return the page in Markdown; `plot` is the name of the plot beside it."""
    parts = [_INTRODUCTION, _machine(results), _promises(results), f"![Each path]({plot})\n"]
    for store, name in STORES.items():
        if any(one["store"] == store for one in results["rows"]):
            parts += [f"## {name}\n", _paths(results, store), _loads(results, store)]
    parts += [_living(results), _IN_THE_WAY]
    return "\n".join(part for part in parts if part)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; all but the first column hold numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _machine(results: Results) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    worlds = " and ".join(f"{people:,}" for people in results["worlds"].values())
    return (
        f"## This run\n\n{machine['processor']}, {machine['cores']} cores,"
        f" {machine['memory_gib']} GiB, on which the load average was"
        f" {machine['load_average']:.1f} before; {versions}. Commit `{machine['commit']}`,"
        f" {machine['begun_at']}; worlds of {worlds} people and as many accounts;"
        f" {results['rounds']} rounds of {results['seconds']:g} s; {results['minutes']:g} minutes"
        f" in all.{_left_out(results)}\n"
    )


def _left_out(results: Results) -> str:
    skipped = len(results["skipped"])
    return f" For {skipped} combinations there was no time." if skipped else ""


def _promises(results: Results) -> str:
    said = {True: "yes", False: "**no**", None: "not measured"}
    rows = [
        (
            one["target"],
            f"{'at least' if one['is_least'] else 'at most'} {one['bound']:g} {one['unit']}",
            "-" if one["found"] is None else f"{one['found']:,g}",
            said[one["met"]],
        )
        for one in results["targets"]
    ]
    head = ("what", "promise", "found", "kept")
    return f"## Promises\n\nAt {AT_ONCE} connections and one process, medians.\n\n" + table(
        head, rows
    )


def _paths(results: Results, store: str) -> str:
    rows = []
    for path in _names(results, store):
        found = row(results, path, store, "large")
        small = row(results, path, store, "small")
        if found is None or small is None or "per_second" not in found:
            continue
        ratios = found["ratios"]
        rows.append(
            (
                path,
                _number(found["per_second"]),
                _number(found["p50_ms"]),
                _number(found["p99_ms"]),
                _number(found["cpu_us"]),
                *(_number(ratios.get(measure)) for measure in ("bare", "raw", "memory")),
                _number(small["ratios"].get("large")),
            )
        )
    head = (
        "large world", "a second", "median ms", "p99 ms", "CPU us", "of bare", "of raw",
        "of memory", "small to large",
    )  # fmt: skip
    return f"One process, {AT_ONCE} at once:\n\n{table(head, rows)}"


def _loads(results: Results, store: str) -> str:
    """Show how each path goes under every load: answers a second, and the 99th percentile."""
    of_product = [
        one
        for one in results["rows"]
        if one["store"] == store and one["variant"] in ("large", "asgi") and "per_second" in one
    ]
    loads = sorted({(one["workers"], one["connections"]) for one in of_product})
    rows = []
    for path, group in groupby(
        sorted(of_product, key=_order(results)), key=lambda one: one["path"]
    ):
        found = {(one["workers"], one["connections"]): one for one in group}
        cells = [
            f"{_number(found[load]['per_second'])} ({_number(found[load]['p99_ms'])})"
            if load in found
            else ""
            for load in loads
        ]
        rows.append((path, *cells))
    head = [f"{workers} / {connections}" for workers, connections in loads]
    return (
        "Answers a second and p99 in ms in the large world, by processes / connections; `nothing`"
        " is what\nthe load itself reaches against a bare ASGI application:\n\n"
        + table(("path", *head), rows)
    )


def _order(results: Results) -> Any:  # noqa: ANN401, a key to sort by
    names = [one["path"] for one in results["rows"]]
    return lambda one: names.index(one["path"])


def _living(results: Results) -> str:
    rows = []
    for store, found in results.get("living", {}).items():
        for what in ("cold start", "sandbox create", "sandbox reset"):
            if what in found:
                figures = found[what]
                value = f"median {figures['p50_ms']:,} ms, p99 {figures['p99_ms']:,} ms"
                rows.append((f"{what}, {STORES[store]}", value))
        if "memory" in found:
            held = found["memory"]
            value = (
                f"{held['idle_mb']} MB idle, {held['warm_mb']} MB warm, {held['after_mb']} MB after"
                f" {held['requests']:,} journaled requests"
            )
            rows.append((f"memory, {STORES[store]}", value))
    if not rows:
        return ""
    return "## Starting, memory, sandboxes\n\n" + table(("what", "found"), rows)


def _names(results: Results, store: str) -> list[str]:
    rows = results["rows"]
    return list(dict.fromkeys(one["path"] for one in rows if one["store"] == store))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
