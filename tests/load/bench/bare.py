"""The measures: FastAPI endpoints that answer the same, with no more than what is compared.

`bare` builds the answer anew and does nothing else; `raw` asks the database what the product asked,
through the driver alone; `memory` has the bytes ready; `asgi` is the server without a framework.
"""

import os
import socket
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from queue import SimpleQueue
from typing import Annotated, Any

import psycopg
import uvicorn
from fastapi import FastAPI, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from app.database import POOL_SIZE
from app.partner.schemas import LicenseRequestIn, LicenseRequestOut
from app.serving import Server
from app.skolon.schemas.oauth import TokenForm, TokensOut

# A statement and its parameters, as they went to the driver.
Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the product: how it answered, and what it asked the database for that."""

    path: str
    kind: str
    model: type[BaseModel] | None
    body: bytes
    # For several requests alike, each with its own parameters; none where the product writes.
    statements: Sequence[Sequence[Statement]] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """What the bare endpoints are to be like, and where their database is."""

    endpoints: Sequence[Endpoint]
    database: str


Ask = Callable[[Sequence[Statement]], None]


def serve(listening: socket.socket, setup: Setup, cores: Iterable[int]) -> None:
    """Serve as the product is served, until ended."""
    os.sched_setaffinity(0, cores)
    config = uvicorn.Config(
        Hello(application(setup)),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="off",
    )
    # The product's, since it also sees to the garbage collector.
    Server(config, sheet=None).run([listening])


class Hello:
    """Answers one path without any framework, which shows what the load itself can do."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/asgi":
            await self.app(scope, receive, send)
            return
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"hello"})


def application(setup: Setup) -> FastAPI:
    """Build an application with the measures of each endpoint."""
    app = FastAPI(openapi_url=None)
    ask = None
    for endpoint in setup.endpoints:
        _add_bare(app, endpoint)
        if endpoint.statements:
            ask = ask or asking(setup.database)
            _add_raw(app, endpoint, ask, is_blocking=not setup.database.startswith("/"))
        if endpoint.kind == "page":
            _add_memory(app, endpoint)
    return app


def asking(database: str) -> Ask:
    """Return what asks the database: one connection to a file, or a small pool of a server's."""
    if database.startswith("/"):
        connection = sqlite3.connect(database, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")

        def ask(statements: Sequence[Statement]) -> None:
            for text, parameters in statements:
                connection.execute(text, parameters).fetchall()

        return ask
    free: SimpleQueue[psycopg.Connection] = SimpleQueue()
    for _ in range(POOL_SIZE):
        free.put(psycopg.connect(database, autocommit=True))

    def ask_server(statements: Sequence[Statement]) -> None:
        connection = free.get()
        try:
            for text, parameters in statements:
                connection.execute(text, parameters).fetchall()
        finally:
            free.put(connection)

    return ask_server


def _add_bare(app: FastAPI, endpoint: Endpoint) -> None:
    path = f"/bare/{endpoint.path}"
    model, body = endpoint.model, endpoint.body
    if endpoint.kind == "login":

        @app.get(path)
        async def finish_login(code: str, state: str) -> RedirectResponse:
            return RedirectResponse("/", 303)

    elif endpoint.kind == "token":

        @app.post(path, response_model_exclude_none=True)
        async def give_token(form: Annotated[TokenForm, Form()]) -> TokensOut:
            return TokensOut.model_validate_json(body)

    elif endpoint.kind == "request":

        @app.post(path, status_code=201)
        async def receive(asked: LicenseRequestIn) -> LicenseRequestOut:
            return LicenseRequestOut.model_validate_json(body)

    else:
        assert model is not None

        @app.get(path, response_model=model, response_model_exclude_unset=True)
        async def read() -> Any:  # noqa: ANN401, of the model
            return model.model_validate_json(body)


def _add_raw(app: FastAPI, endpoint: Endpoint, ask: Ask, *, is_blocking: bool) -> None:
    path, model, body = f"/raw/{endpoint.path}", endpoint.model, endpoint.body
    assert model is not None
    turns = cycle(endpoint.statements)

    async def read_file() -> Any:  # noqa: ANN401, of the model
        ask(next(turns))
        return model.model_validate_json(body)

    def read_server() -> Any:  # noqa: ANN401, of the model
        ask(next(turns))
        return model.model_validate_json(body)

    # A file answers within microseconds; for a server somebody has to wait, in a thread.
    endpoint_function = read_server if is_blocking else read_file
    app.get(path, response_model=model, response_model_exclude_unset=True)(endpoint_function)


def _add_memory(app: FastAPI, endpoint: Endpoint) -> None:
    @app.get(f"/memory/{endpoint.path}")
    async def read() -> Response:
        return Response(endpoint.body, media_type="application/json")
