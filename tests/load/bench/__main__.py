"""The command line of the benchmark."""

import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console

from app.settings import Settings
from tests.load.bench import living, machine, plot, report
from tests.load.bench.comparing import changes
from tests.load.bench.measuring import SIGNING_KEY, Plan, Turns, measure
from tests.load.bench.paths import PATHS
from tests.load.bench.servers import Cores
from tests.load.bench.showing import show
from tests.load.bench.targets import STORES, judge
from tests.load.bench.worlds import Size
from tests.stores import durable_postgresql_server

Results = dict[str, Any]

console = Console(stderr=True, highlight=False, width=120)
cli = typer.Typer(pretty_exceptions_enable=False)


@cli.command()
def main(
    out: Annotated[Path | None, typer.Option(help="The JSON file to write.")] = None,
    paths: Annotated[
        str, typer.Option(help="Only those that hold one of these words, by commas.")
    ] = "",
    stores: Annotated[str, typer.Option(help="By commas.")] = ",".join(STORES),
    quick: Annotated[bool, typer.Option(help="Less of everything, for a first look.")] = False,
    rounds: Annotated[int, typer.Option(help="How often each variant has its turn.")] = 5,
    seconds: Annotated[float, typer.Option(help="How long a turn is.")] = 0.4,
    minutes: Annotated[
        float, typer.Option(help="For the turns of all; what is not begun by then is left out.")
    ] = 20,
    cache: Annotated[
        Path | None, typer.Option(help="Keep the worlds in this folder for the next run.")
    ] = None,
    compare: Annotated[Path | None, typer.Option(help="Show what an earlier run had.")] = None,
    page: Annotated[Path | None, typer.Option("--report", help="Write the page.")] = None,
    earlier: Annotated[
        Path | None, typer.Option("--from", help="Measure nothing, take this run.")
    ] = None,
) -> None:
    """Measure the product beside bare endpoints, and write what was found."""
    if earlier is not None:
        results = json.loads(earlier.read_text())
    else:
        with ExitStack() as stack:
            folder = cache or Path(stack.enter_context(tempfile.TemporaryDirectory()))
            # PostgreSQL runs as nobody if this runs as root, and must find its folder.
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
            chosen = stores.split(",")
            turns = Turns(rounds, seconds, minutes / len(chosen))
            results = _measured(folder.resolve(), paths.split(","), chosen, turns, quick=quick)
    if out is not None:
        out.write_text(as_text(results))
    show(console, results)
    if compare is not None:
        for one in changes(json.loads(compare.read_text()), results):
            console.print(json.dumps(one))
    if page is not None:
        picture = page.with_suffix(".svg")
        picture.write_text(plot.svg(results))
        page.write_text(report.page(results, picture.name))
    errors = sum(row["errors"] for row in results["rows"])
    errors += sum(found.get("memory", {}).get("errors", 0) for found in results["living"].values())
    if errors:
        console.print(f"{errors} requests were not answered as they should be", style="red")
        raise typer.Exit(1)


def as_text(results: Results) -> str:
    """Return the results as JSON, a line a row, so that two runs can be read side by side."""
    rows = ",\n".join("  " + json.dumps(row) for row in results["rows"])
    rest = json.dumps({**results, "rows": []}, indent=1)
    return rest.replace('"rows": []', f'"rows": [\n{rows}\n ]') + "\n"


def _measured(
    folder: Path, paths: list[str], stores: list[str], turns: Turns, *, quick: bool
) -> Results:
    began = time.monotonic()
    beneath = machine.description()

    def tell(text: str) -> None:
        console.print(f"{time.monotonic() - began:6.0f} s  {text}")

    cores = Cores.of(sorted(os.sched_getaffinity(0)), workers=1)
    plan = Plan(
        paths=[path for path in PATHS if any(word in path.name for word in paths)],
        sizes=(Size("small", 10_000), Size("large", 100_000 if quick else 1_500_000)),
        connections={1: (16,)} if quick else {1: (16, 1, 64), 2: (16, 64)},
        heavy_connections={1: (16,)} if quick else {1: (16, 1), 2: (16,)},
        turns=Turns(3, turns.seconds, 4 / len(stores)) if quick else turns,
        cores=sorted(os.sched_getaffinity(0)),
        tell=tell,
    )
    # The load, and the database that is started from here, keep off the server's core.
    os.sched_setaffinity(0, cores.load)
    rows: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    lived: dict[str, Any] = {}
    for store in stores:
        with ExitStack() as stack:
            url = None
            if store == "postgresql":
                url = stack.enter_context(durable_postgresql_server(folder / "server"))
            settings = Settings(
                data_directory=folder / store,
                database_url=SecretStr(url) if url else None,
                signing_key=SecretStr(SIGNING_KEY),
                log_level="error",
            )
            measured, without_time = measure(plan, store, settings)
            rows += measured
            skipped += [asdict(cell) for cell in without_time]
            lived[store] = _living(tell, store, settings, cores, paths, quick=quick)
    results: Results = {
        "machine": beneath,
        "worlds": {size.name: size.people for size in plan.sizes},
        "rounds": plan.turns.rounds,
        "seconds": plan.turns.seconds,
        "minutes": round((time.monotonic() - began) / 60, 1),
        "skipped": skipped,
        "living": lived,
        "rows": rows,
    }
    return {**results, "targets": judge(results)}


def _living(
    tell: Callable[[str], None],
    store: str,
    settings: Settings,
    cores: Cores,
    paths: list[str],
    *,
    quick: bool,
) -> dict[str, Any]:
    def is_wanted(name: str) -> bool:
        return any(word in name for word in paths)

    found: dict[str, Any] = {}
    if is_wanted("cold start"):
        tell(f"{store}: cold start")
        found["cold start"] = living.cold_start(settings, cores)
    if is_wanted("sandbox create") or is_wanted("sandbox reset"):
        tell(f"{store}: sandboxes")
        found |= living.worlds(settings, cores)
    if is_wanted("memory"):
        tell(f"{store}: memory")
        found["memory"] = living.memory(settings, cores, 20_000 if quick else 200_000)
    return found


if __name__ == "__main__":
    cli()
