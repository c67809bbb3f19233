"""Many logins at once, over real sockets to one process that calls itself."""

import asyncio
import threading
import time
from collections.abc import Iterator
from http import HTTPStatus

import httpx
import pytest
from sqlalchemy import func, select

from app.partner.models import Account, Identity, LoginAttempt, Placement, School, SchoolClass
from app.serving import Server, server_for
from app.settings import Settings
from tests.conftest import World
from tests.factories import license_school


@pytest.fixture
def served(world: World, settings: Settings) -> Iterator[str]:
    """The world's address at a server of its own; Ekbackaskolan has its license."""
    license_school(world, "Ekbackaskolan")
    server = server_for(settings, "127.0.0.1", 0, sheet=False)
    thread = threading.Thread(target=server.run)
    thread.start()
    _wait_for(server, thread)
    yield f"{server.address}/s/{world.name}"
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


def _wait_for(server: Server, thread: threading.Thread) -> None:
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)


async def _callback(client: httpx.AsyncClient, persona: str) -> str:
    begun = await client.get("sso/login")
    chosen = await client.post(begun.headers["location"], data={"persona": persona})
    return chosen.headers["location"]


async def _all_at_once(address: str, personas: list[str]) -> list[int]:
    """Bring every browser to the callback first, then let all of them in at once."""
    # A connection that waits for the others' callbacks may be closed just when it is used again.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    clients = [
        httpx.AsyncClient(base_url=f"{address}/", timeout=60, limits=limits) for _ in personas
    ]
    try:
        callbacks = [
            await _callback(client, persona)
            for client, persona in zip(clients, personas, strict=True)
        ]
        answers = await asyncio.gather(
            *(client.get(url) for client, url in zip(clients, callbacks, strict=True))
        )
    finally:
        for client in clients:
            await client.aclose()
    return [answer.status_code for answer in answers]


def _counts(world: World) -> dict[str, int]:
    tables = (School, SchoolClass, Account, Identity, Placement, LoginAttempt)
    with world.database.read() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in tables
        }


def test_r4_two_hundred_first_logins_of_one_user_leave_one_account_and_one_placement(
    world: World, served: str
) -> None:
    statuses = asyncio.run(_all_at_once(served, ["elsa"] * 200))

    assert set(statuses) == {HTTPStatus.SEE_OTHER}
    assert _counts(world) == {
        "schools": 1,
        "school_classes": 1,
        "accounts": 1,
        "identities": 1,
        "placements": 1,
        "login_attempts": 200,
    }


def test_sixty_four_logins_of_four_users_do_not_starve_the_process_that_calls_itself(
    world: World, served: str
) -> None:
    statuses = asyncio.run(_all_at_once(served, ["elsa", "omar", "maja", "iris"] * 16))

    assert set(statuses) == {HTTPStatus.SEE_OTHER}
    assert _counts(world)["accounts"] == 4
    assert _counts(world)["placements"] == 4
