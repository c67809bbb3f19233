"""Partner API v2 while people edit: whoever follows one of the loops ends with what is there."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWaitingError
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.main import Service
from app.skolon import changes, coverage
from app.skolon.demo import BEGINNING
from app.skolon.models import License, School, SchoolMembership, User
from tests.conftest import World
from tests.contract.skolon import as_tool, as_user, listed, statements
from tests.factories import license_school, portal

KINDS = ("user", "school", "organization", "group", "license")
SCHOOL = "Ekbackaskolan"


@dataclass(frozen=True, slots=True, repr=False)
class Edited:
    """A world with a licensed school, and who reads and edits there."""

    world: World
    tool: TestClient
    administrator: TestClient
    license_id: str
    people: list[str]


@pytest.fixture(scope="module")
def edited(app: Service, control: TestClient) -> Iterator[Edited]:
    made = control.post("/sandboxes", json={"name": "edited", "seed": "town"})
    assert made.is_success
    world = World("edited", app, control, app.sandboxes.open("edited").database)
    license_school(world, SCHOOL)
    administrator, tool = portal(world), as_tool(world)
    (license_id,) = re.findall(r"/licenses/(\w{50})/", administrator.get("/portal/licenses").text)
    people = sorted(user["id"] for user in listed(tool, "user", limit=1000)["users"])
    yield Edited(world, tool, administrator, license_id, people)
    control.delete("/sandboxes/edited")


def _member(session: Session, public_id: str) -> User:
    return session.scalars(select(User).where(User.public_id == public_id)).one()


def _edit(at: Edited, kind: str, who: int) -> None:
    if kind in {"assign", "withdraw"}:
        # A conflict, when it is so already, is no edit.
        at.administrator.post(f"/portal/licenses/{at.license_id}/{kind}")
        return
    with at.world.database.write() as session:
        user = _member(session, at.people[who % len(at.people)])
        if kind == "rename":
            user.first_name += "x"
        else:
            user.deleted_at = BEGINNING if kind == "delete" else None
            coverage.settle(session, License.public_id == at.license_id, now=BEGINNING)
        user.change_number = changes.draw(session, User)


def _there(at: Edited) -> dict[str, str]:
    """Return whom the tool may see, by other means than the API's."""
    page = at.administrator.get("/portal/licenses").text
    if f"{at.license_id}/withdraw" not in page:
        return {}
    with at.world.database.read() as session:
        rows = session.execute(
            select(User.public_id, User.first_name)
            .join(SchoolMembership, SchoolMembership.user_id == User.id)
            .join(School, School.id == SchoolMembership.school_id)
            .where(School.name == SCHOOL, User.deleted_at.is_(None))
        )
        return dict(rows.all())


def _take_in(page: dict[str, Any], known: dict[str, str]) -> None:
    for user in page["users"]:
        if user["isDeleted"]:
            known.pop(user["id"], None)
        else:
            known[user["id"]] = user["firstName"]


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "delete", "restore", "assign", "withdraw"]),
        st.integers(0, 138),
    ),
    max_size=3,
)


@pytest.mark.parametrize("loop", ["cursor", "versionTag"])
@settings(max_examples=30, deadline=None)
@given(between_pages=st.lists(EDITS, max_size=6), between_walks=EDITS)
def test_whatever_is_edited_meanwhile_a_client_ends_with_what_is_there(
    edited: Edited,
    loop: str,
    between_pages: list[list[tuple[str, int]]],
    between_walks: list[tuple[str, int]],
) -> None:
    known: dict[str, str] = {}
    waiting = list(between_pages)
    start: dict[str, int] = {}
    for meanwhile in (between_walks, []):
        page = listed(edited.tool, "user", limit=25, **start)
        _take_in(page, known)
        while page["hasMore"]:
            for kind, who in waiting.pop() if waiting else ():
                _edit(edited, kind, who)
            onwards = {"cursor": page["cursor"]} if loop == "cursor" else {}
            tag = start if loop == "cursor" else {"versionTag": page["versionTag"]}
            page = listed(edited.tool, "user", limit=25, **tag, **onwards)
            _take_in(page, known)
        start = {"versionTag": page["versionTag"]}

        assert known == _there(edited)
        for kind, who in meanwhile:
            _edit(edited, kind, who)


