"""A real server on a loopback port, for client libraries that others wrote."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from app.main import Service
from app.serving import Server, server_for
from app.skolon.models import RedirectUri, Tool
from tests.clients.node import NodeProgram, StartNode
from tests.clients.tool import CALLBACK, Skolon
from tests.conftest import ADMIN_KEY, World, settings_for
from tests.factories import license_school


@pytest.fixture(scope="package")
def skolon(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Skolon]:
    """Skolon at an address of its own; Ekbackaskolan has its license."""
    settings = settings_for("sqlite", tmp_path_factory.mktemp("clients"), request)
    server = server_for(settings, "127.0.0.1", 0, sheet=False)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        _prepare("clients", server)
        yield Skolon(f"{server.address}/s/clients")
    finally:
        # Also when the world could not be made: a server that goes on would hold up the tests' end.
        server.should_exit = True
        thread.join(timeout=20)
    assert not thread.is_alive()


def _prepare(name: str, server: Server) -> None:
    """Make a world in which the tool may be used, and has a callback on a laptop."""
    service = server.config.app
    assert isinstance(service, Service)
    control = TestClient(
        service, base_url=server.address, headers={"Authorization": f"Bearer {ADMIN_KEY}"}
    )
    assert control.post("/sandboxes", json={"name": name, "seed": "town"}).is_success
    world = World(name, service, control, service.sandboxes.open(name).database)
    license_school(world, "Ekbackaskolan")
    with world.database.write() as session:
        tool = session.scalars(select(Tool)).one()
        session.add(RedirectUri(tool_id=tool.id, uri=CALLBACK))


@pytest.fixture
def start_node() -> Iterator[StartNode]:
    """Start a program of this folder, which ends with the test."""
    with ExitStack() as running:

        def start(file: str, **configured: str) -> NodeProgram:
            return running.enter_context(NodeProgram(file, configured))

        yield start
