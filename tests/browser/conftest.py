"""A real server on a loopback port, and a real Chromium to visit it with."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright

from app.serving import server_for
from tests.browser.visitors import Screen, Visitor
from tests.conftest import ADMIN_KEY, settings_for

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

_numbers = count(1)

Visit = Callable[..., Visitor]


# Not for the whole session: while Playwright runs, no other test can use asyncio.run().
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; where there is none, the tests fail."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")  # noqa: TID251, a test's own setting
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a server with data of its own, which ends with the tests of this module."""
    settings = settings_for(request.param, tmp_path_factory.mktemp("browser"), request)
    serving = server_for(settings, "127.0.0.1", 0, sheet=False)
    thread = threading.Thread(target=serving.run)
    thread.start()
    while not serving.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield serving.address
    serving.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive()


@pytest.fixture
def address(server: str) -> Iterator[str]:
    """The address of a fresh sandbox at the server."""
    name = f"browser-{next(_numbers)}"
    key = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with httpx.Client(base_url=server, headers=key, timeout=30) as control:
        assert control.post("/sandboxes", json={"name": name}).is_success
        yield f"{server}/s/{name}"
        assert control.delete(f"/sandboxes/{name}").is_success


@pytest.fixture
def visit(chromium: Browser, address: str) -> Iterator[Visit]:
    """Come to the sandbox with a screen, as often as there are people."""
    with ExitStack() as leaving:

        def come(screen: Screen, *, may_be_refused: bool = False) -> Visitor:
            visitor = Visitor(chromium, address, screen, may_be_refused=may_be_refused)
            leaving.callback(visitor.leave)
            return visitor

        yield come
