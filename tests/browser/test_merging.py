"""Merging two accounts in a browser: proof, preview, done, and what is refused on the way (R15)."""

import os
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.browser.conftest import Visit
from tests.browser.visitors import DESK, PHONE, Screen, Visitor
from tests.conftest import ADMIN_KEY


@pytest.fixture
def licensed(address: str) -> str:
    """The same sandbox, in the world that begins with licenses and old accounts."""
    server, _, name = address.rpartition("/s/")
    key = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with httpx.Client(base_url=server, headers=key, timeout=60) as control:
        assert control.post(f"/sandboxes/{name}/reset", json={"seed": "licensed"}).is_success
    return address


@pytest.mark.usefixtures("licensed")
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_r15_somebody_merges_an_old_account_and_the_one_from_skolon(
    visit: Visit, screen: Screen
) -> None:
    omar = visit(screen)
    omar.go("/")
    omar.follow("Logga in med e-post")
    omar.sees("utan lösenord")
    _keep(omar, "login")
    omar.press("Logga in som Omar Holm")
    omar.follow("Inställningar")
    omar.sees("omar@hemma.example", "Bråk; Geometri", "inläst från tiden före Skolon")
    _keep(omar, "settings")

    omar.follow("Slå ihop konton")
    omar.sees_heading("Slå ihop konton")
    _keep(omar, "proof")
    omar.press("Logga in med Skolon")
    omar.press("Logga in som Omar")
    omar.sees("Ingenting har hänt än", "7A, Ekbackaskolan", "omar.holm@exempelstad.example")
    _keep(omar, "preview")
    omar.press("Slå ihop kontona")

    omar.sees_heading("Kontona är ihopslagna")
    omar.sees("Bråk; Geometri", "7A, Ekbackaskolan")
    _keep(omar, "done")
    omar.follow("Till startsidan")
    omar.sees("Hej Omar!", "7A")
    omar.follow("Inställningar")
    omar.sees("slogs ihop med ett annat konto")
    _keep(omar, "history")


@pytest.mark.usefixtures("licensed")
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_r15_what_cannot_be_merged_is_told_in_words(visit: Visit, screen: Screen) -> None:
    nils = visit(screen, may_be_refused=True)
    nils.log_in_as("Nils")
    nils.follow("Inställningar")
    nils.follow("Slå ihop konton")

    nils.page.get_by_label("Kontots e-postadress").fill("ingen@hemma.example")
    nils.press("Logga in på det")
    nils.sees_heading("Det gick inte att logga in")
    _keep(nils, "unknown")

    nils.go("/settings/merge")
    nils.press("Logga in med Skolon")
    nils.sees_heading("Det är samma konto")
    _keep(nils, "same")

    nils.follow("Försök igen")
    nils.page.get_by_label("Kontots e-postadress").fill("nils@hemma.example")
    nils.press("Logga in på det")
    nils.press("Avbryt")
    nils.sees_heading("Inställningar")

    nils.go("/settings/merge")
    nils.page.get_by_label("Kontots e-postadress").fill("nils@hemma.example")
    nils.press("Logga in på det")
    nils.sees("Ingenting har hänt än")
    nils.page.evaluate(f"document.querySelector('input[name=kept]').value = '{UUID(int=0)}'")
    nils.press("Slå ihop kontona")
    nils.sees_heading("Det är inte det du såg")
    _keep(nils, "changed")


def _keep(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")  # noqa: TID251, a test's own setting
    if folder:
        width = visitor.page.evaluate("innerWidth")
        visitor.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
