"""A refresh of the register from beginning to end: HTTP and database by turns, never together."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import date
from itertools import islice

from sqlalchemy.orm import Session

from app import log
from app.clock import Clock
from app.database import Database
from app.partner import register_refresh, register_views
from app.partner.register_refresh import Rows, Step
from app.partner.skolverket_client import RegisterReader, UnitRecord

# So many answers are fetched before they are written down.
A_BATCH = 100

Reader = Callable[[], RegisterReader]
Progress = Callable[[int, int], None]


def everything(database: Database, reader: Reader, *, clock: Clock, progress: Progress) -> int:
    """Renew the whole copy, going on where an interrupted renewal stopped."""
    steps = asyncio.run(_plan(reader()))
    with database.write() as session:
        left = iter(register_refresh.remaining(session, steps, now=clock()))
    done = 0
    while batch := list(islice(left, A_BATCH)):
        answers = asyncio.run(_fetch(reader(), batch))
        with database.write() as session:
            for step, rows in answers:
                register_refresh.keep(session, step, rows, now=clock())
        done += len(batch)
        progress(done, len(steps))
    with database.write() as session:
        count = register_refresh.finish(session, steps, now=clock())
        _warn_of_leading_zeros(session)
    return count


def changes(database: Database, reader: Reader, *, clock: Clock, progress: Progress) -> int:
    """Fetch what has changed since the last renewal; without a copy, everything."""
    with database.read() as session:
        since = register_refresh.since(session)
    if since is None:
        return everything(database, reader, clock=clock, progress=progress)
    records = asyncio.run(_fetch_changes(reader(), since, progress))
    with database.write() as session:
        count = register_refresh.change(session, records, now=clock())
        _warn_of_leading_zeros(session)
    return count


def _warn_of_leading_zeros(session: Session) -> None:
    """Raise the alarm on official codes that look fictive: none has ever begun with a zero."""
    if codes := register_views.state(session).official_codes_with_leading_zero:
        log.event(logging.WARNING, "official codes begin with a zero", codes=codes)


async def _plan(reader: RegisterReader) -> list[Step]:
    async with reader.register.http:
        return await register_refresh.plan(reader)


async def _fetch(reader: RegisterReader, steps: Sequence[Step]) -> list[tuple[Step, Rows]]:
    async with reader.register.http:
        return [answer async for answer in register_refresh.fetch(reader, steps)]


async def _fetch_changes(
    reader: RegisterReader, since: date, progress: Progress
) -> list[UnitRecord]:
    async with reader.register.http:
        rows = await reader.units({}, changed_since=since)
        records = []
        for row in rows:
            records.append(await reader.unit(row.school_unit_code))
            progress(len(records), len(rows))
        return records
