"""Worlds that grow for a while: nobody waits for them, and what fails leaves nothing."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from starlette.types import Message

from app.sandboxes import progress
from app.sandboxes.growth import (
    Extent,
    Growth,
    GrowthError,
    StillGrowingError,
    Tell,
    TooLittleRoomError,
    in_silence,
)
from app.sandboxes.refusals import SandboxExistsError, UnknownSandboxError
from app.sandboxes.stores import store_of
from app.sandboxes.worlds import Sandboxes
from app.seeds import seed_nothing
from app.settings import Settings

Grow = Callable[[str, Extent, Tell], None]


class Garden:
    """Worlds of which those of the seed `slow` grow as a test says."""

    def __init__(self, settings: Settings) -> None:
        self.grow: Grow = lambda *_: None
        growth = Growth("empty", 0.1, 2, Extent(1, 0.5), 1000, self._grow)
        self.worlds = Sandboxes(
            store_of(settings),
            seeds={"empty": seed_nothing},
            growths={"slow": growth},
            fingerprint="growth",
            durable=False,
        )

    def _grow(self, url: str, extent: Extent, tell: Tell) -> None:
        self.grow(url, extent, tell)


@pytest.fixture
def garden(settings: Settings) -> Iterator[Garden]:
    garden = Garden(settings)
    before = garden.worlds.names()
    yield garden
    for name in {*garden.worlds.names()} - {*before}:
        garden.worlds.delete(name)
    garden.worlds.close()


def test_nobody_waits_for_a_world_that_grows_and_its_name_is_taken(garden: Garden) -> None:
    worlds, is_growing, may_end = garden.worlds, Event(), Event()

    def grow(*_: object) -> None:
        is_growing.set()
        assert may_end.wait(30)

    garden.grow = grow
    with ThreadPoolExecutor(1) as another:
        growing = another.submit(worlds.create, "grown", "slow", None, Extent(scale=0.2))
        assert is_growing.wait(30)

        with pytest.raises(SandboxExistsError):
            worlds.create("grown", "empty")
        with pytest.raises(StillGrowingError):
            worlds.create("grown-too", "slow")
        with pytest.raises(UnknownSandboxError):
            worlds.open("grown")
        worlds.create("beside", "empty")
        worlds.note_uses()

        may_end.set()
        growing.result(30)
    assert worlds.origin("grown").seed == "slow"
    assert worlds.origin("grown").extent == Extent(0.2, 0.5)


def test_nothing_is_left_of_a_world_that_could_not_grow(garden: Garden, settings: Settings) -> None:
    def grow(*_: object) -> None:
        message = "the disk is full"
        raise OSError(message)

    worlds, store = garden.worlds, store_of(settings)
    worlds.create("beside", "empty")
    before = store.names()
    garden.grow = grow

    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            worlds.create("grown", "slow")
    with pytest.raises(OSError, match="full"):
        worlds.reset("beside", "slow")

    assert store.names() == before
    assert worlds.origin("beside").seed == "empty"
    worlds.create("grown", "empty")
    store.close()


def test_a_world_is_used_until_it_has_grown_anew(garden: Garden) -> None:
    worlds = garden.worlds
    worlds.create("grown", "slow", None, Extent(0.2, 0.1))
    grown: list[Extent] = []

    def grow(_url: str, extent: Extent, _tell: Tell) -> None:
        with worlds.open("grown").database.read():
            grown.append(extent)

    garden.grow = grow
    worlds.reset("grown")
    worlds.reset("grown", extent=Extent(scale=0.3))
    worlds.reset("grown", "slow")

    assert grown == [Extent(0.2, 0.1), Extent(0.3, 0.1), Extent(1, 0.5)]
    assert worlds.origin("grown").extent == Extent(1, 0.5)


def test_a_copy_is_as_large_as_what_it_is_of_and_cannot_be_asked_to_be_larger(
    garden: Garden,
) -> None:
    worlds = garden.worlds
    worlds.create("grown", "slow", None, Extent(0.2, 0.1))
    kept = worlds.take_snapshot("grown", "grown-then")
    copied = worlds.create("copied", snapshot="grown-then")

    assert kept.origin.extent == worlds.origin(copied.name).extent == Extent(0.2, 0.1)
    with pytest.raises(GrowthError):
        worlds.reset("copied", extent=Extent(scale=0.3))
    with pytest.raises(GrowthError):
        worlds.create("other", "empty", extent=Extent(arrived=0))
    worlds.delete_snapshot("grown-then")


@pytest.mark.parametrize(
    "asked", [Extent(0.09), Extent(2.1), Extent(float("nan")), Extent(1, -0.1), Extent(1, 1.1)]
)
def test_a_growth_has_its_limits(garden: Garden, asked: Extent) -> None:
    with pytest.raises(GrowthError):
        garden.worlds.create("grown", "slow", extent=asked)


def test_what_there_is_no_room_for_is_refused() -> None:
    growth = Growth("empty", 0.1, 2, Extent(1, 0), 1000, lambda *_: None)

    growth.must_fit_in(500, Extent(scale=0.5))
    growth.must_fit_in(None, Extent(scale=2))
    with pytest.raises(TooLittleRoomError, match="500"):
        growth.must_fit_in(499, Extent(scale=0.5))


class Made(BaseModel):
    name: str = "done"


async def _read(work: progress.Work, *, leaves_after: int | None = None) -> list[Any]:
    """Ask for the work in lines, and read them all, or hang up after some."""
    scope = {"type": "http", "headers": [(b"accept", progress.LINES.encode())]}
    answer = await progress.answer(Request(scope), work)
    assert isinstance(answer, StreamingResponse)
    lines: list[Any] = []
    has_left = asyncio.Event()

    async def receive() -> Message:
        await has_left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message.get("body"):
            lines.append(json.loads(message["body"]))
            if len(lines) == leaves_after:
                has_left.set()

    await answer({**scope, "asgi": {"spec_version": "2.3"}}, receive, send)
    return lines


def test_how_far_it_is_comes_in_lines_and_then_what_was_made() -> None:
    def work(tell: Tell) -> Made:
        tell(0, "begun")
        tell(0.5, "half")
        return Made()

    assert asyncio.run(_read(work)) == [
        {"share": 0, "step": "begun"},
        {"share": 0.5, "step": "half"},
        {"made": {"name": "done"}},
    ]


@pytest.mark.parametrize(
    ("error", "problem"),
    [(SandboxExistsError(), "/problems/sandbox_exists"), (OSError(), "/problems/crash")],
)
def test_what_goes_wrong_on_the_way_is_the_last_line(error: Exception, problem: str) -> None:
    def work(tell: Tell) -> Made:
        tell(0, "begun")
        raise error

    _, last = asyncio.run(_read(work))

    assert last["problem"]["type"] == problem


def test_what_is_refused_at_once_is_refused_as_ever() -> None:
    def work(_tell: Tell) -> Made:
        raise SandboxExistsError

    with pytest.raises(SandboxExistsError):
        asyncio.run(_read(work))


def test_work_ends_when_nobody_reads_any_more() -> None:
    has_ended = Event()

    def work(tell: Tell) -> Made:
        try:
            while not has_ended.wait(0.01):
                tell(0, "still going on")
        except progress.NobodyReadsError:
            has_ended.set()
        return Made()

    asyncio.run(_read(work, leaves_after=3))

    assert has_ended.wait(30)


def test_whoever_does_not_ask_for_lines_gets_none() -> None:
    answer = progress.answer(Request({"type": "http", "headers": []}), lambda _: Made())

    assert asyncio.run(answer) == Made()
    in_silence(0, "nothing happens")
