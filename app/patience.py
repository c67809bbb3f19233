"""How long a request waits for databases: all of its waits together, in whichever thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

# How long anybody waits for a connection, a lock or an answer, if nothing else was said.
PATIENCE_SECONDS = 10.0
# What even a request that has waited long enough is given: time to take back what it began.
LEAST_SECONDS = 0.25


class Patience:
    """What is left of the seconds that may be waited."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


_patience: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Let what is done in here wait so long in all; within another such block, as that one says."""
    if _patience.get() is not None:
        yield
        return
    token = _patience.set(Patience(seconds))
    try:
        yield
    finally:
        _patience.reset(token)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let what is done in here take as long as it takes: nobody waits for it, or somebody must."""
    token = _patience.set(Patience(inf))
    try:
        yield
    finally:
        _patience.reset(token)


def left(otherwise: float) -> float:
    """Return how long the next wait may be; of what nobody asked for, each is as long."""
    patience = _patience.get()
    return otherwise if patience is None else max(patience.seconds, LEAST_SECONDS)


def spend(seconds: float) -> None:
    """Note that so long was waited."""
    patience = _patience.get()
    if patience is not None:
        patience.seconds -= seconds
