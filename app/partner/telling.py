"""Telling Skolon, between two transactions: what is due, the calls, what came of them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from app import tracing
from app.clock import Clock, system_clock
from app.database import Database
from app.dependencies import Settings, peer
from app.partner import outbox
from app.partner.outbox import Message
from app.partner.skolon_client import Skolon, SkolonFailedError, SkolonRefusedError


async def skolon(request: Request, settings: Settings) -> Skolon:
    """Return the Skolon of this world, or the real one."""
    return Skolon(
        peer(request, settings.skolon_idp_url), peer(request, settings.skolon_api_url), settings
    )


AtSkolon = Annotated[Skolon, Depends(skolon)]


@dataclass(slots=True)
class Told:
    """What came of telling Skolon: what it knows, what it will not take, where it failed."""

    delivered: list[Message] = field(default_factory=list)
    refused: list[Message] = field(default_factory=list)
    failed: list[Message] = field(default_factory=list)
    not_tried: list[Message] = field(default_factory=list)

    def remember(self, session: Session, *, now: datetime) -> None:
        outbox.mark(
            session,
            delivered=self.delivered,
            refused=self.refused,
            failed=self.failed,
            not_tried=self.not_tried,
            now=now,
        )


async def tell(at_skolon: Skolon, due: Sequence[Message]) -> Told:
    """Make the calls in order; the first that fails ends it, so that none overtakes another.

    One that Skolon refuses for good is passed over: a request that was posted past Skolon is
    nothing that it will ever know of. No call outlives the claim to it: another would make it too.
    """
    told = Told(not_tried=[*due])
    for message in due:
        told.not_tried.remove(message)
        left = (message.claimed_until - system_clock()).total_seconds()
        try:
            async with asyncio.timeout(left):
                await at_skolon.tell(message)
        except SkolonRefusedError:
            tracing.note("partner", "skolon.told", outcome="refused")
            told.refused.append(message)
        except (SkolonFailedError, TimeoutError):
            tracing.note("partner", "skolon.told", outcome="failed")
            told.failed.append(message)
            break
        else:
            tracing.note("partner", "skolon.told", outcome="delivered")
            told.delivered.append(message)
    return told


async def tell_again(database: Database, at_skolon: Skolon, clock: Clock) -> int:
    """Tell Skolon what it has not been told yet, and return how much of that it now knows."""

    def due() -> Sequence[Message]:
        # Most of the time there is nothing, and nobody is to wait for a write that changes nothing.
        with database.read() as session:
            if not outbox.is_any_untold(session):
                return []
        with database.write() as session:
            return outbox.claim(session)

    def remember(told: Told) -> None:
        with database.write() as session:
            told.remember(session, now=clock())

    claimed = await run_in_threadpool(due)
    if not claimed:
        return 0
    told = await tell(at_skolon, claimed)
    await run_in_threadpool(remember, told)
    return len(told.delivered)
