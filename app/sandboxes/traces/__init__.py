"""Traces: all steps of a login or a license request, through the companies, in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.errors import NotFoundError
from app.sandboxes.journal import JournalEntry
from app.tracing import Kind, trace_of

# A trace of more steps is shown from its beginning.
MOST_STEPS = 500

_HAS_FAILED = or_(JournalEntry.status >= HTTPStatus.BAD_REQUEST, JournalEntry.status.is_(None))


class UnknownTraceError(NotFoundError):
    """Nothing is known of this login or license request, or not any more."""

    code = "unknown_trace"


@dataclass(frozen=True, slots=True)
class TraceListed:
    """A trace among others: what it tells of, whom it concerns, and how large it is."""

    trace_id: str
    kind: Kind
    begun_at: datetime
    ended_at: datetime
    steps: int
    persona: str | None
    reference: str | None
    failed: int
    # By which the next page goes on.
    last: int


@dataclass(frozen=True, slots=True)
class Step:
    """An exchange of a trace, and in which step of it it was made."""

    number: int
    entry: JournalEntry
    inside: int | None


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that is known of a login or a license request."""

    trace_id: str
    kind: Kind | None
    steps: Sequence[Step]

    @property
    def persona(self) -> str | None:
        return next((one.entry.persona for one in self.steps if one.entry.persona), None)

    @property
    def reference(self) -> str | None:
        return next((one.entry.reference for one in self.steps if one.entry.reference), None)


def newest(
    session: Session, limit: int, *, kind: Kind | None = None, before: int | None = None
) -> Sequence[TraceListed]:
    """Return the logins and license requests of which something was heard last."""
    entry = JournalEntry
    last = func.max(entry.id)
    found = (
        select(
            entry.trace_id,
            func.max(entry.kind).label("kind"),
            func.min(entry.at).label("begun_at"),
            func.max(entry.at).label("ended_at"),
            func.count().label("steps"),
            func.max(entry.persona).label("persona"),
            func.max(entry.reference).label("reference"),
            func.count().filter(_HAS_FAILED).label("failed"),
            last.label("last"),
        )
        .where(entry.kind == kind if kind else entry.kind.is_not(None))
        .group_by(entry.trace_id)
        .order_by(last.desc())
        .limit(limit)
    )
    if before is not None:
        found = found.having(last < before)
    return [
        TraceListed(**{**row._mapping, "kind": Kind(row.kind)})  # noqa: SLF001, SQLAlchemy's public name
        for row in session.execute(found)
    ]


def read(session: Session, name: str) -> Trace:
    """Return a trace by its id, by a login's reference, or by a license request's id."""
    entry = JournalEntry
    trace_id = session.scalar(
        select(entry.trace_id)
        .where(or_(entry.trace_id == _id_of(name), entry.sent_trace_id == name))
        .limit(1)
    ) or session.scalar(
        select(entry.trace_id).where(entry.reference == name).order_by(entry.id.desc()).limit(1)
    )
    if trace_id is None:
        raise UnknownTraceError
    entries = session.scalars(
        select(entry)
        .where(or_(entry.trace_id == trace_id, entry.sent_trace_id == trace_id))
        # The sandbox's clock may stand still.
        .order_by(entry.real_at, entry.id)
        .limit(MOST_STEPS)
    ).all()
    numbers: Mapping[str, int] = {one.span_id: number for number, one in enumerate(entries, 1)}
    kind = next((one.kind for one in entries if one.kind), None)
    return Trace(
        trace_id,
        Kind(kind) if kind else None,
        [
            Step(number, one, numbers.get(one.parent_id or ""))
            for number, one in enumerate(entries, 1)
        ],
    )


def _id_of(name: str) -> str:
    try:
        UUID(name)
    except ValueError:
        return name
    return trace_of(name)
