"""Each way in which a login can end badly: a page, its JSON twin, and a row without the person."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select

from app.partner.arrivals import Failure
from app.partner.domain.placement import Outcome
from app.partner.login import REFERENCE_LETTERS
from app.partner.models import LoginAttempt
from app.partner.skolon_client import Skolon
from app.partner.sso import STATUS
from app.partner.wording import REFUSED_LOGINS
from tests.conftest import World
from tests.factories import callback_of

REFUSALS = [outcome for outcome in Outcome if not outcome.is_success]

Ending = Callable[[Outcome], None]


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Ending:
    """Let whatever Skolon says lead to one outcome."""

    def end_with(outcome: Outcome) -> None:
        async def profile(_self: Skolon, _code: str, _redirect_uri: str) -> Failure:
            return Failure(outcome)

        monkeypatch.setattr(Skolon, "profile", profile)

    return end_with


def test_the_list_of_refusals_is_closed() -> None:
    assert set(REFUSED_LOGINS) == set(REFUSALS)
    assert set(STATUS) < set(REFUSALS)


def test_r8_r12_each_refusal_is_a_page_in_both_languages_and_the_same_to_programs(
    world: World, ending: Ending
) -> None:
    for outcome in REFUSALS:
        ending(outcome)
        heading, advice = REFUSED_LOGINS[outcome]
        browser, program = world.browser(), world.browser()

        page = browser.get(callback_of(browser, "elsa"))
        answer = program.get(callback_of(program, "elsa"), headers={"Accept": "application/json"})

        text = unescape(page.text)
        assert page.status_code == answer.status_code == STATUS.get(outcome, 403)
        for sentence in (*heading, *advice):
            assert sentence.rstrip(".") in text, outcome
        assert "support@binogi.se" in text
        body = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert body["type"] == f"/problems/{outcome}"
        assert body["heading"] == {"sv": heading.sv, "en": heading.en}
        assert body["advice"] == {"sv": advice.sv, "en": advice.en}
        assert body["support_address"] == "support@binogi.se"
        assert _outcome(world, body["reference"]) == outcome
        assert any(_outcome(world, word) == outcome for word in _references_in(text)), outcome


def _references_in(text: str) -> list[str]:
    return re.findall(rf"<code>([{REFERENCE_LETTERS}]{{8}})</code>", text)


def _outcome(world: World, reference: str) -> str | None:
    """Return the outcome in the log of attempts under this reference."""
    with world.database.read() as session:
        return session.scalar(
            select(LoginAttempt.outcome).where(LoginAttempt.reference == reference)
        )


@pytest.mark.parametrize(
    ("query", "outcome"),
    [
        ("error=access_denied&error_description=license_pool_empty", "license_pool_empty"),
        ("error=access_denied&error_description=Denied", "skolon_denied"),
        ("error=temporarily_unavailable", "skolon_error"),
        ("", "missing_code"),
    ],
)
def test_what_skolon_sends_back_instead_of_a_code_is_told_apart(
    world: World, query: str, outcome: str
) -> None:
    browser = world.browser()
    location = browser.get("/sso/login").headers["location"]
    state = location.split("state=")[1].split("&")[0]

    answer = browser.get(
        f"/sso/callback?state={state}&{query}", headers={"Accept": "application/json"}
    )

    assert answer.json()["type"] == f"/problems/{outcome}"


def test_a_language_that_was_chosen_at_the_beginning_of_a_login_is_that_of_its_end(
    world: World,
) -> None:
    browser = world.browser()
    browser.get("/sso/login?lang=en")

    assert '<html lang="en"' in browser.get("/sso/callback?code=one&state=two").text


@pytest.mark.parametrize("cookie", ["", "junk", "e30.c2lnbmVk"], ids=["none", "junk", "unsigned"])
def test_a_state_cookie_that_is_not_ours_ends_the_login(world: World, cookie: str) -> None:
    browser = world.browser()

    answer = browser.get(
        "/sso/callback?code=one&state=two", headers={"Cookie": f"sso_state={cookie}"}
    )

    assert answer.status_code == 422
    assert "Inloggningen började inte i den här webbläsaren" in answer.text
