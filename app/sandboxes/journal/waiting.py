"""Waiting until somebody has made a request, without a thread or a connection meanwhile."""

import asyncio
from collections.abc import Sequence

from fastapi.concurrency import run_in_threadpool

from app.sandboxes.journal.keeping import Journal
from app.sandboxes.journal.models import JournalEntry
from app.sandboxes.journal.searching import Filters

# Real seconds between looks, in case another process has written something down.
LOOK_SECONDS = 0.5
# What comes close together is looked at together.
TOGETHER_SECONDS = 0.02


async def wait_for(
    journal: Journal, filters: Filters, count: int, patience: float
) -> Sequence[JournalEntry]:
    """Return the first entries of this description once there are so many, else those there are."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    with journal.listening() as news:
        while True:
            news.clear()
            found = await run_in_threadpool(journal.first, filters, count)
            left = until - loop.time()
            if len(found) >= count or left <= 0:
                return found
            try:
                async with asyncio.timeout(min(left, LOOK_SECONDS)):
                    await news.wait()
                    await asyncio.sleep(TOGETHER_SECONDS)
            except TimeoutError:
                continue
