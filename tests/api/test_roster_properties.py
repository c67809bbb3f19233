"""Whatever administrators do to the roster between two syncs, a tool ends with what is there."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import Service
from app.skolon.models import (
    Group,
    GroupMembership,
    License,
    Organization,
    School,
    SchoolMembership,
    User,
)
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, as_tool
from tests.contract.webhooks import TOWN, sent
from tests.factories import license_school
from tests.rosters import MAIN, OTHER, Copy, session_of

_numbers = count(1)


@dataclass(frozen=True, slots=True, repr=False)
class Edited:
    """A world whose roster is edited at random, by whom, and a tool for each loop."""

    world: World
    administrator: TestClient
    copies: dict[str, Copy]


@pytest.fixture(scope="module")
def edited(app: Service, control: TestClient) -> Iterator[Edited]:
    made = control.post("/sandboxes", json={"name": "random-roster", "seed": "town"})
    assert made.is_success, made.text
    world = World("random-roster", app, control, app.sandboxes.open("random-roster").database)
    license_school(world, MAIN)
    group = {"client_id": CLIENT_ID, "school": OTHER, "type": "group", "group": "6A"}
    sent(world, "POST", "/licenses", group | {"student_seats": 2})
    single = {"client_id": CLIENT_ID, "school": OTHER, "type": "single", "user": "ture"}
    sent(world, "POST", "/licenses", single)
    world.move_clock(freeze=True)
    copies = {loop: Copy(as_tool(world)) for loop in ("cursor", "versionTag")}
    yield Edited(world, session_of(world, "disa"), copies)
    control.delete("/sandboxes/random-roster")


def _ids(at: Edited) -> dict[str, list[str]]:
    """Return the ids of what can be edited, in an order that chance does not change."""
    with at.world.database.read() as session:
        town = select(Organization.id).where(Organization.name == TOWN)
        schools = select(School).where(
            School.organization_id.in_(town), School.deleted_at.is_(None)
        )
        school_ids = schools.with_only_columns(School.id)
        groups = select(Group.public_id).where(
            Group.school_id.in_(school_ids), Group.deleted_at.is_(None)
        )
        people = select(User.public_id).where(
            User.organization_id.in_(town), User.deleted_at.is_(None)
        )
        in_order = schools.with_only_columns(School.public_id)
        return {
            "school": [*session.scalars(in_order.order_by(School.change_number))],
            "group": [*session.scalars(groups.order_by(Group.change_number))],
            "user": [*session.scalars(people.order_by(User.change_number))],
            "member": [
                f"{group} {user}"
                for group, user in session.execute(
                    select(Group.public_id, User.public_id)
                    .join(GroupMembership, GroupMembership.group_id == Group.id)
                    .join(User, User.id == GroupMembership.user_id)
                    .where(Group.school_id.in_(school_ids), Group.deleted_at.is_(None))
                    .order_by(Group.change_number, User.change_number)
                )
            ],
        }


def _edit(at: Edited, kind: str, first: int, second: int) -> None:
    ids = _ids(at)

    def one(of: str, number: int) -> str:
        return ids[of][number % len(ids[of])] if ids[of] else "nothing"

    user, other = one("user", first), one("user", second)
    group, school, into = one("group", first), one("school", first), one("school", second)
    left, _, leaver = one("member", second).partition(" ")
    name = f"{second % 10}X{next(_numbers)}"
    if kind == "give":
        if not (ids["school"] and ids["user"]):
            return
        body = {"client_id": CLIENT_ID, "school": school, "type": ("school", "single")[second % 2]}
        sent(at.world, "POST", "/licenses", body | ({"user": user} if second % 2 else {}))
        return
    calls: dict[str, dict[str, Any]] = {
        "add_user": {
            "first_name": name,
            "last_name": "Ny",
            "username": f"{name}@x.example",
            "role": "student",
            "schools": [school],
        },
        "rename_user": {"user": user, "first_name": name, "last_name": "Ny"},
        "change_role": {"user": user, "role": ("student", "teacher", "staff")[second % 3]},
        "move_user": {"user": user, "schools": [into, school][: second % 3]},
        "delete_user": {"user": user},
        "add_group": {"school": school, "name": name},
        "rename_group": {"group": group, "name": name},
        "delete_group": {"group": group},
        "add_members": {"group": group, "users": [other]},
        "remove_members": {"group": left, "users": [leaver]},
        "add_code": {"school": school, "code": name},
        "add_school": {"name": name},
        "rename_school": {"school": school, "name": name},
        "delete_school": {"school": school},
        "merge_schools": {"school": school, "into": into},
        "split_school": {"school": school, "name": name, "groups": [group]},
        "roll_over": {
            "schools": [school],
            "graduates": ("delete", "leave")[second % 2],
            "again": True,
        },
    }
    # Many make no sense at the moment, and then change nothing.
    answer = at.administrator.post("/portal/api/roster/edits", json={"kind": kind, **calls[kind]})
    assert answer.is_success or answer.is_client_error, answer.text


def _there(at: Edited) -> dict[str, set[str]]:
    """Return the schools with a license, and who is at those where everybody is covered."""
    with at.world.database.read() as session:
        owners = select(License.owner_school_id).where(License.deleted_at.is_(None))
        schools = select(School.public_id).where(School.id.in_(owners), School.deleted_at.is_(None))
        everybody = owners.where(License.type == "school")
        people = (
            select(User.public_id)
            .join(SchoolMembership, SchoolMembership.user_id == User.id)
            .where(SchoolMembership.school_id.in_(everybody), User.deleted_at.is_(None))
        )
        groups = select(Group.public_id).where(
            Group.school_id.in_(everybody), Group.deleted_at.is_(None)
        )
        return {
            "school": set(session.scalars(schools)),
            "user": set(session.scalars(people)),
            "group": set(session.scalars(groups)),
        }


KINDS_OF_EDIT = (
    *("add_user", "rename_user", "change_role", "move_user", "move_user", "delete_user"),
    *("add_group", "rename_group", "delete_group", "add_members", "remove_members"),
    *("add_code", "add_school", "rename_school", "delete_school", "merge_schools"),
    *("split_school", "split_school", "roll_over", "give"),
)
EDITS = st.lists(
    st.tuples(st.sampled_from(KINDS_OF_EDIT), st.integers(0, 400), st.integers(0, 400)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(edits=EDITS)
def test_whatever_is_edited_a_tool_ends_with_what_is_there(
    edited: Edited, edits: list[tuple[str, int, int]]
) -> None:
    for kind, first, second in edits:
        _edit(edited, kind, first, second)

    there = _there(edited)
    for loop, copy in edited.copies.items():
        copy.synchronize(loop)
        copy.assert_is_whole()
        assert set(copy.known["school"]) == there["school"]
        assert there["user"] <= set(copy.known["user"])
        assert there["group"] <= set(copy.known["group"])
