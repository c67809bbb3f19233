"""The list of licenses while they are given, assigned, withdrawn and people leave."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import Service
from app.skolon.models import License, Seat, User
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, as_tool, listed
from tests.factories import portal

SCHOOLS = ("Ekbackaskolan", "Solängsskolan")
GROUPS = {"Ekbackaskolan": "7A", "Solängsskolan": "5C"}

_leavers = count(1)

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["give", "assign", "withdraw", "leave"]),
        st.integers(0, 1000),
        st.sampled_from(["school", "group", "single", "organization"]),
    ),
    max_size=3,
)


@pytest.fixture(scope="module")
def begun(app: Service, control: TestClient) -> Iterator[World]:
    made = control.post("/sandboxes", json={"name": "loops", "seed": "town"})
    assert made.is_success
    yield World("loops", app, control, app.sandboxes.open("loops").database)
    control.delete("/sandboxes/loops")


def _edit(world: World, administrator: TestClient, edit: tuple[str, int, str]) -> None:
    what, which, of_type = edit
    here = f"/s/{world.name}/skolon"
    if what == "give":
        school = SCHOOLS[which % 2]
        asked = {"client_id": CLIENT_ID, "school": school, "type": of_type}
        if of_type == "group":
            asked |= {"group": GROUPS[school]}
        if of_type == "single":
            asked |= {"user": ("elsa", "maja", "tim")[which % 3]}
        world.control.post(f"{here}/licenses", json=asked)
    elif what == "leave":
        # Somebody who has not left before, as long as there are such people.
        with world.database.read() as session:
            key = session.scalar(
                select(User.public_id)
                .where(User.username.like("%@exempelstad.example"), User.deleted_at.is_(None))
                .order_by(User.search_name.desc())
                .offset(next(_leavers) % 20)
            )
        world.control.delete(f"{here}/users/{key}")
    else:
        with world.database.read() as session:
            ids = session.scalars(select(License.public_id).order_by(License.public_id)).all()
        if ids:
            administrator.post(f"/portal/licenses/{ids[which % len(ids)]}/{what}")


def _there(world: World) -> dict[str, list[str]]:
    """Return each license and whom it covers, by other means than the API's."""
    with world.database.read() as session:
        known: dict[str, list[str]] = {
            public_id: [] for public_id in session.scalars(select(License.public_id))
        }
        for public_id, user in session.execute(
            select(License.public_id, User.public_id)
            .join(Seat, Seat.license_id == License.id)
            .join(User, User.id == Seat.user_id)
            .where(Seat.ended_at.is_(None), User.deleted_at.is_(None))
        ):
            known[public_id].append(user)
    return {public_id: sorted(users) for public_id, users in known.items()}


def _take_in(page: dict[str, Any], known: dict[str, list[str]]) -> None:
    for one in page["licenses"]:
        if one["isDeleted"]:
            known.pop(one["id"], None)
        else:
            known[one["id"]] = sorted(user["id"] for user in one["users"])


@pytest.mark.parametrize("loop", ["cursor", "versionTag"])
@settings(max_examples=15, deadline=None)
@given(between_pages=st.lists(EDITS, max_size=5), between_walks=EDITS)
def test_whatever_becomes_of_licenses_meanwhile_a_client_ends_with_what_is_there(
    begun: World,
    loop: str,
    between_pages: list[list[tuple[str, int, str]]],
    between_walks: list[tuple[str, int, str]],
) -> None:
    tool, administrator = as_tool(begun), portal(begun)
    known: dict[str, list[str]] = {}
    waiting = list(between_pages)
    start: dict[str, int] = {}
    for meanwhile in (between_walks, []):
        page = listed(tool, "license", limit=2, **start)
        _take_in(page, known)
        while page["hasMore"]:
            for edit in waiting.pop() if waiting else ():
                _edit(begun, administrator, edit)
            onwards = {"cursor": page["cursor"]} if loop == "cursor" else {}
            tag = start if loop == "cursor" else {"versionTag": page["versionTag"]}
            page = listed(tool, "license", limit=2, **tag, **onwards)
            _take_in(page, known)
        start = {"versionTag": page["versionTag"]}

        assert known == _there(begun)
        for edit in (*meanwhile, *(edit for edits in waiting for edit in edits)):
            _edit(begun, administrator, edit)
        waiting = []
