"""Accounts for the partner's staff: found, read, handed out, and forgotten."""

from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.partner.api_keys import Scope, hashed
from app.partner.models import Account, ApiKey
from tests.conftest import World
from tests.factories import accounts_from_skolon, internal_tool, license_school, log_in

EMAIL = "elsa.akerlund@exempelstad.example"


@pytest.fixture
def licensed(world: World) -> World:
    """A world in which Elsa has logged in."""
    license_school(world, "Ekbackaskolan")
    assert log_in(world.browser(), "elsa").status_code == HTTPStatus.SEE_OTHER
    return world


def _elsa(world: World) -> UUID:
    (account,) = accounts_from_skolon(world)
    return account.id


def _with_scopes(world: World, *scopes: Scope) -> TestClient:
    """Return a program whose key has these scopes and no other."""
    key = uuid4().hex
    with world.database.write() as session:
        session.add(ApiKey(name="narrow", key_hash=hashed(key), scopes=" ".join(scopes)))
    return world.client(headers={"Authorization": f"Bearer {key}"})


def _problem(answer: Any) -> tuple[int, str]:  # noqa: ANN401, a response
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_an_account_tells_who_it_is_and_who_logs_in_to_it(licensed: World) -> None:
    staff, account_id = internal_tool(licensed), _elsa(licensed)

    answer = staff.get(f"/api/v1/accounts/{account_id}")
    again = staff.get(
        f"/api/v1/accounts/{account_id}", headers={"If-None-Match": answer.headers["etag"]}
    )

    told = answer.json()
    (identity,) = told["identities"]
    assert told["id"] == str(account_id)
    assert (told["email"], told["first_name"], told["last_name"]) == (EMAIL, "Elsa", "Åkerlund")
    assert told["organization"]["name"] == "Exempelstads kommun"
    assert told["school"]["name"] == "Ekbackaskolan"
    assert told["is_matchable"] is False
    assert identity["issuer"] == "skolon-mock"
    assert again.status_code == HTTPStatus.NOT_MODIFIED


def test_accounts_are_found_by_email_in_the_body_however_it_is_written(licensed: World) -> None:
    staff = internal_tool(licensed)

    found = staff.post("/api/v1/accounts/search", json={"email": f" {EMAIL.upper()} "})
    nobody = staff.post("/api/v1/accounts/search", json={"email": "nobody@exempelstad.example"})

    assert [row["id"] for row in found.json()["accounts"]] == [str(_elsa(licensed))]
    assert "email" not in found.json()["accounts"][0]
    assert nobody.json() == {"accounts": []}
    assert staff.get(f"/api/v1/accounts?email={EMAIL}").status_code == HTTPStatus.NOT_FOUND


def test_a_search_refuses_what_is_no_email_without_repeating_it(world: World) -> None:
    staff = internal_tool(world)

    for sent in ({"email": "no address"}, {"email": ""}, {"email": "a" * 300}, {"email": 7}, {},
                 {"email": "a\x00@b.example"}, {"email": EMAIL, "name": "Elsa"}):  # fmt: skip
        answer = staff.post("/api/v1/accounts/search", json=sent)

        assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, sent
        assert "no address" not in answer.text
    json = {"Content-Type": "application/json"}
    for body, status in ((b"{", 400), (rb'{"email": "\ud800@b.example"}', 422)):
        broken = staff.post("/api/v1/accounts/search", content=body, headers=json)
        assert broken.status_code == status


def test_an_export_holds_all_that_is_kept_on_a_person_and_no_token(licensed: World) -> None:
    staff, account_id = internal_tool(licensed), _elsa(licensed)

    export = staff.get(f"/api/v1/accounts/{account_id}/export").json()

    (placement,), (visit,) = export["placements"], export["sessions"]
    assert export["account"]["email"] == EMAIL
    assert placement["school"] == "Ekbackaskolan"
    assert (placement["school_class"], placement["role"]) == ("7A", "student")
    assert placement["ended_at"] is None
    assert set(visit) == {"last_used_at", "expires_at"}
    assert export["lessons"] == export["events"] == export["merges"] == []
    assert export["merged_accounts"] == []


