"""From rounds to figures: medians, 99th percentiles, costs and ratios."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.load.bench.generator import Round


@dataclass(frozen=True, slots=True)
class Cell:
    """What is measured side by side: a path on a store, under so much load."""

    path: str
    store: str
    workers: int
    connections: int


@dataclass(frozen=True, slots=True)
class Timed:
    """A round of one variant, and the processor time that the server took for it."""

    round: Round
    cpu_seconds: float


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def rate(timed: Timed) -> float:
    """Return right answers a second."""
    return len(timed.round.latencies) / timed.round.seconds


def row(cell: Cell, variant: str, rounds: Sequence[Timed]) -> dict[str, Any]:
    """Return the figures of one variant: medians of its rounds, so that one bad one is nothing."""
    answered = [one for one in rounds if one.round.latencies]
    errors = sum(one.round.errors for one in rounds)
    first_error = next((one.round.first_error for one in rounds if one.round.errors), "")
    figures: dict[str, Any] = asdict(cell) | {"variant": variant, "errors": errors}
    if first_error:
        figures["first_error"] = first_error
    if not answered:
        return figures
    requests = sum(len(one.round.latencies) for one in answered)
    return figures | {
        "requests": requests,
        "per_second": _median([rate(one) for one in answered]),
        "p50_ms": _median([percentile(one.round.latencies, 0.5) * 1000 for one in answered]),
        "p99_ms": _median([percentile(one.round.latencies, 0.99) * 1000 for one in answered]),
        "cpu_us": round(sum(one.cpu_seconds for one in answered) / requests * 1e6, 1),
    }


def ratio(of: Sequence[Timed], to: Sequence[Timed]) -> float | None:
    """Return how many times as many a second, round by round; they were neighbors in time."""
    pairs = [
        rate(one) / rate(other)
        for one, other in zip(of, to, strict=True)
        if one.round.latencies and other.round.latencies
    ]
    return round(statistics.median(pairs), 3) if pairs else None


def rows_of(
    cell: Cell, found: dict[str, list[Timed]], measures: Sequence[str]
) -> list[dict[str, Any]]:
    """Return a row a variant, with its ratio to each of the variants that are a measure."""
    rows = []
    for variant, rounds in found.items():
        ratios = {
            measure: ratio(rounds, found[measure])
            for measure in measures
            if measure in found and measure != variant
        }
        rows.append(row(cell, variant, rounds) | {"ratios": ratios})
    return rows


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)
