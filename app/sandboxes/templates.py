"""Prepared worlds, one a seed, of which sandboxes are copies."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from uuid import uuid4

from app.database import Database
from app.errors import InvalidError
from app.sandboxes import migrations
from app.sandboxes.growth import Growth
from app.sandboxes.stores import Store

# Sandbox names have no underscore.
_UNFINISHED = "unfinished_"

Seed = Callable[[Database], None]


class UnknownSeedError(InvalidError):
    """There is no seed of that name."""

    code = "unknown_seed"


class Templates:
    """Templates are made when they are first asked for, and again when their seed changes."""

    def __init__(
        self,
        store: Store,
        seeds: Mapping[str, Seed],
        growths: Mapping[str, Growth],
        fingerprint: str,
        *,
        durable: bool,
    ) -> None:
        self._store = store
        self._seeds = seeds
        self._growths = growths
        self._fingerprint = fingerprint
        self._durable = durable
        self._lock = Lock()

    def seeds(self) -> list[str]:
        return sorted([*self._seeds, *self._growths])

    def growth_of(self, seed: str | None) -> Growth | None:
        """Return how a world grows that has no template of its own."""
        return self._growths.get(seed or "")

    def of(self, seed: str) -> str:
        """Return the template's name, built first if this version of the seed is new."""
        if seed not in self._seeds:
            message = f"There is no such seed; there are {', '.join(self.seeds())}."
            raise UnknownSeedError(message)
        # Sandbox names have no underscore, so none can be taken for a template.
        template = f"template_{seed}_{self._fingerprint}"
        with self._lock:
            if template not in self._store.names():
                with self._store.alone(template):
                    # Another process may have built it while this one waited.
                    if template not in self._store.names():
                        self._build(seed, template)
        return template

    def _build(self, seed: str, template: str) -> None:
        with unfinished(self._store) as name:
            self._store.create(name)
            database = self._store.database(name, durable=self._durable, is_new=True)
            try:
                migrations.bring_up_to_date(database)
                self._seeds[seed](database)
                migrations.settle(database)
            finally:
                database.close()
            self._store.replace(name, template)


@contextmanager
def unfinished(store: Store) -> Iterator[str]:
    """Give a name to make a database under; if that fails, nothing of it is left.

    The name is held meanwhile, so that others can tell whether its maker has died.
    """
    name = f"{_UNFINISHED}{uuid4().hex[:12]}"
    with store.alone(name):
        try:
            yield name
        except BaseException:
            store.drop(name)
            raise


def remove_abandoned(store: Store) -> None:
    """Remove what a process was making when it died."""
    for name in store.names():
        if name.startswith(_UNFINISHED) and not store.is_taken(name):
            store.drop(name)
    store.tidy()
