"""Serving the application, and the sheet that a newcomer needs."""

import gc
import sys
from collections.abc import Callable
from functools import partial
from socket import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.dropping import HANG_UP
from app.main import create_app
from app.settings import LOOPBACK_HOSTS, Settings
from app.welcome import newcomers_sheet


class Connection(HttpToolsProtocol):
    """Lets an application hang up."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[str, Any] = {HANG_UP: self.transport.close}
        self.scope["extensions"] = extensions


class Server(uvicorn.Server):
    """Prints the newcomer's sheet once the port is open."""

    def __init__(self, config: uvicorn.Config, sheet: Callable[[str], str] | None) -> None:
        super().__init__(config)
        self._sheet = sheet

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        # What was made so far lives as long as the process; the collector need not look again.
        gc.freeze()
        gc.enable()
        if self._sheet:
            sys.stdout.write(self._sheet(self.address))
            sys.stdout.flush()

    @property
    def address(self) -> str:
        """Return the base address that is listened on."""
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        shown = "localhost" if host in ("0.0.0.0", "::", *LOOPBACK_HOSTS) else host  # noqa: S104, compared
        return f"http://{shown}:{port}"


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until told to stop."""
    server_for(settings, host, port, sheet=True).run()


def server_for(settings: Settings, host: str, port: int, *, sheet: bool) -> Server:
    """Return a server that is not started yet."""
    config = uvicorn.Config(
        create_app(settings),
        host=host,
        port=port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=Connection,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="on",
    )
    return Server(config, partial(newcomers_sheet, settings) if sheet else None)
