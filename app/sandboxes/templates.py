"""Prepared worlds, one a seed, of which sandboxes are copies."""

from collections.abc import Callable, Mapping
from threading import Lock
from uuid import uuid4

from app.clock import system_clock
from app.database import Database
from app.errors import InvalidError
from app.sandboxes import migrations
from app.sandboxes.stores import Store

# Longer than anything takes to be made.
ABANDONED_SECONDS = 3600

Seed = Callable[[Database], None]


class UnknownSeedError(InvalidError):
    """There is no seed of that name."""

    code = "unknown_seed"


class Templates:
    """Templates are made when they are first asked for, and again when their seed changes."""

    def __init__(
        self, store: Store, seeds: Mapping[str, Seed], fingerprint: str, *, durable: bool
    ) -> None:
        self._store = store
        self._seeds = seeds
        self._fingerprint = fingerprint
        self._durable = durable
        self._lock = Lock()

    def seeds(self) -> list[str]:
        return sorted(self._seeds)

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
        name = unfinished()
        self._store.create(name)
        database = Database(self._store.url(name), durable=self._durable)
        try:
            migrations.bring_up_to_date(database)
            self._seeds[seed](database)
            migrations.settle(database)
        finally:
            database.close()
        # Another process may have built it meanwhile; both are alike.
        self._store.replace(name, template)


def unfinished() -> str:
    """Return a name for what is being made, which tells since when."""
    return f"unfinished_{int(system_clock().timestamp()):x}_{uuid4().hex[:8]}"


def is_abandoned(name: str) -> bool:
    """Say whether this was being made by a process that must have died over it."""
    kind, _, since = name.partition("_")
    if kind != "unfinished":
        return False
    try:
        begun = int(since.partition("_")[0], 16)
    except ValueError:
        return True
    return system_clock().timestamp() - begun > ABANDONED_SECONDS
