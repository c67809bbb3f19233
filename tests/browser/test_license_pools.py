"""License pools in a browser: an administrator's pages, and the one that finds no seat."""

import os
from pathlib import Path

import httpx
import pytest

from app.skolon.demo.characters import POOL_SCHOOL
from app.skolon.demo.licensed import PUPILS_AT_POOL_SCHOOL, SEATS_IN_POOL
from app.skolon.demo.people import pupils_of
from tests.browser.conftest import Visit
from tests.browser.visitors import DESK, PHONE, Screen, Visitor
from tests.conftest import ADMIN_KEY

_WITHOUT = pupils_of(POOL_SCHOOL, ["4B"], PUPILS_AT_POOL_SCHOOL, key="pool-pupil")[SEATS_IN_POOL]
WITHOUT_SEAT = f"{_WITHOUT.first_name} {_WITHOUT.last_name}"


@pytest.fixture
def licensed(address: str) -> str:
    """The same sandbox, in the world that begins with licenses and a full pool."""
    server, _, name = address.rpartition("/s/")
    key = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with httpx.Client(base_url=server, headers=key, timeout=60) as control:
        assert control.post(f"/sandboxes/{name}/reset", json={"seed": "licensed"}).is_success
    return address


@pytest.mark.usefixtures("licensed")
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
def test_r17_who_finds_no_seat_waits_until_the_administrator_reclaims_one(
    visit: Visit, screen: Screen
) -> None:
    pupil = visit(screen, may_be_refused=True)
    _log_in_to_collection(pupil, WITHOUT_SEAT)
    pupil.follow("Öppna")
    pupil.sees_heading("Alla platser är upptagna")
    pupil.sees("skoladministratören")
    _keep(pupil, "empty")

    disa = visit(screen)
    disa.go("/portal/log-in")
    disa.press("Logga in som Disa")
    disa.follow("Licenspooler")
    disa.sees_heading("Licenspooler")
    disa.sees("1 väntar")
    _keep(disa, "pools")
    disa.follow("Björkhags licenser")
    disa.sees("10 av 10", "Inga lediga platser", "4B")
    _keep(disa, "pool")
    disa.press("Återta platsen")
    disa.sees("Ingen.")

    pupil.go("/min-samling")
    pupil.follow("Öppna")
    pupil.sees_no("Alla platser är upptagna")


@pytest.mark.usefixtures("licensed")
def test_r17_an_administrator_makes_links_and_deletes_a_pool(visit: Visit) -> None:
    disa = visit(PHONE)
    disa.go("/portal/log-in")
    disa.press("Logga in som Disa")
    disa.go("/portal/license-pools/new")
    _keep(disa, "new")
    disa.page.get_by_label("Namn").fill("Ett namn som är så långt att det går över flera rader")
    disa.press("Skapa poolen")
    disa.press("Koppla hela skolan")
    disa.sees("hela skolan", "0 av")
    disa.press("Koppla gruppen")
    disa.press("Koppla bort")
    _keep(disa, "made")
    disa.press("Ta bort poolen")
    disa.sees_heading("Licenspooler")


def _log_in_to_collection(pupil: Visitor, name: str) -> None:
    pupil.go("/min-samling/log-in")
    pupil.page.get_by_label("Sök person").fill(name)
    pupil.press("Sök")
    card = pupil.page.get_by_role("listitem").filter(has_text=name).filter(has_text=POOL_SCHOOL)
    card.get_by_role("button").click()
    pupil.sees_heading("Min samling")


def _keep(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("SCREENSHOTS")  # noqa: TID251, a test's own setting
    if folder:
        width = visitor.page.evaluate("innerWidth")
        visitor.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
