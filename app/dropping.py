"""Calls that break off or take too long: what applications ask of the way that a call came."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    """The way from one company to another in this process, which can fail as a network can."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        patience = request.extensions.get("timeout", {}).get("read")
        failure: httpx.TransportError | None = None

        def hang_up() -> None:
            nonlocal failure
            failure = httpx.RemoteProtocolError("Server disconnected", request=request)

        async def linger_while_there(seconds: float) -> bool:
            nonlocal failure
            is_patient = patience is None or seconds < patience
            await asyncio.sleep(seconds if is_patient else patience)
            if not is_patient:
                failure = httpx.ReadTimeout("Server is slow", request=request)
            return is_patient

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def receive_while_there() -> Message:
                return {"type": "http.disconnect"} if failure else await receive()

            extensions = {HANG_UP: hang_up, LINGER: linger_while_there}
            await self._app({**scope, "extensions": extensions}, receive_while_there, send)
            if failure:
                raise failure

        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        answer = await transport.handle_async_request(request)
        if failure:
            raise failure
        return answer
