"""A tool's own server on a free port: it writes down what it is sent, and misbehaves when told."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LONG = 20.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One call of a webhook."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:  # noqa: ANN401, JSON
        return json.loads(self.body)


class Handler(BaseHTTPRequestHandler):
    server: "Server"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.heard.append(Heard(self.path, headers, body, time.monotonic()))
        try:
            self.server.manners[self.path](self)
        except OSError:
            # Whoever called has hung up, as they should on somebody without manners.
            self.server.hung_up.set()

    def say(self, status: int, text: bytes = b"{}", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


Manners = Callable[[Handler], None]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    # Handlers that dawdle are not waited for.
    block_on_close = False
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[Heard] = []
        self.manners: defaultdict[str, Manners] = defaultdict(lambda: answering(200))
        self.hung_up = threading.Event()
        self.closing = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def at(self, path: str) -> list[Heard]:
        """Return the calls to this path."""
        return [one for one in self.heard if one.path == path]


@contextmanager
def receiving() -> Iterator[Server]:
    """Run a receiver in a thread."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def answering(status: int, text: bytes = b"{}", **headers: str) -> Manners:
    """Answer every call so."""
    return lambda handler: handler.say(status, text, **headers)


def drip(handler: Handler) -> None:
    """Begin an answer and never end it, a byte at a time."""
    handler.say(200, b"")
    while not handler.server.closing.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def pour(handler: Handler) -> None:
    """Answer with ten megabytes."""
    handler.say(200, b"x" * 10_000_000)


def hang_up(handler: Handler) -> None:
    """Close the connection without a word."""


def dawdle(handler: Handler) -> None:
    """Answer after a minute."""
    handler.server.closing.wait(60)
    handler.say(200)


def talk_nonsense(handler: Handler) -> None:
    handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")


def wait_until(is_so: Callable[[], Any], seconds: float = LONG) -> Any:  # noqa: ANN401
    """Return what comes of it as soon as that is true; fail when it takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := is_so():
            return result
        time.sleep(0.02)
    message = "it did not happen in time"
    raise AssertionError(message)
