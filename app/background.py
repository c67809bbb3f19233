"""What goes on while nobody asks: one company tells another what it owes it."""

import asyncio
import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from math import ceil

import httpx
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool

from app import log
from app.dependencies import Peer
from app.partner.retention import Retention, let_go_of_everything_due
from app.partner.skolon_client import Skolon
from app.partner.telling import tell_again
from app.sandboxes.journal.recording import RecordingClient, acting
from app.sandboxes.sandbox import Sandbox
from app.sandboxes.worlds import Sandboxes
from app.settings import Mode, Settings
from app.skolon import roster_edits
from app.skolon.request_delivery import Pauses, deliver_again
from app.skolon.webhook_sender import PATIENCE, UnderWay, Way, deliver_what_is_due

# Real seconds between attempts to tell Skolon what it has not been told.
RETELL_SECONDS = 15
# Real seconds between looks at what webhooks are due, and looks at sandboxes that seem to rest:
# another process may have left something there.
LOOK_SECONDS = 0.5
RESTING_LOOKS = 10
# Real seconds between looks at what rules another process may have made or used up.
RULES_SECONDS = 1
# Real seconds between looks at whether a sandbox has had a night.
SYNC_SECONDS = 1
# Real seconds between looks at whether the partner has kept something for long enough.
RETENTION_SECONDS = 1
# Real seconds between looks at which sandboxes are in use.
ORDER_SECONDS = 60
# How long a sandbox that nobody uses is kept open; it costs a connection or two.
KEPT_OPEN = timedelta(minutes=10)
# How long what was begun may take to end when the service stops.
ENDING_SECONDS = 8


async def goes_on(tools: FastAPI, seconds: float) -> bool:
    """Wait so long, and say whether the service is to go on then."""
    try:
        async with asyncio.timeout(seconds):
            await tools.state.stopping.wait()
    except TimeoutError:
        return True
    return False


async def end(tools: FastAPI, background: Collection[asyncio.Task[None]]) -> None:
    """Let everybody end what they have begun, if it does not take too long."""
    tools.state.stopping.set()
    _, late = await asyncio.wait(background, timeout=ENDING_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)


async def keep_telling_skolon(tools: FastAPI, settings: Settings, sandboxes: Sandboxes) -> None:
    """Tell Skolon, now and then, what could not be told when it happened."""
    while await goes_on(tools, RETELL_SECONDS):
        for sandbox in sandboxes.all_open():
            inside = _inside(tools, sandbox)
            outside = tools.state.network
            idp, api = (
                Peer(outside, url.rstrip("/")) if url else inside
                for url in (settings.skolon_idp_url, settings.skolon_api_url)
            )
            try:
                at_skolon = Skolon(idp, api, settings)
                with acting("partner", sandbox.journal, tools.state.journals):
                    await tell_again(sandbox.database, at_skolon, sandbox.clock)
            except Exception as error:  # noqa: BLE001, the other sandboxes go on
                # A sandbox that is being reset or deleted, or that was uploaded full of nonsense.
                log.event(logging.WARNING, "not told", error=type(error).__name__)


async def keep_sending_license_requests(
    tools: FastAPI, settings: Settings, sandboxes: Sandboxes
) -> None:
    """Send license requests again, now and then, that did not reach the partner."""
    pauses: dict[str, Pauses] = {}
    while await goes_on(tools, RETELL_SECONDS):
        for sandbox in sandboxes.all_open():
            partner = (
                Peer(tools.state.network, settings.partner_url.rstrip("/"))
                if settings.partner_url
                else _inside(tools, sandbox)
            )
            looks = 1 + ceil(settings.request_timeout / RETELL_SECONDS)
            try:
                with acting("skolon", sandbox.journal, tools.state.journals):
                    await deliver_again(
                        sandbox.database,
                        partner,
                        settings.partner_api_key,
                        sandbox.clock,
                        pauses.setdefault(sandbox.name, Pauses(looks)),
                        patience=settings.request_timeout,
                    )
            except Exception as error:  # noqa: BLE001, the other sandboxes go on
                # A sandbox that is being reset or deleted, or a database out of reach.
                log.event(logging.WARNING, "requests not sent", error=type(error).__name__)


async def keep_delivering_webhooks(
    tools: FastAPI, settings: Settings, sandboxes: Sandboxes
) -> None:
    """Deliver each sandbox's webhooks when its clock says that they are due."""
    assert settings.signing_key is not None  # noqa: S101, made at the start if not given
    key = settings.signing_key.get_secret_value().encode()
    under_way: UnderWay = {}
    # How often each had been written to when nothing waited in it any more.
    resting: dict[str, int] = {}
    looks = 0
    # Neither proxies nor a .netrc of this machine have a say in where webhooks go, and nobody
    # waits for a connection that a slow tool holds.
    no_limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with RecordingClient(trust_env=False, timeout=PATIENCE, limits=no_limits) as network:
        while await goes_on(tools, LOOK_SECONDS):
            looks += 1
            for sandbox in sandboxes.all_open():
                writes = sandbox.database.writes
                if looks % RESTING_LOOKS and resting.get(sandbox.name) == writes:
                    continue
                way = Way(
                    partner=_inside(tools, sandbox),
                    network=network,
                    hosts=settings.webhook_hosts,
                    loopback=settings.mode is Mode.SANDBOX,
                    signing_key=key,
                    mishaps=sandbox.faults.of_webhook,
                )
                try:
                    with acting("skolon", sandbox.journal, tools.state.journals):
                        waits = await deliver_what_is_due(
                            sandbox.database, way, sandbox.clock, under_way
                        )
                except Exception as error:  # noqa: BLE001, the other sandboxes go on
                    # A sandbox that is being reset or deleted, or a database out of reach.
                    log.event(logging.WARNING, "webhooks not read", error=type(error).__name__)
                    continue
                resting.pop(sandbox.name, None)
                if not waits:
                    resting[sandbox.name] = writes
        if under_way:
            # What was cut off would be made again by another process.
            await asyncio.wait([*under_way])


