"""How this Skolon behaves where the real one is not known, and what a limit of calls counts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class SwitchPositions(Base):
    """The switches that are not as they are by default, in one row, as JSON."""

    __tablename__ = "skolon_switches"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    positions: Mapped[str]


class CallCount(Base):
    """How often a tool has called since the beginning of a minute."""

    __tablename__ = "skolon_call_counts"

    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), primary_key=True)
    since: Mapped[datetime]
    calls: Mapped[int]
