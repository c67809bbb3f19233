"""The journal for programs: searched, counted, waited for, emptied, and kept as they wish."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from app import problems
from app.control import may_control
from app.explaining import Certainty
from app.pages import same_origin
from app.sandboxes.api import Strict, Text, Worlds
from app.sandboxes.journal import waiting
from app.sandboxes.journal.models import MOST_BYTES, MOST_ENTRIES, JournalEntry
from app.sandboxes.journal.searching import Filters
from app.tracing import Fact

# Requests that are told of when others were waited for in vain.
MOST_SEEN = 20

# PostgreSQL gives an instant in the time zone of its session.
Instant = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]
Number = Annotated[int, Field(ge=0, lt=2**63)]

router = APIRouter(
    prefix="/sandboxes/{name}/journal",
    tags=["journal"],
    dependencies=[Depends(may_control), Depends(same_origin)],
)


class DecisionOut(BaseModel):
    """What a company decided in an exchange, and by which facts."""

    model_config = ConfigDict(from_attributes=True)

    company: str
    what: str
    facts: dict[str, Fact]
    after_ms: float = Field(description="Since the exchange began.")


class JournalEntryOut(BaseModel):
    """A request and its answer; `wrong` and `right` are for the developer who sent what failed."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: Instant = Field(description="By the sandbox's clock.")
    duration_ms: float = Field(description="In real time.")
    trace_id: str
    span_id: str
    parent_id: str | None = Field(description="The `span_id` of the exchange in which it was made.")
    kind: str | None = Field(description="What its trace tells of, where that is known.")
    request_id: str = Field(description="As in the header X-Request-ID of the answer.")
    caller: str = Field(description="A company, `browser` or `program`.")
    company: str = Field(description="Which company was asked, or `outside`.")
    host: str | None = Field(description="Whom a company called outside.")
    client_id: str | None = Field(
        description="A tool, cut short unless it is known, or the name of a key of the partner."
    )
    persona: str | None = Field(description="Which person of the demo it was about.")
    person: str | None = Field(description="A short hash of Skolon's id of the person.")
    reference: str | None = Field(description="A login's reference, or a license request's id.")
    method: str
    path: str = Field(description="In the sandbox; what may be a person's or secret is `…`.")
    query: str = Field(description="The parameters of the query and the form, masked likewise.")
    status: int | None = Field(description="None when no answer came.")
    error: str | None = Field(description="The code in the answer.")
    request_type: str | None
    request_bytes: int
    request_body: str | None = Field(description="The shape of small JSON and forms.")
    response_type: str | None
    response_bytes: int
    response_body: str | None
    masked: bool
    wrong: str | None
    right: str | None
    certainty: Certainty | None = Field(
        description="How sure it is that the real Skolon refuses just so."
    )
    certainty_means: str | None
    decisions: list[DecisionOut]


class JournalOut(BaseModel):
    entries: list[JournalEntryOut]
    next_before: int | None = Field(description="The `before` of the next page, if there is one.")
    dropped: int = Field(description="Requests that came faster than they could be written down.")


class CountOut(BaseModel):
    count: int


class SettingsOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    masked: bool
    most_entries: int
    most_bytes: int
    dropped: int


class SettingsIn(Strict):
    """What is left out stays as it is."""

    masked: bool = Field(True, description="False shows values, but nothing secret in full.")
    most_entries: int = Field(MOST_ENTRIES, ge=1, le=1_000_000)
    most_bytes: int = Field(MOST_BYTES, ge=1024, le=2**30)


