"""The tables of a journal: its entries, and how one wants it kept."""

import json
from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.explaining import Certainty
from app.tracing import Decision

MOST_ENTRIES = 10_000
MOST_BYTES = 16 * 1024 * 1024


class JournalEntry(Base):
    """A request and its answer, with what was decided meanwhile."""

    __tablename__ = "sandbox_journal"
    __table_args__ = (
        Index(None, "trace_id"),
        Index(None, "sent_trace_id"),
        Index(None, "reference"),
        Index(None, "person"),
        # A number is not given anew when the newest are deleted: whoever waits goes by it.
        {"sqlite_autoincrement": True},
    )

    # Counts up: the newest are read, and the oldest let go, by the primary key.
    id: Mapped[int] = mapped_column(primary_key=True)
    # By the sandbox's clock, and by the real one, which puts the steps of a trace in order.
    at: Mapped[datetime]
    real_at: Mapped[datetime]
    duration_ms: Mapped[float]
    trace_id: Mapped[str]
    sent_trace_id: Mapped[str | None]
    span_id: Mapped[str]
    parent_id: Mapped[str | None]
    kind: Mapped[str | None]
    request_id: Mapped[str]
    caller: Mapped[str]
    company: Mapped[str]
    # Of another's service that was called; None where the request came to us.
    host: Mapped[str | None]
    client_id: Mapped[str | None]
    # Of a person only this is known: a key of the demo, and a short hash of Skolon's public id.
    persona: Mapped[str | None]
    person: Mapped[str | None]
    reference: Mapped[str | None]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    # None when no answer came.
    status: Mapped[int | None]
    error: Mapped[str | None]
    request_type: Mapped[str | None]
    request_bytes: Mapped[int]
    response_type: Mapped[str | None]
    response_bytes: Mapped[int]
    masked: Mapped[bool]
    # How much of the journal's bytes it takes up.
    size: Mapped[int]
    # Last, so that whoever searches by the others need not read them.
    wrong: Mapped[str | None]
    right: Mapped[str | None]
    certainty: Mapped[str | None]
    request_body: Mapped[str | None]
    response_body: Mapped[str | None]
    noted: Mapped[str | None]

    @property
    def certainty_means(self) -> str | None:
        """A sentence on how far to trust that the real service refuses this too."""
        return Certainty(self.certainty).meaning if self.certainty else None

    @property
    def decisions(self) -> list[Decision]:
        return [Decision(*one) for one in json.loads(self.noted or "[]")]


class JournalSettings(Base):
    """How the journal of a world is kept; a world without a row keeps it as the defaults say."""

    __tablename__ = "sandbox_journal_settings"

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    masked: Mapped[bool] = mapped_column(default=True)
    most_entries: Mapped[int] = mapped_column(default=MOST_ENTRIES)
    most_bytes: Mapped[int] = mapped_column(default=MOST_BYTES)
    # Requests that came faster than they could be written down.
    dropped: Mapped[int] = mapped_column(default=0)
