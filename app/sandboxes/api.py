"""The control plane: sandboxes and their clocks, for tests and tools on this machine."""

import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Self, cast

import anyio
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from starlette.background import BackgroundTask

from app.control import may_control
from app.pages import same_origin
from app.sandboxes import progress
from app.sandboxes.growth import Extent, Tell
from app.sandboxes.sandbox import Sandbox
from app.sandboxes.worlds import Listed, Sandboxes


async def _sandboxes(request: Request) -> Sandboxes:
    return cast("Sandboxes", request.app.state.sandboxes)


# PostgreSQL keeps no NUL in a text, and is not asked for one.
Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
Worlds = Annotated[Sandboxes, Depends(_sandboxes)]

FILE_TYPE = "application/vnd.sqlite3"

router = APIRouter(
    prefix="/sandboxes",
    tags=["sandboxes"],
    dependencies=[Depends(may_control), Depends(same_origin)],
)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Source(Strict):
    """What a world is a copy of: one of the two at most."""

    seed: Text | None = Field(None, description="`demo`, `town`, `licensed`, `empty` or `national`")
    snapshot: Text | None = Field(None, description="The name of a snapshot.")
    scale: float | None = Field(
        None, description="Of `national`: 1 is as many people as Sweden has in its schools."
    )
    arrived: float | None = Field(
        None, description="Of `national`: the share of licensed users who have logged in before."
    )

    @model_validator(mode="after")
    def _one_at_most(self) -> Self:
        if self.seed is not None and self.snapshot is not None:
            message = "say a seed or a snapshot, not both"
            raise ValueError(message)
        return self

    @property
    def extent(self) -> Extent:
        return Extent(self.scale, self.arrived)


class NewSandbox(Source):
    name: Text | None = Field(
        None, examples=["my-test"], description="Without one, a name is made up."
    )


class Named(Strict):
    name: Text


class ClockOut(BaseModel):
    now: datetime
    frozen: bool


class ListedOut(BaseModel):
    name: str
    base_url: str
    seed: str | None = Field(description="What it was made from, in the end.")
    snapshot: str | None = Field(description="The snapshot that it was made from.")
    scale: float | None
    arrived: float | None
    created_at: datetime | None = Field(description="In real time, as the next one.")
    last_used_at: datetime | None
    size_bytes: int


class Credentials(BaseModel):
    """What programs show to the companies of a world."""

    client_id: str
    client_secret: str
    partner_api_keys: dict[str, str] = Field(description="By who is meant to use them.")


class SandboxOut(BaseModel):
    name: str
    base_url: str
    seed: str | None
    snapshot: str | None
    scale: float | None
    arrived: float | None
    created_at: datetime | None
    last_used_at: datetime | None
    clock: ClockOut
    credentials: Credentials | None = Field(
        description="As the seed set them; none of an empty world, or of an uploaded one."
    )


class SnapshotOut(BaseModel):
    name: str
    sandbox: str | None = Field(description="The sandbox that it was taken of.")
    seed: str | None
    scale: float | None
    arrived: float | None
    created_at: datetime | None
    size_bytes: int


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


def _clock_out(sandbox: Sandbox) -> ClockOut:
    return ClockOut(now=sandbox.clock(), frozen=sandbox.clock.frozen_at is not None)


def _base_url(request: Request, name: str) -> str:
    base = str(request.base_url).rstrip("/").removesuffix(f"/s/{request.state.sandbox}")
    return f"{base}/s/{name}"


def _sandbox_out(request: Request, worlds: Sandboxes, sandbox: Sandbox) -> SandboxOut:
    origin = worlds.origin(sandbox.name)
    credentials = cast("dict[str, Credentials]", request.app.state.credentials)
    return SandboxOut(
        name=sandbox.name,
        base_url=_base_url(request, sandbox.name),
        seed=origin.seed,
        snapshot=origin.snapshot,
        scale=origin.extent.scale,
        arrived=origin.extent.arrived,
        created_at=origin.created_at,
        last_used_at=origin.last_used_at,
        clock=_clock_out(sandbox),
        credentials=credentials.get(origin.seed or ""),
    )


def _snapshot_out(snapshot: Listed) -> SnapshotOut:
    return SnapshotOut(
        name=snapshot.name,
        sandbox=snapshot.origin.sandbox,
        seed=snapshot.origin.seed,
        scale=snapshot.origin.extent.scale,
        arrived=snapshot.origin.extent.arrived,
        created_at=snapshot.origin.created_at,
        size_bytes=snapshot.size_bytes,
    )


async def _uploaded(request: Request) -> AsyncIterator[Path]:
    """Keep the body in a file for as long as it takes to answer."""
    # No form of another site can have this type.
    if request.headers.get("content-type") != FILE_TYPE:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send it as {FILE_TYPE}.")
    with tempfile.TemporaryDirectory(prefix="skolon-mock-") as folder:
        file = Path(folder) / "uploaded.db"
        async with await anyio.open_file(file, "wb") as opened:
            async for part in request.stream():
                await opened.write(part)
        yield file


