"""The whole story as people walk it in a browser, on a phone and on a desk."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitors import DESK, PHONE, Screen, Visitor

STANDINGS = {
    "Ekbackaskolan": ("10000001", "Officiell kod", "Inget behöver göras"),
    "Solängsskolan": ("10009999", "Okänd kod", "Rätta koden i Skolon"),
    "Tallkottens förskola": ("Kod saknas", "Partnern ordnar en kod"),
}

on_both_screens = pytest.mark.parametrize(
    "screen", [PHONE, DESK], ids=["a phone", "a desk in the dark without scripts"]
)


def _ask_for_three_schools(disa: Visitor) -> None:
    disa.go("/portal")
    disa.press("Logga in som Disa")
    disa.sees("Inga licensförfrågningar än")
    disa.follow("Ny licensförfrågan")
    for school in STANDINGS:
        disa.page.get_by_label(school).check()
    disa.press("Skicka")


@on_both_screens
def test_r3_r4_r7_r13_the_story_from_the_request_to_the_class_list(
    visit: Visit, screen: Screen
) -> None:
    disa, alva = visit(screen), visit(screen)
    _ask_for_three_schools(disa)
    for school, standing in STANDINGS.items():
        disa.sees_row(school, *standing)

    alva.go("/console")
    alva.press("Logga in som Alva")
    alva.follow("Exempelstads kommun")
    for school, standing in STANDINGS.items():
        alva.sees_row(school, *standing)
    alva.sees("Förfrågan kan bekräftas när alla kontroller är klara")
    for check in ("Avtal", "Personuppgiftsbiträdesavtal", "Förfrågans uppgifter"):
        alva.press(re.compile(rf"Markera som klar \({check}"))
    alva.press("Bekräfta")
    alva.sees("Bekräftad")
    alva.press("Aktivera licenserna")
    alva.sees("Aktiverad")

    disa.reload()
    disa.sees("Licenserna är aktiverade")
    disa.follow("Tilldela licenserna")
    disa.press("Tilldela Ekbackaskolan")
    disa.sees_row("Ekbackaskolan", "Tilldelad", "Återta")
    disa.sees_row("Solängsskolan", "Inte tilldelad")

    maja, nils, elsa = visit(screen), visit(screen), visit(screen)
    maja.log_in_as("Maja")
    maja.sees_heading("Hej Maja!")
    maja.sees("7A", "Ingen elev har loggat in än")
    elsa.log_in_as("Elsa")
    elsa.sees_heading("Hej Elsa!")
    elsa.sees("7A", "Du går i den här klassen")
    maja.reload()
    expect(maja.page.get_by_role("listitem")).to_have_text(["Elsa Åkerlund"])
    nils.log_in_as("Nils")
    nils.sees_heading("Hej Nils!")
    nils.sees("7B", "Ingen elev har loggat in än")
    nils.sees_no("Elsa")
    maja.press("Logga ut")
    maja.sees_heading("Välkommen till Binogi")


@on_both_screens
def test_r8_r12_a_refused_user_reads_why_and_where_to_turn(visit: Visit, screen: Screen) -> None:
    for first_name, heading, english in (
        ("Bo", "Din skola saknar skolenhetskod i Skolon", "Your school has no school unit code"),
        ("Tim", "Din skolas skolenhetskod i Skolon gäller inte", "belongs to no open school"),
        ("Lo", "Du saknar e-postadress i Skolon", "An email address is needed"),
    ):
        refused = visit(screen, may_be_refused=True)
        refused.log_in_as(first_name)

        refused.sees_heading(heading)
        refused.sees("Kontakt", "Uppge den här referensen", re.compile(r"\b[0-9A-Z]{8}\b"), english)
        support = refused.page.get_by_role("link", name="support@binogi.se")
        expect(support).to_have_attribute(
            "href", re.compile(r"^mailto:support@binogi.se\?subject=")
        )


def test_an_implementer_gives_a_school_without_a_code_a_fictive_one(visit: Visit) -> None:
    disa, alva = visit(PHONE), visit(PHONE)
    _ask_for_three_schools(disa)

    alva.go("/console")
    alva.press("Logga in som Alva")
    alva.follow("Kodärenden")
    alva.sees("Solängsskolan", "Tallkottens förskola")
    alva.sees_no("Ekbackaskolan")
    alva.follow("Tallkottens förskola")
    alva.press("Sätt en fiktiv kod")

    alva.sees("Löst med en fiktiv kod: 00000001")
    alva.follow("Kodärenden")
    alva.sees_no("Tallkottens förskola")
    alva.follow("Visa lösta ärenden")
    alva.sees_row("Tallkottens förskola", "Löst")


def test_the_pages_beside_the_story_are_fit_to_be_read(visit: Visit) -> None:
    elsa = visit(PHONE, may_be_refused=True)
    elsa.go("/tour")
    elsa.sees_heading("Rundtur: från licensförfrågan till klasslista")
    elsa.go("/nothing/here")
    elsa.sees_heading("Sidan finns inte")
    elsa.go("/sso/callback?code=made-up")
    elsa.sees_heading("Inloggningen började inte i den här webbläsaren")
    elsa.go("/oauth/auth?client_id=unknown")
    elsa.sees_heading("Verktyget är okänt")
    elsa.go("/min-samling")
    elsa.press("Logga in som Elsa")
    elsa.sees("ingen licens är tilldelad din skola")
    elsa.press("Logga ut")
    elsa.press("Logga in som Ture")
    elsa.page.get_by_label("Skola").select_option("Ekbackaskolan")
    elsa.press("Byt skola")
    expect(elsa.page.get_by_role("option", selected=True)).to_have_text("Ekbackaskolan")
    elsa.go("/portal")
    elsa.press("Logga in som Disa")
    elsa.follow(re.compile("^Licenser$"))
    elsa.sees("Inga licenser än")


def test_the_login_that_was_begun_goes_on_in_the_language_that_is_chosen(visit: Visit) -> None:
    elsa = visit(DESK, may_be_refused=True)
    elsa.go("/sso/login")
    asked = parse_qs(urlsplit(elsa.page.url).query)
    elsa.follow("English")

    assert parse_qs(urlsplit(elsa.page.url).query) == asked | {"lang": ["en"]}
    elsa.sees_heading("Log in to Skolon")
    elsa.press("Log in as Elsa")
    elsa.sees_heading("You have no license")


def test_a_search_stays_when_the_language_is_changed(visit: Visit) -> None:
    reader = visit(PHONE)
    reader.go("/min-samling/log-in?persona_search=Elsa")
    reader.follow("English")

    expect(reader.page.get_by_label("Find a person")).to_have_value("Elsa")
    reader.follow("Svenska")
    expect(reader.page.get_by_label("Sök person")).to_have_value("Elsa")


def test_a_keyboard_comes_first_to_the_link_that_skips_to_the_content(visit: Visit) -> None:
    reader = visit(PHONE)
    reader.go("/min-samling/log-in")
    skip = reader.page.get_by_role("link", name="Hoppa till innehållet")
    reader.page.keyboard.press("Tab")

    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    reader.page.keyboard.press("Enter")
    reader.page.keyboard.press("Tab")
    expect(reader.page.get_by_label("Sök person")).to_be_focused()
