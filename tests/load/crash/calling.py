"""HTTP as the clients of the ledger speak it: a whole answer that was expected, or none."""

import ssl
import time
from http import HTTPStatus
from typing import Any

import httpx

from tests.load.crash.ledger import BrokenPromiseError, CutOffError, Ledger

# Shorter than the server's, so that no call goes out on a connection that it is just closing.
_KEPT_SECONDS = 2.0
# A busy machine takes its time over the first world of a kind.
_PATIENCE = 300.0
# It is all plain HTTP; to read the certificates anew for each browser would take longest.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Client:
    """A program or a browser; several threads may share it unless it has cookies.

    One that does not keep its connections need not be closed.
    """

    def __init__(self, ledger: Ledger, base: str, *, keeps: bool = True, **headers: str) -> None:
        self._ledger = ledger
        self._http = httpx.Client(
            base_url=base,
            headers=headers,
            timeout=_PATIENCE,
            limits=httpx.Limits(
                max_keepalive_connections=20 if keeps else 0, keepalive_expiry=_KEPT_SECONDS
            ),
            verify=_NO_CERTIFICATES,
            trust_env=False,
        )

    def call(self, method: str, path: str, *expected: int, **content: Any) -> httpx.Response:  # noqa: ANN401, httpx's own
        """Return an answer of an expected status, received whole."""
        end = time.monotonic() + _PATIENCE
        while True:
            answer = self._answer(method, path, **content)
            if answer.status_code in expected:
                return answer
            if self._ledger.is_dying.is_set():
                raise CutOffError
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > end:
                told = f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}"
                raise BrokenPromiseError(told)
            # A busy machine says so, and has done nothing.
            self._ledger.wait()
            time.sleep(float(answer.headers.get("retry-after", "1")))

    def _answer(self, method: str, path: str, **content: Any) -> httpx.Response:  # noqa: ANN401, as above
        try:
            return self._http.request(method, path, **content)
        except httpx.TransportError as error:
            if self._ledger.is_dying.is_set():
                raise CutOffError from error
            raise BrokenPromiseError(f"{method} {path} had no answer: {error!r}") from error

    def json(self, method: str, path: str, *expected: int, **content: Any) -> Any:  # noqa: ANN401, JSON
        return self.call(method, path, *expected, **content).json()

    def close(self) -> None:
        self._http.close()
