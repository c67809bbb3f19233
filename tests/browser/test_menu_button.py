"""The script that draws Skolon's button, on pages of a tool at another origin."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

SCRIPT = "/v1/plugins/menu/button.js"
BUTTON = "Min samling i Skolon"
ALWAYS = '<div class="skolon-menu-button" data-always-show="true"></div>'
NOT_ALWAYS = '<div class="skolon-menu-button"></div>'
# A careful tool's: scripts from elsewhere may run, style attributes count for nothing.
POLICY = "default-src 'none'; script-src http:; style-src 'none'"


class _Tool(BaseHTTPRequestHandler):
    """Answers with whatever page it is asked for, as HTML in the query."""

    def do_GET(self) -> None:
        _, _, query = self.path.partition("?html=")
        self.send_response(200 if query else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(bytes.fromhex(query))

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def tool() -> Iterator[str]:
    """The address of a tool on this machine: browsers keep pages from elsewhere out of it."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Tool) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 320, "height": 600})
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    page.close()
    assert troubles == []


def _with_script(address: str, body: str, lang: str = "sv") -> str:
    """Return the address of a page that loads the script before and after its body."""
    script = f'<script src="{address}{SCRIPT}"></script>'
    html = f'<!doctype html><html lang="{lang}"><title>A tool</title>{script}{body}{script}'
    return "/?html=" + html.encode().hex()


def test_a_button_appears_once_in_each_div_and_is_reached_and_pressed_by_keyboard(
    page: Page, tool: str, address: str
) -> None:
    page.goto(tool + _with_script(address, f"<main>{ALWAYS}<p>Text</p>{ALWAYS}</main>"))
    buttons = page.get_by_role("link", name=BUTTON)

    expect(buttons).to_have_count(2)
    box = buttons.first.bounding_box()
    edge = buttons.first.evaluate("link => getComputedStyle(link).borderTopWidth")
    page.keyboard.press("Tab")
    expect(buttons.first).to_be_focused()
    page.keyboard.press("Tab")
    expect(buttons.last).to_be_focused()
    page.keyboard.press("Enter")

    page.wait_for_url(f"{address}/min-samling/log-in")
    assert box
    assert box["height"] >= 24
    assert box["x"] + box["width"] <= 320
    assert edge == "1px"


def test_the_button_speaks_the_language_of_the_page(page: Page, tool: str, address: str) -> None:
    page.goto(tool + _with_script(address, ALWAYS, lang="en-GB"))

    expect(page.get_by_role("link", name="My collection in Skolon")).to_be_visible()


def test_unless_always_the_button_is_shown_to_whoever_came_from_skolon(
    page: Page, tool: str, address: str
) -> None:
    here = tool + _with_script(address, NOT_ALWAYS)
    page.goto(here)
    expect(page.locator("div.skolon-menu-button")).to_have_count(1)
    expect(page.locator("a")).to_have_count(0)
    page.goto(here, referer=f"{address}/min-samling")
    expect(page.get_by_role("link", name=BUTTON)).to_be_visible()

    # Another page of the tool, in the same tab.
    page.goto(f"{here}{b'<p>Another</p>'.hex()}", referer=here)

    expect(page.get_by_role("link", name=BUTTON)).to_be_visible()
