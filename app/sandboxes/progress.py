"""Work that takes long, told of while it goes on: a line of JSON for each step, then its outcome.

Who stops reading stops the work.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from threading import Event
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app import log
from app.driver_errors import refusal_of
from app.errors import RefusalError
from app.problems import CRASH, of_refusal, problem_json
from app.sandboxes.growth import Tell, in_silence

LINES = "application/x-ndjson"
# Nobody on the way takes the connection for a dead one.
_LONGEST_SILENCE_SECONDS = 10

Work = Callable[[Tell], BaseModel]
Fact = dict[str, Any]


class NobodyReadsError(Exception):
    """Whoever asked for this work has gone."""


async def answer(request: Request, work: Work, status: int = 200) -> BaseModel | StreamingResponse:
    """Do the work and return what comes of it, in lines if they are asked for."""
    if LINES not in request.headers.get("accept", ""):
        return await run_in_threadpool(work, in_silence)
    facts = _facts(request, work)
    # What is refused at once is answered as any other refusal.
    first = await anext(facts)
    return StreamingResponse(_lines(first, facts), status, media_type=LINES)


async def _lines(first: Fact, facts: AsyncIterator[Fact]) -> AsyncIterator[str]:
    yield json.dumps(first) + "\n"
    async for fact in facts:
        yield json.dumps(fact) + "\n"


async def _facts(request: Request, work: Work) -> AsyncIterator[Fact]:
    loop = asyncio.get_running_loop()
    told: asyncio.Queue[Fact | None] = asyncio.Queue()
    has_gone = Event()

    def tell(share: float, step: str) -> None:
        if has_gone.is_set():
            raise NobodyReadsError
        loop.call_soon_threadsafe(told.put_nowait, {"share": share, "step": step})

    working = asyncio.create_task(run_in_threadpool(work, tell))
    working.add_done_callback(lambda _: told.put_nowait(None))
    last: Fact | None = None
    try:
        while (fact := await _next(told, last)) is not None:
            last = fact
            yield fact
        if last is None:
            # Nothing has been answered yet, so it may still raise.
            await working
        yield _outcome(request, working)
    finally:
        has_gone.set()
        # Nobody is left to tell how it ended.
        working.add_done_callback(asyncio.Task.exception)


async def _next(told: asyncio.Queue[Fact | None], last: Fact | None) -> Fact | None:
    """Wait for what is told next; where that takes long, the last is told again."""
    while True:
        try:
            return await asyncio.wait_for(told.get(), _LONGEST_SILENCE_SECONDS)
        except TimeoutError:
            if last is not None:
                return last


def _outcome(request: Request, working: asyncio.Task[BaseModel]) -> Fact:
    try:
        return {"made": working.result().model_dump(mode="json")}
    except Exception as error:  # noqa: BLE001, the answer has begun, so the last line must tell
        refusal = error if isinstance(error, RefusalError) else refusal_of(error)
        if refusal is None:
            log.crash(error)
        problem = CRASH if refusal is None else of_refusal(refusal)
    return {"problem": json.loads(bytes(problem_json(request, problem).body))}
