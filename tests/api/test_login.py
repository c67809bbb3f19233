"""Logging in through Skolon: who is placed, who is refused, and what is left behind."""

import re
from http import HTTPStatus
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.database import Base
from app.partner.models import Account, Identity, LoginAttempt, Placement, School, SchoolClass
from tests.conftest import World
from tests.factories import callback_of, license_school, log_in, portal
from tests.waiting import waiting_account

PEOPLE = (Account, Identity, Placement, SchoolClass)


@pytest.fixture
def licensed(world: World) -> World:
    """A world in which Ekbackaskolan has its license."""
    license_school(world, "Ekbackaskolan")
    return world


def _counts(world: World) -> list[int]:
    with world.database.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in PEOPLE]


def _placements(world: World) -> list[tuple[str, str, str]]:
    with world.database.read() as session:
        rows = session.execute(
            select(Account.email, School.name, SchoolClass.name)
            .join(Placement, Placement.account_id == Account.id)
            .join(SchoolClass, SchoolClass.id == Placement.school_class_id)
            .join(School, School.id == SchoolClass.school_id)
            .where(Placement.ended_at.is_(None))
            .order_by(Account.email)
        )
        return [(email, school, name) for email, school, name in rows]


def _students(browser: TestClient) -> list[str]:
    return re.findall(r'<ul class="students">(.*?)</ul>', browser.get("/").text, re.DOTALL)


def _dump(world: World) -> str:
    """Return every row of the partner's own tables as text."""
    with world.database.read() as session:
        return "\n".join(
            str(row)
            for name, table in Base.metadata.tables.items()
            if not name.startswith(("skolon_", "register_"))
            for row in session.execute(select(table))
        )


def test_r4_the_first_login_stores_school_class_account_and_placement(licensed: World) -> None:
    answer = log_in(licensed.browser(), "elsa")

    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert _placements(licensed) == [("elsa.akerlund@exempelstad.example", "Ekbackaskolan", "7A")]
    assert _counts(licensed) == [1, 1, 1, 1]


def test_r4_a_second_login_keeps_the_first_placement(licensed: World) -> None:
    browser = licensed.browser()

    first = log_in(browser, "elsa")
    second = browser.get(
        browser.get(browser.get("/sso/login").headers["location"]).headers["location"]
    )

    assert first.status_code == second.status_code == HTTPStatus.SEE_OTHER
    assert _counts(licensed) == [1, 1, 1, 1]
    with licensed.database.read() as session:
        outcomes = session.scalars(select(LoginAttempt.outcome).order_by(LoginAttempt.attempted_at))
        assert outcomes.all() == ["first_login", "ok"]


def test_r3_a_teacher_sees_a_student_after_the_students_first_login_and_nobody_else_does(
    licensed: World,
) -> None:
    teacher, other_teacher = licensed.browser(), licensed.browser()
    log_in(teacher, "maja")
    log_in(other_teacher, "nils")
    before = _students(teacher)

    log_in(licensed.browser(), "elsa")

    assert before == []
    assert ["Elsa Åkerlund" in students for students in _students(teacher)] == [True]
    assert _students(other_teacher) == []
    assert "Elsa" not in other_teacher.get("/").text


def test_r3_a_student_sees_the_class_but_no_classmates(licensed: World) -> None:
    student = licensed.browser()
    log_in(student, "elsa")
    log_in(licensed.browser(), "omar")

    page = student.get("/").text

    assert "7A" in page
    assert "Omar" not in page


@pytest.mark.parametrize(
    ("persona", "outcome", "swedish", "name"),
    [
        ("bo", "school_code_missing", "Din skola saknar skolenhetskod", "Björk"),
        ("tim", "school_code_unknown", "skolenhetskod i Skolon gäller inte", "Ask"),
        ("lo", "email_missing", "Du saknar e-postadress i Skolon", "Lind"),
        ("filip", "license_missing", "Du har ingen licens", "Fors"),
    ],
)
def test_r8_r12_a_refusal_names_support_and_a_reference_and_leaves_no_trace_of_the_person(
    licensed: World, persona: str, outcome: str, swedish: str, name: str
) -> None:
    before = _counts(licensed)

    answer = log_in(licensed.browser(), persona)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert swedish in answer.text
    assert "support@binogi.se" in answer.text
    with licensed.database.read() as session:
        (attempt,) = session.scalars(select(LoginAttempt)).all()
    assert attempt.outcome == outcome
    assert attempt.reference in answer.text
    assert _counts(licensed) == before
    assert name not in _dump(licensed)
    assert f"{persona}." not in _dump(licensed)


def test_r8_a_program_gets_the_refusal_as_json_in_both_languages(licensed: World) -> None:
    browser = licensed.browser()
    callback = callback_of(browser, "bo")

    answer = browser.get(callback, headers={"Accept": "application/json"})

    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == "/problems/school_code_missing"
    assert body["support_address"] == "support@binogi.se"
    assert body["heading"]["sv"] != body["heading"]["en"]
    assert len(body["reference"]) == 8


