"""Skolon's portal when many do the same or the opposite at once: no error, and nothing twice."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.partner import models as partner
from app.skolon.domain.licenses import Progress
from app.skolon.models import License, LicenseRequest, School
from tests.conftest import World
from tests.contract.skolon import as_tool, listed
from tests.factories import license_school, portal, send_from_portal


@pytest.fixture
def asked(world: World) -> UUID:
    """A request for three schools that the partner has not answered."""
    page = send_from_portal(
        portal(world), "Ekbackaskolan", "Tallkottens förskola", "Lindängsskolan"
    )
    return UUID(page.rpartition("/")[2])


def _at_once(number: int, does: Callable[[int], Any]) -> Counter[int]:
    """Count the statuses of so many answers to what is done at once."""
    with ThreadPoolExecutor(16) as together:
        return Counter(answer.status_code for answer in together.map(does, range(number)))


def _activate(client: TestClient, request_id: UUID, version: int) -> Any:  # noqa: ANN401, a response
    return client.put(
        f"/portal/api/license-requests/{request_id}/answer",
        json={"status": "activated", "version": version},
    )


def _put_code(world: World, client: TestClient, school: str, number: int) -> Any:  # noqa: ANN401, a response
    with world.database.read() as session:
        public_id = session.scalars(select(School.public_id).filter_by(name=school)).one()
    return client.post(f"/portal/api/schools/{public_id}/unit-codes", json={"code": f"{number:08}"})


def _count(world: World, table: type[License | LicenseRequest | partner.LicenseRequest]) -> int:
    with world.database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_many_codes_are_put_on_one_school_at_once(world: World, asked: UUID) -> None:
    client = as_tool(world)
    _activate(client, asked, 1)
    before = listed(client, "school")["versionTag"]

    statuses = _at_once(32, lambda number: _put_code(world, client, "Ekbackaskolan", number))

    assert statuses == {HTTPStatus.OK: 32}
    (school,) = listed(client, "school", versionTag=before)["schools"]
    assert len(school["unitCodes"]) == 33


def test_the_same_code_is_put_and_taken_at_once(world: World, asked: UUID) -> None:
    client = as_tool(world)
    with world.database.read() as session:
        public_id = session.scalars(select(School.public_id).filter_by(name="Ekbackaskolan")).one()
    codes = f"/portal/api/schools/{public_id}/unit-codes"

    statuses = _at_once(
        24,
        lambda number: (
            client.post(codes, json={"code": "00000001"})
            if number % 2
            else client.delete(f"{codes}/00000001")
        ),
    )

    assert statuses == {HTTPStatus.OK: 24}


def test_licenses_codes_and_new_requests_do_not_wait_for_each_other(
    world: World, asked: UUID
) -> None:
    client, administrator = as_tool(world), portal(world)
    ways: list[Callable[[int], Any]] = [
        lambda number: _activate(client, asked, number + 1),
        lambda number: _put_code(world, client, "Lindängsskolan", number),
        lambda _: administrator.post(
            "/portal/license-requests",
            data={"scope": "all", "kind": "purchase", "wanted_on": "2026-12-01"},
        ),
    ]

    statuses = _at_once(30, lambda number: ways[number % 3](number))

    assert statuses == {HTTPStatus.OK: 20, HTTPStatus.SEE_OTHER: 10}
    assert _count(world, License) == 3
    assert _count(world, LicenseRequest) == 11


def test_a_form_sent_eight_times_at_once_is_one_request_at_both_companies(world: World) -> None:
    administrator = portal(world)
    form = {
        "form_id": str(uuid4()),
        "scope": "all",
        "kind": "purchase",
        "wanted_on": "2026-12-01",
    }

    statuses = _at_once(8, lambda _: administrator.post("/portal/license-requests", data=form))

    assert statuses == {HTTPStatus.SEE_OTHER: 8}
    assert _count(world, LicenseRequest) == 1
    assert _count(world, partner.LicenseRequest) == 1


def test_people_log_in_while_their_schools_license_is_assigned_and_withdrawn(world: World) -> None:
    license_school(world, "Ekbackaskolan")
    administrator = portal(world)
    page = administrator.get("/portal/licenses").text
    (license_id,) = re.findall(r"/licenses/(\w{50})/", page)

    def do(number: int) -> Any:  # noqa: ANN401, a response
        if number % 4:
            return world.browser().post("/min-samling/log-in", data={"persona": "elsa"})
        what = "assign" if number % 8 else "withdraw"
        return administrator.post(f"/portal/licenses/{license_id}/{what}")

    statuses = _at_once(32, do)

    assert set(statuses) <= {HTTPStatus.SEE_OTHER, HTTPStatus.CONFLICT}
    assert statuses[HTTPStatus.SEE_OTHER] >= 24


def test_the_page_of_a_request_does_not_wait_for_an_answer_on_its_way(
    world: World, asked: UUID
) -> None:
    administrator = portal(world)
    with world.database.write() as session, ThreadPoolExecutor(1) as elsewhere:
        request = session.get_one(LicenseRequest, asked)
        request.progress = Progress.CONFIRMED
        session.flush()

        page = elsewhere.submit(administrator.get, f"/portal/license-requests/{asked}")

        assert page.result(timeout=10).status_code == HTTPStatus.OK
