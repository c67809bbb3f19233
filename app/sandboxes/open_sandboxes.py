"""The sandboxes that this process has open, and what it hears of them from the others."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from weakref import WeakSet

from app.clock import system_clock
from app.database import Database, GoneDatabaseError
from app.sandboxes import migrations
from app.sandboxes.news import PATIENCE, News
from app.sandboxes.sandbox import Sandbox
from app.sandboxes.stores import Store

MOST_OPEN = 64
# Seconds in which other processes are to be out of a sandbox; then they are turned out.
LEAVING_SECONDS = 10.0


class OpenSandboxes:
    """By name, with when each was used last in real time."""

    def __init__(self, store: Store, *, durable: bool) -> None:
        self._store = store
        self._durable = durable
        self._open: dict[str, Sandbox] = {}
        # Databases that were closed to make room, as long as a request is still in one.
        self._left: dict[str, WeakSet[Database]] = {}
        self.used_at: dict[str, datetime] = {}
        self._lock = Lock()
        self._newsroom = store.newsroom()
        # How often anything was heard; who reads something meanwhile reads it again.
        self._heard = 0

    def listen(self) -> None:
        """Hear from now on what other processes do."""
        if self._newsroom is not None:
            self._newsroom.listen(self._hear, self._hear_again)

    def all(self) -> list[Sandbox]:
        return list(self._open.values())

    def get(self, name: str) -> Sandbox | None:
        """Return the sandbox if it is open and up to date, without waiting for anything."""
        sandbox = self._open.get(name)
        if sandbox is None or sandbox.is_behind or sandbox.database.is_doubtful or self._is_deaf:
            return None
        self.used_at[name] = system_clock()
        return sandbox

    def caught_up(self, name: str) -> Sandbox | None:
        """Return an open sandbox with what others changed, unless its database is another now."""
        sandbox = self._open.get(name)
        if sandbox is None or sandbox.database.is_doubtful:
            return None
        try:
            sandbox.catch_up()
        except GoneDatabaseError:
            return None
        self.used_at[name] = system_clock()
        return sandbox

    def open(self, name: str) -> Sandbox:
        """Open a sandbox that is there; the one that was used longest ago may have to go."""
        self.close(name)
        database = self._store.database(name, durable=self._durable)
        try:
            migrations.bring_up_to_date(database)
            heard = self._heard
            sandbox = Sandbox.of(name, database, partial(self.tell, name))
        except BaseException:
            # Another process may just have deleted it.
            database.close()
            raise
        with self._lock:
            crowded = len(self._open) >= MOST_OPEN
            unused = min(self._open, key=self._last_use) if crowded else None
            self.used_at[name] = system_clock()
            self._open[name] = sandbox
        if heard != self._heard:
            sandbox.has_changed()
        if unused is not None:
            # Its next use opens it anew.
            self.close(unused)
        return sandbox

    def tell(self, name: str, news: News, detail: str = "") -> None:
        """Tell the other processes what happens to a sandbox, and wait until they have heard it."""
        if self._newsroom is not None:
            patience = LEAVING_SECONDS if news is News.LEAVE else PATIENCE
            self._newsroom.tell(news, name, detail, patience)

    def end(self, name: str) -> None:
        """Close a sandbox whose database is about to go, here and in the other processes."""
        self.tell(name, News.LEAVE)
        self.leave(name)

    def leave(self, name: str) -> None:
        """Close a sandbox once nobody is in it."""
        sandbox = self._open.pop(name, None)
        if sandbox is not None:
            # Under another name it goes on with all that it was asked.
            sandbox.journal.flush()
            sandbox.database.end()
        for database in self._left.pop(name, ()):
            database.end()
        self.used_at.pop(name, None)

    def close(self, name: str) -> None:
        """Close a sandbox, in which requests may still be."""
        with self._lock:
            self._left = {one: left for one, left in self._left.items() if left}
            sandbox = self._open.pop(name, None)
            if sandbox is not None:
                self._left.setdefault(name, WeakSet()).add(sandbox.database)
        if sandbox is not None:
            sandbox.database.close()

    def let_rest(self, unused: timedelta, but: str) -> None:
        """Close those that nobody has used for a while: they hold no connection then."""
        before = system_clock() - unused
        for name in list(self._open):
            if name != but and self._last_use(name) < before:
                self.close(name)

    def close_all(self) -> None:
        for name in list(self._open):
            self.close(name)
        if self._newsroom is not None:
            self._newsroom.close()

    @property
    def _is_deaf(self) -> bool:
        return self._newsroom is not None and self._newsroom.is_deaf

    def _last_use(self, name: str) -> datetime:
        return self.used_at.get(name, datetime.min.replace(tzinfo=UTC))

    def _hear(self, news: News, name: str, detail: str) -> Callable[[], None] | None:
        """Take in what another process told; return what is to be done before that is answered."""
        self._heard += 1
        if news is News.LEAVE:
            return partial(self.leave, name)
        sandbox = self._open.get(name)
        if sandbox is None:
            return None
        if news is News.WRITE_DOWN:
            return sandbox.journal.flush
        if news is News.FORGET:
            sandbox.journal.hear_of(detail.split())
        else:
            sandbox.has_changed()
        return None

    def _hear_again(self) -> None:
        """Open everything anew: something may have been told that nobody heard."""
        self._heard += 1
        for sandbox in self.all():
            sandbox.journal.hear_again()
            sandbox.database.is_doubtful = True
