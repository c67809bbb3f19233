"""What a check has found."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import httpx

from tests.load.cluster import Cluster

T = TypeVar("T")


@dataclass
class Finding:
    """How much was looked at, and what was not as promised."""

    counts: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def expect(self, is_so: bool, otherwise: str) -> None:
        """Note what is wrong unless it is so."""
        if not is_so:
            self.wrong.append(otherwise)


Check = Callable[[Cluster], Finding]


def side_by_side(calls: Sequence[Callable[[], T]], at_once: int = 8) -> list[T]:
    """Make the calls, so many at the same time, and return what came of them, in order."""
    with ThreadPoolExecutor(at_once) as threads:
        return [one.result() for one in [threads.submit(call) for call in calls]]


def at_each(clients: Sequence[httpx.Client], call: Callable[[httpx.Client], T]) -> list[T]:
    """Make the same call by each of the clients at the same moment."""
    return side_by_side([partial(call, one) for one in clients], len(clients))
