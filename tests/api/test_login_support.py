"""Why a login was refused, for support: by reference, and the newest of all."""

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert

from app.partner.domain.placement import Outcome
from app.partner.models import LoginAttempt
from app.partner.support_wording import SUPPORT_STEPS
from app.partner.wording import REFUSED_LOGINS
from tests.conftest import World
from tests.factories import internal_tool, license_school, log_in

NO_CODE = "Centrala enheten"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _refusal(world: World, persona: str) -> str:
    """Log in as somebody who is refused; return the reference on the page."""
    page = log_in(world.browser(), persona).text
    found = re.search(r"\b([2-9A-HJ-NP-TV-Z]{8})\b", page)
    assert found, page
    return found[1]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_support_knows_what_to_do_about_each_outcome_in_both_languages(outcome: Outcome) -> None:
    step = SUPPORT_STEPS[outcome]

    assert step.sv
    assert step.en
    assert step.sv != step.en
    assert outcome.is_success or outcome in REFUSED_LOGINS


def test_r8_the_reference_of_a_refusal_tells_support_why_and_what_to_do(world: World) -> None:
    reference = _refusal(world, "bo")
    staff = internal_tool(world)

    told = staff.get(f"/api/v1/logins/{reference}").json()
    as_read = [
        staff.get(f"/api/v1/logins/{text}").json()
        for text in (
            reference.lower(),
            f" {reference[:4]} {reference[4:]} ",
            f"{reference[:4]}-{reference[4:]}",
        )
    ]

    assert told["reference"] == reference
    assert told["outcome"] == "school_code_missing"
    assert told["is_success"] is False
    assert told["heading"]["sv"].startswith("Din skola saknar skolenhetskod")
    assert told["advice"]["en"]
    assert "kodärende" in told["next_step"]["sv"]
    assert as_read == [told] * 3


def test_r6_a_refusal_leads_to_the_open_code_case_of_its_school(world: World) -> None:
    staff = internal_tool(world)
    reference = _refusal(world, "bo")
    school = staff.get(f"/api/v1/logins/{reference}").json()["school"]
    staff.post(
        "/api/v1/units-without-code",
        json={
            "organization": {"organization_number": "2990000016", "name": "Exempelstads kommun"},
            "units": [{"name": school}],
        },
    )

    (case,) = staff.get(f"/api/v1/logins/{reference}").json()["code_cases"]

    assert staff.get(case["url"]).json()["id"] == case["id"]
    assert case["url"].startswith(f"http://localhost/s/{world.name}/api/v1/code-cases/")
    assert case["organization"]["name"] == "Exempelstads kommun"
    staff.post(f"/api/v1/code-cases/{case['id']}/resolve", json={"resolution": "fictive"})
    assert staff.get(f"/api/v1/logins/{reference}").json()["code_cases"] == []


def test_a_login_that_succeeded_needs_nothing_done(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    log_in(world.browser(), "elsa")
    staff = internal_tool(world)

    page = staff.get("/api/v1/logins").json()
    told = staff.get(f"/api/v1/logins/{page['logins'][0]['reference']}").json()

    assert page["counts"] == {"first_login": 1}
    assert told["is_success"] is True
    assert told["heading"] is None
    assert told["school"] == "Ekbackaskolan"
    assert "Elsa" not in str(page) + str(told)


def test_a_reference_that_no_login_has_is_not_found(world: World) -> None:
    staff = internal_tool(world)

    for reference in ("ABCDEFGH", "x", "%00", "%27%20OR%201=1", "ÅÄÖ"):
        answer = staff.get(f"/api/v1/logins/{reference}")

        assert answer.status_code == HTTPStatus.NOT_FOUND, reference
        assert answer.json()["type"] == "/problems/unknown_reference"
    too_long = staff.get(f"/api/v1/logins/{'A' * 41}")
    assert too_long.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_logins_are_listed_newest_first_by_outcome_and_time_page_by_page(world: World) -> None:
    with world.database.write() as session:
        session.execute(delete(LoginAttempt))
        session.execute(
            insert(LoginAttempt),
            [
                {
                    "id": uuid4(),
                    "reference": f"TEST{number:04}",
                    "outcome": Outcome.EMAIL_MISSING if number % 3 else Outcome.OK,
                    "school_name": "Ekbackaskolan",
                    # Two at each instant: the second key decides.
                    "attempted_at": NOON - timedelta(hours=number // 2),
                }
                for number in range(60)
            ],
        )
    staff = internal_tool(world)
    query = {"since": (NOON - timedelta(hours=19)).isoformat(), "outcome": "email_missing"}
    walked: list[tuple[str, str]] = []
    counts, more = set(), {"limit": "4"}
    while more:
        page = staff.get("/api/v1/logins", params=query | more).json()
        walked += [(row["attempted_at"], row["reference"]) for row in page["logins"]]
        counts.add(str(page["counts"]))
        more = {"limit": "4", "cursor": page["next_cursor"]} if page["next_cursor"] else {}

    assert {reference for _, reference in walked} == {
        f"TEST{number:04}" for number in range(40) if number % 3
    }
    assert len(walked) == len(set(walked))
    assert [at for at, _ in walked] == sorted((at for at, _ in walked), reverse=True)
    assert counts == {"{'email_missing': 26, 'ok': 14}"}


def test_a_list_of_logins_begins_a_day_ago_by_the_worlds_clock(world: World) -> None:
    _refusal(world, "bo")
    staff = internal_tool(world)
    before = staff.get("/api/v1/logins").json()

    world.move_clock(advance_by="P1DT1S")

    after = staff.get("/api/v1/logins").json()
    assert len(before["logins"]) == sum(before["counts"].values()) == 1
    assert after["logins"] == []
    assert after["counts"] == {}
    assert after["next_cursor"] is None


def test_a_malformed_question_about_logins_is_refused(world: World) -> None:
    staff = internal_tool(world)

    for query in ("outcome=drunk", "since=yesterday", "since=2026-11-24T12:00:00", "limit=0"):
        answer = staff.get(f"/api/v1/logins?{query}")

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, query
    foreign = staff.get("/api/v1/logins?cursor=WyJhIl0")
    assert foreign.json()["type"] == "/problems/invalid_cursor"
