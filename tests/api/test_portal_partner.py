"""What a partner tells Skolon: how far it has come with a request, and codes of schools."""

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.skolon.models import License, LicenseRequest, School, Tool
from tests.conftest import World
from tests.contract.skolon import as_tool, as_user, ask_for_tokens, bearing, listed
from tests.factories import portal, send_from_portal


@pytest.fixture
def asked(world: World) -> str:
    """The address where the partner answers a request for Ekbackaskolan and one other."""
    page = send_from_portal(portal(world), "Ekbackaskolan", "Tallkottens förskola")
    return f"/portal/api/license-requests/{page.rpartition('/')[2]}/answer"


def _answer(client: TestClient, address: str, **told: Any) -> Any:  # noqa: ANN401, a response
    return client.put(address, json={"status": "activated", "version": 1} | told)


def _codes_of(world: World, school: str) -> str:
    with world.database.read() as session:
        public_id = session.scalars(select(School.public_id).filter_by(name=school)).one()
    return f"/portal/api/schools/{public_id}/unit-codes"


def test_activation_gives_each_school_one_license_however_often_it_is_told(
    world: World, asked: str
) -> None:
    client = as_tool(world)

    first = _answer(client, asked, available_on="2026-12-01", ends_on="2027-06-30")
    again = _answer(client, asked, available_on="2026-12-01", ends_on="2027-06-30")
    later = _answer(client, asked, version=2, available_on="2027-01-01", ends_on="2027-06-30")

    assert first.status_code == HTTPStatus.OK
    assert again.json() == first.json()
    assert len(first.json()["licenses"]) == 2
    assert later.json()["licenses"] == first.json()["licenses"]


def test_of_many_who_tell_the_same_at_once_all_get_the_same_two_licenses(
    world: World, asked: str
) -> None:
    client = as_tool(world)

    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda _: _answer(client, asked).json(), range(8)))

    assert all(answer == answers[0] for answer in answers)
    with world.database.read() as session:
        assert len(session.scalars(select(License)).all()) == 2


def test_what_is_older_is_no_news(world: World, asked: str) -> None:
    client = as_tool(world)
    _answer(client, asked, status="confirmed", version=3, available_on="2026-12-01")

    late = _answer(client, asked, status="delayed", version=2, message="late")

    assert late.json()["status"] == "confirmed"
    assert late.json()["message"] is None


def test_without_dates_a_license_is_from_the_wanted_day_to_the_end_of_the_school_year(
    world: World, asked: str
) -> None:
    answer = _answer(as_tool(world), asked).json()

    assert (answer["available_on"], answer["ends_on"]) == ("2026-11-24", "2027-06-30")


@pytest.mark.parametrize(
    "told",
    [
        {"status": "perhaps"},
        {"version": 0},
        {"version": None},
        {"available_on": "tomorrow"},
        {"available_on": "9999-12-31"},
        {"available_on": "2027-01-01", "ends_on": "2026-12-31"},
        {"message": "x" * 2001},
        {"message": "\x00"},
        {"unknown": 1},
    ],
)
def test_an_answer_that_makes_no_sense_is_refused_and_changes_nothing(
    world: World, asked: str, told: dict[str, Any]
) -> None:
    answer = _answer(as_tool(world), asked, **told)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.headers["content-type"] == "application/problem+json"
    with world.database.read() as session:
        assert session.scalars(select(LicenseRequest.progress)).all() == [None]
        assert session.scalars(select(License)).all() == []


def test_r9_a_code_is_put_on_a_school_once_and_is_news_to_the_tool(
    world: World, asked: str
) -> None:
    client = as_tool(world)
    _answer(client, asked)
    tag = listed(client, "school")["versionTag"]
    codes = _codes_of(world, "Tallkottens förskola")

    first = client.post(codes, json={"code": "00000001"})
    again = client.post(codes, json={"code": "00000001"})

    assert first.status_code == again.status_code == HTTPStatus.OK
    (school,) = listed(client, "school", versionTag=tag)["schools"]
    assert school["unitCodes"] == [{"type": "SchoolUnitCode", "value": "00000001"}]
    newest = listed(client, "school")["versionTag"]
    client.post(codes, json={"code": "00000001"})
    assert listed(client, "school")["versionTag"] == newest


def test_a_code_is_taken_off_again(world: World, asked: str) -> None:
    client = as_tool(world)
    codes = _codes_of(world, "Ekbackaskolan")
    client.post(codes, json={"code": "00000001"})

    taken = client.delete(f"{codes}/00000001")
    gone_already = client.delete(f"{codes}/00000001")

    assert taken.json() == gone_already.json() == {"codes": ["10000001"]}


@pytest.mark.parametrize(
    "code",
    [
        "1000001",
        "100000011",
        "1000 0001",
        " 10000001",
        "10000001\n",
        "١٠٠٠٠٠٠١",  # noqa: RUF001, Arabic digits are the case
        "",
        10000001,
    ],
)
def test_a_code_that_is_not_eight_digits_is_refused(
    world: World, asked: str, code: str | int
) -> None:
    answer = as_tool(world).post(_codes_of(world, "Ekbackaskolan"), json={"code": code})

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_school_that_the_tool_was_not_asked_for_is_not_there(world: World, asked: str) -> None:
    client = as_tool(world)
    for codes in (_codes_of(world, "Solängsskolan"), "/portal/api/schools/none/unit-codes"):
        assert client.post(codes, json={"code": "00000001"}).status_code == HTTPStatus.NOT_FOUND
        assert client.delete(f"{codes}/10009999").status_code == HTTPStatus.NOT_FOUND


def test_only_the_tool_that_was_asked_may_answer(world: World, asked: str) -> None:
    with world.database.write() as session:
        mine = session.scalars(select(Tool)).one()
        another = Tool(
            name="Another",
            client_id="another",
            secret_hash=mine.secret_hash,
            launch_url="https://another.example/",
        )
        session.add(another)
    token = ask_for_tokens(world, grant_type="client_credentials", client_id="another").json()
    codes = _codes_of(world, "Ekbackaskolan")

    for client, status in (
        (bearing(world, token["access_token"]), HTTPStatus.NOT_FOUND),
        (as_user(world, "disa"), HTTPStatus.FORBIDDEN),
        (bearing(world, "madeup"), HTTPStatus.UNAUTHORIZED),
        (world.client(), HTTPStatus.UNAUTHORIZED),
    ):
        assert _answer(client, asked).status_code == status
        assert client.post(codes, json={"code": "00000001"}).status_code == status
    with world.database.read() as session:
        assert session.scalars(select(LicenseRequest.progress)).all() == [None]


def test_a_request_that_is_not_there_cannot_be_answered(world: World) -> None:
    client = as_tool(world)

    unknown = _answer(client, f"/portal/api/license-requests/{uuid4()}/answer")
    malformed = _answer(client, "/portal/api/license-requests/one/answer")

    assert unknown.status_code == HTTPStatus.NOT_FOUND
    assert malformed.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_of_many_who_assign_a_license_at_once_one_succeeds(world: World, asked: str) -> None:
    client = as_tool(world)
    license_id = _answer(client, asked).json()["licenses"][0]["id"]
    administrator = portal(world)

    with ThreadPoolExecutor(8) as together:
        answers = list(
            together.map(
                lambda _: administrator.post(f"/portal/licenses/{license_id}/assign").status_code,
                range(8),
            )
        )

    assert sorted(answers) == [303] + [409] * 7
    users = listed(client, "user", limit=1000)["users"]
    assert len(users) == len({user["id"] for user in users}) > 0
