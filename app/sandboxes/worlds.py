"""Making, opening, resetting and deleting sandboxes: each is a copy of something prepared."""

import re
import secrets
import string
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock

from app.clock import system_clock
from app.sandboxes import files, migrations
from app.sandboxes.growth import (
    NOT_GROWN,
    Extent,
    Growth,
    StillGrowingError,
    Tell,
    in_silence,
    must_not_grow,
)
from app.sandboxes.news import News
from app.sandboxes.open_sandboxes import OpenSandboxes
from app.sandboxes.origins import Origin
from app.sandboxes.refusals import (
    DefaultSandboxError,
    NoOriginError,
    SandboxExistsError,
    SandboxNameError,
    SnapshotExistsError,
    TooManySandboxesError,
    UnknownSandboxError,
    UnknownSnapshotError,
)
from app.sandboxes.sandbox import Sandbox
from app.sandboxes.stores import Store
from app.sandboxes.templates import Seed, Templates, remove_abandoned, unfinished
from app.sandboxes.turns import Turns

DEFAULT = "default"

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# What `/sandboxes/...` itself means.
_RESERVED = {"snapshots", "upload"}
# Sandbox names have no underscore, so none can be taken for a snapshot, or for the turn of whoever
# adds one.
_SNAPSHOT = "snap_"
_MAKING = "one_more"


@dataclass(frozen=True, slots=True)
class Listed:
    """What can be said of a sandbox or a snapshot without opening it."""

    name: str
    origin: Origin
    size_bytes: int


