"""What tests of the roster do: edit it as an administrator, and follow it as a tool."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sqlalchemy import select
from starlette.testclient import TestClient

from app.skolon.models import Group, School
from tests.conftest import World
from tests.contract.skolon import listed

MAIN, OTHER = "Ekbackaskolan", "Lindängsskolan"
KINDS = ("license", "school", "organization", "group", "user")


def session_of(world: World, persona: str) -> TestClient:
    made = world.client().post("/portal/api/sessions", json={"persona": persona})
    assert made.status_code == HTTPStatus.CREATED, made.text
    return world.client({"Authorization": f"Bearer {made.json()['token']}"})


def edit_roster(client: TestClient, kind: str, **call: Any) -> Any:  # noqa: ANN401, JSON
    answer = client.post("/portal/api/roster/edits", json={"kind": kind, **call})
    assert answer.status_code == HTTPStatus.OK, answer.text
    return answer.json()


def id_of(world: World, kind: type[School | Group], name: str, school: str = MAIN) -> str:
    with world.database.read() as session:
        found = select(kind.public_id).where(kind.name == name, kind.deleted_at.is_(None))
        if kind is Group:
            found = found.join(School, School.id == Group.school_id).where(School.name == school)
        return session.scalars(found).one()


def _unordered(records: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the records with their people in one order: a new name moves somebody in a list."""
    return {
        record_id: {
            name: sorted(value, key=lambda each: str(each["id"]))
            if name in {"users", "memberships"}
            else value
            for name, value in record.items()
        }
        for record_id, record in records.items()
    }


@dataclass(slots=True, repr=False)
class Copy:
    """What a tool has of each kind of record, and the tag from which it goes on."""

    tool: TestClient
    known: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    tags: dict[str, int] = field(default_factory=dict)

    def synchronize(self, loop: str = "versionTag") -> dict[str, list[str]]:
        """Take in what is new; return the ids of the tombstones of each kind."""
        gone: dict[str, list[str]] = {}
        for kind in KINDS:
            query: dict[str, str | int] = (
                {"versionTag": self.tags[kind]} if kind in self.tags else {}
            )
            page = listed(self.tool, kind, limit=40, **query)
            gone[kind] = self._take_in(kind, page)
            while page["hasMore"]:
                onwards = {"cursor": page["cursor"]} if loop == "cursor" else {}
                tag = query if loop == "cursor" else {"versionTag": page["versionTag"]}
                page = listed(self.tool, kind, limit=40, **tag, **onwards)
                gone[kind] += self._take_in(kind, page)
            self.tags[kind] = page["versionTag"]
        return gone

    def _take_in(self, kind: str, page: dict[str, Any]) -> list[str]:
        gone = []
        for record in page[f"{kind}s"]:
            if record["isDeleted"]:
                self.known[kind].pop(record["id"], None)
                gone.append(record["id"])
            else:
                self.known[kind][record["id"]] = record
        return gone

    def assert_is_whole(self) -> None:
        """Compare with what a tool gets that begins now."""
        fresh = Copy(self.tool)
        fresh.synchronize()
        for kind in KINDS:
            assert _unordered(self.known[kind]) == _unordered(fresh.known[kind]), kind

    def named(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [one for one in self.known[kind].values() if one.get("name") == name]
        return found
