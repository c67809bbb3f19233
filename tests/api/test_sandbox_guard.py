"""Who may steer sandboxes: every path below /sandboxes, whoever wrote it, is walked here."""

import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import anyio
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr
from starlette.testclient import TestClient

from app.main import Areas, Service, create_app
from app.settings import Mode
from tests.conftest import ADMIN_KEY, World, settings_for

KEY = {"Authorization": f"Bearer {ADMIN_KEY}"}


def _steering(service: Service, name: str) -> list[tuple[str, str]]:
    """List every method and path of the control plane, about one sandbox."""
    inner: object = service.app
    while not isinstance(inner, FastAPI):
        inner = inner.tools if isinstance(inner, Areas) else inner.app  # type: ignore[attr-defined]  # each middleware has it
    found = [
        (method, re.sub(r"\{\w+\}", "1", str(route.path).replace("{name}", name)))
        for route in iter_route_contexts(inner.routes)
        if isinstance(route.original_route, APIRoute) and str(route.path).startswith("/sandboxes")
        for method in route.methods or ()
    ]
    assert len(found) > 20, "where has the control plane gone?"
    assert {"GET", "POST", "PATCH", "DELETE"} <= {method for method, _ in found}
    return found


def _answers(client: TestClient, paths: list[tuple[str, str]], **headers: str) -> set[int]:
    return {
        client.request(method, path, headers={"Authorization": "", **headers}).status_code
        for method, path in paths
    }


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no key"),
        pytest.param({"Authorization": "Bearer wrong"}, id="another key"),
        pytest.param({"Authorization": f"Bearer {ADMIN_KEY}x"}, id="a longer key"),
        pytest.param({"Authorization": f"bearer\t{ADMIN_KEY}"}, id="a tab"),
        pytest.param({"Authorization": f"Basic {ADMIN_KEY}"}, id="another scheme"),
        pytest.param({"Cookie": f"admin_key={ADMIN_KEY}"}, id="a cookie"),
        pytest.param({**KEY, "Origin": "https://evil.example"}, id="another site"),
        pytest.param({**KEY, "Origin": "http://localhost:3000"}, id="another port"),
        pytest.param({**KEY, "Origin": "https://localhost"}, id="another protocol"),
        pytest.param({**KEY, "Origin": "null"}, id="a hidden site"),
        pytest.param({**KEY, "Sec-Fetch-Site": "cross-site"}, id="fetched across sites"),
        pytest.param({**KEY, "Sec-Fetch-Site": "same-site"}, id="fetched within a site"),
    ],
)
def test_who_may_not_steer_is_refused_on_every_path(
    app: Service, world: World, headers: dict[str, str]
) -> None:
    client = TestClient(app, base_url="http://localhost")
    paths = _steering(app, world.name)
    # The same, seen from within a sandbox.
    within = [(method, f"/s/{world.name}{path}") for method, path in paths]

    assert _answers(client, [*paths, *within], **headers) == {HTTPStatus.FORBIDDEN}
    assert world.name in app.sandboxes.names()


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"]
)
def test_a_name_that_was_bound_to_this_machine_reaches_no_path(
    app: Service, world: World, host: str
) -> None:
    client = TestClient(app, base_url="http://localhost")

    answers = _answers(client, _steering(app, world.name), Host=host, **KEY)

    assert answers == {HTTPStatus.BAD_REQUEST}
    assert world.name in app.sandboxes.names()


@pytest.fixture
def keyless(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[str], tuple[Service, TestClient]]:
    """A service without an admin key, and a client at some address."""

    def at(address: str) -> tuple[Service, TestClient]:
        settings = settings_for("sqlite", tmp_path, request)
        service = create_app(settings.model_copy(update={"admin_key": None}))
        if not service.sandboxes.names():
            service.sandboxes.create("default", "empty")
        return service, TestClient(service, base_url="http://localhost", client=(address, 50000))

    return at


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1"])
def test_without_a_key_this_machine_may_steer(
    keyless: Callable[[str], tuple[Service, TestClient]], address: str
) -> None:
    service, client = keyless(address)

    assert client.get("/sandboxes").status_code == HTTPStatus.OK
    service.sandboxes.close()


@pytest.mark.parametrize(
    "address", ["10.0.0.9", "192.168.1.2", "::ffff:10.0.0.9", "fe80::1", "testclient"]
)
def test_without_a_key_no_other_machine_may_steer(
    keyless: Callable[[str], tuple[Service, TestClient]], address: str
) -> None:
    service, client = keyless(address)

    forwarded = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    paths = _steering(service, "default")
    assert _answers(client, paths) == {HTTPStatus.FORBIDDEN}
    assert _answers(client, paths, **forwarded) == {HTTPStatus.FORBIDDEN}
    service.sandboxes.close()


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Type": "text/plain"}, id="as text"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, id="as a form"),
        pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, id="in parts"),
        pytest.param({"Content-Type": ""}, id="as nothing"),
    ],
)
def test_what_a_form_of_another_site_can_send_without_asking_makes_nothing(
    keyless: Callable[[str], tuple[Service, TestClient]], headers: dict[str, str]
) -> None:
    service, client = keyless("127.0.0.1")
    before = service.sandboxes.names()

    for path in ("/sandboxes", "/sandboxes/default/snapshots", "/sandboxes/upload"):
        answer = client.post(path, content=b'{"name": "lured"}', headers=headers)
        assert answer.is_client_error, path

    assert service.sandboxes.names() == before
    assert service.sandboxes.snapshots() == []
    service.sandboxes.close()


def test_nothing_of_an_upload_is_kept_for_who_may_not_steer(
    app: Service, control: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        pytest.fail("the body was written down")

    monkeypatch.setattr(anyio, "open_file", fail)
    client = TestClient(app, base_url="http://localhost")

    answer = client.post(
        "/sandboxes/upload",
        content=bytes(2_000_000),
        headers={"Content-Type": "application/vnd.sqlite3"},
    )

    assert answer.status_code == HTTPStatus.FORBIDDEN


def test_in_production_mode_there_is_no_control_plane(
    app: Service, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    paths = _steering(app, "default")
    production = settings_for("sqlite", tmp_path, request).model_copy(
        update={
            "mode": Mode.PRODUCTION,
            "admin_key": SecretStr(ADMIN_KEY),
            "signing_key": SecretStr("of this test"),
        }
    )
    service = create_app(production)
    service.sandboxes.create("default", "empty")
    service.sandboxes.create("other", "empty")
    client = TestClient(service, base_url="http://localhost", client=("127.0.0.1", 50000))

    assert _answers(client, paths, **KEY) == {HTTPStatus.NOT_FOUND}
    for prefix in ("/s/default", "/s/other"):
        within = [(method, prefix + path) for method, path in paths]
        assert _answers(client, within, **KEY) == {HTTPStatus.NOT_FOUND}
    assert client.get("/health/ready").status_code == HTTPStatus.OK
    assert service.sandboxes.names() == ["default", "other"]
    service.sandboxes.close()
