"""Serving the application, and the sheet that a newcomer needs."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from socket import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.dropping import HANG_UP
from app.main import create_app
from app.settings import LOOPBACK_HOSTS, Settings
from app.welcome import newcomers_sheet

if sys.platform != "win32":
    import fcntl


# Seconds that a connection is left which came just before the end, for what is asked on it.
LAST_QUESTION_SECONDS = 1.0
# Seconds after which requests are cut off that have not ended since the server was told to stop.
DRAINING_SECONDS = 30


class Connection(HttpToolsProtocol):
    """Lets an application hang up, and answers also who has connected but not asked yet at the end.

    A load balancer has sent its request by then, and may not send it again.
    """

    has_asked = False
    is_last = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.has_asked = True
        extensions: dict[str, Any] = {HANG_UP: self.transport.close}
        self.scope["extensions"] = extensions

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.is_last:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        if self.has_asked:
            super().shutdown()
        else:
            self.is_last = True
            self.loop.call_later(LAST_QUESTION_SECONDS, super().shutdown)


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


class FolderInUseError(Exception):
    """Another process serves what is in the data folder."""


@contextmanager
def alone_in_folder(settings: Settings) -> Iterator[None]:
    """Keep other servers out of the data folder, until this process ends in whichever way.

    SQLite would let them in, but one that replaces a world's file does so under the other.
    """
    if settings.database_url is not None or sys.platform == "win32":
        yield
        return
    settings.data_directory.mkdir(parents=True, exist_ok=True)
    with (settings.data_directory / "serving").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError from None
        yield


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
        timeout_graceful_shutdown=DRAINING_SECONDS,
    )
    return Server(config, partial(newcomers_sheet, settings) if sheet else None)
