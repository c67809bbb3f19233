"""How long each migration takes on a whole nation, up and down, and who waits for it.

Run `.venv/bin/python -m tests.load.migrations`; with `--write` the figures go into the page on
migrations and the docstrings of the migrations as well. A nation takes 2.5 GB while it runs.
"""

import json
import os
import platform
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from sqlalchemy import make_url

from app.clock import system_clock
from app.nation.settling import settle
from app.seeds import sandboxes_of
from app.settings import Settings
from tests.load import figures
from tests.load.stepping import LARGE, rows_of, steps
from tests.stores import postgresql_server

MANY_ROWS = 100_000


class Store(StrEnum):
    """Where a nation lives."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def main(
    store: Annotated[list[Store] | None, typer.Option(help="Only this one of the two.")] = None,
    scale: Annotated[float, typer.Option(help="How much of a nation.", min=0.001)] = 1.0,
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("migrations.json"),
    write: Annotated[bool, typer.Option("--write", help="And into page and docstrings.")] = False,
) -> None:
    """Run every migration down, up and down again on a nation, and write what it took."""
    if write and (store or scale < 1):
        raise typer.BadParameter("what is written down is of a whole nation on both stores")
    found: dict[str, Any] = {
        "measured_on": system_clock().date().isoformat(),
        "cores": os.cpu_count(),
        # More than there are cores means that others took their share of the time.
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "scale": scale,
    }
    for one in store or Store:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="load-")))
            url = stack.enter_context(postgresql_server()) if one is Store.POSTGRESQL else None
            found[one] = _measured(folder, url, scale)
    out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if write:
        figures.write(found)


def _measured(folder: Path, server: str | None, scale: float) -> dict[str, Any]:
    settings = Settings(
        data_directory=folder,
        database_url=SecretStr(_patient(server)) if server else None,
        log_level="error",
    )
    worlds = sandboxes_of(settings)
    try:
        database = worlds.prepare_default("town").database
        settle(database, scale=scale, arrived=0.5, now=system_clock(), tell=lambda *_: None)
        rows = {table: number for table, number in rows_of(database).items() if number}
        # Else the figures would say nothing of it.
        assert {table for table, number in rows.items() if number > MANY_ROWS} <= LARGE
        taken = []
        for step in steps(database):
            typer.echo(f"{step.direction:>4} {step.seconds:6.1f} s  {step.title}")
            taken.append(asdict(step))
    finally:
        worlds.close()
    return {"rows": rows, "steps": taken}


def _patient(url: str) -> str:
    """Let nothing be too slow for the server, which is one of the tests."""
    patient = make_url(url).update_query_dict({"options": "-cstatement_timeout=0"})
    return patient.render_as_string(hide_password=False)


if __name__ == "__main__":
    typer.run(main)
