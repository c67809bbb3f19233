"""What endpoints are handed: the world's database and clock, the settings, the HTTP client.

They are `async def` because they only hand out an object; a `def` dependency costs a thread.
"""

from dataclasses import dataclass
from typing import Annotated, cast

import httpx
from fastapi import Depends, Request

from app import clock, database, settings


async def _database(request: Request) -> database.Database:
    return cast("database.Database", request.state.database)


async def _clock(request: Request) -> clock.Clock:
    return cast("clock.Clock", request.state.clock)


async def _settings(request: Request) -> settings.Settings:
    return cast("settings.Settings", request.app.state.settings)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another company: the way to it and its address, without a slash at the end."""

    http: httpx.AsyncClient
    url: str


def peer(request: Request, configured: str | None) -> Peer:
    """Return the company at the configured address, else its stand-in in this same world."""
    if configured:
        return Peer(request.app.state.network, configured.rstrip("/"))
    return Peer(request.app.state.in_process, str(request.base_url).rstrip("/"))


Database = Annotated[database.Database, Depends(_database)]
Clock = Annotated[clock.Clock, Depends(_clock)]
Settings = Annotated[settings.Settings, Depends(_settings)]