@router.get("", name="sandboxes:list")
def list_sandboxes(request: Request, worlds: Worlds) -> list[ListedOut]:
    """List all sandboxes; none is opened for it."""
    return [
        ListedOut(
            name=one.name,
            base_url=_base_url(request, one.name),
            seed=one.origin.seed,
            snapshot=one.origin.snapshot,
            scale=one.origin.extent.scale,
            arrived=one.origin.extent.arrived,
            created_at=one.origin.created_at,
            last_used_at=one.origin.last_used_at,
            size_bytes=one.size_bytes,
        )
        for one in worlds.listed()
    ]


@router.post("", status_code=201, name="sandboxes:create", response_model=SandboxOut)
async def create_sandbox(
    request: Request, worlds: Worlds, asked: NewSandbox | None = None
) -> BaseModel | StreamingResponse:
    """Make a sandbox of a seed, which is the demo when none is said, or of a snapshot.

    With `Accept: application/x-ndjson`, how far it is comes in lines, and in the last one the
    sandbox or the problem.
    """
    asked = asked or NewSandbox()

    def create(tell: Tell) -> SandboxOut:
        made = worlds.create(asked.name, asked.seed or "demo", asked.snapshot, asked.extent, tell)
        return _sandbox_out(request, worlds, made)

    return await progress.answer(request, create, HTTPStatus.CREATED)


@router.post("/upload", status_code=201, name="sandboxes:upload")
def upload_sandbox(
    request: Request,
    worlds: Worlds,
    file: Annotated[Path, Depends(_uploaded)],
    name: Text | None = None,
) -> SandboxOut:
    """Make a sandbox of a file that was downloaded here or from another skolon-mock."""
    return _sandbox_out(request, worlds, worlds.upload(name, file))


@router.get("/snapshots", name="sandboxes:snapshots")
def list_snapshots(worlds: Worlds) -> list[SnapshotOut]:
    return [_snapshot_out(snapshot) for snapshot in worlds.snapshots()]


@router.delete("/snapshots/{snapshot}", status_code=204, name="sandboxes:delete_snapshot")
def delete_snapshot(snapshot: str, worlds: Worlds) -> Response:
    worlds.delete_snapshot(snapshot)
    return Response(status_code=204)


@router.get("/{name}", name="sandboxes:read")
def read_sandbox(name: str, request: Request, worlds: Worlds) -> SandboxOut:
    return _sandbox_out(request, worlds, worlds.open(name))


@router.patch("/{name}", name="sandboxes:rename")
def rename_sandbox(name: str, asked: Named, request: Request, worlds: Worlds) -> SandboxOut:
    return _sandbox_out(request, worlds, worlds.rename(name, asked.name))


@router.post("/{name}/reset", name="sandboxes:reset", response_model=SandboxOut)
async def reset_sandbox(
    name: str, request: Request, worlds: Worlds, asked: Source | None = None
) -> BaseModel | StreamingResponse:
    """Put the sandbox back to what is named, else to what it was made from, clock and all.

    As when one is made, how far it is comes in lines if these are asked for.
    """
    asked = asked or Source()

    def reset(tell: Tell) -> SandboxOut:
        made = worlds.reset(name, asked.seed, asked.snapshot, asked.extent, tell)
        return _sandbox_out(request, worlds, made)

    return await progress.answer(request, reset)


@router.post("/{name}/snapshots", status_code=201, name="sandboxes:take_snapshot")
def take_snapshot(name: str, asked: Named, worlds: Worlds) -> SnapshotOut:
    """Keep the sandbox as it is now; reset it, or make another, with this snapshot."""
    return _snapshot_out(worlds.take_snapshot(name, asked.name))


@router.get("/{name}/download", name="sandboxes:download")
def download_sandbox(name: str, worlds: Worlds) -> FileResponse:
    """Take the whole sandbox as one file, in a form that is the same on every store."""
    folder = tempfile.TemporaryDirectory(prefix="skolon-mock-")
    file = Path(folder.name) / f"{name}.db"
    try:
        worlds.download(name, file)
    except BaseException:
        folder.cleanup()
        raise
    gone = BackgroundTask(folder.cleanup)
    return FileResponse(file, media_type=FILE_TYPE, filename=file.name, background=gone)


@router.delete("/{name}", status_code=204, name="sandboxes:delete")
def delete_sandbox(name: str, worlds: Worlds) -> Response:
    worlds.delete(name)
    return Response(status_code=204)


@router.get("/{name}/clock", name="sandboxes:read_clock")
def read_clock(name: str, worlds: Worlds) -> ClockOut:
    return _clock_out(worlds.open(name))


@router.patch("/{name}/clock", name="sandboxes:change_clock")
def change_clock(name: str, change: ClockChange, worlds: Worlds) -> ClockOut:
    """Freeze, set, advance or resume the clock that every rule of this sandbox obeys."""
    with worlds.holding(name) as sandbox:
        clock, database = sandbox.clock, sandbox.database
        if change.freeze:
            clock.freeze(database)
        elif change.resume:
            clock.resume(database)
        elif change.set_to is not None:
            clock.set_to(database, change.set_to, allow_backwards=change.allow_backwards)
        elif change.advance_by is not None:
            clock.advance(database, change.advance_by, allow_backwards=change.allow_backwards)
        return _clock_out(sandbox)
