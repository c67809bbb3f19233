"""A way to PostgreSQL that can be cut, closed or blocked while a service uses it."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import make_url

T = TypeVar("T")


class Proxy:
    """Passes on whatever comes to its own port, as long as nobody says otherwise."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._loop = asyncio.new_event_loop()
        self._gate = asyncio.Event()
        self._writers: set[StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        through = self._target.set(host="127.0.0.1", port=self._port, query={})
        return through.render_as_string(hide_password=False)

    def open(self) -> None:
        """Let everything through, and whoever comes in."""
        self._do(self._open())

    def cut(self) -> None:
        """Break every connection; whoever comes anew is let in."""
        self._do(self._cut())

    def close(self) -> None:
        """Break every connection, and let nobody in."""
        self._do(self._close())

    def block(self) -> None:
        """Keep every connection, and let nothing through."""
        self._loop.call_soon_threadsafe(self._gate.clear)

    async def _open(self) -> None:
        self._gate.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self._port)
            self._port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        self._gate.set()
        await self._cut()

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        await self._gate.wait()
        host, port = self._target.query.get("host", self._target.host), self._target.port or 5432
        if str(host).startswith("/"):
            there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there = await asyncio.open_connection(str(host), port)
        self._writers.add(there[1])
        for source, target in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._pump(source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: StreamReader, target: StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                await self._gate.wait()
                target.write(data)
                await target.drain()
        target.close()
        self._writers.discard(target)

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def proxy_to(url: str) -> Iterator[Proxy]:
    """Give an open way to the server of this URL."""
    proxy = Proxy(url)
    loop = proxy._loop  # noqa: SLF001, it runs for as long as the way is there
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
