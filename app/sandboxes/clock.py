"""The clock of one world: it can be frozen, set and moved, and both companies read it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Mapped, Session, mapped_column

from app.clock import system_clock
from app.database import Base, Database
from app.errors import ConflictError


class ClockGoesBackwardsError(ConflictError):
    """Going back in time makes expired things valid again; say `allow_backwards` to do it."""

    code = "clock_goes_backwards"


class ClockSetting(Base):
    """How a world's clock differs from the real one; a world without a row runs in real time."""

    __tablename__ = "sandbox_clock"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    offset_seconds: Mapped[float] = mapped_column(default=0.0)
    frozen_at: Mapped[datetime | None]


@dataclass(slots=True)
class SandboxClock:
    """Call it for the present instant of the world."""

    offset: timedelta = timedelta()
    frozen_at: datetime | None = None

    def __call__(self) -> datetime:
        return self.frozen_at or system_clock() + self.offset

    @classmethod
    def of(cls, database: Database) -> "SandboxClock":
        """Return the clock as it was left."""
        with database.read() as session:
            setting = session.get(ClockSetting, 1)
            if setting is None:
                return cls()
            return cls(timedelta(seconds=setting.offset_seconds), setting.frozen_at)

    def freeze(self, session: Session) -> None:
        """Stop at the present instant."""
        self._keep(session, self.offset, self())

    def resume(self, session: Session) -> None:
        """Run on from where the clock stands."""
        self._keep(session, self() - system_clock(), None)

    def move_to(self, session: Session, instant: datetime, *, allow_backwards: bool) -> None:
        """Stand at that instant, and run or stay frozen as before."""
        if instant < self() and not allow_backwards:
            raise ClockGoesBackwardsError
        self._keep(session, instant - system_clock(), instant if self.frozen_at else None)

    def _keep(self, session: Session, offset: timedelta, frozen_at: datetime | None) -> None:
        session.merge(
            ClockSetting(id=1, offset_seconds=offset.total_seconds(), frozen_at=frozen_at)
        )
        session.flush()
        self.offset, self.frozen_at = offset, frozen_at
