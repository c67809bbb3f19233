"""How much processors have worked for a process, as Linux counts it."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def worked(pid: int) -> float:
    """Return the seconds of a process and of those that it has started, ended ones included."""
    children: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name, in parentheses, may hold anything.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        one = int(folder.name)
        children.setdefault(int(fields[1]), []).append(one)
        seconds[one] = sum(int(field) for field in fields[11:15]) / _TICKS
    found, total = [pid], 0.0
    while found:
        one = found.pop()
        total += seconds.get(one, 0.0)
        found += children.get(one, [])
    return total


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
