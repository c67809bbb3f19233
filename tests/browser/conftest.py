"""A real server on a loopback port, and a real Chromium to visit it with."""

import os
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from app.serving import server_for
from app.settings import Settings
from tests.conftest import World

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


# Not for the whole session: while Playwright runs, no other test can use asyncio.run().
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; where there is none, the tests fail."""
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")  # noqa: TID251, a test's own setting
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[str]:
    """The address of a server that ends with the tests of this module."""
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
def address(server: str, world: World) -> str:
    """The address of a fresh sandbox at the server."""
    return f"{server}/s/{world.name}"
