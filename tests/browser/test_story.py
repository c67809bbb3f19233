"""The whole story as people walk it in a browser, on a phone and on a desk."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Request, expect

WIDTHS = {"a phone": 320, "a desk": 1280}

_SHAPE = """() => ({
  overflows: document.documentElement.scrollWidth > document.documentElement.clientWidth,
  headings: document.querySelectorAll("h1").length,
  language: document.documentElement.lang,
  unlabeled: [...document.querySelectorAll("input:not([type=hidden]), select")]
    .filter(field => !field.labels.length).map(field => field.outerHTML),
  small: [...document.querySelectorAll("button, .button, input:not([type=hidden])")]
    .filter(one => one.getBoundingClientRect().width && one.getBoundingClientRect().height < 20)
    .map(one => one.outerHTML),
})"""


class Visitor:
    """A person at a browser of their own."""

    def __init__(self, page: Page, address: str, *, scripts: bool) -> None:
        self.page = page
        self.address = address
        self.troubles: list[str] = []
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("requestfailed", self._note_failure)
        self._scripts = scripts

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self._look()

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()
        self._look()

    def follow(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("link", name=name).first.click()
        self._look()

    def reload(self) -> None:
        self.page.reload()
        self._look()

    def sees(self, *texts: str | re.Pattern[str]) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def sees_no(self, text: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(text)

    def log_in_as(self, first_name: str) -> None:
        self.go("/")
        self.follow("Logga in med Skolon")
        self.press(f"Logga in som {first_name}")

    def _note_failure(self, request: Request) -> None:
        # Going on before an icon has come is no trouble.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"{request.url} failed: {request.failure}")

    def _look(self) -> None:
        self.page.wait_for_load_state("load")
        if not self._scripts:
            return
        shape = self.page.evaluate(_SHAPE)
        where = self.page.url
        if shape["overflows"]:
            self.troubles.append(f"{where} is wider than the screen")
        if shape["headings"] != 1:
            self.troubles.append(f"{where} has {shape['headings']} main headings")
        if shape["language"] not in ("sv", "en"):
            self.troubles.append(f"{where} does not say its language")
        self.troubles += [f"{where} has no label for {field}" for field in shape["unlabeled"]]
        self.troubles += [f"{where} has too small {one}" for one in shape["small"]]


@contextmanager
def _visitor(
    chromium: Browser, address: str, width: int, *, scripts: bool = True
) -> Iterator[Visitor]:
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, locale="sv-SE", java_script_enabled=scripts
    )
    context.set_default_timeout(20_000)
    visitor = Visitor(context.new_page(), address, scripts=scripts)
    yield visitor
    context.close()
    assert visitor.troubles == []


def _license_ekbackaskolan(chromium: Browser, address: str, width: int) -> None:
    with _visitor(chromium, address, width) as disa, _visitor(chromium, address, width) as kim:
        disa.go("/portal")
        disa.press("Logga in som Disa")
        disa.sees("Inga licensförfrågningar än")
        disa.follow("Ny licensförfrågan")
        for school in ("Ekbackaskolan", "Solängsskolan", "Tallkottens förskola"):
            disa.page.get_by_label(school).check()
        disa.press("Skicka")
        disa.sees(
            "Skolenhetskoden finns i Skolverkets register",
            "Koden finns inte i Skolverkets register",
            "Skolenhetskod saknas",
        )

        kim.go("/console")
        kim.press(re.compile("Logga in som"))
        kim.follow("Exempelstads kommun")
        kim.sees("Förfrågan kan bekräftas när alla kontroller är klara")
        for _ in range(3):
            kim.press(re.compile("Markera som klar"))
        kim.press("Bekräfta")
        kim.press("Aktivera licenserna")
        kim.sees("Aktiverad")

        disa.reload()
        disa.sees("Licenserna är aktiverade")
        disa.follow("Tilldela licenserna")
        disa.press("Tilldela Ekbackaskolan")
        disa.sees("Tilldelad")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
def test_r3_r4_the_story_from_the_request_to_the_class_list(
    chromium: Browser, address: str, width: int
) -> None:
    _license_ekbackaskolan(chromium, address, width)
    with (
        _visitor(chromium, address, width) as maja,
        _visitor(chromium, address, width) as elsa,
        _visitor(chromium, address, width) as nils,
    ):
        maja.log_in_as("Maja")
        maja.sees("Hej Maja!", "7A", "Ingen elev har loggat in än")

        elsa.log_in_as("Elsa")
        elsa.sees("Hej Elsa!", "Du går i den här klassen")

        maja.reload()
        maja.sees("Elsa Åkerlund")
        nils.log_in_as("Nils")
        nils.sees("Hej Nils!", "7B")
        nils.sees_no("Elsa")
        maja.press("Logga ut")
        maja.sees("Logga in med Skolon")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=list(WIDTHS))
@pytest.mark.parametrize(
    ("first_name", "told"),
    [
        ("Bo", "Din skola saknar skolenhetskod i Skolon"),
        ("Tim", "Din skolas skolenhetskod i Skolon gäller inte"),
        ("Lo", "Du saknar e-postadress i Skolon"),
    ],
)
def test_r8_r12_a_refused_user_reads_why_and_where_to_turn(
    chromium: Browser, address: str, width: int, first_name: str, told: str
) -> None:
    with _visitor(chromium, address, width) as refused:
        refused.log_in_as(first_name)

        refused.sees(told, "support@binogi.se", "Your" if first_name != "Lo" else "You")
        expect(refused.page.locator("dd code")).to_have_text(re.compile(r"^[0-9A-Z]{8}$"))


def test_the_story_needs_no_scripts(chromium: Browser, address: str) -> None:
    with _visitor(chromium, address, 320, scripts=False) as elsa:
        elsa.go("/min-samling")
        elsa.press("Logga in som Elsa")

        elsa.sees("Min samling", "ingen licens är tilldelad din skola")


def test_the_language_is_changed_without_losing_the_login_that_was_begun(
    chromium: Browser, address: str
) -> None:
    with _visitor(chromium, address, 1280) as elsa:
        elsa.go("/sso/login")
        elsa.follow("English")
        elsa.sees("Log in to Skolon")

        elsa.press("Log in as Elsa")
        elsa.sees("You have no license")


def test_a_keyboard_begins_at_the_link_that_skips_to_the_content(
    chromium: Browser, address: str
) -> None:
    with _visitor(chromium, address, 320) as reader:
        reader.go("/tour")
        reader.page.keyboard.press("Tab")

        expect(reader.page.locator(":focus")).to_have_text("Hoppa till innehållet")


def test_every_page_of_the_console_and_the_tour_fits_a_phone(
    chromium: Browser, address: str
) -> None:
    _license_ekbackaskolan(chromium, address, 320)
    with _visitor(chromium, address, 320) as kim:
        for path in ("/tour", "/console/login", "/min-samling/log-in", "/nothing/here"):
            kim.go(path)
        kim.go("/console")
        kim.press(re.compile("Logga in som"))
        kim.follow("Kodärenden")
        kim.sees("Solängsskolan", "Tallkottens förskola")
        kim.follow("Tallkottens förskola")
        kim.press("Sätt en fiktiv kod")
        kim.sees("en fiktiv kod", "00000001")
