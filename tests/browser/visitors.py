"""People at browsers of their own, who find fault with every page they come to."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Request, Response, expect

INSPECTION = Path(__file__).with_name("inspection.js").read_text("utf-8")

Name = str | re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Screen:
    """What a person looks at."""

    width: int
    color_scheme: Literal["light", "dark"] = "light"
    has_scripts: bool = True


PHONE = Screen(320)
DESK = Screen(1280, color_scheme="dark", has_scripts=False)


class Visitor:
    """A person at a browser; `may_be_refused` allows pages that answer with an error."""

    def __init__(
        self, browser: Browser, address: str, screen: Screen, *, may_be_refused: bool = False
    ) -> None:
        self._context = browser.new_context(
            viewport={"width": screen.width, "height": 800},
            color_scheme=screen.color_scheme,
            java_script_enabled=screen.has_scripts,
            locale="sv-SE",
        )
        self._context.set_default_timeout(20_000)
        self._address = address
        self._may_be_refused = may_be_refused
        self._troubles: list[str] = []
        self.page = self._context.new_page()
        self.page.on("pageerror", lambda error: self._troubles.append(str(error)))
        self.page.on("console", self._note_message)
        self.page.on("requestfailed", self._note_failure)
        self.page.on("response", self._note_response)

    def go(self, path: str) -> None:
        self.page.goto(self._address + path)
        self._look()

    def press(self, name: Name) -> None:
        self.page.get_by_role("button", name=name).first.click()
        self._look()

    def follow(self, name: Name) -> None:
        self.page.get_by_role("link", name=name).first.click()
        self._look()

    def reload(self) -> None:
        self.page.reload()
        self._look()

    def log_in_as(self, first_name: str) -> None:
        self.go("/")
        self.follow("Logga in med Skolon")
        self.press(f"Logga in som {first_name}")

    def sees_heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def sees(self, *texts: Name) -> None:
        for text in texts:
            expect(self.page.get_by_role("main")).to_contain_text(text)

    def sees_no(self, text: str) -> None:
        expect(self.page.get_by_role("main")).not_to_contain_text(text)

    def sees_row(self, of: str, *texts: str) -> None:
        row = self.page.get_by_role("row").filter(has_text=of)
        for text in texts:
            expect(row).to_contain_text(text)

    def leave(self) -> None:
        self._context.close()
        assert not self._troubles

    def _look(self) -> None:
        self.page.wait_for_load_state("load")
        # The inspection runs even where the page's own scripts may not.
        found = self.page.evaluate(INSPECTION)
        self._troubles += [f"{self.page.url}: {wrong}" for wrong in found]
        assert not self._troubles

    def _note_message(self, message: ConsoleMessage) -> None:
        # A refused request is noted below, where it is known which may be.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._troubles.append(message.text)

    def _note_failure(self, request: Request) -> None:
        # Going on before an icon has come is no trouble.
        if request.failure != "net::ERR_ABORTED":
            self._troubles.append(f"{request.url} failed: {request.failure}")

    def _note_response(self, response: Response) -> None:
        allowed = self._may_be_refused and response.request.is_navigation_request()
        if response.status >= 400 and not allowed:
            self._troubles.append(f"{response.url} answers {response.status}")