async def keep_syncing_rosters(tools: FastAPI, _settings: Settings, sandboxes: Sandboxes) -> None:
    """Do what was edited in the schools' registers, when a sandbox's clock has passed the night."""
    # How often each had been written to when it was read, and when its next edit is due.
    known: dict[str, tuple[int, datetime | None]] = {}
    looks = 0
    while await goes_on(tools, SYNC_SECONDS):
        looks += 1
        for sandbox in sandboxes.all_open():
            writes, due_at = known.get(sandbox.name, (-1, None))
            is_news = writes != sandbox.database.writes or not looks % RESTING_LOOKS
            is_due = due_at is not None and due_at <= sandbox.clock()
            if not (is_news or is_due):
                continue
            writes = sandbox.database.writes
            try:
                known[sandbox.name] = writes, await run_in_threadpool(_sync_roster, sandbox)
            except Exception as error:  # noqa: BLE001, the other sandboxes go on
                # A sandbox that is being reset or deleted, or a database out of reach.
                log.event(logging.WARNING, "roster not synced", error=type(error).__name__)


async def keep_reading_rules(tools: FastAPI, _settings: Settings, sandboxes: Sandboxes) -> None:
    """Read clock, faults and scripted answers anew where others set them, or may have."""
    while await goes_on(tools, RULES_SECONDS):
        for sandbox in sandboxes.all_open():
            if not (sandbox.faults.is_asked or sandbox.is_behind):
                continue
            try:
                await run_in_threadpool(sandbox.catch_up)
            except Exception as error:  # noqa: BLE001, the other sandboxes go on
                # A sandbox that is being reset or deleted, or a database out of reach.
                log.event(logging.WARNING, "rules not read", error=type(error).__name__)


def _sync_roster(sandbox: Sandbox) -> datetime | None:
    """Do what is due, and return when the next edit is."""
    now = sandbox.clock()
    with sandbox.database.read() as session:
        due_at = roster_edits.next_due(session)
    if due_at is None or due_at > now:
        return due_at
    with sandbox.database.write() as session:
        roster_edits.apply_due(session, now=now)
        return roster_edits.next_due(session)


async def keep_forgetting(tools: FastAPI, settings: Settings, sandboxes: Sandboxes) -> None:
    """Let go of what the partner has kept for long enough by a sandbox's clock."""
    retention = Retention(timedelta(days=settings.account_retention_days))
    # How often each had been written to when it was read, and when it next has kept something.
    known: dict[str, tuple[int, datetime | None]] = {}
    looks = 0
    while await goes_on(tools, RETENTION_SECONDS):
        looks += 1
        for sandbox in sandboxes.all_open():
            writes, due_at = known.get(sandbox.name, (-1, None))
            is_news = writes != sandbox.database.writes or not looks % RESTING_LOOKS
            is_due = due_at is not None and due_at <= sandbox.clock()
            if not (is_news or is_due):
                continue
            writes = sandbox.database.writes
            try:
                known[sandbox.name] = (
                    writes,
                    await run_in_threadpool(
                        let_go_of_everything_due, sandbox.database, retention, sandbox.clock
                    ),
                )
            except Exception as error:  # noqa: BLE001, the other sandboxes go on
                # A sandbox that is being reset or deleted, or a database out of reach.
                log.event(logging.WARNING, "nothing forgotten", error=type(error).__name__)


async def keep_sandboxes_in_order(tools: FastAPI, settings: Settings, sandboxes: Sandboxes) -> None:
    """Write down when sandboxes were used, close those that rest, delete those that are over."""
    while settings.mode is Mode.SANDBOX and await goes_on(tools, ORDER_SECONDS):
        try:
            await run_in_threadpool(put_in_order, settings, sandboxes)
        except Exception as error:  # noqa: BLE001, another time it may go better
            log.event(logging.WARNING, "sandboxes not in order", error=type(error).__name__)


def put_in_order(settings: Settings, sandboxes: Sandboxes) -> None:
    """Do it once."""
    sandboxes.note_uses()
    sandboxes.let_rest(KEPT_OPEN)
    if settings.sandbox_idle_hours is not None:
        for name in sandboxes.expire(timedelta(hours=settings.sandbox_idle_hours)):
            log.event(logging.INFO, "sandbox expired", sandbox=name)


def _inside(tools: FastAPI, sandbox: Sandbox) -> Peer:
    return Peer(tools.state.in_process, f"http://localhost/s/{sandbox.name}")
