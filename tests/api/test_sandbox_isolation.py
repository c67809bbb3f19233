"""Many sandboxes in use at once, more than are kept open, and none sees anything of another."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from starlette.testclient import TestClient

from app.main import Service, create_app
from app.partner.models import RegisterUnit
from app.sandboxes.api import FILE_TYPE
from app.sandboxes.open_sandboxes import MOST_OPEN
from app.settings import Settings
from tests.conftest import ADMIN_KEY, World
from tests.contract.skolon import CLIENT_ID

SANDBOXES = 200
CLIENTS = 8
BEGINNING = datetime(2030, 1, 1, 8, tzinfo=UTC)


@pytest.fixture
def crowded(
    world: World, settings: Settings, tmp_path: Path
) -> Iterator[tuple[Service, TestClient]]:
    """A service of its own, which nobody has to tidy up, with a small world to copy."""
    with world.database.write() as session:
        # The register is most of the demo.
        session.execute(delete(RegisterUnit))
    file = world.control.get(f"/sandboxes/{world.name}/download").content
    prefix = f"{settings.database_prefix}c"[-16:]
    service = create_app(
        settings.model_copy(update={"data_directory": tmp_path, "database_prefix": prefix})
    )
    service.sandboxes.create("default", "empty")
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    with TestClient(service, base_url="http://localhost", headers=headers) as client:
        uploaded = client.post(
            "/sandboxes/upload?name=small", content=file, headers={"Content-Type": FILE_TYPE}
        )
        assert uploaded.is_success, uploaded.text
        assert client.post("/sandboxes/small/snapshots", json={"name": "small"}).is_success
        yield service, client


class Inhabitant:
    """Somebody who does the same in a sandbox as all others do in theirs, with its number."""

    def __init__(self, control: TestClient, number: int) -> None:
        self.control = control
        self.number = number
        self.name = f"one-of-many-{number}"
        self.token = self.webhook = ""

    def ask(self, method: str, path: str, json: object = None, **headers: str) -> Any:  # noqa: ANN401, JSON
        answer = self.control.request(method, path, json=json, headers=headers)
        assert answer.is_success, (self.name, path, answer.text)
        return answer.json()

    def move_in(self) -> None:
        here = f"/s/{self.name}"
        self.ask("POST", "/sandboxes", {"name": self.name, "snapshot": "small"})
        instant = (BEGINNING + timedelta(days=self.number)).isoformat()
        self.ask("PATCH", f"/sandboxes/{self.name}/clock", {"set_to": instant})
        session = self.ask("POST", f"{here}/portal/api/sessions", {"persona": "disa"})
        self.token = session["token"]
        edit = {"user": "elsa", "first_name": f"Elsa{self.number}", "last_name": "Ek"}
        self.ask(
            "POST",
            f"{here}/portal/api/roster/edits",
            {"kind": "rename_user", **edit},
            Authorization=f"Bearer {self.token}",
        )
        webhook = {"client_id": CLIENT_ID, "kind": "data-edits"}
        self.webhook = self.ask("POST", f"{here}/skolon/webhooks", webhook)["id"]
        rule = {"kind": "status", "status": 503, "path": f"/v2/partner/broken-{self.number}"}
        self.ask("POST", f"/sandboxes/{self.name}/faults", rule)
        missing = self.control.get(f"{here}/v2/partner/only-{self.number}")
        assert missing.status_code == HTTPStatus.NOT_FOUND

    def look_around(self, of_all: set[str]) -> None:
        here = f"/s/{self.name}"
        disa = {"Authorization": f"Bearer {self.token}"}
        user = self.ask("GET", f"{here}/portal/api/users/elsa", **disa)
        webhooks = self.ask("GET", f"{here}/skolon/webhooks?kind=data-edits")["webhooks"]
        journal = self.ask("GET", f"/sandboxes/{self.name}/journal?path=/v2/partner/only")
        clock = self.ask("GET", f"/sandboxes/{self.name}/clock")

        own = self.control.get(f"{here}/v2/partner/broken-{self.number}")
        others = self.control.get(f"{here}/v2/partner/broken-{(self.number + 1) % SANDBOXES}")

        assert own.status_code == HTTPStatus.SERVICE_UNAVAILABLE
        assert others.status_code == HTTPStatus.NOT_FOUND
        assert user["first_name"] == f"Elsa{self.number}"
        assert {one["id"] for one in webhooks} & of_all == {self.webhook}
        paths = {entry["path"] for entry in journal["entries"]}
        assert paths == {f"/v2/partner/only-{self.number}"}
        stands = BEGINNING + timedelta(days=self.number)
        assert timedelta() <= datetime.fromisoformat(clock["now"]) - stands < timedelta(hours=1)


def test_many_sandboxes_in_use_at_once_see_nothing_of_each_other(
    crowded: tuple[Service, TestClient],
) -> None:
    service, client = crowded
    people = [Inhabitant(client, number) for number in range(SANDBOXES)]

    with ThreadPoolExecutor(CLIENTS) as pool:
        for _ in pool.map(Inhabitant.move_in, people):
            pass
        random.Random(7).shuffle(people)  # noqa: S311, no secret
        of_all = {person.webhook for person in people}
        assert len(of_all) == SANDBOXES
        for _ in pool.map(lambda person: person.look_around(of_all), people):
            pass

    assert len(service.sandboxes.names()) > SANDBOXES
    assert len(service.sandboxes.all_open()) <= MOST_OPEN + CLIENTS
