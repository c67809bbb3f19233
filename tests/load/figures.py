"""The figures of migrations, as they stand on their page and in the docstrings of migrations."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from app.sandboxes.migrations import MIGRATIONS

PAGE = MIGRATIONS.parent / "docs" / "migrations.md"
_FIGURES = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)", re.DOTALL)
_STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_WIDTH = 100

# A migration's steps, by store and then by direction.
Runs = dict[str, dict[str, Any]]


def write(found: dict[str, Any]) -> None:
    """Write the figures of a measurement where people look for them."""
    runs = _runs(found)
    page = PAGE.read_text(encoding="utf-8")
    table = "\n".join(_page(found, runs.values()))
    PAGE.write_text(_FIGURES.sub(lambda _: table, page), encoding="utf-8")
    for file in (MIGRATIONS / "versions").glob("*.py"):
        text = file.read_text(encoding="utf-8")
        [revision] = re.findall(r'^revision: str = "(\w+)"', text, re.MULTILINE)
        file.write_text(_with_figures(text, runs[revision]), encoding="utf-8")


def _runs(found: dict[str, Any]) -> dict[str, Runs]:
    """Return the first step of each migration in each direction, which meets most rows."""
    runs: dict[str, Runs] = {}
    for store in _STORES:
        for step in found[store]["steps"] if store in found else ():
            of_store = runs.setdefault(step["revision"], {}).setdefault(store, {})
            of_store.setdefault(step["direction"], step)
    return dict(reversed(runs.items()))


def _page(found: dict[str, Any], runs: Iterable[Runs]) -> Iterator[str]:
    stores = [store for store in _STORES if store in found]
    rows = found[stores[0]]["rows"]
    yield (
        f"Measured on {found['measured_on']} with {found['cores']} cores (load"
        f" {found['load']:.1f}) and Python {found['python']}: {rows['skolon_users']:,} users in"
        f" Skolon, {rows['accounts']:,} accounts at the partner.\n"
    )
    yield "| migration | " + " | ".join(f"{_STORES[store]}, up | down" for store in stores) + " |"
    yield "| --- |" + " ---: | ---: |" * len(stores)
    for run in runs:
        seconds = [
            f"{run[store][way]['seconds']:.1f} s" for store in stores for way in ("up", "down")
        ]
        title = run[stores[0]]["up"]["title"].rstrip(".")
        yield f"| {title} | {' | '.join(seconds)} |"
    yield ""


def _with_figures(text: str, run: Runs) -> str:
    """Put the figures after what else the docstring says."""
    _, docstring, rest = text.split('"""', 2)
    said = docstring.partition("\n\nIn a nation")[0].rstrip()
    waits = [
        textwrap.fill(
            f"In a nation, {way} on {name}: {_waits(run[store][way]['waits'])}.",
            _WIDTH,
            subsequent_indent="  ",
        )
        for store, name in _STORES.items()
        for way in ("up", "down")
        if store in run and run[store][way]["waits"]
    ]
    if waits:
        said += "\n\n" + "\n".join(waits) + "\n"
    return f'"""{said}"""{rest}'


def _waits(waits: list[dict[str, Any]]) -> str:
    longest: dict[str, float] = {}
    tables: dict[str, list[str]] = {}
    for wait in waits:
        who = wait["who"]
        longest[who] = max(longest.get(who, 0), wait["seconds"])
        tables.setdefault(who, []).append(f"`{wait['table']}`")
    return "; ".join(
        f"{who} wait{'s' if who == 'everybody' else ''} up to {longest[who]:.1f} s for"
        f" {', '.join(tables[who])}"
        for who in sorted(tables)
    )
