"""For test suites: a server of one's own, and a fresh sandbox for each test (see docs/testing.md).

It needs nothing of pytest; the fixtures around it are four lines in a `conftest.py`.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urljoin

import httpx

_READY = re.compile(r"ready at (http://\S+)")
_MOST_REDIRECTS = 20


class NotStartedError(Exception):
    """The server ended before it was ready; what it wrote is in the message."""


class Sandbox:
    """A world of one test, as programs see it."""

    def __init__(self, server: "Server", name: str, url: str) -> None:
        self.server = server
        self.name = name
        self.url = url
        # Calls the world; redirects are left to the test.
        self.http = httpx.Client(base_url=url, timeout=30)

    def token(self, persona: str | None = None, **more: object) -> str:
        """Return an access token of a persona, or the tool's own, without a login."""
        body = ({"persona": persona} if persona else {}) | more
        return str(_done(self.http.post("/skolon/tokens", json=body)).json()["access_token"])

    def log_in(self, address: str, persona: str, browser: httpx.Client) -> httpx.Response:
        """Open an address in a browser, and be the persona wherever Skolon asks who it is.

        Follows redirects from site to site, and returns the page at which they end.
        """
        answer = browser.get(address, follow_redirects=False)
        for _ in range(_MOST_REDIRECTS):
            if not answer.has_redirect_location:
                return answer
            address = urljoin(str(answer.url), answer.headers["location"])
            if address.startswith(f"{self.url}/oauth/auth?"):
                address += f"&login_hint={quote(persona)}"
            answer = browser.get(address, follow_redirects=False)
        message = "it is sent from address to address without an end"
        raise httpx.TooManyRedirects(message, request=answer.request)

    def advance(self, duration: str) -> None:
        """Move the world's clock on, for example by P5D."""
        self._call("PATCH", "/clock", {"advance_by": duration})

    def fault(self, kind: str, **rule: object) -> int:
        """Let something go wrong, and return the number of the rule."""
        return int(self._call("POST", "/faults", {"kind": kind, **rule})["id"])

    def answer(self, path: str, **answer: object) -> int:
        """Let an endpoint give this answer next, and return its number."""
        return int(self._call("POST", "/answers", {"path": path, **answer})["answers"][0]["id"])

    def wait_for(self, count: int = 1, **wanted: object) -> Any:  # noqa: ANN401, JSON
        """Wait until so many requests of this description were made, and return them."""
        return self._call("POST", "/journal/wait", {"count": count, **wanted})["entries"]

    def delete(self) -> None:
        self.http.close()
        _done(self.server.http.delete(f"/sandboxes/{self.name}"))

    def _call(self, method: str, path: str, body: object) -> Any:  # noqa: ANN401, JSON
        answer = self.server.http.request(method, f"/sandboxes/{self.name}{path}", json=body)
        return _done(answer).json()


class Server:
    """A server that runs, and makes sandboxes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=60)

    @contextmanager
    def sandbox(self, seed: str = "licensed") -> Iterator[Sandbox]:
        """Make a sandbox, and delete it afterwards."""
        made = _done(self.http.post("/sandboxes", json={"seed": seed})).json()
        sandbox = Sandbox(self, made["name"], made["base_url"])
        try:
            yield sandbox
        finally:
            sandbox.delete()


@contextmanager
def running(seed: str = "licensed", **settings: str) -> Iterator[Server]:
    """Serve on a free port of this machine until the block is left.

    The settings are those of the README, for example `partner_name="Läromedlet"`. What is prepared
    for new sandboxes is kept in the data folder, if the environment or a setting names one, and
    found there the next time.
    """
    with tempfile.TemporaryDirectory(prefix="skolon-mock-") as folder:
        kept = os.environ.get("SKOLON_MOCK_DATA_DIRECTORY", folder)  # noqa: TID251, as the program does
        environment = _environment({"data_directory": kept, "log_level": "error", **settings})
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "run", "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            server = Server(_address(process))
            # What it is copied from is prepared for the first, so that no test waits for it.
            with server.sandbox(seed):
                pass
            yield server
            server.http.close()
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """Return this process's own, in which the settings are these and no others."""
    inherited = dict(os.environ)  # noqa: TID251, handed on to the program that reads it
    others = {name: value for name, value in inherited.items() if name[:12] != "SKOLON_MOCK_"}
    return others | {f"SKOLON_MOCK_{name.upper()}": value for name, value in settings.items()}


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None  # noqa: S101, for the type checker
    said = []
    for line in process.stdout:
        said.append(line)
        if found := _READY.search(line):
            return found[1]
    raise NotStartedError("".join(said))


def _done(answer: httpx.Response) -> httpx.Response:
    """Return the answer, or raise with what it says; the address alone would tell little."""
    if answer.is_success:
        return answer
    message = f"{answer.request.method} {answer.url} was answered {answer.status_code}: "
    raise httpx.HTTPStatusError(
        message + answer.text[:500], request=answer.request, response=answer
    )