def test_an_export_of_a_merged_account_tells_of_the_other_one_and_of_what_came_from_it(
    licensed: World,
) -> None:
    staff = internal_tool(licensed)
    titles = "email;first_name;last_name;organization_number;language;completed_lessons;created_on"
    staff.post(
        "/api/v1/accounts/import",
        content=f"{titles}\nelsa@hemma.example;Elsa;Hemgren;;sv;Bråk;2024-08-19".encode(),
        headers={"Content-Type": "text/csv"},
    )
    new_id = _elsa(licensed)
    browser = licensed.browser()
    browser.post("/login", data={"email": "elsa@hemma.example"})
    authorize = browser.post("/sso/prove").headers["location"]
    browser.get(browser.post(authorize, data={"persona": "elsa"}).headers["location"])
    with licensed.database.read() as session:
        old_id = session.scalars(select(Account.id).filter_by(last_name="Hemgren")).one()
    merged = browser.post("/settings/merge", data={"kept": str(old_id), "merged": str(new_id)})
    assert merged.status_code == HTTPStatus.SEE_OTHER, merged.text

    export = staff.get(f"/api/v1/accounts/{old_id}/export").json()
    of_new = [staff.get(f"/api/v1/accounts/{new_id}{more}") for more in ("", "/export")]

    assert [each["issuer"] for each in export["account"]["identities"]] == ["local", "skolon-mock"]
    assert [each["email"] for each in export["merged_accounts"]] == [EMAIL]
    assert [each["merged_account_id"] for each in export["merges"]] == [str(new_id)]
    assert [each["lesson"] for each in export["lessons"]] == ["Bråk"]
    assert [each["kind"] for each in export["events"]] == ["imported", "merged"]
    assert [each["school_class"] for each in export["placements"]] == ["7A"]
    for answer in of_new:
        assert _problem(answer) == (HTTPStatus.NOT_FOUND, "merged_account")
        assert answer.json()["kept_account_id"] == str(old_id)
    found = staff.post("/api/v1/accounts/search", json={"email": EMAIL}).json()
    assert found == {"accounts": []}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_account_that_is_unknown_or_no_id_is_refused(world: World, method: str) -> None:
    staff = internal_tool(world)

    unknown = staff.request(method, f"/api/v1/accounts/{uuid4()}")
    malformed = [
        staff.request(method, f"/api/v1/accounts/{account_id}")
        for account_id in ("elsa", "1", "%00", "1e5" * 99, "'--")
    ]

    assert _problem(unknown) == (HTTPStatus.NOT_FOUND, "unknown_account")
    assert {answer.status_code for answer in malformed} == {HTTPStatus.UNPROCESSABLE_ENTITY}


def test_each_call_needs_a_key_and_the_scope_of_its_own(licensed: World) -> None:
    account_id = _elsa(licensed)
    calls = (
        ("GET", f"/api/v1/accounts/{account_id}", Scope.ACCOUNTS_READ),
        ("GET", f"/api/v1/accounts/{account_id}/export", Scope.ACCOUNTS_READ),
        ("POST", "/api/v1/accounts/search", Scope.ACCOUNTS_READ),
        ("GET", "/api/v1/logins", Scope.ACCOUNTS_READ),
        ("GET", "/api/v1/logins/ABCDEFGH", Scope.ACCOUNTS_READ),
        ("GET", "/api/v1/schools/10000001", Scope.ROSTERS_READ),
        ("GET", "/api/v1/schools/10000001/classes", Scope.ROSTERS_READ),
        ("GET", f"/api/v1/classes/{uuid4()}/students", Scope.ROSTERS_READ),
        ("DELETE", f"/api/v1/accounts/{account_id}", Scope.ACCOUNTS_ERASE),
    )
    clients = {scope: _with_scopes(licensed, *(set(Scope) - {scope})) for _, _, scope in calls}

    for method, path, scope in calls:
        body = {"email": EMAIL} if method == "POST" else None
        without = licensed.client().request(method, path, json=body)
        lacking = clients[scope].request(method, path, json=body)

        assert without.status_code == HTTPStatus.UNAUTHORIZED, path
        assert _problem(lacking) == (HTTPStatus.FORBIDDEN, "missing_scope"), path
    assert _elsa(licensed) == account_id
