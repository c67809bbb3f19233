"""HTTP to tools: the webhooks that they are owed."""

import asyncio
import base64
import logging
import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from app import log
from app.clock import Clock, system_clock
from app.database import Database, GoneDatabaseError
from app.dependencies import Peer
from app.skolon import webhook_outbox, webhooks
from app.skolon.domain import webhooks as rules
from app.skolon.domain.webhooks import WebhookFailure, WebhookMishap
from app.skolon.webhooks import Call, Mishaps, Outcome

# Seconds for a whole call, and bytes of an answer that are read before it counts as too large.
PATIENCE = 10.0
MOST_BYTES = 65_536
# A tool that has so many calls under way gets no more until one ends: it is slow.
MOST_AT_ONCE = 16
# How long a call may take before somebody else makes it again.
LEASE = timedelta(seconds=PATIENCE + 20)


@dataclass(frozen=True, slots=True)
class Way:
    """How webhooks leave: to this world's partner, to the network, and to which hosts there."""

    partner: Peer
    network: httpx.AsyncClient
    hosts: Collection[str]
    loopback: bool
    signing_key: bytes
    # What goes wrong on purpose.
    mishaps: Mishaps = lambda *_: None


# The calls that this process makes at the moment, and to which tool of which world.
UnderWay = dict[asyncio.Task[None], tuple[Database, UUID]]


async def deliver_what_is_due(
    database: Database, way: Way, clock: Clock, under_way: UnderWay
) -> bool:
    """Take on what is due, each call as a task of its own, so that none waits for a slow tool.

    Returns whether there is anything left to wait for.
    """
    in_this_world = Counter(tool_id for world, tool_id in under_way.values() if world is database)
    busy = [tool_id for tool_id, calls in in_this_world.items() if calls >= MOST_AT_ONCE]
    taken_on = await run_in_threadpool(_taken_on, database, clock, busy, way.mishaps)
    for call in taken_on or ():
        task = asyncio.create_task(_deliver(database, way, clock, call))
        under_way[task] = (database, call.tool_id)
        task.add_done_callback(under_way.pop)
    return taken_on is not None


def _taken_on(
    database: Database, clock: Clock, busy: Collection[UUID], mishaps: Mishaps
) -> Sequence[Call] | None:
    """Return the calls to make now; None when none is owed at any time."""
    now, real_now = clock(), system_clock()
    # Most of the time there is nothing, and nobody is to wait for a write that changes nothing.
    with database.read() as session:
        if not webhooks.is_any_due(session, now=now, real_now=real_now, busy=busy):
            return () if webhooks.is_any_owed(session) else None
    with database.write() as session:
        webhook_outbox.gather(session, now=now)
        session.flush()
        return webhooks.take_on(
            session, now=now, real_now=real_now, lease=LEASE, busy=busy, mishaps=mishaps
        )


async def _deliver(database: Database, way: Way, clock: Clock, call: Call) -> None:
    if call.mishap is WebhookMishap.LOST:
        # Skolon took it for sent.
        outcomes = [Outcome(call.url or "", 0, None, None)]
    else:
        times = 2 if call.mishap is WebhookMishap.DUPLICATED else 1
        outcomes = [await _made(way, call) for _ in range(times)]

    def note() -> None:
        with database.write() as session:
            for outcome in outcomes:
                webhooks.note_outcome(session, call, outcome, now=clock())

    try:
        await run_in_threadpool(note)
    except (GoneDatabaseError, SQLAlchemyError) as error:
        # The sandbox is gone or was reset meanwhile; else the lease runs out and it is repeated.
        log.event(logging.WARNING, "webhook not noted", error=type(error).__name__)


async def _made(way: Way, call: Call) -> Outcome:
    url = call.url or ""
    begun = time.monotonic()
    status: int | None = None
    failure: WebhookFailure | None = None
    if not url:
        failure = WebhookFailure.NO_ADDRESS
    elif not url.startswith("/") and not rules.is_allowed(url, way.hosts, loopback=way.loopback):
        failure = WebhookFailure.FORBIDDEN
    else:
        try:
            # The client's own timeouts begin anew with each byte that a tool lets drip.
            async with asyncio.timeout(PATIENCE), _posted(way, call, url) as answer:
                status = answer.status_code
                failure = await _failure_of(answer)
        except (httpx.TimeoutException, TimeoutError):
            failure = WebhookFailure.SLOW
        except (httpx.HTTPError, httpx.InvalidURL):
            failure = WebhookFailure.UNREACHABLE
    milliseconds = round((time.monotonic() - begun) * 1000)
    return Outcome(url, milliseconds, status, failure)


def _posted(way: Way, call: Call, url: str) -> AbstractAsyncContextManager[httpx.Response]:
    http, target = way.network, url
    if url.startswith("/"):
        http, target = way.partner.http, f"{way.partner.url}{url}"
    return http.stream(
        "POST", target, content=call.body, headers=_headers(way, call), follow_redirects=False
    )


async def _failure_of(answer: httpx.Response) -> WebhookFailure | None:
    read = 0
    async for part in answer.aiter_raw():
        read += len(part)
        if read > MOST_BYTES:
            return WebhookFailure.TOO_LARGE
    if answer.has_redirect_location:
        return WebhookFailure.REDIRECTED
    return None if answer.is_success else WebhookFailure.REFUSED


def _headers(way: Way, call: Call) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    secret = rules.secret_of(way.signing_key, call.client_id)
    if call.signature == "shared_secret":
        headers["X-Skolon-Secret"] = secret_text(secret)
    elif call.signature == "standard_webhooks":
        # In real time: whoever verifies it compares with a clock of their own.
        timestamp = int(system_clock().timestamp())
        webhook_id = f"msg_{call.webhook_id.hex}"
        headers |= {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": rules.signature(secret, webhook_id, timestamp, call.body),
        }
    return headers


def secret_text(secret: bytes) -> str:
    """Return a secret as the Standard Webhooks specification writes it."""
    return f"whsec_{base64.b64encode(secret).decode()}"
