"""The figures on a terminal."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.table import Table

Row = dict[str, Any]


def show(console: Console, results: dict[str, Any]) -> None:
    """Print a table a path and store, what was answered wrongly, and the promises."""
    rows: Sequence[Row] = results["rows"]
    for (path, store), group in groupby(rows, key=lambda row: (row["path"], row["store"])):
        table = Table(
            "workers", "at once", "variant", "a second", "median ms", "p99 ms", "CPU us",
            "ratio to", "errors",
            title=f"{path}, {store}", title_justify="left",
        )  # fmt: skip
        for row in group:
            ratios = (f"{name} {value}" for name, value in row["ratios"].items())
            table.add_row(
                str(row["workers"]),
                str(row["connections"]),
                row["variant"],
                *(_number(row.get(name)) for name in ("per_second", "p50_ms", "p99_ms", "cpu_us")),
                ", ".join(ratios),
                str(row["errors"] or ""),
            )
        console.print(table)
    for row in rows:
        if row["errors"]:
            where = f"{row['path']}, {row['store']}, {row['variant']}"
            console.print(f"{where}: {row['first_error']}", style="red", markup=False)
    console.print_json(data=results["living"])
    for one in results["targets"]:
        if one["met"] is not None:
            style = "green" if one["met"] else "red"
            console.print(f"{one['target']}: {one['found']} ({one['bound']})", style=style)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
