"""Webhooks while many write and many deliver: each once, none lost, nobody stuck."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from http import HTTPStatus
from itertools import chain
from threading import Barrier
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app import background
from app.clock import system_clock
from app.database import Database, add_rows
from app.settings import Settings
from app.skolon import webhook_outbox
from app.skolon.domain.rosters import Role
from app.skolon.domain.webhooks import COALESCED_FOR, WebhookKind
from app.skolon.models import (
    ChangeCounter,
    EditNote,
    Group,
    License,
    Listed,
    Organization,
    School,
    Seat,
    Tool,
    User,
    Webhook,
)
from app.skolon.schemas.webhooks import RemoveUser
from tests.api.test_killed_server import _server as a_server
from tests.conftest import World
from tests.contract.receiver import Server, answering, receiving, wait_until
from tests.contract.skolon import CLIENT_ID, as_tool
from tests.contract.webhooks import (
    FREE_SCHOOL,
    MAIN,
    TOWN,
    UNLICENSED,
    give,
    owed,
    register,
    sent,
    webhooks,
    workshop,
)
from tests.factories import license_school, portal

MANY = 200


@pytest.fixture
def receiver() -> Iterator[Server]:
    with receiving() as server:
        yield server


def _tool_id(world: World, name: str) -> Any:  # noqa: ANN401, a UUID
    with world.database.read() as session:
        return session.scalars(select(Tool.id).where(Tool.client_id == name)).one()


def test_several_processes_deliver_each_of_200_webhooks_once(
    world: World, settings: Settings, receiver: Server
) -> None:
    # Besides this one; of a SQLite folder there is one server.
    processes = 3 if settings.database_url else 1
    register(world, "tool", receiver)
    tool_id = _tool_id(world, "tool")

    with ExitStack() as running:
        for _ in range(processes):
            _, address = running.enter_context(a_server(settings))
            # A process looks after the sandboxes that were asked something there.
            httpx.get(f"{address}/s/{world.name}/skolon/webhooks").raise_for_status()
        with world.database.write() as session:
            for number in range(MANY):
                body = RemoveUser(user_id=f"user-{number}")
                now = system_clock()
                webhook_outbox.owe(session, tool_id, WebhookKind.REMOVE_USER, body, now=now)
        wait_until(lambda: not owed(world), seconds=60)

    heard = Counter(one.json["userId"] for one in receiver.heard)
    assert heard == Counter({f"user-{number}": 1 for number in range(MANY)})
    every = webhooks(world, limit=MANY)
    assert len(every) == MANY
    assert {len(one["attempts"]) for one in every} == {1}


def test_many_that_gather_at_once_lose_no_edit_and_tell_none_twice(
    world: World, receiver: Server
) -> None:
    at_once, tools, rounds = 8, 12, 5
    for number in range(tools):
        register(world, f"tool-{number}", receiver, "data-edits")
    entities = ("license", "school", "organization", "group", "user")
    with world.database.read() as session:
        tool_ids = session.scalars(select(Tool.id).where(Tool.client_id.like("tool-%"))).all()
    url = world.database.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url) for _ in range(at_once)]
    # Only those below are to gather: to the service it is not due yet.
    now = system_clock() + timedelta(days=1)
    together = Barrier(at_once)

    def gather(replica: Database) -> None:
        together.wait(20)
        with replica.write() as session:
            webhook_outbox.gather(session, now=now)

    for _ in range(rounds):
        with world.database.write() as session:
            notes = [
                {"tool_id": tool_id, "entity": entity, "noted_at": now - moment}
                for tool_id in tool_ids
                for entity, moment in zip(entities, [COALESCED_FOR, *[now - now] * 4], strict=True)
            ]
            add_rows(session, EditNote, notes)
        with ThreadPoolExecutor(at_once) as threads:
            list(threads.map(gather, replicas))
        # Whoever came second may have left something; the next look takes it.
        with replicas[0].write() as session:
            webhook_outbox.gather(session, now=now)
    for replica in replicas:
        replica.close()

    with world.database.read() as session:
        told = session.execute(select(Webhook.tool_id, Webhook.body)).all()
        left = session.scalar(select(func.count()).select_from(EditNote))
    assert left == 0
    everything = '{"entities":["organization","school","license","user","group"]}'
    assert Counter(told) == Counter({(tool_id, everything): rounds for tool_id in tool_ids})


def test_who_gathers_waits_for_nobody_who_gathers_already(world: World, receiver: Server) -> None:
    if world.database.engine.dialect.name == "sqlite":
        pytest.skip("in SQLite one after the other writes")
    register(world, "tool", receiver, "data-edits")
    now = system_clock() + timedelta(days=1)
    note = {"tool_id": _tool_id(world, "tool"), "entity": "user", "noted_at": now - COALESCED_FOR}
    with world.database.write() as session:
        add_rows(session, EditNote, [note])

    def gather() -> None:
        with world.database.write() as session:
            webhook_outbox.gather(session, now=now)

    with ThreadPoolExecutor(1) as elsewhere, world.database.write() as session:
        webhook_outbox.gather(session, now=now)
        elsewhere.submit(gather).result(timeout=10)

    with world.database.read() as session:
        assert session.scalars(select(Webhook.body)).all() == ['{"entities":["user"]}']


class Somebody:
    """Does things in a world at random, the same with the same seed."""

    def __init__(self, world: World, licenses: dict[TestClient, list[str]], seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311, a test that can be repeated
        self.licenses = licenses
        self.program, self.tool = workshop(world), as_tool(world)
        with world.database.read() as session:
            # Not the administrators, who are still needed.
            pupils = select(User.public_id).where(User.role == Role.STUDENT).order_by(User.id)
            self.users = session.scalars(pupils.limit(64)).all()[seed % 16 :: 16]
            self.groups = session.scalars(select(Group.public_id).order_by(Group.id).limit(8)).all()
            self.schools = session.scalars(select(School.public_id)).all()

    def act(self) -> int:
        acts = [self.turn_license] * 3 + [self.change_code] * 2 + [self.remove] * 2
        acts += [self.change_tool, self.give_license, self.approve, self.look]
        return int(self.chance.choice(acts)().status_code)

    def turn_license(self) -> Any:  # noqa: ANN401, a response
        administrator = self.chance.choice(list(self.licenses))
        license_id = self.chance.choice(self.licenses[administrator])
        action = self.chance.choice(["assign", "withdraw"])
        return administrator.post(f"/portal/licenses/{license_id}/{action}")

    def change_code(self) -> Any:  # noqa: ANN401, a response
        path = f"/portal/api/schools/{self.chance.choice(self.schools)}/unit-codes"
        code = f"1000000{self.chance.randrange(1, 5)}"
        if self.chance.random() < 0.5:
            return self.tool.post(path, json={"code": code})
        return self.tool.delete(f"{path}/{code}")

    def remove(self) -> Any:  # noqa: ANN401, a response
        if self.chance.random() < 0.2:
            return self.program.delete(f"/skolon/groups/{self.chance.choice(self.groups)}")
        return self.program.delete(f"/skolon/users/{self.chance.choice(self.users)}")

    def change_tool(self) -> Any:  # noqa: ANN401, a response
        name = self.chance.choice(["quick", "moody"])
        return self.program.patch(f"/skolon/tools/{name}", json={"redirect_uris": ["/a", "/b"]})

    def approve(self) -> Any:  # noqa: ANN401, a response
        name = self.chance.choice(["quick", "moody"])
        method = self.chance.choice(["PUT", "DELETE"])
        return self.program.request(method, f"/skolon/tools/{name}/approvals/{TOWN}")

    def give_license(self) -> Any:  # noqa: ANN401, a response
        school = self.chance.choice([MAIN, UNLICENSED, FREE_SCHOOL])
        body = {"client_id": self.chance.choice(["quick", "moody"]), "school": school}
        return self.program.post("/skolon/licenses", json=body)

    def look(self) -> Any:  # noqa: ANN401, a response
        return self.program.get("/skolon/webhooks")


def test_sixteen_change_everything_at_once_while_webhooks_are_delivered(
    world: World, receiver: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LOOK_SECONDS", 0.02)
    for name in ("quick", "moody"):
        register(world, name, receiver)
        give(world, name, MAIN)
        give(world, name, FREE_SCHOOL)
    receiver.manners["/moody/data-edits"] = answering(500)
    urls = {"data_edits_url": receiver.url("/partner"), "remove_user_url": receiver.url("/gone")}
    sent(world, "PATCH", f"/tools/{CLIENT_ID}", urls)
    license_school(world, MAIN, UNLICENSED)
    licenses = {
        who: re.findall(r"/portal/licenses/(\w+)/", who.get("/portal/licenses").text)
        for who in (portal(world, "disa"), portal(world, "frej"))
    }
    everybody = [Somebody(world, licenses, seed) for seed in range(16)]

    def act_often(somebody: Somebody) -> list[int]:
        return [somebody.act() for _ in range(12)]

    with ThreadPoolExecutor(16) as threads:
        statuses = Counter(chain.from_iterable(threads.map(act_often, everybody)))

    # 303 and 409 are the portal's; 404 is what somebody else has removed before.
    assert set(statuses) <= {200, 201, 204, 303, 404, 409}, statuses
    assert statuses[HTTPStatus.SEE_OTHER] > 5, statuses
    wait_until(lambda: receiver.heard)
    _counters_are_right(world)
    _seats_are_right(world)


def _counters_are_right(world: World) -> None:
    kinds: list[type[Listed]] = [License, School, Organization, Group, User]
    with world.database.read() as session:
        rows = session.execute(select(ChangeCounter.record_kind, ChangeCounter.newest))
        newest = dict(list(rows))
        for kind in kinds:
            numbers = session.scalars(select(kind.change_number)).all()
            assert len(set(numbers)) == len(numbers), kind
            assert max(numbers) <= newest[kind.__name__], kind


def _seats_are_right(world: World) -> None:
    with world.database.read() as session:
        of_nobody = session.scalar(
            select(func.count())
            .select_from(Seat)
            .join(User, User.id == Seat.user_id)
            .join(License, License.id == Seat.license_id)
            .where(
                Seat.ended_at.is_(None),
                User.deleted_at.is_not(None)
                | License.withdrawn_at.is_not(None)
                | License.assigned_at.is_(None),
            )
        )
    assert of_nobody == 0
