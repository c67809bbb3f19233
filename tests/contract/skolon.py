"""What a partner's own program does at Skolon, written from scratch with plain HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlalchemy import event
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app import log
from app.settings import Settings
from tests.conftest import World

CLIENT_ID = Settings().skolon_client_id
SECRET = Settings().skolon_client_secret.get_secret_value()
SCOPE = "authenticatedUser.profile.read"
CLIENT = {"client_id": CLIENT_ID, "client_secret": SECRET}


def callback(world: World) -> str:
    return f"http://localhost/s/{world.name}/sso/callback"


def authorize(world: World, **changes: str | None) -> str:
    """Return the address of the login page; a parameter that is changed to None is left out."""
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": callback(world),
        "scope": SCOPE,
        "state": "kept as it is",
    } | changes
    return "/oauth/auth?" + urlencode({name: value for name, value in query.items() if value})


def query_of(address: str) -> dict[str, str]:
    """Return the query of an address as a browser would take it there."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def code_for(world: World, persona: str, **changes: str | None) -> str:
    """Log in as the persona in a new browser and return the code."""
    answer = world.browser().post(authorize(world, **changes), data={"persona": persona})
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    return query_of(answer.headers["location"])["code"]


def ask_for_tokens(world: World, **form: str) -> Any:  # noqa: ANN401, a response
    return world.client().post("/oauth/access_token", data=CLIENT | form)


def redeem(world: World, code: str, **changes: str) -> Any:  # noqa: ANN401, a response
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback(world)}
    return ask_for_tokens(world, **(form | changes))


def bearing(world: World, token: str) -> TestClient:
    """Return a program that calls with this token."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return world.client(headers=headers)


def as_user(world: World, persona: str) -> TestClient:
    """Return a program with the token of somebody who logged in."""
    return bearing(world, redeem(world, code_for(world, persona)).json()["access_token"])


def as_tool(world: World) -> TestClient:
    """Return a program with the tool's own token."""
    answer = ask_for_tokens(world, grant_type="client_credentials")
    return bearing(world, answer.json()["access_token"])


def listed(client: TestClient, kind: str, **query: str | int) -> Any:  # noqa: ANN401, JSON
    """Return one page of a list, after checking what every real client relies on."""
    answer = client.get(f"/v2/partner/{kind}", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    page = answer.json()
    assert type(page["versionTag"]) is int
    assert type(page["hasMore"]) is bool
    assert isinstance(page.get("cursor", ""), str)
    assert ("cursor" in page) == page["hasMore"]
    return page


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Collect the SQL that requests send the world's database, without beginnings and ends."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        # What goes on in the background has no request.
        if log.request_id() and not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(world.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(world.database.engine, "before_cursor_execute", note)


def plan_of(world: World, ask: Callable[[Session], object]) -> str:
    """Return how the database finds what a question's last statement asks for."""
    engine = world.database.engine
    sent: list[Any] = []

    def note(_connection: object, _cursor: object, *sql: Any) -> None:  # noqa: ANN401, of the driver
        sent.append(sql[:2])

    with world.database.read() as session, engine.connect() as connection:
        event.listen(engine, "before_cursor_execute", note)
        ask(session)
        event.remove(engine, "before_cursor_execute", note)
        statement, parameters = sent[-1]
        if engine.dialect.name == "sqlite":
            explain = "EXPLAIN QUERY PLAN"
        else:
            explain = "EXPLAIN"
            # As few rows as a test has would be read through.
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return str(connection.exec_driver_sql(f"{explain} {statement}", parameters).all())
