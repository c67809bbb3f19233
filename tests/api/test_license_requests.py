"""License requests from arrival to activation."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app.clock import system_clock
from app.database import add_rows
from app.partner.models import (
    CodeCase,
    License,
    LicenseRequest,
    Organization,
    RequestedUnit,
    School,
)
from tests.conftest import World
from tests.contract.skolon import statements
from tests.factories import (
    decided,
    internal_tool,
    license_request,
    portal,
    post_request,
    send_from_portal,
    unit,
)


def _count(world: World, table: type[Any]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_r13_the_answer_says_at_once_how_each_unit_stands(world: World) -> None:
    body = license_request(
        unit("Ekbackaskolan", school_unit_code="10000001"),
        unit("Solängsskolan", school_unit_code="10009999"),
        unit("Tallkottens förskola", school_unit_code=None, unit_kind="preschool"),
        unit("Gamla Kvarnskolan", school_unit_code="10000005"),
        unit("Nya Hamnskolan", school_unit_code="10000007"),
        unit("Byskolan", school_unit_code="148018601"),
        unit("Åskolan", school_unit_code="1234567"),
        unit("Komvux", school_unit_code="10000090"),
        unit("Tomma skolan", school_unit_code=" "),
    )

    answer = post_request(internal_tool(world), body)

    assert answer.status_code == HTTPStatus.CREATED, answer.text
    assert [one["standing"] for one in answer.json()["units"]] == [
        "official",
        "unknown",
        "missing",
        "closed",
        "planned",
        "old_code",
        "malformed",
        "provider_code",
        "missing",
    ]
    first, second = answer.json()["units"][:2]
    assert first["can_log_in"] is True
    assert second["can_log_in"] is False
    assert second["reason"]["sv"]
    assert second["next_step"]["en"]


def test_r1_a_request_is_kept_with_its_units_and_read_again(world: World) -> None:
    client = internal_tool(world)
    body = license_request(unit("Ekbackaskolan", students=120, teachers=9, staff=3))

    made = post_request(client, body)
    read = client.get(made.headers["location"])

    assert read.json() == made.json()
    assert read.json()["units"][0]["students"] == 120
    assert read.json()["timeline"][0]["kind"] == "received"


def test_r18_an_organization_is_given_an_implementer(world: World) -> None:
    answer = post_request(internal_tool(world), license_request())

    assert answer.json()["implementer"]["email"].endswith("@partner.example")


def test_the_same_idempotency_key_gets_the_same_answer(world: World) -> None:
    client = internal_tool(world)
    body = license_request()

    first = post_request(client, body, key="one")
    decided(client, first.json()["id"], "confirm")
    again = post_request(client, body, key="one")

    assert again.status_code == HTTPStatus.CREATED
    assert again.json() == first.json()
    assert _count(world, LicenseRequest) == 1


def test_the_same_idempotency_key_with_another_body_is_refused(world: World) -> None:
    client = internal_tool(world)
    post_request(client, license_request(), key="one")

    answer = post_request(client, license_request(), key="one")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["type"] == "/problems/idempotency_key_reused"
    assert _count(world, LicenseRequest) == 1


def test_a_request_that_comes_eight_times_at_once_is_kept_once(world: World) -> None:
    body = license_request(*[unit(f"Skola {number}") for number in range(20)])

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda number: post_request(internal_tool(world), body, key=f"k{number % 2}"),
                range(8),
            )
        )

    assert {answer.status_code for answer in answers} == {HTTPStatus.CREATED}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert _count(world, LicenseRequest) == 1
    assert _count(world, School) == 20
    assert _count(world, Organization) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"units": []}, "/units"),
        ({"kind": "gift"}, "/kind"),
        ({"wanted_on": "tomorrow"}, "/wanted_on"),
        ({"contact": "Anna"}, "/contact"),
        ({"organization": {"organization_number": "2990000017", "name": "X"}}, None),
        ({"organization": {"organization_number": "1212121212", "name": "X"}}, None),
        ({"units": [unit(skolon_id="a"), unit(skolon_id="a")]}, ""),
        ({"units": [unit() for _ in range(1001)]}, "/units"),
        ({"units": [unit(students=-1)]}, "/units/0/students"),
        ({"units": [unit(students=1.5)]}, "/units/0/students"),
        ({"units": [unit(principal="Anna")]}, "/units/0/principal"),
        ({"units": [unit(name="")]}, "/units/0/name"),
        ({"units": [unit(name="a\x00b")]}, "/units/0/name"),
        ({"units": [unit(school_unit_code="\x00")]}, "/units/0/school_unit_code"),
        ({"units": [unit(name="x" * 201)]}, "/units/0/name"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_and_leaves_nothing(
    world: World, change: dict[str, Any], pointer: str | None
) -> None:
    answer = post_request(internal_tool(world), license_request(**change))

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointer is None or pointer in pointers
    assert _count(world, LicenseRequest) == _count(world, Organization) == 0


@pytest.mark.parametrize(
    "personal",
    ["Elsa 121212-1212", "elsa@skola.example", "20120101TF01", "701063-2391"],
)
def test_r2_personal_data_is_refused_by_field_and_rule_and_never_repeated(
    world: World, personal: str, capfd: pytest.CaptureFixture[str]
) -> None:
    client = internal_tool(world)
    organization = {"organization_number": "2990000016", "name": personal}
    bodies = {
        "/units/0/name": license_request(unit(name=f"Skola {personal}")),
        "/organization/name": license_request(organization=organization),
    }
    if personal.replace("-", "").isalnum():
        bodies["/units/0/skolon_id"] = license_request(unit(skolon_id=personal))

    for pointer, body in bodies.items():
        answer = post_request(client, body)

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
        (error,) = answer.json()["errors"]
        assert error["pointer"] == pointer
        assert "R2" in error["detail"]
        assert personal not in answer.text
    assert _count(world, Organization) == 0
    assert personal not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("headers", "status", "challenge"),
    [
        ({}, 401, "Bearer"),
        ({"Authorization": "Bearer nonsense"}, 401, "Bearer"),
        ({"Authorization": "Basic abc"}, 401, "Bearer"),
    ],
)
def test_the_api_is_for_callers_with_a_key(
    world: World, headers: dict[str, str], status: int, challenge: str
) -> None:
    answer = post_request(world.client(headers=headers), license_request())

    assert answer.status_code == status
    assert answer.headers["www-authenticate"] == challenge
    assert _count(world, LicenseRequest) == 0


def test_a_key_without_the_scope_is_forbidden(world: World) -> None:
    skolon = world.client(headers={"Authorization": "Bearer skolonmock-demo-api-key-of-skolon"})
    request_id = post_request(skolon, license_request()).json()["id"]

    answer = skolon.post(f"/api/v1/license-requests/{request_id}/confirm")

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert answer.json()["type"] == "/problems/missing_scope"


def test_a_post_without_an_idempotency_key_is_refused(world: World) -> None:
    answer = internal_tool(world).post("/api/v1/license-requests", json=license_request())

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["errors"][0]["in"] == "header"


def test_r7_nothing_is_confirmed_while_a_check_is_open(world: World) -> None:
    client = internal_tool(world)
    made = post_request(client, license_request()).json()
    address = f"/api/v1/license-requests/{made['id']}"
    client.post(f"{address}/checks/agreement")

    answer = client.post(f"{address}/confirm", json={})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["type"] == "/problems/open_checks"
    assert answer.json()["current_status"] == "received"
    assert client.get(address).json()["status"] == "received"


def test_r7_r16_a_request_is_confirmed_and_then_activated_for_a_date(world: World) -> None:
    client = internal_tool(world)
    made = post_request(client, license_request(unit(students=10, teachers=2, staff=1))).json()

    confirmed = decided(client, made["id"], "confirm").json()
    activated = decided(client, made["id"], "activate").json()

    assert confirmed["status"] == "confirmed"
    assert confirmed["starts_on"] == "2026-12-01"
    assert activated["status"] == "activated"
    assert activated["ends_on"] == "2027-06-30"
    with world.database.read() as session:
        assert session.scalars(select(License.seats)).all() == [13]
    kinds = [step["kind"] for step in activated["timeline"]]
    assert kinds == ["received", "passed", "passed", "passed", "confirmed", "activated"]
    assert {step["actor"] for step in activated["timeline"]} == {"internal tools"}


def test_r7_a_delay_has_a_reason_and_a_new_date(world: World) -> None:
    client = internal_tool(world)
    made = post_request(client, license_request()).json()
    address = f"/api/v1/license-requests/{made['id']}/delay"

    bare = client.post(address, json={})
    told = client.post(
        address, json={"starts_on": "2027-01-11", "reason": "Migreringen tar längre tid."}
    )

    assert bare.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert told.json()["status"] == "delayed"
    assert told.json()["starts_on"] == "2027-01-11"
    assert told.json()["reason"] == "Migreringen tar längre tid."


@pytest.mark.parametrize(
    ("before", "decision"),
    [
        (("confirm", "activate"), "confirm"),
        (("confirm", "activate"), "activate"),
        (("confirm",), "confirm"),
        ((), "activate"),
    ],
)
def test_a_decision_that_does_not_follow_is_refused_with_the_current_state(
    world: World, before: tuple[str, ...], decision: str
) -> None:
    client = internal_tool(world)
    made = post_request(client, license_request()).json()
    decided(client, made["id"], *before)
    state = client.get(f"/api/v1/license-requests/{made['id']}").json()

    answer = client.post(f"/api/v1/license-requests/{made['id']}/{decision}", json={})

    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["current_status"] == state["status"]
    assert client.get(f"/api/v1/license-requests/{made['id']}").json() == state


def test_of_eight_decisions_at_once_one_wins(world: World) -> None:
    client = internal_tool(world)
    made = post_request(client, license_request()).json()
    decided(client, made["id"])

    def decide(number: int) -> int:
        decision = "confirm" if number % 2 else "decline"
        address = f"/api/v1/license-requests/{made['id']}/{decision}"
        body = {"reason": "Vi har inget avtal."} if decision == "decline" else {}
        return internal_tool(world).post(address, json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(decide, range(8)))

    assert statuses == [200] + [409] * 7
    assert _count(world, License) == 0


def test_a_request_of_a_thousand_units_takes_a_bounded_number_of_statements(
    world: World,
) -> None:
    client = internal_tool(world)
    numbers: dict[int, int] = {}

    for size in (10, 1000):
        units = [
            unit(
                f"Skola {size}-{number}",
                school_unit_code=f"1000{number:04}" if number % 3 else None,
            )
            for number in range(size)
        ]
        with statements(world) as seen:
            answer = post_request(client, license_request(*units))
        assert answer.status_code == HTTPStatus.CREATED, answer.text
        numbers[size] = len(seen)

    assert numbers[1000] <= numbers[10] + 4
    assert 10 < numbers[10] <= 40


def test_a_unit_of_another_organization_is_refused(world: World) -> None:
    client = internal_tool(world)
    post_request(client, license_request(unit(skolon_id="theirs")))
    other = {"organization_number": "5990010018", "name": "Friskolan Exempel AB"}

    answer = post_request(client, license_request(unit(skolon_id="theirs"), organization=other))

    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["type"] == "/problems/foreign_school"
    assert _count(world, RequestedUnit) == 1
    assert _count(world, Organization) == 1


def test_lists_are_paged_without_gaps_or_repeats(world: World) -> None:
    client = internal_tool(world)
    made = [post_request(client, license_request()).json()["id"] for _ in range(7)]

    seen: list[str] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/license-requests", params=parameters).json()
        seen += [row["id"] for row in page["license_requests"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == made[::-1]


def test_lists_are_filtered_by_status_organization_implementer_and_lateness(world: World) -> None:
    client = internal_tool(world)
    first = post_request(client, license_request()).json()
    decided(client, first["id"], "confirm")
    second = post_request(client, license_request()).json()

    def ids(**parameters: Any) -> list[str]:  # noqa: ANN401, query values
        answer = client.get("/api/v1/license-requests", params=parameters)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return [row["id"] for row in answer.json()["license_requests"]]

    assert ids(status="confirmed") == [first["id"]]
    assert ids(status="received") == [second["id"]]
    assert ids(organization_number="5990010018") == []
    assert len(ids(implementer=first["implementer"]["email"])) == 2
    assert ids(implementer="nobody@partner.example") == []
    assert ids(overdue=True) == []
    assert ids(changed_since="2099-01-01T00:00:00Z") == []
    world.move_clock(advance_by="P15D")
    assert ids(overdue=True) == [second["id"]]
    assert ids(overdue=False) == [first["id"]]


def test_r18_an_implementers_own_requests_come_first(world: World) -> None:
    client = internal_tool(world)
    own = post_request(client, license_request()).json()
    other = {"organization_number": "5990010018", "name": "Friskolan Exempel AB"}
    foreign = post_request(client, license_request(organization=other)).json()
    assert own["implementer"] != foreign["implementer"]

    page = client.get(
        "/api/v1/license-requests", params={"first_for": own["implementer"]["email"], "limit": 1}
    ).json()
    rest = client.get(
        "/api/v1/license-requests",
        params={"first_for": own["implementer"]["email"], "cursor": page["next_cursor"]},
    ).json()

    assert [row["id"] for row in page["license_requests"]] == [own["id"]]
    assert [row["id"] for row in rest["license_requests"]] == [foreign["id"]]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyIwIiwgIngiLCAieSJd", "åäö", "WzEsMiwzXQ"])
def test_a_made_up_cursor_is_refused(world: World, cursor: str) -> None:
    answer = internal_tool(world).get("/api/v1/license-requests", params={"cursor": cursor})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_what_has_not_changed_is_answered_with_304(world: World) -> None:
    client = internal_tool(world)
    made = post_request(client, license_request()).json()
    address = f"/api/v1/license-requests/{made['id']}"
    tag = client.get(address).headers["etag"]

    unchanged = client.get(address, headers={"If-None-Match": tag})
    client.post(f"{address}/checks/data")
    changed = client.get(address, headers={"If-None-Match": tag})

    assert unchanged.status_code == HTTPStatus.NOT_MODIFIED
    assert unchanged.content == b""
    assert changed.status_code == HTTPStatus.OK


def test_lists_come_as_csv_that_a_spreadsheet_cannot_run(world: World) -> None:
    client = internal_tool(world)
    organization = {"organization_number": "2990000016", "name": "=1+1"}
    post_request(client, license_request(organization=organization))

    answer = client.get("/api/v1/license-requests", headers={"Accept": "text/csv"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeffid;organization.organization_number;")
    assert ";'=1+1;" in answer.text
    assert json.dumps("2990000016") not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/license-requests?implementer=%00",
        "/api/v1/license-requests?first_for=%00",
        "/api/v1/license-requests?limit=99999999999999999999",
        "/api/v1/license-requests?limit=0",
        "/api/v1/license-requests?changed_since=2026-01-01T00:00:00",
        "/api/v1/license-requests?status=lost",
        "/api/v1/license-requests/%00",
        "/api/v1/code-cases?implementer=%00",
        "/api/v1/licenses/status?school_unit_code=%00",
        "/api/v1/licenses/status?school_unit_code=1000000",
        "/api/v1/licenses/status",
        "/api/v1/licenses/status?school_unit_code=10000001&organization_number=2990000016",
        "/api/v1/licenses/status?school_unit_code=10000001&on=soon",
        "/api/v1/organizations/1212121212",
    ],
)
def test_a_question_that_makes_no_sense_is_a_422_and_never_a_crash(
    world: World, address: str
) -> None:
    answer = internal_tool(world).get(address)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, answer.text
    assert answer.json()["type"].startswith("/problems/")


def test_something_else_under_the_same_skolon_id_is_refused_and_changes_nothing(
    world: World,
) -> None:
    client = internal_tool(world)
    body = license_request(skolon_request_id="the-same")
    made = post_request(client, body).json()

    again = post_request(client, body)
    other = post_request(client, license_request(skolon_request_id="the-same", kind="trial"))

    assert again.json()["id"] == made["id"]
    assert other.status_code == HTTPStatus.CONFLICT
    assert other.json()["type"] == "/problems/request_differs"
    assert other.json()["license_request_id"] == made["id"]
    assert client.get(f"/api/v1/license-requests/{made['id']}").json()["kind"] == "purchase"
    assert _count(world, LicenseRequest) == 1


def test_a_request_that_skolon_does_not_know_holds_up_no_other(world: World) -> None:
    client = internal_tool(world)
    posted = post_request(client, license_request()).json()
    past_skolon = decided(client, posted["id"], "confirm").json()
    send_from_portal(portal(world), "Ekbackaskolan")
    (row,) = client.get("/api/v1/license-requests", params={"status": "received"}).json()[
        "license_requests"
    ]

    through_skolon = decided(client, row["id"], "confirm", "activate").json()

    assert past_skolon["status"] == "confirmed"
    assert (past_skolon["skolon_knows"], past_skolon["skolon_refused"]) == (False, True)
    assert (through_skolon["skolon_knows"], through_skolon["skolon_refused"]) == (True, False)


def test_a_large_request_does_not_read_all_units_for_each_of_its_own(world: World) -> None:
    engine = world.database.engine
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite plans a reference once and for all")
    post_request(internal_tool(world), license_request(unit("Ekbackaskolan")))
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    with world.database.write() as session:
        organization_id = session.scalars(select(Organization.id)).first()
        # By now PostgreSQL keeps a plan for the reference, made when there were few units.
        for count in [1] * 8 + [2000]:
            ids = [uuid4() for _ in range(count)]
            same = {"organization_id": organization_id, "name": "Enhet", "folded_name": "enhet"}
            add_rows(session, School, [same | {"id": id_, "skolon_id": id_.hex} for id_ in ids])
            case = {
                "unit_kind": "school",
                "standing": "missing",
                "status": "open",
                "opened_at": system_clock(),
                "due_on": date(2026, 11, 30),
            }
            add_rows(session, CodeCase, [case | {"id": uuid4(), "school_id": id_} for id_ in ids])
        read = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'schools'"
        assert session.scalar(text(read)) < 20_000
