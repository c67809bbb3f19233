"""A server that is told to stop: it ends what was begun, and leaves nobody without an answer."""

import asyncio
import socket
from threading import Thread

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from app import background
from app.serving import Connection


async def _answering(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_who_has_connected_before_the_end_and_asks_after_it_is_answered() -> None:
    config = uvicorn.Config(
        _answering, port=0, http=Connection, lifespan="off", log_level="error", loop="asyncio"
    )
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    address = listening.getsockname()
    thread = Thread(target=server.run, args=([listening],))
    thread.start()
    with socket.create_connection(address) as caller:
        while not server.server_state.connections:
            pass
        server.should_exit = True
        while not any(one.is_last for one in _connections(server)):
            pass
        caller.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b"".join(iter(lambda: caller.recv(1000), b""))
    thread.join(10)

    assert answer.startswith(b"HTTP/1.1 204")
    assert b"connection: close" in answer.lower()
    assert not thread.is_alive()


def _connections(server: uvicorn.Server) -> list[Connection]:
    return [one for one in server.server_state.connections if isinstance(one, Connection)]


def test_what_was_begun_in_the_background_ends_unless_it_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "ENDING_SECONDS", 0.1)
    done: list[str] = []

    async def work(tools: FastAPI, name: str, begun: asyncio.Event, ends: asyncio.Event) -> None:
        while await background.goes_on(tools, 0):
            begun.set()
            await ends.wait()
            done.append(name)

    async def stop() -> None:
        tools = FastAPI()
        tools.state.stopping = asyncio.Event()
        begun, ends, never = asyncio.Event(), asyncio.Event(), asyncio.Event()
        tasks = [
            asyncio.create_task(work(tools, "quick", begun, ends)),
            asyncio.create_task(work(tools, "endless", begun, never)),
        ]
        await begun.wait()
        asyncio.get_running_loop().call_soon(ends.set)
        await background.end(tools, tasks)
        assert all(task.done() for task in tasks)

    asyncio.run(stop())

    assert done == ["quick"]
