"""What tests do with tools that are registered by hand and told by webhook."""

from typing import Any

from starlette.testclient import TestClient

from app.skolon.webhooks import is_any_owed
from tests.conftest import ADMIN_KEY, World
from tests.contract.receiver import Server, wait_until

TOWN, MAIN, UNLICENSED = "Exempelstads kommun", "Ekbackaskolan", "Lindängsskolan"
FREE, FREE_SCHOOL = "Friskolan Exempel AB", "Friskolan Exempel"


def workshop(world: World) -> TestClient:
    """Return a program that may turn switches, register tools and send webhooks."""
    headers = {"Authorization": f"Bearer {ADMIN_KEY}", "Accept": "application/json"}
    return world.client(headers=headers)


def sent(world: World, method: str, path: str, json: Any = None) -> Any:  # noqa: ANN401, JSON
    """Call the workshop, and return its answer after checking that it is not a refusal."""
    answer = workshop(world).request(method, f"/skolon{path}", json=json)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


def register(world: World, name: str, receiver: Server, *kinds: str) -> None:
    """Register a tool that is told of these kinds at `/<name>/<kind>`."""
    urls = {
        f"{kind.replace('-', '_')}_url": receiver.url(f"/{name}/{kind}")
        for kind in kinds or ("data-edits", "remove-user", "remove-class")
    }
    body = {"client_id": name, "name": name, "launch_url": "https://tool.example/", **urls}
    sent(world, "POST", "/tools", body)


def give(world: World, name: str, school: str = MAIN, **given: Any) -> Any:  # noqa: ANN401, JSON
    """Give a license of the tool to a school, and let it fetch people."""
    organization = FREE if school == FREE_SCHOOL else TOWN
    sent(world, "PUT", f"/tools/{name}/approvals/{organization}")
    return sent(world, "POST", "/licenses", {"client_id": name, "school": school, **given})


def webhooks(world: World, **query: str | int) -> Any:  # noqa: ANN401, JSON
    answer = world.client().get("/skolon/webhooks", params=query)
    assert answer.is_success, answer.text
    return answer.json()["webhooks"]


def settled(world: World) -> Any:  # noqa: ANN401, JSON
    """Return all webhooks, once nothing is owed any more."""
    wait_until(lambda: not owed(world))
    return webhooks(world, limit=200)


def freeze(world: World) -> None:
    """Let nothing be sent until the clock is moved."""
    world.move_clock(freeze=True)


def quiet(world: World, receiver: Server) -> None:
    """Let everything be told that has happened so far, and forget it; the clock stands still."""
    freeze(world)
    world.move_clock(advance_by="PT3S")
    wait_until(lambda: not owed(world))
    receiver.heard.clear()


def owed(world: World) -> bool:
    """Say whether anything waits to be told."""
    with world.database.read() as session:
        return is_any_owed(session)
