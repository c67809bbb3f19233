"""Code cases: one per unit without a usable code, until it has one."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.partner.models import CodeCase, RegisterUnit, School, SchoolCode
from tests.conftest import World
from tests.factories import (
    ORGANIZATION,
    internal_tool,
    license_request,
    license_school,
    log_in,
    portal,
    post_request,
    send_from_portal,
    unit,
)

OVERVIEW = "/api/v1/units-without-code"


def _cases(world: World, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401, query values
    answer = internal_tool(world).get("/api/v1/code-cases", params=parameters)
    assert answer.status_code == HTTPStatus.OK, answer.text
    cases: list[dict[str, Any]] = answer.json()["code_cases"]
    return cases


def _resolve(world: World, case_id: str, code: str | None = None) -> Any:  # noqa: ANN401, a response
    body = (
        {"resolution": "official", "school_unit_code": code} if code else {"resolution": "fictive"}
    )
    return internal_tool(world).post(f"/api/v1/code-cases/{case_id}/resolve", json=body)


def _overview(*units: dict[str, Any], **given: Any) -> dict[str, Any]:  # noqa: ANN401, JSON
    organization = {"organization_number": ORGANIZATION, "name": "Exempelstads kommun"}
    return {"organization": organization, "units": list(units)} | given


def _count(world: World, table: type[Any]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_request_opens_a_case_for_each_unit_without_a_usable_code_and_only_once(
    world: World,
) -> None:
    client = internal_tool(world)
    without = unit("Tallkottens förskola", school_unit_code=None, unit_kind="preschool")

    post_request(client, license_request(unit("Ekbackaskolan"), without))
    post_request(client, license_request(without))

    (case,) = _cases(world)
    assert case["school"]["name"] == "Tallkottens förskola"
    assert case["standing"] == "missing"
    assert case["implementer"]


def test_r11_a_case_is_due_in_five_working_days_and_flagged_the_day_after(world: World) -> None:
    world.move_clock(set_to="2026-12-18T22:30:00Z")
    world.move_clock(freeze=True)
    post_request(internal_tool(world), license_request(unit(school_unit_code=None)))

    (opened,) = _cases(world)
    world.move_clock(set_to="2026-12-29T12:00:00Z")
    (due_today,) = _cases(world)
    world.move_clock(set_to="2026-12-29T23:30:00Z")
    (overdue,) = _cases(world)

    assert opened["due_on"] == "2026-12-29"
    assert opened["urgency"] == "later"
    assert due_today["urgency"] == "today"
    assert overdue["urgency"] == "overdue"


def test_r11_cases_are_listed_by_urgency_and_paged(world: World) -> None:
    client = internal_tool(world)
    for name in ("Först", "Sedan", "Sist"):
        post_request(client, license_request(unit(name, school_unit_code=None)))
        world.move_clock(advance_by="P7D")

    first = client.get("/api/v1/code-cases", params={"limit": 2}).json()
    rest = client.get(
        "/api/v1/code-cases", params={"limit": 2, "cursor": first["next_cursor"]}
    ).json()

    names = [case["school"]["name"] for case in [*first["code_cases"], *rest["code_cases"]]]
    assert names == ["Först", "Sedan", "Sist"]
    assert rest["next_cursor"] is None


def test_r10_official_units_of_the_same_organization_are_proposed_first(world: World) -> None:
    post_request(
        internal_tool(world), license_request(unit("Ekbackaskolan", school_unit_code=None))
    )
    (case,) = _cases(world)

    proposals = internal_tool(world).get(f"/api/v1/code-cases/{case['id']}/proposals").json()

    assert [one["school_unit_code"] for one in proposals[:2]] == ["10000001", "10000002"]
    assert proposals[0]["is_same_organization"] is True
    assert proposals[0]["standing"] == "official"
    assert all(one["standing"] != "closed" for one in proposals)


def test_r10_for_an_administrative_unit_central_units_are_proposed_first(world: World) -> None:
    centre = unit("Centrala elevhälsan", school_unit_code=None, unit_kind="administrative")
    post_request(internal_tool(world), license_request(centre))
    (case,) = _cases(world)

    proposals = internal_tool(world).get(f"/api/v1/code-cases/{case['id']}/proposals").json()

    assert proposals[0]["school_unit_code"] == "10000008"
    assert proposals[0]["unit_type"] == "CENTRAL"


def test_r9_a_fictive_code_is_put_on_the_school_at_skolon_and_its_users_log_in(
    world: World,
) -> None:
    license_school(world, "Tallkottens förskola")
    assert log_in(world.browser(), "bo").status_code == HTTPStatus.FORBIDDEN
    (case,) = _cases(world)

    resolved = _resolve(world, case["id"]).json()

    assert resolved["school_unit_code"] == "00000001"
    assert resolved["resolution"] == "fictive"
    assert _cases(world) == []
    assert log_in(world.browser(), "bo").status_code == HTTPStatus.SEE_OTHER
    asked = internal_tool(world).get("/api/v1/license-requests").json()["license_requests"][0]
    (requested,) = (
        internal_tool(world).get(f"/api/v1/license-requests/{asked['id']}").json()["units"]
    )
    assert requested["standing"] == "fictive"


def test_r10_an_official_code_is_put_on_the_school_at_skolon(world: World) -> None:
    license_school(world, "Solängsskolan")
    (case,) = _cases(world)

    resolved = _resolve(world, case["id"], "10000004")

    assert resolved.json()["resolution"] == "official"
    assert log_in(world.browser(), "tim").status_code == HTTPStatus.SEE_OTHER


def test_an_official_code_that_comes_later_takes_the_place_of_the_fictive_one(
    world: World,
) -> None:
    license_school(world, "Tallkottens förskola")
    (case,) = _cases(world)
    _resolve(world, case["id"])
    assert log_in(world.browser(), "bo").status_code == HTTPStatus.SEE_OTHER

    superseded = _resolve(world, case["id"], "10000006")

    assert superseded.status_code == HTTPStatus.OK
    with world.database.read() as session:
        codes = session.execute(
            select(SchoolCode.digits, SchoolCode.ended_on).order_by(SchoolCode.digits)
        ).all()
    assert [code for code, _ in codes] == ["00000001", "10000006"]
    assert codes[0][1] is not None
    assert codes[1][1] is None
    assert log_in(world.browser(), "bo").status_code == HTTPStatus.SEE_OTHER
    client = internal_tool(world)
    for code in ("00000001", "10000006"):
        status = client.get("/api/v1/licenses/status", params={"school_unit_code": code}).json()
        assert status["school"] == "Tallkottens förskola"
        assert status["status"] == "active"


@pytest.mark.parametrize(
    ("code", "status", "problem"),
    [
        ("10000005", 422, "unusable_code"),
        ("10009999", 422, "unusable_code"),
        ("10000090", 422, "unusable_code"),
        ("00000009", 422, "unusable_code"),
        ("1000001", 422, "lost_leading_zeros"),
        ("148018601", 422, "old_school_code"),
    ],
)
def test_a_case_is_not_resolved_by_a_code_that_is_none(
    world: World, code: str, status: int, problem: str
) -> None:
    post_request(internal_tool(world), license_request(unit(school_unit_code=None)))
    (case,) = _cases(world)

    answer = _resolve(world, case["id"], code)

    assert answer.status_code == status
    assert answer.json()["type"] == f"/problems/{problem}"
    assert [one["id"] for one in _cases(world)] == [case["id"]]
    assert _count(world, SchoolCode) == 0


def test_a_code_that_another_school_has_is_refused(world: World) -> None:
    units = [unit(name, school_unit_code=None) for name in ("Ena", "Andra")]
    post_request(internal_tool(world), license_request(*units))
    one, other = _cases(world)
    _resolve(world, one["id"], "10000001")

    answer = _resolve(world, other["id"], "10000001")

    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["type"] == "/problems/code_in_use"


def test_of_eight_resolutions_at_once_one_wins(world: World) -> None:
    post_request(internal_tool(world), license_request(unit(school_unit_code=None)))
    (case,) = _cases(world)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _resolve(world, case["id"]), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    conflict = next(answer for answer in answers if answer.status_code == HTTPStatus.CONFLICT)
    assert conflict.json()["current_status"] == "resolved"
    assert _count(world, SchoolCode) == 1


def test_a_fictive_code_that_the_register_has_after_all_is_passed_over(world: World) -> None:
    with world.database.write() as session:
        for code in ("00000001", "00000002"):
            session.add(RegisterUnit(school_unit_code=code, name="Udda", status="AKTIV"))
    post_request(internal_tool(world), license_request(unit(school_unit_code=None)))
    (case,) = _cases(world)

    assert _resolve(world, case["id"]).json()["school_unit_code"] == "00000003"


def test_fictive_codes_given_at_once_are_all_different(world: World) -> None:
    units = [unit(f"Skola {number}", school_unit_code=None) for number in range(12)]
    post_request(internal_tool(world), license_request(*units))

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda case: _resolve(world, case["id"]), _cases(world)))

    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    assert sorted(answer.json()["school_unit_code"] for answer in answers) == [
        f"{number:08}" for number in range(1, 13)
    ]


def test_r6_an_overview_opens_a_case_for_each_unit_not_known_yet(world: World) -> None:
    client = internal_tool(world)
    overview = _overview(
        {"name": "Centrala enheten", "unit_kind": "administrative"},
        {"name": "Modersmålslärarna"},
        {"name": "Ekbackaskolan", "school_unit_code": "10000001"},
    )

    first = client.post(OVERVIEW, json=overview)
    again = client.post(OVERVIEW, json=overview)

    assert first.status_code == HTTPStatus.OK, first.text
    assert len(first.json()["opened"]) == 2
    assert first.json()["not_needed"] == 1
    assert again.json() == {"opened": [], "already_known": 2, "not_needed": 1, "errors": []}
    assert _count(world, CodeCase) == 2


def test_r6_a_unit_listed_ahead_of_time_is_the_same_when_its_request_comes(world: World) -> None:
    internal_tool(world).post(OVERVIEW, json=_overview({"name": "Tallkottens Förskola"}))
    (case,) = _cases(world)

    send_from_portal(portal(world), "Tallkottens förskola")

    (same,) = _cases(world)
    assert same["id"] == case["id"]
    assert same["school"]["skolon_id"]
    assert _count(world, School) == 1


@pytest.mark.parametrize(
    "text",
    [
        "enhet;typ\nCentrala enheten;administrativ\nModersmål;övrig\n",
        "\ufeffEnhet;Typ\r\nCentrala enheten;Administrativ enhet\r\nModersmål;\r\n\r\n",
        'name,unit_kind\n"Centrala enheten",administrative\nModersmål,other\n',
        "Skolenhetskod;Enhet;Kommentar\n;Centrala enheten;hej\n;Modersmål;\n",
    ],
)
def test_r6_an_overview_comes_as_csv_in_the_spellings_of_spreadsheets(
    world: World, text: str
) -> None:
    answer = _post_csv(world, text.encode())

    assert answer.status_code == HTTPStatus.OK, answer.text
    assert len(answer.json()["opened"]) == 2


def test_r6_bad_rows_are_named_and_nothing_is_taken_when_all_or_nothing_is_asked(
    world: World,
) -> None:
    text = "enhet;skolenhetskod\nBra enhet;\nNollor borta;123\nGammal;148018601\n;\nBra enhet;\n"

    answer = _post_csv(world, text.encode())

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    errors = {(error["pointer"], error["code"]) for error in answer.json()["errors"]}
    assert errors == {
        ("/units/1/school_unit_code", "lost_leading_zeros"),
        ("/units/2/school_unit_code", "old_school_code"),
        ("/units/3/name", "missing"),
        ("/units/4/name", "repeated"),
    }
    assert _count(world, CodeCase) == _count(world, School) == 0


def test_r6_good_rows_are_taken_and_bad_ones_named_when_that_is_asked(world: World) -> None:
    text = "enhet;skolenhetskod\nBra enhet;\nNollor borta;123\n"

    answer = _post_csv(world, text.encode(), all_or_nothing=False)

    assert answer.status_code == HTTPStatus.OK
    assert len(answer.json()["opened"]) == 1
    assert [error["row"] for error in answer.json()["errors"]] == [2]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"enhet\n", 422),
        (b"kolumn\nx\n", 422),
        ("enhet\nÅsö".encode("latin-1"), 422),
        (b'enhet\n"open', 422),
        (b"enhet;enhet\na;b\n", 422),
        (b"enhet\n" + b"x" * 201, 422),
        (b"enhet\na\x00b\n", 422),
        (b"enhet\n" + b"x\n" * 6000, 422),
        (b"enhet\nElsa 121212-1212\n", 422),
    ],
)
def test_a_csv_that_cannot_be_taken_is_refused_in_words(
    world: World, content: bytes, status: int
) -> None:
    answer = _post_csv(world, content)

    assert answer.status_code == status
    assert "121212" not in answer.text
    assert _count(world, School) == 0


def test_an_overview_in_another_format_or_broken_is_refused(world: World) -> None:
    client = internal_tool(world)

    excel = client.post(OVERVIEW, content=b"PK", headers={"Content-Type": "application/zip"})
    broken = client.post(OVERVIEW, content=b"{", headers={"Content-Type": "application/json"})
    strange = client.post(OVERVIEW, json=[1, 2])

    assert excel.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    assert broken.status_code == HTTPStatus.BAD_REQUEST
    assert strange.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_any_bytes_at_all_sent_as_csv_get_a_clear_answer(world: World, content: bytes) -> None:
    answer = _post_csv(world, b"enhet;skolenhetskod\n" + content, all_or_nothing=False)

    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert answer.headers["content-type"].startswith("application/")


def test_a_code_case_of_nobody_is_not_found(world: World) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    client = internal_tool(world)

    assert client.get(f"/api/v1/code-cases/{nobody}").status_code == HTTPStatus.NOT_FOUND
    assert client.get(f"/api/v1/code-cases/{nobody}/proposals").status_code == HTTPStatus.NOT_FOUND
    assert _resolve(world, nobody).status_code == HTTPStatus.NOT_FOUND


def _post_csv(world: World, content: bytes, *, all_or_nothing: bool = True) -> Any:  # noqa: ANN401, a response
    return internal_tool(world).post(
        OVERVIEW,
        content=content,
        headers={"Content-Type": "text/csv"},
        params={
            "organization_number": ORGANIZATION,
            "organization_name": "Exempelstads kommun",
            "all_or_nothing": all_or_nothing,
        },
    )
