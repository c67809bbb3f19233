"""License pools for tests: made by an administrator's program, claimed from by people."""

from http import HTTPStatus
from typing import Any

from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.skolon.domain.rosters import Role
from app.skolon.models import License, School, SchoolMembership, Seat, User
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID, authorize

SCHOOL = "Ekbackaskolan"
POOLS = "/portal/api/license-pools"


def program(world: World, administrator: str = "disa") -> TestClient:
    """Return a program with an administrator's session."""
    made = world.client().post("/portal/api/sessions", json={"persona": administrator})
    assert made.status_code == HTTPStatus.CREATED, made.text
    return world.client({"Authorization": f"Bearer {made.json()['token']}"})


def give_singles(world: World, number: int, school: str = SCHOOL, **other: Any) -> list[str]:  # noqa: ANN401, JSON
    """Put single licenses that nobody has on a school; return their ids."""
    body = {"client_id": CLIENT_ID, "school": school, "type": "single"} | other
    made = [
        world.control.post(f"/s/{world.name}/skolon/licenses", json=body) for _ in range(number)
    ]
    assert {one.status_code for one in made} == {HTTPStatus.CREATED}, made[0].text
    return [one.json()["id"] for one in made]


def school_id(world: World, name: str = SCHOOL) -> str:
    with world.database.read() as session:
        return session.scalars(select(School.public_id).filter_by(name=name)).one()


def make_pool(client: TestClient, school: str, name: str = "Pool", **other: Any) -> str:  # noqa: ANN401, JSON
    """Make a pool without licenses; return its address."""
    made = client.post(POOLS, json={"client_id": CLIENT_ID, "school": school, "name": name} | other)
    assert made.status_code == HTTPStatus.CREATED, made.text
    return f"{POOLS}/{made.json()['id']}"


def pool_with(world: World, seats: int, **link: str) -> tuple[TestClient, str]:
    """Return an administrator's program and the address of a filled pool, linked as told."""
    client = program(world)
    pool = make_pool(client, school_id(world))
    if seats:
        give_singles(world, seats)
        assert client.post(f"{pool}/licenses", json={"count": seats}).is_success
    assert client.post(f"{pool}/links", json=link).status_code == HTTPStatus.CREATED
    return client, pool


def use_tool(world: World, person: str) -> int:
    """Come to the tool as that person, and return how Skolon answers."""
    return int(world.browser().post(authorize(world), data={"persona": person}).status_code)


def people_at(world: World, number: int, school: str = SCHOOL) -> list[str]:
    """Return the ids of so many students at a school."""
    with world.database.read() as session:
        found = session.scalars(
            select(User.public_id)
            .join(SchoolMembership, SchoolMembership.user_id == User.id)
            .join(School, School.id == SchoolMembership.school_id)
            .where(School.name == school, User.deleted_at.is_(None), User.role == Role.STUDENT)
            .order_by(User.search_name, User.id)
            .limit(number)
        ).all()
    assert len(found) == number
    return list(found)


def holders(world: World) -> list[str]:
    """Return the ids of those who have a seat of a pool, once for each seat."""
    with world.database.read() as session:
        return list(
            session.scalars(
                select(User.public_id)
                .join(Seat, Seat.user_id == User.id)
                .where(Seat.pool_id.is_not(None), Seat.ended_at.is_(None))
            )
        )


def held_twice(world: World) -> int:
    """Count the licenses of pools that more than one person has."""
    with world.database.read() as session:
        return len(
            session.scalars(
                select(Seat.license_id)
                .join(License, License.id == Seat.license_id)
                .where(Seat.ended_at.is_(None), License.pool_id.is_not(None))
                .group_by(Seat.license_id)
                .having(func.count() > 1)
            ).all()
        )
