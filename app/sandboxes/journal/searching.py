"""Finding entries of a journal again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.sandboxes.journal.models import JournalEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What entries are asked for; what is left out may be anything."""

    path: str = ""
    method: str | None = None
    # A status, or its class by the first digit.
    status: int | None = None
    company: str | None = None
    caller: str | None = None
    client_id: str | None = None
    persona: str | None = None
    trace: str | None = None
    error: str | None = None
    # Refused, and it is said why.
    explained: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    before: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        entry = JournalEntry
        found: list[ColumnElement[bool]] = [
            column == value
            for column, value in (
                (entry.method, self.method),
                (entry.company, self.company),
                (entry.caller, self.caller),
                (entry.client_id, self.client_id),
                (entry.persona, self.persona),
                (entry.error, self.error),
            )
            if value is not None
        ]
        if self.path:
            # Not LIKE, which takes large letters for small ones on one store and not on the other.
            found.append(func.substr(entry.path, 1, len(self.path)) == self.path)
        if self.status is not None:
            first = self.status * 100 if self.status < 10 else self.status  # noqa: PLR2004, a class
            last = first + 99 if self.status < 10 else first  # noqa: PLR2004, a class
            found.append(entry.status.between(first, last))
        if self.trace is not None:
            found.append(or_(entry.trace_id == self.trace, entry.sent_trace_id == self.trace))
        if self.explained:
            found.append(entry.certainty.is_not(None))
        if self.since is not None:
            found.append(entry.at >= self.since)
        if self.until is not None:
            found.append(entry.at < self.until)
        if self.after is not None:
            found.append(entry.id > self.after)
        if self.before is not None:
            found.append(entry.id < self.before)
        return found


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some entries, the newest first, and before which one the next page goes on."""

    entries: Sequence[JournalEntry]
    next_before: int | None


def page(session: Session, filters: Filters, limit: int) -> JournalPage:
    """Return the entries of this description, the newest first."""
    found = session.scalars(
        select(JournalEntry)
        .where(*filters.conditions())
        .order_by(JournalEntry.id.desc())
        .limit(limit + 1)
    ).all()
    entries = found[:limit]
    return JournalPage(entries, entries[-1].id if len(found) > limit else None)


def first(session: Session, filters: Filters, limit: int) -> Sequence[JournalEntry]:
    """Return the first entries of this description, the oldest first."""
    return session.scalars(
        select(JournalEntry).where(*filters.conditions()).order_by(JournalEntry.id).limit(limit)
    ).all()


def count(session: Session, filters: Filters) -> int:
    statement = select(func.count()).select_from(JournalEntry).where(*filters.conditions())
    return session.scalars(statement).one()
