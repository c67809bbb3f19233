"""Calls that break off or take too long: what applications ask of the way that a call came."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
from starlette.types import ASGIApp, Message, Scope

# In the `extensions` of a scope: a function that hangs up, whatever has been sent by then.
HANG_UP = "skolon_mock.hang_up"
# Likewise: waits so many seconds, and says whether the caller has waited too.
LINGER = "skolon_mock.linger"

HangUp = Callable[[], None]
Linger = Callable[[float], Awaitable[bool]]


async def linger(scope: Scope, seconds: float) -> bool:
    """Wait on purpose, without a thread, and say whether there is anybody left to answer."""
    wait: Linger | None = scope.get("extensions", {}).get(LINGER)
    if wait is not None:
        return await wait(seconds)
    await asyncio.sleep(seconds)
    return True


class InProcess(httpx.AsyncBaseTransport):
    """The way from one company to another in this process, which can fail as a network can.

    As httpx.ASGITransport, which looks for sniffio at each call, in vain and all along the path.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call = _Call(request)
        # As over a network: whoever called sees what was sent until then, or a 500.
        with suppress(Exception):
            await self._app(call.scope(), call.receive, call.send)
        call.is_answered.set()
        if call.failure:
            raise call.failure
        return httpx.Response(call.status, headers=call.headers, stream=call.body())


class _Call:
    """One call as both of its ends see it."""

    def __init__(self, request: httpx.Request) -> None:
        self.failure: httpx.TransportError | None = None
        self.is_answered = asyncio.Event()
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._request = request
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101, so says httpx
        self._sent = aiter(request.stream)
        self._is_sent = False

    def scope(self) -> Scope:
        url = self._request.url
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self._request.method,
            "headers": [(name.lower(), value) for name, value in self._request.headers.raw],
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "server": (url.host, url.port),
            "client": ("127.0.0.1", 123),
            "root_path": "",
            "extensions": {HANG_UP: self._hang_up, LINGER: self._linger},
        }

    async def receive(self) -> Message:
        if self._is_sent and not self.failure:
            await self.is_answered.wait()
        if self._is_sent or self.failure:
            return {"type": "http.disconnect"}
        chunk = await anext(self._sent, None)
        self._is_sent = chunk is None
        return {"type": "http.request", "body": chunk or b"", "more_body": not self._is_sent}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], message.get("headers", [])
            return
        if self._request.method != "HEAD":
            self._body += message.get("body", b"")
        if not message.get("more_body", False):
            self.is_answered.set()

    def body(self) -> httpx.ByteStream:
        return httpx.ByteStream(bytes(self._body))

    def _hang_up(self) -> None:
        self.failure = httpx.RemoteProtocolError("Server disconnected", request=self._request)

    async def _linger(self, seconds: float) -> bool:
        patience = self._request.extensions.get("timeout", {}).get("read")
        is_patient = patience is None or seconds < patience
        await asyncio.sleep(seconds if is_patient else patience)
        if not is_patient:
            self.failure = httpx.ReadTimeout("Server is slow", request=self._request)
        return is_patient
