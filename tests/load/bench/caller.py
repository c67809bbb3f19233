"""One connection to ask a server something that is not measured."""

import http.client
import time

from tests.load.bench.generator import Request


class Caller:
    """Asks one thing after the other, and takes no other answer than the right one."""

    def __init__(self, port: int) -> None:
        self._port = port
        # How long the last answer took, from the first byte sent to the last one read.
        self.milliseconds = 0.0

    def answer(self, request: Request) -> bytes:
        """Return the body of the answer."""
        method, path, headers, body = request.parts()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=180)
        connection.connect()
        started = time.perf_counter()
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        text = answer.read()
        self.milliseconds = (time.perf_counter() - started) * 1000
        connection.close()
        if answer.status != request.status:
            message = f"{method} {path} was answered {answer.status}: {text[:500]!r}"
            raise RuntimeError(message)
        return text