def test_a_tag_misses_no_change_whose_transaction_ends_late(world: World) -> None:
    license_school(world, SCHOOL)
    client = as_tool(world)
    before = listed(client, "user", limit=1000)
    first, second = (user["id"] for user in before["users"][:2])

    def rename(public_id: str) -> None:
        with world.database.write() as session:
            number = changes.draw(session, User)
            user = _member(session, public_id)
            user.first_name, user.change_number = "Later", number

    with ThreadPoolExecutor(1) as elsewhere:
        with world.database.write() as session:
            number = changes.draw(session, User)
            late = _member(session, first)
            late.first_name, late.change_number = "Late", number
            session.flush()
            # A newer number must not be seen before this one.
            newer = elsewhere.submit(rename, second)
            with pytest.raises(StillWaitingError):
                newer.result(timeout=0.5)
            meanwhile = listed(client, "user", versionTag=before["versionTag"])
        newer.result(timeout=20)
    after = listed(client, "user", versionTag=meanwhile["versionTag"])

    assert (meanwhile["users"], meanwhile["versionTag"]) == ([], before["versionTag"])
    assert [user["firstName"] for user in after["users"]] == ["Late", "Later"]


def test_a_page_of_a_thousand_costs_as_many_statements_as_one_of_ten(world: World) -> None:
    license_school(world, SCHOOL)
    with world.database.write() as session:
        school = session.scalars(select(School).where(School.name == SCHOOL)).one()
        first = changes.draw(session, User, 1000)
        session.add_all(
            User(
                organization_id=school.organization_id,
                role="student",
                first_name="Many",
                last_name=str(number),
                username=f"many{number}",
                search_name=f"many {number}",
                change_number=first + number,
            )
            for number in range(1000)
        )
        session.flush()
        many = session.scalars(select(User.id).where(User.first_name == "Many"))
        session.add_all(SchoolMembership(user_id=one, school_id=school.id) for one in many)
        coverage.settle(session, License.owner_school_id == school.id, now=BEGINNING)
    client = as_tool(world)

    with statements(world) as for_ten:
        ten = listed(client, "user", limit=10)
    with statements(world) as for_a_thousand:
        thousand = listed(client, "user", limit=1000)
    rest = listed(client, "user", limit=1000, cursor=thousand["cursor"])

    assert len(for_ten) == len(for_a_thousand) <= 4
    assert (len(ten["users"]), len(thousand["users"]), len(rest["users"])) == (10, 1000, 140)


def test_the_session_costs_two_statements(world: World) -> None:
    client = as_user(world, "elsa")

    with statements(world) as seen:
        client.get("/v2/partner/user/session")

    assert len(seen) == 2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "query",
    [
        "id=%ED%A0%80&uuid=%ED%A0%80",
        "limit=1&limit=2&versionTag=0&versionTag=1",
        "limit=" + "9" * 400,
        "versionTag=" + "9" * 5000,
        "uuid=" + "1" * 3000,
        "userUuid=%EF%BC%91&schoolUuid={}&classUuid=urn:uuid:",
        "cursor=" + "A" * 2001,
        "cursor=%00",
        "unknown=%00&%00=1&[]=&=&&",
        "versionTag=1e3",
        "versionTag=0x10",
    ],
)
def test_a_hostile_query_gets_an_empty_list_or_400(edited: Edited, kind: str, query: str) -> None:
    answer = edited.tool.get(f"/v2/partner/{kind}?{query}")

    if answer.status_code == HTTPStatus.OK:
        assert type(answer.json()["versionTag"]) is int
    else:
        assert answer.status_code == HTTPStatus.BAD_REQUEST
        assert set(answer.json()) == {"error", "message"}


@pytest.mark.parametrize("kind", [*KINDS, "user/session"])
def test_reading_is_all_that_can_be_done(edited: Edited, kind: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = edited.tool.request(method, f"/v2/partner/{kind}", json={})

        assert answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED
        assert set(answer.json()) == {"error", "message"}


def test_a_tools_token_lasts_an_hour_of_the_sandboxs_clock(world: World) -> None:
    client = as_tool(world)
    world.move_clock(freeze=True)
    world.move_clock(advance_by="PT59M")
    before = client.get("/v2/partner/school")
    world.move_clock(advance_by="PT1M1S")

    after = client.get("/v2/partner/school")

    assert (before.status_code, after.status_code) == (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)
    assert set(after.json()) == {"error", "message"}


def test_numbers_of_different_kinds_of_record_are_counted_apart(edited: Edited) -> None:
    tags = {kind: listed(edited.tool, kind, limit=1000)["versionTag"] for kind in KINDS}
    with edited.world.database.write() as session:
        newest = session.scalar(select(func.max(School.change_number)))
        changes.mark(session, School, School.name == SCHOOL, now=BEGINNING)

    changed = {
        kind for kind in KINDS if listed(edited.tool, kind, limit=1000)["versionTag"] != tags[kind]
    }

    assert changed == {"school"}
    assert listed(edited.tool, "school")["versionTag"] == (newest or 0) + 1
