"""What the server has acknowledged, what nobody knows, and what was found broken."""

import threading
from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field


class CutOffError(Exception):
    """No whole answer came, so nobody knows whether it was done."""


class BrokenPromiseError(AssertionError):
    """The server answered what it should not, or does not know what it has acknowledged."""


@dataclass(slots=True)
class Ledger:
    """Kept by the clients, outside everything that is killed."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    retried: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    # Answers that said to ask again in a while, though nothing had been killed.
    waits: int = 0
    broken: list[str] = field(default_factory=list)
    # Set a moment before something is killed: from then on, a missing answer breaks no promise.
    is_dying: threading.Event = field(default_factory=threading.Event)
    # Set once something was acknowledged since the last kill.
    is_busy: threading.Event = field(default_factory=threading.Event)
    # When something that was killed began anew, by the monotonic clock: up to then, what the dead
    # had sent may still arrive.
    revived_at: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def life(self, at: float) -> int:
        """Say between which two kills an instant was."""
        return bisect(self.revived_at, at)

    def acknowledge(self, what: str) -> None:
        with self._lock:
            self.acknowledged[what] += 1
        self.is_busy.set()

    def retry(self, what: str) -> None:
        with self._lock:
            self.retried[what] += 1

    def check(self) -> None:
        with self._lock:
            self.checks += 1

    def wait(self) -> None:
        with self._lock:
            self.waits += 1

    def blame(self, what: str) -> None:
        with self._lock:
            self.broken.append(what)
