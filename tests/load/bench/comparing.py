"""A run beside an earlier one: what has become quicker or slower."""

from typing import Any

# Two runs of the same code differ by about so much on a machine that others use as well.
NOISE = 0.15
_CELL = ("path", "store", "workers", "connections", "variant")

Results = dict[str, Any]


def changes(old: Results, new: Results) -> list[dict[str, Any]]:
    """Return the rows whose ratio to the bare endpoint changed by more than noise, worst first.

    The ratio and not the speed: the machine may have been busier, or another one.
    """
    before = {_key(row): row for row in old["rows"]}
    found = []
    for row in new["rows"]:
        then = before.get(_key(row), {}).get("ratios", {}).get("bare")
        now = row["ratios"].get("bare")
        if then and now and abs(now / then - 1) > NOISE:
            cell = dict(zip(_CELL, _key(row), strict=True))
            found.append({**cell, "before": then, "now": now, "change": round(now / then - 1, 3)})
    return sorted(found, key=lambda one: float(one["change"]))


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _CELL)
