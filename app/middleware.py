"""What every request passes: an id, a log line, safe headers, a limit on its body."""

import logging
import re
import time
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import log, tracing
from app.problems import send_problem

REQUEST_ID = "X-Request-ID"

_SANE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

_ID_HEADER = REQUEST_ID.lower().encode()
_SAFE_HEADERS = (
    (b"content-security-policy", b"default-src 'self'; base-uri 'none'; frame-ancestors 'self'"),
    (b"x-content-type-options", b"nosniff"),
    # A callback's address holds a one-time code.
    (b"referrer-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class RequestLog:
    """Gives each request an id, which its answer and every log line bear, and logs its outcome.

    The query string is left out of the log: on the way back from Skolon it holds a code.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        asked = _header(scope, _ID_HEADER)
        request_id = asked if _SANE_ID.fullmatch(asked) else tracing.random_id(128)
        id_header = (_ID_HEADER, request_id.encode())
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [one for one in message["headers"] if one[0] != _ID_HEADER]
                present = {name for name, _ in headers}
                headers.append(id_header)
                headers += [one for one in _SAFE_HEADERS if one[0] not in present]
                message["headers"] = headers
            await send(message)

        started = time.perf_counter()
        with log.about_request(request_id):
            try:
                await self.app(scope, receive, send_marked)
            except Exception as error:
                log.crash(error)
                if not status:
                    raise
            finally:
                log.event(
                    logging.INFO,
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    duration_ms=round((time.perf_counter() - started) * 1000, 1),
                )


class BodyLimit:
    """Refuses a request body over the limit, announced or not, before it fills the memory.

    A path may have a limit of its own: what is sent there does not go into the memory.
    """

    def __init__(self, app: ASGIApp, most: int, most_at: Mapping[str, int]) -> None:
        self.app = app
        self.most = most
        self.most_at = most_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        most = self.most_at.get(scope["path"], self.most)
        announced = _header(scope, b"content-length") or "0"
        if not announced.isdecimal() or int(announced) > most:
            await send_problem(scope, receive, send, _too_large(most))
            return
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise _too_large(most)
            return message

        await self.app(scope, receive_counted, send)


def _header(scope: Scope, wanted: bytes) -> str:
    """Return the first header of that name in small letters; servers send names so (ASGI)."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"The body may be {most} bytes at most.")