class Wanted(Strict):
    """Which entries; what is left out may be anything."""

    path: Text = Field("", description="What the path begins with.", examples=["/oauth/"])
    method: Text | None = Field(None, examples=["POST"])
    status: Annotated[str, Field(pattern=r"^[1-5]([0-9]{2}|xx)$")] | None = Field(
        None, description="A status, or a class of them.", examples=["404", "4xx"]
    )
    company: Text | None = Field(None, examples=["skolon"])
    caller: Text | None = Field(None, examples=["browser"])
    client_id: Text | None = None
    persona: Text | None = Field(None, examples=["elsa"])
    trace: Text | None = None
    error: Text | None = Field(None, examples=["invalid_grant"])
    since: AwareDatetime | None = Field(None, description="By the sandbox's clock.")
    until: AwareDatetime | None = Field(None, description="By the sandbox's clock, exclusive.")
    after: Number | None = Field(None, description="Only entries with a higher id.")

    def filters(self, **more: Any) -> Filters:  # noqa: ANN401, whatever a filter takes
        status = self.status and int(self.status.removesuffix("xx"))
        names = Wanted.model_fields.keys() - {"status"}
        return Filters(status=status or None, **{n: getattr(self, n) for n in names}, **more)


class JournalQuery(Wanted):
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=1, lt=2**63, description="Only entries older than this.")


class Awaited(Wanted):
    count: int = Field(1, ge=1, le=200, description="How many there are to be.")
    timeout_seconds: float = Field(5, ge=0, le=30, description="In real time.")


@router.get("", name="sandboxes:journal")
def read_journal(name: str, query: Annotated[JournalQuery, Query()], worlds: Worlds) -> JournalOut:
    """List what the companies of the sandbox were asked, the newest first."""
    journal = worlds.open(name).journal
    page = journal.page(query.filters(before=query.before), query.limit)
    return JournalOut(
        entries=[entry_out(entry) for entry in page.entries],
        next_before=page.next_before,
        dropped=journal.settings().dropped,
    )


@router.get("/count", name="sandboxes:journal_count")
def count_entries(name: str, wanted: Annotated[Wanted, Query()], worlds: Worlds) -> CountOut:
    """Say how many entries there are of this description."""
    return CountOut(count=worlds.open(name).journal.count(wanted.filters()))


@router.post("/wait", name="sandboxes:journal_wait", response_model=JournalOut)
async def wait_for_entries(
    name: str, awaited: Awaited, request: Request, worlds: Worlds
) -> Response | JournalOut:
    """Answer as soon as there are so many entries of this description, the oldest first."""
    journal = (await run_in_threadpool(worlds.open, name)).journal
    found = await waiting.wait_for(
        journal, awaited.filters(), awaited.count, awaited.timeout_seconds
    )
    if len(found) >= awaited.count:
        return JournalOut(
            entries=[entry_out(entry) for entry in found], next_before=None, dropped=0
        )
    seen = await run_in_threadpool(journal.page, Filters(after=awaited.after), MOST_SEEN)
    problem = problems.Problem(
        HTTPStatus.GATEWAY_TIMEOUT,
        "not_seen",
        f"Of {awaited.count} requests of this description, {len(found)} came in time.",
        members={
            "matched": len(found),
            "seen": [f"{one.method} {one.path} {one.status or '-'}" for one in seen.entries],
        },
    )
    return problems.answer(request, problem)


@router.get("/settings", name="sandboxes:journal_settings")
def read_settings(name: str, worlds: Worlds) -> SettingsOut:
    return SettingsOut.model_validate(worlds.open(name).journal.settings())


@router.patch("", name="sandboxes:change_journal")
def change_settings(name: str, asked: SettingsIn, worlds: Worlds) -> SettingsOut:
    """Say how the journal is to be kept from now on; what was kept before stays as it is."""
    changes = asked.model_dump(exclude_unset=True)
    return SettingsOut.model_validate(worlds.open(name).journal.change(**changes))


@router.delete("", status_code=204, name="sandboxes:empty_journal")
def empty_journal(name: str, worlds: Worlds) -> Response:
    """Let a test begin with an empty journal."""
    worlds.open(name).journal.clear()
    return Response(status_code=204)


def entry_out(entry: JournalEntry) -> JournalEntryOut:
    return JournalEntryOut.model_validate(entry)
