"""One world as a process has it open: its database, and what is remembered of it."""

from dataclasses import dataclass, field
from threading import Lock

from app.database import Database
from app.sandboxes.answers import Answers
from app.sandboxes.clock import SandboxClock
from app.sandboxes.faults import Faults
from app.sandboxes.journal import Journal
from app.sandboxes.news import News, Tell, to_nobody


@dataclass(slots=True, eq=False)
class Sandbox:
    """One world: its database, its clock and what it remembers of refused requests."""

    name: str
    database: Database
    clock: SandboxClock
    journal: Journal
    faults: Faults
    answers: Answers
    # How often it was heard that others changed something, and how much of that is known.
    _changes: int = field(default=0, repr=False)
    _known: int = field(default=0, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, name: str, database: Database, tell: Tell = to_nobody) -> "Sandbox":
        """Return the world that is in a database, as it was left."""

        def changed() -> None:
            tell(News.CHANGED, "")

        clock = SandboxClock.of(database, changed)
        return cls(
            name,
            database,
            clock,
            Journal(database, clock, tell=tell),
            Faults(database, clock, changed),
            Answers(database, clock, changed),
        )

    @property
    def is_behind(self) -> bool:
        """Say whether another process changed what is remembered here."""
        return self._known != self._changes

    def has_changed(self) -> None:
        """Take in that another process changed something; one thread alone hears such things."""
        self._changes += 1

    def catch_up(self) -> None:
        """Read what others changed; who comes meanwhile waits for it."""
        with self._lock:
            changes = self._changes
            self.clock.refresh(self.database)
            self.faults.refresh()
            self.answers.refresh()
            self._known = changes
