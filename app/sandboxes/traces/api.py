"""Traces for programs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from app.control import may_control
from app.pages import same_origin
from app.sandboxes import traces
from app.sandboxes.api import Strict, Text, Worlds
from app.sandboxes.journal.api import Instant, JournalEntryOut, entry_out
from app.tracing import Kind

router = APIRouter(
    prefix="/sandboxes/{name}/traces",
    tags=["traces"],
    dependencies=[Depends(may_control), Depends(same_origin)],
)


class TraceListedOut(BaseModel):
    """A login or a license request."""

    model_config = ConfigDict(from_attributes=True)

    trace_id: str
    kind: Kind
    begun_at: Instant = Field(description="By the sandbox's clock.")
    ended_at: Instant
    steps: int
    persona: str | None
    reference: str | None
    failed: int = Field(description="How many of its requests were refused, or had no answer.")


class TracesOut(BaseModel):
    traces: list[TraceListedOut]
    next_before: int | None = Field(description="The `before` of the next page, if there is one.")


class StepOut(BaseModel):
    """A request of a trace; its `decisions` say what was decided in it and why."""

    number: int
    inside: int | None = Field(description="The number of the step in which it was made.")
    exchange: JournalEntryOut


class TraceOut(BaseModel):
    """Everything that is known of a login or a license request, in order."""

    trace_id: str
    kind: Kind | None
    persona: str | None
    reference: str | None
    steps: list[StepOut]


class TracesQuery(Strict):
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=1, lt=2**63)
    kind: Kind | None = None


@router.get("", name="sandboxes:traces")
def list_traces(name: str, query: Annotated[TracesQuery, Query()], worlds: Worlds) -> TracesOut:
    """List the logins and license requests of which something was heard last."""
    journal = worlds.open(name).journal
    journal.settle()
    with journal.database.read() as session:
        found = traces.newest(session, query.limit + 1, kind=query.kind, before=query.before)
    shown = found[: query.limit]
    return TracesOut(
        traces=[TraceListedOut.model_validate(one) for one in shown],
        next_before=shown[-1].last if len(found) > query.limit else None,
    )


@router.get("/{trace}", name="sandboxes:trace")
def read_trace(name: str, trace: Text, worlds: Worlds) -> TraceOut:
    """Return all steps, by trace id, a login's reference, or a license request's id."""
    journal = worlds.open(name).journal
    journal.settle()
    with journal.database.read() as session:
        found = traces.read(session, trace)
        return TraceOut(
            trace_id=found.trace_id,
            kind=found.kind,
            persona=found.persona,
            reference=found.reference,
            steps=[
                StepOut(number=one.number, inside=one.inside, exchange=entry_out(one.entry))
                for one in found.steps
            ],
        )
