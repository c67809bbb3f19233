"""Taking down every request to the companies, and every call of theirs to the outside."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import log, tracing
from app.sandboxes.journal import masking
from app.sandboxes.journal.exchanges import Acting, Body, HttpExchange
from app.sandboxes.journal.keeping import Journal, Journals
from app.tracing import TRACEPARENT, Kind

BROWSER, PROGRAM = "browser", "program"

# Says which company a path belongs to; none that keeps no journal.
CompanyOf = Callable[[str], str | None]


class JournalMiddleware:
    """Takes down what a company is asked and answers, before the end of its answer goes out.

    So whoever has the whole answer finds the entry. What happens to the journal changes no answer.
    """

    def __init__(self, app: ASGIApp, journals: Journals, company_of: CompanyOf) -> None:
        self.app = app
        self.journals = journals
        self.company_of = company_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        company = self.company_of(path) if scope["type"] == "http" else None
        if company is None:
            await self.app(scope, receive, send)
            return

        state = scope["state"]
        exchange = _begun(scope, path, company, self.journals)
        # That it is there says that somebody listens.
        state["explained"] = None
        is_kept = False

        def keep() -> None:
            nonlocal is_kept
            if not is_kept:
                is_kept = True
                exchange.explained = state["explained"]
                _keep(exchange)

        async def receive_seen() -> Message:
            message = await receive()
            exchange.asked.passes(message.get("body", b""))
            return message

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = Headers(raw=message["headers"])
                exchange.status = message["status"]
                exchange.answered.type = masking.media_type(headers.get("content-type", ""))
                _tie_to_login(exchange, headers.get("location", ""))
            elif message["type"] == "http.response.body":
                exchange.answered.passes(message.get("body", b""))
                if not message.get("more_body", False):
                    keep()
            await send(message)

        with tracing.going_on(exchange):
            try:
                await self.app(scope, receive_seen, send_seen)
            finally:
                keep()


class RecordingClient(httpx.AsyncClient):
    """Takes down the calls that leave this process, where they are made for a world."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401, httpx's own
        caller = tracing.current()
        if not isinstance(caller, Acting):
            return await super().send(request, **options)
        exchange = _called(request, caller)
        with tracing.going_on(exchange):
            request.headers[TRACEPARENT] = tracing.traceparent() or ""
        try:
            response = await super().send(request, **options)
            _has_answered(exchange, response)
        finally:
            _keep(exchange)
        return response


@contextmanager
def acting(company: str, journal: Journal, journals: Journals | None) -> Iterator[None]:
    """Let calls that nobody asked for be this company's, in the journal of a world if any."""
    if journals is None:
        yield
        return
    keep = partial(journals.keep, journal)
    with tracing.going_on(Acting(company=company, clock=journal.clock, keep=keep)):
        yield


def _begun(scope: Scope, path: str, company: str, journals: Journals) -> HttpExchange:
    headers = Headers(scope=scope)
    journal: Journal = scope["state"]["journal"]
    query = scope["query_string"].decode("latin-1")
    parent = tracing.current()
    exchange = HttpExchange(
        company=company,
        clock=journal.clock,
        keep=partial(journals.keep, journal),
        at=journal.clock(),
        request_id=scope["state"].get("request_id", ""),
        caller=parent.company if parent else _kind_of_caller(headers),
        method=scope["method"],
        path=path,
        query=query,
        asked=Body(masking.media_type(headers.get("content-type", ""))),
    )
    exchange.continue_from(parent, headers.get(TRACEPARENT, ""))
    if parent is None:
        _tie_to_login(exchange, f"?{query}")
    return exchange


def _called(request: httpx.Request, caller: Acting) -> HttpExchange:
    exchange = HttpExchange(
        company="outside",
        clock=caller.clock,
        keep=caller.keep,
        at=caller.clock(),
        request_id=log.request_id() or "",
        caller=caller.company,
        host=request.url.netloc.decode("ascii", "replace"),
        method=request.method,
        path=request.url.path,
        query=request.url.query.decode("latin-1"),
        asked=Body(masking.media_type(request.headers.get("content-type", ""))),
    )
    exchange.continue_from(caller, "")
    # What is streamed is sent only later; none of our own calls is.
    if isinstance(request.stream, httpx.ByteStream):
        exchange.asked.passes(request.content)
    return exchange


def _has_answered(exchange: HttpExchange, response: httpx.Response) -> None:
    exchange.status = response.status_code
    exchange.answered.type = masking.media_type(response.headers.get("content-type", ""))
    if response.is_closed:
        exchange.answered.passes(response.content)
    else:
        # It is read only after this; how long it says that it is must do.
        announced = response.headers.get("content-length", "")
        exchange.answered.size = int(announced) if announced.isdecimal() else 0


def _tie_to_login(exchange: HttpExchange, address: str) -> None:
    """Let the exchange belong to the login whose `state` is in the address or the redirect."""
    if "state=" not in address:
        return
    parameters = dict(parse_qsl(urlsplit(address).query, errors="replace"))
    if state := parameters.get("state"):
        exchange.move_to(tracing.trace_of(f"state {state}"), Kind.LOGIN)


def _kind_of_caller(headers: Headers) -> str:
    is_page = "text/html" in headers.get("accept", "") or "sec-fetch-mode" in headers
    return BROWSER if is_page else PROGRAM


def _keep(exchange: HttpExchange) -> None:
    exchange.duration_ms = _since(exchange.begun)
    exchange.keep(exchange)


def _since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 1)
