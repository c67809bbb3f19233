"""Sessions of browsers: renewed at login, over when idle or old, and worth nothing elsewhere."""

from http import HTTPStatus

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.partner.models import BrowserSession
from tests.conftest import World
from tests.factories import callback_of, console, license_school, log_in


@pytest.fixture
def licensed(world: World) -> World:
    license_school(world, "Ekbackaskolan")
    return world


def _sessions(world: World) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(BrowserSession)) or 0


def _knows_elsa(browser: TestClient) -> bool:
    return "Elsa" in browser.get("/").text


def test_a_session_is_over_when_nobody_has_clicked_for_two_hours(licensed: World) -> None:
    browser = licensed.browser()
    log_in(browser, "elsa")

    licensed.move_clock(advance_by="PT1H59M")
    assert _knows_elsa(browser)
    licensed.move_clock(advance_by="PT1H59M")
    assert _knows_elsa(browser)
    licensed.move_clock(advance_by="PT2H1M")

    assert not _knows_elsa(browser)


def test_a_session_is_over_after_ten_hours_however_busy(licensed: World) -> None:
    browser = licensed.browser()
    log_in(browser, "elsa")

    seen = []
    for _ in range(11):
        licensed.move_clock(advance_by="PT1H")
        seen.append(_knows_elsa(browser))

    assert seen == [True] * 9 + [False] * 2


def test_the_console_has_the_same_limits_and_a_log_out(world: World) -> None:
    busy, idle, gone = console(world), console(world), console(world)
    gone.post("/console/logout")

    statuses = []
    for _ in range(2):
        world.move_clock(advance_by="PT1H30M")
        statuses.append(busy.get("/console").status_code)

    assert statuses == [HTTPStatus.OK, HTTPStatus.OK]
    assert idle.get("/console").status_code == HTTPStatus.SEE_OTHER
    assert gone.get("/console").status_code == HTTPStatus.SEE_OTHER


def test_a_use_is_noted_once_a_minute_at_most(licensed: World) -> None:
    browser = licensed.browser()
    log_in(browser, "elsa")
    before = licensed.database.writes

    for _ in range(5):
        browser.get("/")
    at_once = licensed.database.writes
    licensed.move_clock(advance_by="PT2M")
    moved = licensed.database.writes
    browser.get("/")

    assert at_once == before
    assert licensed.database.writes == moved + 1


def test_a_token_from_before_the_login_is_worth_nothing_after_it(licensed: World) -> None:
    attacker, victim = licensed.browser(), licensed.browser()
    log_in(attacker, "omar")
    victim.cookies.update(attacker.cookies)

    log_in(victim, "elsa")

    assert _knows_elsa(victim)
    assert "Omar" not in attacker.get("/").text
    assert not _knows_elsa(attacker)
    assert _sessions(licensed) == 1


def test_logging_out_ends_the_session_at_the_server(licensed: World) -> None:
    browser, copy = licensed.browser(), licensed.browser()
    log_in(browser, "elsa")
    token = browser.cookies.get("partner_session") or ""
    copy.cookies.set("partner_session", token, path=f"/s/{licensed.name}")

    browser.post("/logout")

    assert not _knows_elsa(copy)
    assert _sessions(licensed) == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookies_of_a_login_are_for_no_script_and_no_other_site(
    licensed: World, scheme: str
) -> None:
    browser = licensed.browser()
    browser.base_url = browser.base_url.copy_with(scheme=scheme)
    begun = browser.get("/sso/login")
    ended = browser.get(callback_of(browser, "elsa"))

    for answer in (begun, ended):
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert f"Path=/s/{licensed.name}" in cookie
        assert ("Secure" in cookie) == (scheme == "https")


@pytest.mark.parametrize(
    "query",
    ["next=https://evil.example", "return_to=//evil.example", "redirect_uri=//evil.example"],
)
def test_a_login_ends_at_the_partner_wherever_somebody_wants_it_to(
    licensed: World, query: str
) -> None:
    browser = licensed.browser()
    authorize = browser.get(f"/sso/login?{query}").headers["location"]
    callback = browser.post(authorize, data={"persona": "elsa"}).headers["location"]

    ended = browser.get(f"{callback}&{query}")

    assert ended.headers["location"] == f"http://localhost/s/{licensed.name}/"


def test_a_session_cookie_that_is_none_is_nobody(licensed: World) -> None:
    browser = licensed.browser()
    for token in ("", "x", "x" * 9000, "%00", "'; DROP TABLE accounts"):
        answer = browser.get("/", headers={"Cookie": f"partner_session={token}"})
        assert answer.status_code == HTTPStatus.OK
        assert "Logga in med Skolon" in answer.text


def test_class_lists_as_json_are_for_whoever_is_logged_in(licensed: World) -> None:
    teacher = licensed.browser()
    log_in(teacher, "maja")
    log_in(licensed.browser(), "elsa")

    lists = teacher.get("/class-lists").json()["class_lists"]
    nobody = licensed.client().get("/class-lists")

    assert [(one["name"], one["role"], one["students"]) for one in lists] == [
        ("7A", "teacher", ["Elsa Åkerlund"])
    ]
    assert nobody.status_code == HTTPStatus.UNAUTHORIZED
