"""What administrators and their programs do in the portal, for several tests."""

from http import HTTPStatus
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from app.skolon.models import Group, School, SchoolAdministrator, User
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID


def program(world: World, persona: str = "disa") -> TestClient:
    """Return a program in which an administrator is logged in to the portal."""
    made = world.client().post("/portal/api/sessions", json={"persona": persona})
    assert made.status_code == HTTPStatus.CREATED, made.text
    return world.client({"Authorization": f"Bearer {made.json()['token']}"})


def let_administer(world: World, first_name: str, *schools: str) -> None:
    """Make somebody the administrator of schools."""
    with world.database.write() as session:
        user = session.scalars(select(User).filter_by(first_name=first_name)).one()
        for school in session.scalars(select(School).where(School.name.in_(schools))):
            session.add(SchoolAdministrator(user_id=user.id, school_id=school.id))


def school_id(world: World, name: str) -> str:
    with world.database.read() as session:
        return session.scalars(select(School.public_id).filter_by(name=name)).one()


def group_id(world: World, name: str) -> str:
    with world.database.read() as session:
        return session.scalars(select(Group.public_id).filter_by(name=name)).one()


def user_id(world: World, first_name: str) -> str:
    with world.database.read() as session:
        return (
            session.scalars(
                select(User.public_id).filter_by(first_name=first_name).order_by(User.change_number)
            ).first()
            or ""
        )


def make(client: TestClient, world: World, type_: str, school: str | None, **more: Any) -> Any:  # noqa: ANN401, JSON
    """Make licenses by hand; return their ids, or that of an organization's license."""
    body = {"client_id": CLIENT_ID, "type": type_} | more
    if school:
        body["school"] = school_id(world, school)
    made = client.post("/portal/api/licenses", json=body)
    assert made.status_code == HTTPStatus.CREATED, made.text
    return made.json()["organization_license_id"] or made.json()["licenses"]


def assign(client: TestClient, license_id: str, **to: Any) -> Any:  # noqa: ANN401, a response
    return client.post(f"/portal/api/licenses/{license_id}/assign", json=to)


def withdraw(client: TestClient, license_id: str) -> Any:  # noqa: ANN401, a response
    return client.post(f"/portal/api/licenses/{license_id}/withdraw")


def refused(answer: Any, status: HTTPStatus, code: str) -> bool:  # noqa: ANN401, a response
    """Say whether a program was refused so."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return bool(answer.json()["type"] == f"/problems/{code}")