class Sandboxes:
    """All worlds of this process; those that are in use are open."""

    def __init__(
        self,
        store: Store,
        seeds: Mapping[str, Seed],
        fingerprint: str,
        *,
        durable: bool,
        most: int = 500,
        growths: Mapping[str, Growth] | None = None,
    ) -> None:
        self._store = store
        self._templates = Templates(store, seeds, growths or {}, fingerprint, durable=durable)
        self._durable = durable
        self._most = most
        self._open = OpenSandboxes(store, durable=durable)
        # When that was written down, from when each was used.
        self._noted_at: dict[str, datetime] = {}
        self._making = Lock()
        self._being_made = 0
        self._alone = Turns(store.alone).alone
        self._growing = Lock()
        # The name of the world that grows; its lock is not held for minutes.
        self._coming: str | None = None

    def names(self) -> list[str]:
        return sorted(name for name in self._store.names() if _NAME.fullmatch(name))

    def seeds(self) -> list[str]:
        return self._templates.seeds()

    def listed(self) -> list[Listed]:
        """Tell of every sandbox what can be told without opening it."""
        return [one for one in self._all_listed() if _NAME.fullmatch(one.name)]

    def snapshots(self) -> list[Listed]:
        return [
            Listed(one.name.removeprefix(_SNAPSHOT), one.origin, one.size_bytes)
            for one in self._all_listed()
            if one.name.startswith(_SNAPSHOT)
        ]

    def origin(self, name: str) -> Origin:
        """Return what a sandbox was made from, and when it was last used by anybody."""
        return self._with_use(name, Origin.of(self._store.notes().get(name)))

    def opened(self, name: str) -> Sandbox | None:
        """Return the sandbox if it is open and up to date, without waiting for anything."""
        return self._open.get(name)

    def all_open(self) -> list[Sandbox]:
        """Return the sandboxes that are in use."""
        return self._open.all()

    def open(self, name: str) -> Sandbox:
        """Open a sandbox, its tables brought up to date, or catch up with what others changed."""
        sandbox = self._open.get(name) or self._open.caught_up(name)
        if sandbox is not None:
            return sandbox
        with self._alone(name):
            sandbox = self._open.get(name)
            if sandbox is None:
                self._must_exist(name)
                sandbox = self._open.open(name)
            return sandbox

    def listen(self) -> None:
        """Hear from now on what other processes do to the sandboxes."""
        self._open.listen()

    @contextmanager
    def holding(self, name: str) -> Iterator[Sandbox]:
        """Open a sandbox that nobody else opens, resets or deletes meanwhile."""
        with self._alone(name):
            yield self.open(name)

    def create(
        self,
        name: str | None,
        seed: str = "demo",
        snapshot: str | None = None,
        extent: Extent = NOT_GROWN,
        tell: Tell = in_silence,
    ) -> Sandbox:
        """Make a sandbox from a seed or from a snapshot; what grows tells how far it is."""
        name = _made_up_name() if name is None else name
        growth = self._templates.growth_of(seed) if snapshot is None else None
        if growth is not None:
            return self._create_grown(name, seed, growth, growth.fitting(extent), tell)
        must_not_grow(extent)
        with self._alone(name, snapshot and _SNAPSHOT + snapshot):
            self._must_be_free(name)
            source, origin = self._source(seed, snapshot)
            with self._added(origin, name) as made:
                self._store.copy(source, made)
            return self._open.open(name)

    def reset(
        self,
        name: str,
        seed: str | None = None,
        snapshot: str | None = None,
        extent: Extent = NOT_GROWN,
        tell: Tell = in_silence,
    ) -> Sandbox:
        """Replace the sandbox by a fresh copy of what is named, else of what it was made from."""
        with self._alone(name):
            self._must_exist(name)
            before = self.origin(name)
            if seed is None:
                snapshot = snapshot or before.snapshot
            if not (seed or snapshot or before.seed):
                raise NoOriginError
        extent_before = before.extent if seed is None else NOT_GROWN
        seed = seed or before.seed
        growth = self._templates.growth_of(seed) if snapshot is None else None
        if growth is not None:
            origin = Origin.new(seed=seed, extent=growth.fitting(extent, extent_before))
            with self._growing_alone(), unfinished(self._store) as made:
                self._grow(growth, made, origin.extent, tell)
                with self._alone(name):
                    return self._replaced(name, made, origin)
        must_not_grow(extent)
        with self._alone(name, snapshot and _SNAPSHOT + snapshot):
            source, origin = self._source(seed, snapshot)
            with unfinished(self._store) as made:
                self._store.copy(source, made)
                return self._replaced(name, made, origin)

    def rename(self, name: str, new: str) -> Sandbox:
        if name == DEFAULT:
            raise DefaultSandboxError
        with self._alone(name, new):
            self._must_exist(name)
            self._must_be_free(new)
            self._open.end(name)
            self._store.rename(name, new)
            return self._open.open(new)

    def delete(self, name: str) -> None:
        if name == DEFAULT:
            raise DefaultSandboxError
        with self._alone(name):
            self._must_exist(name)
            self._open.end(name)
            self._store.drop(name)

    def take_snapshot(self, name: str, snapshot: str) -> Listed:
        """Keep a copy of the sandbox as it is now; who asks it something meanwhile waits."""
        if not _NAME.fullmatch(snapshot):
            raise SandboxNameError
        kept = _SNAPSHOT + snapshot
        with self._alone(name, kept):
            sandbox = self.open(name)
            if kept in self._store.names():
                raise SnapshotExistsError
            origin = self.origin(name).copied(sandbox=name)
            self._open.tell(name, News.LEAVE)
            sandbox.journal.flush()
            with self._added(origin, kept) as made, sandbox.database.at_rest():
                self._store.copy_live(name, made)
        return Listed(snapshot, origin, self._store.sizes().get(kept, 0))

    def delete_snapshot(self, snapshot: str) -> None:
        kept = _SNAPSHOT + snapshot
        with self._alone(kept):
            if not _NAME.fullmatch(snapshot) or kept not in self._store.names():
                raise UnknownSnapshotError
            self._store.drop(kept)

    def download(self, name: str, file: Path) -> None:
        """Write the sandbox, as it is now, into a file that every store can read."""
        sandbox = self.open(name)
        sandbox.journal.settle()
        files.write(sandbox.database, file)

    def upload(self, name: str | None, file: Path) -> Sandbox:
        """Make a sandbox of such a file, or nothing."""
        name = _made_up_name() if name is None else name
        with self._alone(name):
            self._must_be_free(name)
            with self._added(Origin.new(), name) as made:
                self._store.create(made)
                database = self._store.database(made, durable=self._durable, is_new=True)
                try:
                    files.read(file, database)
                    migrations.settle(database)
                finally:
                    database.close()
            return self._open.open(name)

    def prepare_default(self, seed: str) -> Sandbox:
        """Open the default sandbox, made now if this is the first start."""
        with self._alone(DEFAULT):
            if DEFAULT in self._store.names():
                return self.open(DEFAULT)
            return self.create(DEFAULT, seed)

    def note_uses(self) -> None:
        """Write down when sandboxes were used since this was last done."""
        used = self._open.used_at
        self._noted_at = {name: at for name, at in self._noted_at.items() if name in used}
        for name, used_at in list(used.items()):
            if self._noted_at.get(name) == used_at:
                continue
            with self._alone(name):
                if name in self._store.names():
                    self._store.note({name: self.origin(name).note()})
                    self._noted_at[name] = used_at
                else:
                    # Another process has deleted it.
                    self._open.leave(name)

    def let_rest(self, unused: timedelta) -> None:
        """Close the sandboxes that nobody has used for a while."""
        self._open.let_rest(unused, but=DEFAULT)

    def expire(self, unused: timedelta) -> list[str]:
        """Delete the sandboxes that nobody has used for so long, and return their names."""
        before = system_clock() - unused
        expired = []
        for name in [one.name for one in self.listed() if _is_unused(one, before)]:
            with self._alone(name):
                # It may have been used, or deleted, while others were looked at.
                found = [one for one in self.listed() if one.name == name]
                if found and _is_unused(found[0], before):
                    self.delete(name)
                    expired.append(name)
        return expired

    def clean(self) -> None:
        """Remove what a process was making when it died."""
        remove_abandoned(self._store)

    def close(self) -> None:
        self._open.close_all()
        self._store.close()

    def _must_exist(self, name: str) -> None:
        if not _NAME.fullmatch(name) or name not in self._store.names():
            raise UnknownSandboxError

    def _must_be_free(self, name: str) -> None:
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise SandboxNameError
        if name in self._store.names() or name == self._coming:
            raise SandboxExistsError

    def _source(self, seed: str | None, snapshot: str | None) -> tuple[str, Origin]:
        """Return what to copy, and what the copy is then said to come from."""
        if snapshot is None:
            assert seed is not None  # noqa: S101, for the type checker
            return self._templates.of(seed), Origin.new(seed=seed)
        kept = _SNAPSHOT + snapshot
        if not _NAME.fullmatch(snapshot) or kept not in self._store.names():
            raise UnknownSnapshotError
        return kept, self.origin(kept).copied(snapshot=snapshot)

    def _create_grown(
        self, name: str, seed: str, growth: Growth, extent: Extent, tell: Tell
    ) -> Sandbox:
        """Make a sandbox without holding its name for as long as it grows."""
        with self._growing_alone():
            with self._alone(name):
                self._must_be_free(name)
                self._coming = name
            try:
                with ExitStack() as held:
                    with self._added(Origin.new(seed=seed, extent=extent), name) as made:
                        self._grow(growth, made, extent, tell)
                        held.enter_context(self._alone(name))
                        # Another process may have made one of that name meanwhile.
                        if name in self._store.names():
                            raise SandboxExistsError
                    return self._open.open(name)
            finally:
                self._coming = None

    @contextmanager
    def _growing_alone(self) -> Iterator[None]:
        if not self._growing.acquire(blocking=False):
            raise StillGrowingError
        try:
            yield
        finally:
            self._growing.release()

    def _grow(self, growth: Growth, made: str, extent: Extent, tell: Tell) -> None:
        growth.must_fit_in(self._store.free_bytes(), extent)
        tell(0, "seed")
        self._store.copy(self._templates.of(growth.root), made)
        growth.grow(self._store.url(made), extent, tell)

    def _replaced(self, name: str, made: str, origin: Origin) -> Sandbox:
        """Give the sandbox's name to what was made in its place."""
        self._must_exist(name)
        created_at = self.origin(name).created_at
        self._store.note({made: replace(origin, created_at=created_at).note()})
        self._open.end(name)
        self._store.replace(made, name)
        return self._open.open(name)

    @contextmanager
    def _added(self, origin: Origin, name: str) -> Iterator[str]:
        """Make one database more, under a name of its own until it is whole."""
        with self._making:
            self._must_have_room(name, self._being_made)
            self._being_made += 1
        try:
            with unfinished(self._store) as made:
                yield made
                self._store.note({made: origin.note()})
                with self._making, self._store.alone(_MAKING):
                    # Another process may have made some meanwhile.
                    self._must_have_room(name, 0)
                    self._store.rename(made, name)
                    self._being_made -= 1
        except BaseException:
            with self._making:
                self._being_made -= 1
            raise

    def _must_have_room(self, name: str, being_made: int) -> None:
        kept = sum(_counts(one) for one in self._store.names())
        # The default one is always there, and always may be.
        if kept + being_made >= self._most and name != DEFAULT:
            raise TooManySandboxesError

    def _all_listed(self) -> list[Listed]:
        notes = self._store.notes()
        sizes = self._store.sizes()
        return [
            Listed(name, self._with_use(name, Origin.of(notes.get(name))), size)
            for name, size in sorted(sizes.items())
        ]

    def _with_use(self, name: str, origin: Origin) -> Origin:
        used_at = self._open.used_at.get(name)
        return origin.used(used_at) if used_at else origin


def _counts(name: str) -> bool:
    return name.startswith(_SNAPSHOT) or _NAME.fullmatch(name) is not None


def _is_unused(one: Listed, before: datetime) -> bool:
    """Say whether nobody has used it since; of what has no note nobody knows."""
    used_at = one.origin.last_used_at
    return one.name != DEFAULT and used_at is not None and used_at < before


def _made_up_name() -> str:
    return "sandbox-" + "".join(secrets.choice(string.ascii_lowercase) for _ in range(8))
