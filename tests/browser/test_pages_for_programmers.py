"""The pages on which programmers see and turn what Skolon does."""

import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from app.serving import server_for
from app.settings import Settings
from tests.browser.conftest import Visit
from tests.browser.visitors import DESK, PHONE, Screen, Visitor

PATHS = (
    "/skolon/switches",
    "/skolon/webhooks",
    "/skolon/provenance",
    "/journal",
    "/traces",
    "/tour",
)

on_both_screens = pytest.mark.parametrize(
    "screen", [PHONE, DESK], ids=["a phone", "a desk in the dark without scripts"]
)


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server as a developer starts it: without an admin key, for this machine alone."""
    settings = Settings(data_directory=tmp_path_factory.mktemp("open"), log_level="error")
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


@on_both_screens
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_pages_are_fit_to_be_read(visit: Visit, screen: Screen, language: str) -> None:
    reader = visit(screen)

    for path in PATHS:
        reader.go(f"{path}?lang={language}")

        expect(reader.page.locator("html")).to_have_attribute("lang", language)


@on_both_screens
def test_a_switch_is_turned_on_its_page_and_stays_in_sight(
    chromium: Browser, open_server: str, screen: Screen
) -> None:
    developer = Visitor(chromium, open_server, screen, may_be_refused=True)
    turned = developer.page.locator("#tombstones")
    developer.go("/skolon/switches")

    developer.page.get_by_label("Läge").and_(turned.locator("select")).select_option("full")
    developer.press("Ställ om tombstones")

    expect(turned).to_contain_text("omställd")
    expect(turned).to_be_in_viewport()
    developer.page.locator("#position-page_size").fill("1001")
    developer.press("Ställ om page_size")
    developer.sees_heading("Brytaren kan inte stå så")
    developer.follow("Till brytarna")
    expect(developer.page.locator("#position-page_size")).to_have_value("100")
    developer.page.locator("#tombstones select").select_option("bare")
    developer.press("Ställ om tombstones")
    expect(turned).not_to_contain_text("omställd")
    developer.leave()
