"""The clock of one world: it can be frozen, set and moved, and both companies read it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import system_clock
from app.database import Base, Database, find_or_add
from app.errors import ConflictError, InvalidError

# Deadlines and periods of some years are counted from the clock, in both directions.
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)


class ClockGoesBackwardsError(ConflictError):
    """Going back in time makes expired things valid again; say `allow_backwards` to do it."""

    code = "clock_goes_backwards"


class ClockOutOfRangeError(InvalidError):
    """A sandbox's clock stands between the years 1970 and 2999."""

    code = "clock_out_of_range"


class ClockSetting(Base):
    """How a world's clock differs from the real one; a world without a row runs in real time."""

    __tablename__ = "sandbox_clock"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    offset_seconds: Mapped[float] = mapped_column(default=0.0)
    frozen_at: Mapped[datetime | None]

    @property
    def now(self) -> datetime:
        offset, frozen_at = self.kept
        return frozen_at or system_clock() + offset

    @property
    def kept(self) -> tuple[timedelta, datetime | None]:
        # PostgreSQL gives an instant in the time zone of its session.
        frozen_at = self.frozen_at and self.frozen_at.astimezone(UTC)
        return timedelta(seconds=self.offset_seconds), frozen_at


def _nothing() -> None:
    """Tell nobody of a change."""


@dataclass(slots=True)
class SandboxClock:
    """Call it for the present instant of the world."""

    offset: timedelta = timedelta()
    frozen_at: datetime | None = None
    # Called when it was changed here.
    changed: Callable[[], None] = field(default=_nothing, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def __call__(self) -> datetime:
        return self.frozen_at or system_clock() + self.offset

    @classmethod
    def of(cls, database: Database, changed: Callable[[], None] = _nothing) -> "SandboxClock":
        """Return the clock as it was left."""
        clock = cls(changed=changed)
        clock.refresh(database)
        return clock

    def refresh(self, database: Database) -> None:
        """Read how it was left, by whichever process."""
        with self._lock:
            with database.read() as session:
                setting = session.get(ClockSetting, 1)
                kept = setting.kept if setting else (timedelta(), None)
            self._stand(*kept)

    def freeze(self, database: Database) -> None:
        """Stop at the present instant."""
        with self._changing(database) as setting:
            setting.frozen_at = setting.now

    def resume(self, database: Database) -> None:
        """Run on from where the clock stands."""
        with self._changing(database) as setting:
            setting.offset_seconds = (setting.now - system_clock()).total_seconds()
            setting.frozen_at = None

    def set_to(self, database: Database, instant: datetime, *, allow_backwards: bool) -> None:
        """Stand at that instant, and run or stay frozen as before."""
        with self._changing(database) as setting:
            _move(setting, instant, allow_backwards=allow_backwards)

    def advance(self, database: Database, by: timedelta, *, allow_backwards: bool) -> None:
        """Stand that much later, also when others move the clock at the same time."""
        with self._changing(database) as setting:
            try:
                instant = setting.now + by
            except OverflowError as error:
                raise ClockOutOfRangeError from error
            _move(setting, instant, allow_backwards=allow_backwards)

    @contextmanager
    def _changing(self, database: Database) -> Iterator[ClockSetting]:
        with self._lock:
            with database.write() as session:
                statement = select(ClockSetting).with_for_update()
                setting = find_or_add(session, statement, lambda: ClockSetting(offset_seconds=0.0))
                yield setting
                kept = setting.kept
            # Only once it is kept.
            self._stand(*kept)
        self.changed()

    def _stand(self, offset: timedelta, frozen_at: datetime | None) -> None:
        # In this order, so that nobody reads an instant between.
        self.offset = offset
        self.frozen_at = frozen_at


def _move(setting: ClockSetting, instant: datetime, *, allow_backwards: bool) -> None:
    if not EARLIEST <= instant < LATEST:
        raise ClockOutOfRangeError
    if instant < setting.now and not allow_backwards:
        raise ClockGoesBackwardsError
    setting.offset_seconds = (instant - system_clock()).total_seconds()
    if setting.frozen_at:
        setting.frozen_at = instant