def test_a_code_is_good_for_one_login(licensed: World) -> None:
    browser = licensed.browser()
    callback = callback_of(browser, "elsa")
    state = browser.cookies.get("sso_state")
    assert browser.get(callback).status_code == HTTPStatus.SEE_OTHER
    browser.cookies.set("sso_state", state or "", path=f"/s/{licensed.name}")

    again = browser.get(callback)

    assert again.status_code == HTTPStatus.BAD_REQUEST
    assert "Inloggningen gäller inte längre" in again.text
    assert _counts(licensed) == [1, 1, 1, 1]


def test_a_code_is_good_for_a_minute_of_the_sandboxs_clock(licensed: World) -> None:
    browser = licensed.browser()
    callback = callback_of(browser, "elsa")
    licensed.move_clock(advance_by="PT61S")

    assert browser.get(callback).status_code == HTTPStatus.BAD_REQUEST
    assert _counts(licensed) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("change", "status", "problem"),
    [
        (lambda callback: re.sub(r"code=\w+", "code=madeup", callback), 400, "skolon_code_refused"),
        (lambda callback: re.sub(r"code=\w+&?", "", callback), 422, "missing_code"),
        (lambda callback: re.sub(r"state=[\w-]+", "state=foreign", callback), 422, "foreign_state"),
        (lambda callback: re.sub(r"&?state=[\w-]+", "", callback), 422, "foreign_state"),
        (lambda callback: f"{callback}&error=access_denied", 403, "skolon_denied"),
        (lambda callback: f"{callback}&error=server_error", 502, "skolon_error"),
        (lambda callback: re.sub(r"code=\w+", "code=%00", callback), 400, "skolon_code_refused"),
        (lambda callback: re.sub(r"code=\w+", f"code={'x' * 9000}", callback), 400, None),
    ],
    ids=[
        "a made-up code",
        "no code",
        "a foreign state",
        "no state",
        "access denied",
        "an error at Skolon",
        "a code with a NUL",
        "an endless code",
    ],
)
def test_a_callback_that_is_not_right_is_answered_and_stores_nobody(
    licensed: World,
    change: Any,  # noqa: ANN401, a function of an address
    status: int,
    problem: str | None,
) -> None:
    browser = licensed.browser()
    callback = change(callback_of(browser, "elsa"))

    answer = browser.get(callback, headers={"Accept": "application/json"})

    assert answer.status_code == status, answer.text
    assert problem is None or answer.json()["type"] == f"/problems/{problem}"
    assert _counts(licensed) == [0, 0, 0, 0]


def test_a_login_that_another_browser_began_is_refused(licensed: World) -> None:
    callback = callback_of(licensed.browser(), "elsa")

    victim = licensed.browser().get(callback)

    assert victim.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert _counts(licensed) == [0, 0, 0, 0]


def test_a_login_takes_ten_minutes_at_most(licensed: World) -> None:
    browser = licensed.browser()
    authorize = browser.get("/sso/login").headers["location"]
    licensed.move_clock(advance_by="PT11M")
    callback = browser.post(authorize, data={"persona": "elsa"}).headers["location"]

    assert browser.get(callback).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_cancelling_at_skolon_leads_back_with_a_clear_answer(licensed: World) -> None:
    browser = licensed.browser()
    page = browser.get(browser.get("/sso/login").headers["location"]).text
    cancel = re.search(r'href="([^"]*error=access_denied[^"]*)"', page)
    assert cancel

    answer = browser.get(cancel[1].replace("&amp;", "&"))

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "avbröts" in answer.text


def test_a_partner_portal_account_gets_skolons_500(licensed: World) -> None:
    browser = licensed.browser()
    authorize = browser.get("/sso/login").headers["location"]

    answer = browser.post(authorize, data={"persona": "partnerportal"})

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "Partner Portal" in answer.text


def test_a_session_ends_at_logout_and_after_ten_hours(licensed: World) -> None:
    browser, other = licensed.browser(), licensed.browser()
    log_in(browser, "elsa")
    log_in(other, "omar")
    assert "Elsa" in browser.get("/").text

    browser.post("/logout")
    licensed.move_clock(advance_by="PT10H1M")

    assert "Elsa" not in browser.get("/").text
    assert "Omar" not in other.get("/").text


def test_a_session_of_one_sandbox_is_none_in_another(licensed: World, control: TestClient) -> None:
    browser = licensed.browser()
    log_in(browser, "elsa")
    token = browser.cookies.get("partner_session")
    control.post("/sandboxes", json={"name": "next-door"})

    page = browser.get(
        "http://localhost/s/next-door/", headers={"Cookie": f"partner_session={token}"}
    )

    assert "Elsa" not in page.text
    control.delete("/sandboxes/next-door")


def test_after_a_license_is_withdrawn_nobody_logs_in(licensed: World) -> None:
    administrator = portal(licensed)
    page = administrator.get("/portal/licenses").text
    withdraw = re.search(r"/portal/licenses/\w+/withdraw", page)
    assert withdraw
    administrator.post(withdraw[0])

    assert log_in(licensed.browser(), "elsa").status_code == HTTPStatus.FORBIDDEN
    assert _counts(licensed) == [0, 0, 0, 0]


def test_r14_an_account_with_the_same_email_is_kept_with_its_name(licensed: World) -> None:
    kept = waiting_account(licensed.database, "elsa.akerlund@exempelstad.example", None)

    log_in(licensed.browser(), "elsa")

    with licensed.database.read() as session:
        account = session.scalars(select(Account)).one()
        assert (account.id, account.first_name) == (kept, "Old")
