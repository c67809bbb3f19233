"""What is promised, and whether a run kept it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

# Under which load the promises are judged.
AT_ONCE = 16
PAGES = ("users, first page", "users, middle page", "users, last page")
LOGINS = ("first login", "repeat login")

Results = dict[str, Any]
Measure = Callable[[Results], float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A promise: a figure that is at least, or at most, so much."""

    name: str
    bound: float
    unit: str
    measure: Measure
    is_least: bool = True

    def judged(self, results: Results) -> dict[str, Any]:
        found = self.measure(results)
        met = None
        if found is not None:
            met = found >= self.bound if self.is_least else found <= self.bound
        return {
            "target": self.name,
            "bound": self.bound,
            "is_least": self.is_least,
            "unit": self.unit,
            "found": None if found is None else round(found, 3),
            "met": met,
        }


def judge(results: Results) -> list[dict[str, Any]]:
    """Return each promise with what was found; one that was not measured is neither met nor not."""
    return [target.judged(results) for target in TARGETS]


def row(results: Results, path: str, store: str, variant: str) -> dict[str, Any] | None:
    """Return the row by which promises are judged: one process, sixteen at once."""
    wanted = {
        "path": path, "store": store, "variant": variant, "workers": 1, "connections": AT_ONCE,
    }  # fmt: skip
    for one in results["rows"]:
        if wanted.items() <= one.items():
            found: dict[str, Any] = one
            return found
    return None


def _ratio(path: str, store: str, measure: str) -> Measure:
    def of(results: Results) -> float | None:
        found = row(results, path, store, "large")
        return found["ratios"].get(measure) if found else None

    return of


def _worst(measures: Iterable[Measure], worst: Callable[[list[float]], float]) -> Measure:
    measures = list(measures)

    def of(results: Results) -> float | None:
        found = [value for measure in measures if (value := measure(results)) is not None]
        return worst(found) if found else None

    return of


def _per_second(path: str, store: str) -> Measure:
    def of(results: Results) -> float | None:
        found = row(results, path, store, "large")
        return found.get("per_second") if found else None

    return of


def _growth(path: str, store: str) -> Measure:
    """How many times as long the large world takes as the small one."""

    def of(results: Results) -> float | None:
        found = row(results, path, store, "small")
        ratio = found["ratios"].get("large") if found else None
        return ratio or None

    return of


def _living(what: str, store: str, figure: str) -> Measure:
    def of(results: Results) -> float | None:
        value = results.get("living", {}).get(store, {}).get(what, {}).get(figure)
        return None if value is None else float(value)

    return of


def _targets() -> Iterable[Target]:
    yield Target(
        "License status beside the same statement through psycopg", 0.6, "times",
        _ratio("license status", "postgresql", "raw"),
    )  # fmt: skip
    yield Target(
        "License status beside the same statement through sqlite3", 0.35, "times",
        _ratio("license status", "sqlite", "raw"),
    )  # fmt: skip
    yield Target(
        "Code exchanges on SQLite", 1200, "a second", _per_second("code exchange", "sqlite")
    )
    for store, name in STORES.items():
        yield Target(
            f"Code exchange beside an endpoint without a database, {name}", 0.3, "times",
            _ratio("code exchange", store, "bare"),
        )  # fmt: skip
        yield Target(
            f"A page of 1,000 users beside its bytes from memory, {name}", 0.5, "times",
            _worst([_ratio(path, store, "memory") for path in PAGES], min),
        )  # fmt: skip
        yield Target(
            f"Login, large world beside small, {name}", 1.2, "times as long",
            _worst([_growth(path, store) for path in LOGINS], max), is_least=False,
        )  # fmt: skip
        yield Target(
            f"License status, large world beside small, {name}", 1.2, "times as long",
            _growth("license status", store), is_least=False,
        )  # fmt: skip
        yield Target(
            f"Cold start, {name}", 800, "ms",
            _living("cold start", store, "p50_ms"), is_least=False,
        )  # fmt: skip
        yield Target(
            f"Memory when idle, {name}", 110, "MB",
            _living("memory", store, "idle_mb"), is_least=False,
        )  # fmt: skip
        yield Target(
            f"Growth of memory, {name}", 0.1, "of idle",
            _living("memory", store, "growth"), is_least=False,
        )  # fmt: skip
        for what in ("sandbox create", "sandbox reset"):
            yield Target(
                f"{what.capitalize()}, {name}", 50 if store == "sqlite" else 150, "ms",
                _living(what, store, "p50_ms"), is_least=False,
            )  # fmt: skip


STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
TARGETS = tuple(_targets())
