"""The pages of administrators and vendors, on a phone and at a desk."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from app.settings import Settings
from tests.browser.conftest import Visit
from tests.browser.visitors import DESK, PHONE, Screen
from tests.conftest import ADMIN_KEY

on_both_screens = pytest.mark.parametrize(
    "screen", [PHONE, DESK], ids=["a phone", "a desk in the dark without scripts"]
)
CLIENT_ID = Settings().skolon_client_id


@on_both_screens
def test_an_organizations_license_is_made_handed_on_and_assigned(
    visit: Visit, screen: Screen
) -> None:
    disa, elsa = visit(screen), visit(screen)
    elsa.go("/min-samling")
    elsa.press("Logga in som Elsa")
    elsa.sees("ingen licens är tilldelad din skola")

    disa.go("/portal")
    disa.press("Logga in som Disa")
    disa.follow(re.compile("^Licenser$"))
    disa.follow("Skapa en licens för hand")
    disa.page.get_by_role("radio", name="Huvudmannalicens").check()
    disa.press("Skapa")
    disa.page.get_by_label("Ekbackaskolan").check()
    disa.press("Fördela")
    disa.sees("Fördelad till")
    elsa.reload()
    elsa.sees("som ingen har tilldelat än")
    disa.follow("Tilldela på skolorna")
    disa.press("Tilldela Ekbackaskolan")
    disa.sees_row("Ekbackaskolan", "Tilldelad", "140 personer")
    disa.follow("Huvudmannalicens Ekbackaskolan")
    disa.sees("Vilka den omfattar", "Nästa sida")
    disa.follow("Nästa sida")
    disa.sees("Till början")

    elsa.reload()
    elsa.follow("Öppna Binogi")
    elsa.sees_heading("Hej Elsa!")


@on_both_screens
def test_single_licenses_are_given_to_a_class_after_a_warning(visit: Visit, screen: Screen) -> None:
    disa = visit(screen, may_be_refused=True)
    disa.go("/portal")
    disa.press("Logga in som Disa")
    disa.go("/portal/new-license")
    disa.page.get_by_label("Enskild licens").check()
    disa.page.get_by_label("Skola").select_option("Ekbackaskolan")
    disa.page.get_by_label("Antal enskilda licenser").fill("20")
    disa.press("Skapa")
    disa.sees("Lediga likadana licenser på skolan: 20")
    disa.page.get_by_label("Sök").fill("elsa")
    disa.press("Sök")
    disa.page.get_by_label("Elsa Åkerlund").check()
    disa.press("Tilldela de valda")
    disa.sees("Inte tilldelade: 19", "Elsa Åkerlund")

    disa.follow("Tilldela … Ekbackaskolan")
    disa.page.get_by_label("Klass eller grupp").select_option(label="7A (15)")
    disa.press("Tilldela alla i gruppen")
    disa.sees_heading("Några har redan en licens")
    disa.sees("Elsa Åkerlund")
    disa.press("Tilldela bara de andra")
    disa.sees("Inte tilldelade: 5")
    disa.follow("Tilldela … Ekbackaskolan")
    disa.page.get_by_label("Klass eller grupp").select_option(label="7B (13)")
    disa.press("Tilldela alla i gruppen")
    disa.sees_heading("Licenserna räcker inte")
    disa.follow("Till licenserna")
    disa.press("Återta Elsa Åkerlund")
    disa.sees("Inte tilldelade: 6")


@on_both_screens
def test_a_tool_is_approved_and_its_provider_asked(
    visit: Visit, address: str, screen: Screen
) -> None:
    made = httpx.post(
        f"{address}/skolon/tools",
        headers={"Authorization": f"Bearer {ADMIN_KEY}"},
        json={
            "name": "Räknelådan med ett mycket långt namn",
            "provider": "Andra Förlaget",
            "launch_url": "https://raknaladan.example/",
        },
    )
    assert made.is_success
    disa = visit(screen)
    disa.go("/portal")
    disa.press("Logga in som Disa")
    disa.follow("Godkännanden")
    disa.sees_row("Räknelådan", "Inte godkänt")
    disa.press("Godkänn Räknelådan")
    disa.press("Återkalla Binogi")
    disa.sees_row("Räknelådan", "Återkalla")
    disa.sees_row("Binogi", "Inte godkänt")
    disa.go("/portal/license-requests/new")
    disa.page.get_by_label("Leverantör").select_option(
        label="Andra Förlaget (Räknelådan med ett mycket långt namn)"
    )
    disa.page.get_by_label("Alla").check()
    disa.press("Skicka")
    disa.sees("ingen adress för förfrågningar")
    disa.go("/portal?lang=en")
    disa.sees_row("Andra Förlaget", "Not answered", "Purchase")
    disa.follow(re.compile("^answered"))
    disa.sees("No request fits.")


@on_both_screens
def test_the_pages_for_vendors_are_fit_to_be_read(visit: Visit, screen: Screen) -> None:
    vendor = visit(screen)
    vendor.go("/skolon/tools")
    vendor.sees("Härifrån visas inga verktyg")
    vendor.page.set_extra_http_headers({"Authorization": f"Bearer {ADMIN_KEY}"})
    vendor.reload()
    vendor.follow("Registrera ett verktyg")
    vendor.page.get_by_label("Namn").fill("Räknelådan")
    vendor.page.get_by_label("Startadress").fill("https://raknaladan.example/" + "x" * 80)
    vendor.press("Registrera")
    vendor.sees("Hemligheten visas bara den här gången")
    vendor.press("Ny hemlighet")
    vendor.sees("client_secret")
    vendor.follow("Till verktygen")
    vendor.follow("Binogi")
    expect(vendor.page.get_by_label("redirect_uri")).to_have_value("/sso/callback")
    vendor.press("Spara")
    vendor.sees("Räknelådan", CLIENT_ID)
