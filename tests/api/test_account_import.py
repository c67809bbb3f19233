"""Accounts that were there before Skolon, taken in from a spreadsheet."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.partner.api_keys import hashed
from app.partner.models import Account, AccountEvent, ApiKey, CompletedLesson, Identity
from tests.conftest import World
from tests.factories import ORGANIZATION, internal_tool

IMPORT = "/api/v1/accounts/import"
HEADER = "email;first_name;last_name;organization_number;language;completed_lessons;created_on\n"


@pytest.fixture
def customer(world: World) -> World:
    """A world whose partner has a customer already."""
    answer = internal_tool(world).put(
        f"/api/v1/organizations/{ORGANIZATION}", json={"name": "Exempelstads kommun"}
    )
    assert answer.is_success, answer.text
    return world


def _send(world: World, text: str | bytes, **headers: str) -> Any:  # noqa: ANN401, a response
    content = text.encode() if isinstance(text, str) else text
    return internal_tool(world).post(
        IMPORT, content=content, headers={"Content-Type": "text/csv"} | headers
    )


def _count(world: World, table: type[Any]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _account(world: World, email_key: str) -> Account:
    with world.database.read() as session:
        return session.scalars(select(Account).where(Account.email_key == email_key)).one()


def test_an_imported_account_has_all_that_its_row_says(customer: World) -> None:
    row = f"Åsa.Öst@BÜCHER.example;Åsa;Öst;{ORGANIZATION};SV;Bråk|Procent|Bråk;2024-08-19\n"

    answer = _send(customer, HEADER + row)

    assert answer.json() == {"added": 1, "already_known": 0}
    account = _account(customer, "åsa.öst@xn--bcher-kva.example")
    assert account.email == "Åsa.Öst@BÜCHER.example"
    assert account.match_key == account.email_key
    assert (account.first_name, account.last_name, account.language) == ("Åsa", "Öst", "sv")
    assert account.created_at == datetime(2024, 8, 18, 22, tzinfo=UTC)
    assert account.organization_id is not None
    with customer.database.read() as session:
        of_account = {"account_id": account.id}
        lessons = session.scalars(select(CompletedLesson.lesson).filter_by(**of_account))
        assert sorted(lessons) == ["Bråk", "Procent"]
        identity = session.scalars(select(Identity).filter_by(**of_account)).one()
        assert (identity.issuer, identity.subject) == ("local", account.email_key)
        event = session.scalars(select(AccountEvent).filter_by(**of_account)).one()
        assert (event.kind, event.actor) == ("imported", "support key internal tools")


def test_an_account_may_have_an_email_and_nothing_else(world: World) -> None:
    before = _count(world, Account)

    assert _send(world, "e-post\nensam@kvar.example\n").is_success

    account = _account(world, "ensam@kvar.example")
    assert account.organization_id is None
    assert account.created_at == account.last_used_at
    assert _count(world, Account) == before + 1


@pytest.mark.parametrize(
    "content",
    [
        ("\ufeff" + HEADER.replace(";", ",") + "a@b.example,Ann,Bo,,,,\n").encode(),
        (HEADER + '"a@b.example";"Ann";"Bo";;;;\r\n;;;;;;\r\n').encode(),
        "Efternamn;E-post;Förnamn;Skostorlek\nBo;a@b.example;Ann;38\n".encode(),
    ],
    ids=["commas and a mark", "quotes and an empty end", "Swedish titles in another order"],
)
def test_files_are_read_as_spreadsheets_save_them(world: World, content: bytes) -> None:
    assert _send(world, content).json() == {"added": 1, "already_known": 0}

    account = _account(world, "a@b.example")
    assert (account.first_name, account.last_name) == ("Ann", "Bo")


def test_a_file_sent_again_changes_nothing(world: World) -> None:
    _send(world, HEADER + "a@b.example;Ann;Bo;;;Bråk;\n")

    again = _send(world, HEADER + "A@B.example;Another;Name;;en;Procent;\nc@d.example;;;;;;\n")

    assert again.json() == {"added": 1, "already_known": 1}
    account = _account(world, "a@b.example")
    assert (account.first_name, account.language) == ("Ann", None)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (";Ann;Bo;;;;", "email", "missing"),
        ("nobody;Ann;Bo;;;;", "email", "invalid"),
        ("a\x00@b.example;;;;;;", "email", "string_pattern_mismatch"),
        (f"a@b.example;{'x' * 201};;;;;", "first_name", "string_too_long"),
        ("a@b.example;An\x07n;;;;;", "first_name", "string_pattern_mismatch"),
        ("a@b.example;ann@c.example;;;;;", "first_name", "unexpected_email"),
        ("a@b.example;;;123;;;", "organization_number", "invalid"),
        ("a@b.example;;;121212-1212;;;", "organization_number", "invalid"),
        ("a@b.example;;;5560360793;;;", "organization_number", "unknown_organization"),
        ("a@b.example;;;;fi;;", "language", "literal_error"),
        ("a@b.example;;;;;Bråk||;", "completed_lessons", "string_too_short"),
        ("a@b.example;;;;;;19 augusti", "created_on", "date_from_datetime_parsing"),
        ("a@b.example;;;;;;0001-01-01", "created_on", "greater_than_equal"),
        ("a@b.example;;;;;;2999-01-01", "created_on", "in_the_future"),
        ("121212-1212@b.example;;;;;;", "email", "personal_identity_number"),
        ("a@b.example;;201212121212;;;;", "last_name", "personal_identity_number"),
        ("a@b.example;;;;;Bråk 121212+1212;", "completed_lessons", "personal_identity_number"),
        ("a@b.example;;;;;;;121212-1212", "", "personal_identity_number"),
        ("Fine@b.example;;;;;;", "email", "repeated"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_and_none_is_taken(
    world: World, row: str, column: str, code: str
) -> None:
    before = _count(world, Account)

    answer = _send(world, f"{HEADER}fine@b.example;;;;;;\n{row}\n")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY, answer.text
    assert answer.json()["type"] == "/problems/rows_refused"
    errors = answer.json()["errors"]
    assert (f"/rows/1/{column}".rstrip("/"), "3", code) in {
        (error["pointer"], error["line"], error["code"]) for error in errors
    }
    assert "1212" not in answer.text
    assert "ann@c" not in answer.text
    assert _count(world, Account) == before


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "unreadable_csv"),
        (HEADER.encode(), "unreadable_csv"),
        (b"first_name\nAnn\n", "unreadable_csv"),
        (b"email;e-post\na@b.example;c@d.example\n", "unreadable_csv"),
        ("email;last_name\na@b.example;Öst".encode("cp1252"), "unreadable_csv"),
        (b'email\n"a@b.example', "unreadable_csv"),
        (b"email\n" + b"a@b.example\n" * 10_001, "unreadable_csv"),
        (b"email\na@b.example\n\nc@d.example\n", "rows_refused"),
    ],
    ids=[
        "nothing",
        "titles alone",
        "no email column",
        "two email columns",
        "Windows-1252",
        "an open quote",
        "too many rows",
        "an empty row in the middle",
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    world: World, content: bytes, problem: str
) -> None:
    answer = _send(world, content)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.json()["type"] == f"/problems/{problem}"


def test_an_import_needs_its_own_scope_and_csv(world: World) -> None:
    with world.database.write() as session:
        session.add(ApiKey(name="reader", key_hash=hashed("reader"), scopes="accounts:read"))
    reader = world.client(headers={"Authorization": "Bearer reader", "Content-Type": "text/csv"})

    assert reader.post(IMPORT, content="email\na@b.example\n").status_code == HTTPStatus.FORBIDDEN
    anonymous = world.client(headers={"Content-Type": "text/csv"})
    assert anonymous.post(IMPORT, content="x").status_code == HTTPStatus.UNAUTHORIZED
    as_json = _send(world, "{}", **{"Content-Type": "application/json"})
    assert as_json.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE


def test_a_file_taken_in_eight_times_at_once_is_taken_in_once(world: World) -> None:
    before = _count(world, Account)
    text = "email\n" + "".join(f"person{number}@b.example\n" for number in range(200))

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda _: _send(world, text), range(8)))

    assert {answer.status_code for answer in answers} == {HTTPStatus.OK}
    assert sum(answer.json()["added"] for answer in answers) == 200
    assert _count(world, Account) == before + 200


def test_ten_thousand_rows_are_taken_in_one_go(world: World) -> None:
    text = "email\n" + "".join(f"person{number}@b.example\n" for number in range(10_000))

    assert _send(world, text).json() == {"added": 10_000, "already_known": 0}
    assert _send(world, text).json() == {"added": 0, "already_known": 10_000}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_any_bytes_at_all_get_a_clear_answer(world: World, content: bytes) -> None:
    answer = _send(world, HEADER.encode() + content)

    assert answer.status_code in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY)
