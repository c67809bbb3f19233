"""Connections that break off: how an application asks its server to hang up."""

from collections.abc import Callable

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# In the `extensions` of a scope: a function that hangs up, whatever has been sent by then.
HANG_UP = "skolon_mock.hang_up"

HangUp = Callable[[], None]


class InProcess(httpx.AsyncBaseTransport):
    """The way from one company to another in this process, which can break off as a network can."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        is_broken = False

        def hang_up() -> None:
            nonlocal is_broken
            is_broken = True

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def receive_while_there() -> Message:
                return {"type": "http.disconnect"} if is_broken else await receive()

            extended = {**scope, "extensions": {HANG_UP: hang_up}}
            await self._app(extended, receive_while_there, send)
            if is_broken:
                raise ConnectionAbortedError

        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        answer = await transport.handle_async_request(request)
        if is_broken:
            raise httpx.RemoteProtocolError("Server disconnected", request=request)
        return answer
