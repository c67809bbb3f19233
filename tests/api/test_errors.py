"""Every error takes one road: problem+json for programs, a page for people, and a request id."""

import io
import json
import logging
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from psycopg.errors import UndefinedColumn
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient

from app.log import OneJsonLine
from app.main import Service, create_app
from app.middleware import REQUEST_ID
from app.partner import browser_sessions
from app.partner.demo import DEMO_API_KEY
from app.settings import Mode, Settings
from tests.conftest import World
from tests.factories import callback_of, license_school


def test_an_unknown_route_is_a_problem_for_programs_and_a_page_for_people(world: World) -> None:
    problem = world.client().get("/nothing/here")
    page = world.browser().get("/nothing/here")

    assert problem.status_code == page.status_code == HTTPStatus.NOT_FOUND
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["type"] == "/problems/not_found"
    assert "Sidan finns inte" in page.text


def test_every_answer_bears_the_request_id_that_was_sent_or_a_new_one(world: World) -> None:
    given = world.client(headers={REQUEST_ID: "abc-123"}).get("/health/live")
    made = world.client(headers={REQUEST_ID: "not a sane id\x7f"}).get("/health/live")

    assert given.headers[REQUEST_ID] == "abc-123"
    assert len(made.headers[REQUEST_ID]) == 32


def test_a_host_that_is_not_allowed_is_refused(app: Service) -> None:
    stranger = TestClient(app, base_url="http://evil.example")

    assert stranger.get("/health/live").status_code == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("content", [b"{", b"not json", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_json_is_a_400(control: TestClient, content: bytes) -> None:
    answer = control.post(
        "/sandboxes", content=content, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["type"] in ("/problems/not_json", "/problems/bad_request")


def test_a_body_over_the_limit_is_a_413_announced_or_not(control: TestClient) -> None:
    large = json.dumps({"name": "x" * 2_000_000}).encode()

    announced = control.post("/sandboxes", content=large)
    streamed = control.post(
        "/sandboxes",
        content=(large[start : start + 4096] for start in range(0, len(large), 4096)),
        headers={"Content-Type": "application/json"},
    )

    assert announced.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert streamed.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_field_error_points_at_the_field_and_never_repeats_its_value(
    control: TestClient,
) -> None:
    answer = control.post("/sandboxes", json={"name": "fine", "elsa@skola.example": "x" * 50})

    (error,) = answer.json()["errors"]
    assert error["code"] == "extra_forbidden"
    assert "x" * 50 not in answer.text


def test_pages_come_with_headers_that_keep_them_to_themselves(world: World) -> None:
    headers = world.browser().get("/").headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the service logs, from the information level on."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(OneJsonLine())
    logger = logging.getLogger("skolon-mock")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield written
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_crash_takes_the_same_road_and_its_log_holds_the_place_but_not_the_values(
    world: World, monkeypatch: pytest.MonkeyPatch, log_lines: io.StringIO
) -> None:
    def crash(*_: object, **__: object) -> None:
        message = "elsa@skola.example"
        raise RuntimeError(message)

    monkeypatch.setattr(browser_sessions, "account", crash)
    page = world.client(headers={"Accept": "text/html", REQUEST_ID: "crash-1"}).get("/")
    problem = world.client().get("/")

    assert page.status_code == problem.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "crash-1" in page.text
    assert problem.json()["type"] == "/problems/crash"
    lines = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    crashes = [line for line in lines if line["event"] == "crash"]
    assert crashes[0]["request_id"] == "crash-1"
    assert crashes[0]["error"] == "RuntimeError"
    assert any("landing.py" in place for place in crashes[0]["places"])
    assert "elsa@" not in log_lines.getvalue() + page.text + problem.text


def test_a_crash_is_logged_with_the_code_of_what_the_database_said(
    world: World, log_lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise ProgrammingError("SELECT", None, UndefinedColumn("elsa@"))

    monkeypatch.setattr(browser_sessions, "account", crash)
    answer = world.client().get("/")

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    lines = [json.loads(line) for line in log_lines.getvalue().splitlines()]
    assert [line["sqlstate"] for line in lines if line["event"] == "crash"] == ["42703"]
    assert "elsa@" not in log_lines.getvalue()


def test_a_login_is_logged_under_one_id_across_the_companies_and_names_nobody(
    world: World, log_lines: io.StringIO
) -> None:
    license_school(world, "Ekbackaskolan")
    browser = world.browser()
    callback = callback_of(browser, "elsa")

    browser.get(callback, headers={REQUEST_ID: "login-1"})

    log = log_lines.getvalue()
    lines = [json.loads(line) for line in log.splitlines()]
    paths = [line["path"] for line in lines if line["request_id"] == "login-1"]
    assert f"/s/{world.name}/sso/callback" in paths
    assert f"/s/{world.name}/oauth/access_token" in paths
    assert f"/s/{world.name}/v2/partner/user/session" in paths
    code = callback.partition("code=")[2].partition("&")[0]
    for secret in (code, "elsa.akerlund", "Elsa", "Åkerlund", DEMO_API_KEY):
        assert secret not in log


def test_a_production_page_claims_to_be_no_test_and_links_to_no_tour(tmp_path: Path) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="a-real-client",
        skolon_client_secret=SecretStr("a-real-secret"),
        signing_key=SecretStr("a-real-key"),
        log_level="error",
    )

    with TestClient(create_app(production), base_url="http://localhost") as client:
        page = client.get("/", headers={"Accept": "text/html"})
        gone = [client.get(path).status_code for path in ("/tour", "/sandboxes")]
        console = client.get("/console/login", headers={"Accept": "text/html"})

    assert page.status_code == HTTPStatus.OK
    assert "Testmiljö" not in page.text
    assert "/tour" not in page.text
    assert gone == [404, 404]
    assert "ingen inloggning till konsolen" in console.text


def test_production_does_not_start_with_the_demos_credentials(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="skolon_client_secret"):
        Settings(mode=Mode.PRODUCTION, data_directory=tmp_path)
