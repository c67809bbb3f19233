"""The command line of the benchmark."""

import json
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console

from app.settings import Settings
from tests.load.bench import machine
from tests.load.bench.measuring import SIGNING_KEY, Plan, measure
from tests.load.bench.paths import PATHS
from tests.load.bench.showing import show
from tests.load.bench.worlds import Size

console = Console(stderr=True, highlight=False, width=120)
cli = typer.Typer(pretty_exceptions_enable=False)


@cli.command()
def main(
    out: Annotated[Path, typer.Option(help="The JSON file to write.")],
    paths: Annotated[str, typer.Option(help="Only paths that hold one of these, by commas.")] = "",
    stores: Annotated[str, typer.Option(help="sqlite, postgresql.")] = "sqlite,postgresql",
    cache: Annotated[
        Path | None, typer.Option(help="Keep worlds in this folder for the next run.")
    ] = None,
    quick: Annotated[bool, typer.Option(help="Less of everything, for a first look.")] = False,
    rounds: int = 5,
    seconds: Annotated[float, typer.Option(help="Of one round of one variant.")] = 0.5,
) -> None:
    """Measure the product, and write what was found."""
    began = time.monotonic()
    wanted = [one for one in paths.split(",") if one]
    plan = Plan(
        paths=[path for path in PATHS if not wanted or any(one in path.name for one in wanted)],
        sizes=(Size("small", 10_000), Size("large", 100_000 if quick else 1_500_000)),
        connections={1: (16,)} if quick else {1: (1, 16, 64), 2: (64,)},
        heavy_connections={1: (16,)} if quick else {1: (1, 16), 2: (16,)},
        rounds=3 if quick else rounds,
        seconds=seconds,
        cores=sorted(os.sched_getaffinity(0)),
        tell=lambda text: console.print(f"{time.monotonic() - began:6.0f} s  {text}"),
    )
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        folder = cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        for store in stores.split(","):
            settings = Settings(
                data_directory=folder / store,
                signing_key=SecretStr(SIGNING_KEY),
                log_level="error",
            )
            rows += measure(plan, store, settings)
    results = {"machine": machine.description(), "rows": rows}
    out.write_text(json.dumps(results, indent=1) + "\n")
    show(console, rows)
    if any(row["errors"] for row in rows):
        raise typer.Exit(1)


if __name__ == "__main__":
    cli()
