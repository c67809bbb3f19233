"""Taking turns: whoever makes, opens, replaces or deletes a world does so alone, by its name."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Lock, RLock
from weakref import WeakValueDictionary


class _Turn:
    """Who has it may take it again, and tells the other processes only the first time."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.depth = 0


class Turns:
    """One turn a name, in this process and, as far as the store goes, in all that share it."""

    def __init__(self, alone_in_store: Callable[[str], AbstractContextManager[None]]) -> None:
        self._alone_in_store = alone_in_store
        self._lock = Lock()
        self._turns: WeakValueDictionary[str, _Turn] = WeakValueDictionary()

    @contextmanager
    def alone(self, *names: str | None) -> Iterator[None]:
        """Hold these names, so that nobody else does anything about them."""
        with ExitStack() as held:
            # Always in the same order, so that no two wait for each other.
            for name in sorted({name for name in names if name}):
                held.enter_context(self._one(name))
            yield

    @contextmanager
    def _one(self, name: str) -> Iterator[None]:
        with self._lock:
            turn = self._turns.setdefault(name, _Turn())
        with turn.lock, ExitStack() as held:
            if not turn.depth:
                held.enter_context(self._alone_in_store(name))
            turn.depth += 1
            try:
                yield
            finally:
                turn.depth -= 1
