"""The control plane: sandboxes and their clocks, for tests and tools on this machine."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from app.control import may_control
from app.explaining import Certainty
from app.pages import same_origin
from app.sandboxes.worlds import Sandbox, Sandboxes


async def _sandboxes(request: Request) -> Sandboxes:
    return cast("Sandboxes", request.app.state.sandboxes)


# PostgreSQL keeps no NUL in a text, and is not asked for one.
Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Worlds = Annotated[Sandboxes, Depends(_sandboxes)]

router = APIRouter(
    prefix="/sandboxes",
    tags=["sandboxes"],
    dependencies=[Depends(may_control), Depends(same_origin)],
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSandbox(Strict):
    name: str = Field(examples=["my-test"])
    seed: str = Field("demo", description="`demo` or `empty`")


class Reset(Strict):
    seed: str = "demo"


class ClockOut(BaseModel):
    now: datetime
    frozen: bool


class SandboxOut(BaseModel):
    name: str
    base_url: str
    clock: ClockOut


class ClockChange(Strict):
    """One of the four."""

    set_to: AwareDatetime | None = None
    advance_by: timedelta | None = Field(None, description="ISO 8601 duration, for example P5D")
    freeze: bool = False
    resume: bool = False
    allow_backwards: bool = False

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        asked = [self.set_to is not None, self.advance_by is not None, self.freeze, self.resume]
        if sum(asked) != 1:
            message = "say one of set_to, advance_by, freeze, resume"
            raise ValueError(message)
        return self


class JournalEntryOut(BaseModel):
    """A request that was refused; `wrong` and `right` are for the developer who sent it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    # PostgreSQL gives an instant in the time zone of its session.
    at: Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))] = Field(
        description="By the sandbox's clock."
    )
    request_id: str = Field(description="As in the header X-Request-ID of the answer.")
    company: str
    method: str
    path: str = Field(description="In the sandbox; what may be a person's or secret is `…`.")
    query: str = Field(description="The parameters of the query and the form, masked likewise.")
    status: int
    error: str = Field(description="The code in the answer.")
    client_id: str | None = Field(description="Cut short unless a client has that name.")
    wrong: str
    right: str
    certainty: Certainty = Field(description="How sure it is that the real Skolon refuses just so.")
    certainty_means: str


class JournalOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    entries: list[JournalEntryOut]
    next_before: int | None = Field(description="The `before` of the next page, if there is one.")


class JournalQuery(Strict):
    limit: int = Field(50, ge=1, le=200)
    before: int | None = Field(None, ge=1, lt=2**63, description="Only entries older than this.")
    path: Text = Field("", description="What the path begins with.", examples=["/oauth/"])
    status: int | None = Field(None, ge=100, le=599)
    client_id: Text | None = None


def _clock_out(sandbox: Sandbox) -> ClockOut:
    return ClockOut(now=sandbox.clock(), frozen=sandbox.clock.frozen_at is not None)


def _sandbox_out(request: Request, sandbox: Sandbox) -> SandboxOut:
    base = str(request.base_url).rstrip("/").removesuffix(f"/s/{request.state.sandbox}")
    return SandboxOut(
        name=sandbox.name, base_url=f"{base}/s/{sandbox.name}", clock=_clock_out(sandbox)
    )


@router.get("", name="sandboxes:list")
def list_sandboxes(worlds: Worlds) -> list[str]:
    """List the names of all sandboxes."""
    return worlds.names()


@router.post("", status_code=201, name="sandboxes:create")
def create_sandbox(asked: NewSandbox, request: Request, worlds: Worlds) -> SandboxOut:
    """Make a sandbox, filled with the demo world or empty."""
    return _sandbox_out(request, worlds.create(asked.name, asked.seed))


@router.get("/{name}", name="sandboxes:read")
def read_sandbox(name: str, request: Request, worlds: Worlds) -> SandboxOut:
    return _sandbox_out(request, worlds.open(name))


@router.post("/{name}/reset", name="sandboxes:reset")
def reset_sandbox(
    name: str, request: Request, worlds: Worlds, asked: Reset | None = None
) -> SandboxOut:
    """Put the sandbox back to how it was made; its clock runs in real time again."""
    return _sandbox_out(request, worlds.reset(name, (asked or Reset()).seed))


@router.delete("/{name}", status_code=204, name="sandboxes:delete")
def delete_sandbox(name: str, worlds: Worlds) -> Response:
    worlds.delete(name)
    return Response(status_code=204)


@router.get("/{name}/journal", name="sandboxes:journal")
def read_journal(name: str, query: Annotated[JournalQuery, Query()], worlds: Worlds) -> JournalOut:
    """List what Skolon refused in the sandbox, the newest first, and what would be right."""
    page = worlds.open(name).journal.newest(
        query.limit,
        before=query.before,
        path=query.path,
        status=query.status,
        client_id=query.client_id,
    )
    return JournalOut.model_validate(page)


@router.get("/{name}/clock", name="sandboxes:read_clock")
def read_clock(name: str, worlds: Worlds) -> ClockOut:
    return _clock_out(worlds.open(name))


@router.patch("/{name}/clock", name="sandboxes:change_clock")
def change_clock(name: str, change: ClockChange, worlds: Worlds) -> ClockOut:
    """Freeze, set, advance or resume the clock that every rule of this sandbox obeys."""
    sandbox = worlds.open(name)
    clock = sandbox.clock
    with sandbox.database.write() as session:
        if change.freeze:
            clock.freeze(session)
        elif change.resume:
            clock.resume(session)
        else:
            instant = change.set_to or clock() + (change.advance_by or timedelta())
            clock.move_to(session, instant, allow_backwards=change.allow_backwards)
    return _clock_out(sandbox)
