"""The 290 municipalities of Sweden: public facts, which any company may know.

`municipalities.csv` holds SCB's codes and names; inhabitants (2024) and the position of the seat
are rounded, because they only spread invented schools over the map.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality; the first two of the four digits of its code are its county's."""

    code: str
    name: str
    thousand_inhabitants: int
    latitude: float
    longitude: float


@cache
def municipalities() -> tuple[Municipality, ...]:
    """Return every municipality, in the order of their codes."""
    file = resources.files("app") / "municipalities.csv"
    with file.open(encoding="utf-8") as lines:
        return tuple(
            Municipality(
                row["code"],
                row["name"],
                int(row["thousand_inhabitants"]),
                float(row["latitude"]),
                float(row["longitude"]),
            )
            for row in csv.DictReader(lines)
        )


def genitive(name: str) -> str:
    """Return the name as it stands before "kommun": Salems, but Nacka, Borås and Kalmar."""
    irregular = {"Falun": "Falu", "Kalmar": "Kalmar"}
    if name in irregular:
        return irregular[name]
    return name if name[-1] in "aeiouyåäösxz" else f"{name}s"
