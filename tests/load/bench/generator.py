"""The load: requests that are written before the clock starts, on connections that stay open."""

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

# Real seconds that an answer may take beyond the end of the round.
PATIENCE = 60
_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass(frozen=True, slots=True)
class Request:
    """The bytes to send, and the status that is the right answer."""

    sent: bytes
    status: int = 200

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        status: int = 200,
    ) -> "Request":
        # One name for every server, whatever its port: addresses in answers are the same then.
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return cls("\r\n".join([*lines, "", ""]).encode() + body, status)

    def parts(self) -> tuple[str, str, dict[str, str], bytes]:
        """Return method, path, headers and body, for who does not speak in bytes."""
        head, _, body = self.sent.partition(_HEAD_ENDS)
        first, *lines = head.decode().split("\r\n")
        method, path, _ = first.split(" ")
        return method, path, dict(line.split(": ", 1) for line in lines), body


@dataclass(slots=True)
class Round:
    """What came of one round: how long each answer took, and which were not the right ones."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    first_error: str = ""

    def fail(self, why: str) -> None:
        self.errors += 1
        self.first_error = self.first_error or why


def load(
    ports: Sequence[int], requests: Iterator[Request], connections: int, seconds: float
) -> Round:
    """Send requests until the time or the requests are over; wait for those under way."""
    found = Round()
    # What this program holds itself is not looked through meanwhile.
    gc.disable()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_load(found, ports, requests, connections, seconds))
    finally:
        gc.enable()
    return found


async def _load(
    found: Round,
    ports: Sequence[int],
    requests: Iterator[Request],
    connections: int,
    seconds: float,
) -> None:
    loop = asyncio.get_running_loop()
    opened: list[Connection] = []
    for number in range(connections):
        # By turns, as a balancer would: two processes on one socket share unevenly.
        port = ports[number % len(ports)]
        _, connection = await loop.create_connection(
            lambda: Connection(found, requests), "127.0.0.1", port
        )
        opened.append(connection)
    started = time.perf_counter()
    for connection in opened:
        connection.begin(started + seconds)
    await asyncio.wait([connection.done for connection in opened], timeout=seconds + PATIENCE)
    for connection in opened:
        connection.give_up()
    found.seconds = time.perf_counter() - started


class Connection(asyncio.Protocol):
    """Sends one request after the other, each when the answer to the one before is whole."""

    def __init__(self, found: Round, requests: Iterator[Request]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._found = found
        self._requests = requests
        self._until = 0.0
        self._sent_at = 0.0
        self._status = b""
        self._head = b""
        # How much of the answer is missing; None while its head is.
        self._missing: int | None = None
        self._is_right = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def begin(self, until: float) -> None:
        self._until = until
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self._end()
            return
        self._status = b" %d " % request.status
        self._sent_at = time.perf_counter()
        self._transport.write(request.sent)

    def data_received(self, data: bytes) -> None:
        if self._missing is None:
            self._head += data
            head, ends, rest = self._head.partition(_HEAD_ENDS)
            if not ends:
                return
            self._is_right = head[8:13] == self._status
            if not self._is_right:
                self._found.fail((head[:60] + b" ... " + rest[:300]).decode(errors="replace"))
            self._missing = _length(head) - len(rest)
            self._head = b""
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._missing = None
            if self._is_right:
                self._found.latencies.append(time.perf_counter() - self._sent_at)
            self._send()
        elif self._missing < 0:
            self._found.fail("more came than was announced")
            self._end()

    def give_up(self) -> None:
        """Count what is still being waited for as not answered."""
        if not self.done.done():
            self._found.fail(f"no answer came within {PATIENCE} s")
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._found.fail(f"the connection was lost: {exc}")
            self.done.set_result(None)

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self._transport.close()


def _length(head: bytes) -> int:
    """Return the announced length of the body; without one, there is none."""
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at < 0:
        return 0
    return int(lowered[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
