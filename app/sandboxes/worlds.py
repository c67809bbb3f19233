"""Making, opening, resetting and deleting sandboxes: each is a copy of a prepared template."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import RLock

from app.database import Database
from app.errors import ConflictError, InvalidError, NotFoundError
from app.sandboxes import migrations
from app.sandboxes.clock import SandboxClock
from app.sandboxes.journal import Journal
from app.sandboxes.stores import Store

DEFAULT = "default"
MOST_OPEN = 64

Seed = Callable[[Database], None]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class SandboxNameError(InvalidError):
    """A sandbox's name is 1 to 40 of a-z, 0-9 and hyphen, and begins with a letter or digit."""

    code = "sandbox_name"


class UnknownSandboxError(NotFoundError):
    """There is no sandbox of that name."""

    code = "unknown_sandbox"


class SandboxExistsError(ConflictError):
    """There is a sandbox of that name already."""

    code = "sandbox_exists"


class UnknownSeedError(InvalidError):
    """There is no seed of that name."""

    code = "unknown_seed"


class DefaultSandboxError(ConflictError):
    """The default sandbox can be reset but not deleted."""

    code = "default_sandbox"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One world: its database, its clock and what it remembers of refused requests."""

    name: str
    database: Database
    clock: SandboxClock
    journal: Journal


class Sandboxes:
    """All worlds of this process; those that are in use are open."""

    def __init__(
        self, store: Store, seeds: Mapping[str, Seed], fingerprint: str, *, durable: bool
    ) -> None:
        self._store = store
        self._seeds = seeds
        self._fingerprint = fingerprint
        self._durable = durable
        self._open: dict[str, Sandbox] = {}
        self._lock = RLock()

    def names(self) -> list[str]:
        return sorted(name for name in self._store.names() if _NAME.fullmatch(name))

    def opened(self, name: str) -> Sandbox | None:
        """Return the sandbox if it is open, without waiting for anything."""
        return self._open.get(name)

    def all_open(self) -> list[Sandbox]:
        """Return the sandboxes that are in use."""
        return list(self._open.values())

    def open(self, name: str) -> Sandbox:
        """Open a sandbox, its tables brought up to date."""
        with self._lock:
            sandbox = self._open.get(name)
            if sandbox is None:
                if not _NAME.fullmatch(name) or name not in self._store.names():
                    raise UnknownSandboxError
                sandbox = self._open_existing(name)
            return sandbox

    def create(self, name: str, seed: str) -> Sandbox:
        if not _NAME.fullmatch(name):
            raise SandboxNameError
        with self._lock:
            if name in self._store.names():
                raise SandboxExistsError
            self._store.copy(self._template(seed), name)
            return self._open_existing(name)

    def reset(self, name: str, seed: str) -> Sandbox:
        """Replace the sandbox by a fresh copy of the seed."""
        with self._lock:
            template = self._template(seed)
            if name not in self._store.names():
                raise UnknownSandboxError
            self._end(name)
            self._store.copy(template, name)
            return self._open_existing(name)

    def delete(self, name: str) -> None:
        if name == DEFAULT:
            raise DefaultSandboxError
        with self._lock:
            if not _NAME.fullmatch(name) or name not in self._store.names():
                raise UnknownSandboxError
            self._end(name)
            self._store.drop(name)

    def prepare_default(self, seed: str) -> Sandbox:
        """Open the default sandbox, made now if this is the first start."""
        with self._lock:
            if DEFAULT in self._store.names():
                return self.open(DEFAULT)
            return self.create(DEFAULT, seed)

    def close(self) -> None:
        with self._lock:
            for name in list(self._open):
                self._close(name)
            self._store.close()

    def _open_existing(self, name: str) -> Sandbox:
        while len(self._open) >= MOST_OPEN:
            # The first in the dictionary has been open the longest; its next use opens it anew.
            self._close(next(iter(self._open)))
        database = Database(self._store.url(name), durable=self._durable)
        migrations.bring_up_to_date(database)
        clock = SandboxClock.of(database)
        sandbox = Sandbox(name, database, clock, Journal(database, clock))
        self._open[name] = sandbox
        return sandbox

    def _end(self, name: str) -> None:
        """Close a sandbox whose database is about to go, once nobody is in it."""
        sandbox = self._open.pop(name, None)
        if sandbox is not None:
            sandbox.database.end()

    def _close(self, name: str) -> None:
        sandbox = self._open.pop(name, None)
        if sandbox is not None:
            sandbox.database.close()

    def _template(self, seed: str) -> str:
        """Return the template's name, built first if this version of the seed is new."""
        if seed not in self._seeds:
            raise UnknownSeedError
        # Sandbox names have no underscore, so none can be taken for a template.
        template = f"template_{seed}_{self._fingerprint}"
        if template not in self._store.names():
            unfinished = f"unfinished_{seed}_{self._fingerprint}"
            self._store.drop(unfinished)
            self._store.create(unfinished)
            database = Database(self._store.url(unfinished), durable=self._durable)
            try:
                migrations.bring_up_to_date(database)
                self._seeds[seed](database)
                migrations.settle(database)
            finally:
                database.close()
            self._store.rename(unfinished, template)
        return template
