"""What a journal keeps and what it masks, how it stays bounded, and how tests wait for it."""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from app.clock import system_clock
from app.database import Database
from app.main import create_app
from app.sandboxes import migrations
from app.sandboxes.journal import Filters, HttpExchange, Journal, JournalEntry, Journals, keeping
from app.sandboxes.journal.exchanges import Body, hashed
from app.settings import Mode, Settings
from app.skolon.models import Persona, User
from tests.conftest import World
from tests.contract.skolon import SECRET, as_tool, as_user, code_for, redeem

JSON = "application/json"


def journal_of(world: World) -> Journal:
    return world.app.sandboxes.open(world.name).journal


def entries(world: World, **query: str | int) -> list[dict[str, Any]]:
    """Return the newest entries, without those of the webhooks that Skolon sends by itself."""
    answer = world.control.get(f"/sandboxes/{world.name}/journal", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    found: list[dict[str, Any]] = answer.json()["entries"]
    return [one for one in found if not one["path"].startswith("/webhooks/")]


def change(world: World, **settings: object) -> Any:  # noqa: ANN401, a response
    return world.control.patch(f"/sandboxes/{world.name}/journal", json=settings)


def count(world: World, **query: str | int) -> int:
    answer = world.control.get(f"/sandboxes/{world.name}/journal/count", params=query)
    found: int = answer.json()["count"]
    return found


def wait(world: World, **asked: object) -> Any:  # noqa: ANN401, a response
    return world.control.post(f"/sandboxes/{world.name}/journal/wait", json=asked)


def public_id_of(world: World, persona: str) -> str:
    with world.database.read() as session:
        return session.scalars(
            select(User.public_id).join(Persona).where(Persona.key == persona)
        ).one()


def whole_table(world: World) -> str:
    journal_of(world).flush()
    with world.database.read() as session:
        return str(session.execute(text("SELECT * FROM sandbox_journal")).all())


def exchange(number: int, **more: Any) -> HttpExchange:  # noqa: ANN401, of whatever type each has
    fields: dict[str, Any] = {
        "company": "skolon",
        "clock": system_clock,
        "keep": lambda _: None,
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "request_id": f"request-{number}",
        "caller": "program",
        "method": "GET",
        "path": f"/v2/partner/user/{number}",
        "query": "limit=10",
        "status": 200,
    }
    return HttpExchange(**(fields | more))


def test_an_entry_says_who_asked_whom_what_and_how_it_went(world: World) -> None:
    world.move_clock(freeze=True)
    world.move_clock(set_to="2031-01-01T08:00:00Z")
    user = as_user(world, "elsa")
    user.get("/v2/partner/user/session?versionTag=7")

    entry = entries(world)[0]

    assert entry["at"] == "2031-01-01T08:00:00Z"
    assert entry["duration_ms"] > 0
    assert (entry["caller"], entry["company"], entry["method"]) == ("program", "skolon", "GET")
    assert (entry["path"], entry["query"]) == ("/v2/partner/user/session", "versionTag=7")
    assert (entry["status"], entry["error"], entry["wrong"]) == (200, None, None)
    assert entry["client_id"] == Settings().skolon_client_id
    assert entry["persona"] == "elsa"
    assert entry["person"] == hashed(public_id_of(world, "elsa"))
    assert (entry["request_type"], entry["request_bytes"]) == (None, 0)
    assert entry["response_type"] == JSON
    assert entry["response_bytes"] > 100
    assert json.loads(entry["response_body"])["userId"] == "…"


def test_a_call_from_one_company_to_another_is_seen_once_with_both(world: World) -> None:
    browser = world.browser()
    begun = browser.get("/sso/login").headers["location"]
    browser.get(browser.post(begun, data={"persona": "elsa"}).headers["location"])

    calls = [(one["caller"], one["company"], one["path"]) for one in entries(world)]

    assert calls.count(("partner", "skolon", "/oauth/access_token")) == 1
    assert calls.count(("browser", "partner", "/sso/callback")) == 1
    assert {one["request_id"] for one in entries(world, path="/v2/")} == {
        entries(world, path="/sso/callback")[0]["request_id"]
    }


def test_a_caller_of_the_partner_is_known_by_the_name_of_its_key(world: World) -> None:
    key = {"Authorization": "Bearer skolonmock-demo-api-key-of-internal-tools"}
    world.client(headers=key).get("/api/v1/licenses")

    entry = entries(world)[0]

    assert entry["company"] == "partner"
    assert entry["client_id"]
    assert entry["client_id"] not in key["Authorization"]


def test_what_belongs_to_no_company_is_in_no_journal(world: World) -> None:
    for path in ("/tour", "/journal", "/traces", "/static/style.css", "/health/ready"):
        world.browser().get(path)

    assert entries(world) == []


def test_bodies_are_kept_as_their_shape(world: World) -> None:
    world.client().post(
        "/portal/api/sessions",
        json={"persona": "elsa", "kind": "trial", "elsa@exempel.se": 1, "numbers": [1, 2, 3, 4]},
    )

    entry = entries(world)[0]

    assert json.loads(entry["request_body"]) == {
        "persona": "…",
        "kind": "trial",
        "…": "number",
        "numbers": ["number", "number", "number", "… 1"],
    }


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\x00\xff\xfe" * 100, "application/octet-stream"),
        (b"\x00\xff\xfe" * 100, JSON),
        (b"[" * 5000, JSON),
        (b'{"a":' * 1000, JSON),
        (b'{"kind": "' + b"x" * 50_000 + b'"}', JSON),
        (b'{"' + b"k" * 3000 + b'": {}}', JSON),
        (b"%00%ff=%00&" * 500, "application/x-www-form-urlencoded"),
        (b"x" * 100, "text/plain; boundary=\x0b"),
        (b"{}", "a/" + "b" * 500),
    ],
    ids=["bytes", "no json", "deep", "deep objects", "long", "long name", "form", "text", "type"],
)
def test_a_hostile_body_is_kept_small_and_plain(
    world: World, content: bytes, content_type: str
) -> None:
    world.client().post(
        "/portal/api/sessions", content=content, headers={"Content-Type": content_type}
    )

    entry = entries(world)[0]

    assert entry["request_bytes"] == len(content)
    assert len(entry["request_body"] or "") <= 2000
    assert "\x00" not in str(entry)
    assert len(entry["request_type"] or "") < 110


def test_a_line_cannot_be_forged(world: World) -> None:
    change(world, masked=False)
    hostile = "/v2/partner/user%0A2026-01-01%20forged%00%E2%80%A8line%1B[31m"
    world.client().get(f"{hostile}?x=%0d%0aSet-Cookie:%20a&%00=%00")

    row = whole_table(world)

    assert "forged" in row
    assert not any(sign in row for sign in ("\\n", "\\r", "\\x00", "\\x1b", "\\u2028", "\n"))


def test_a_body_that_streams_is_counted_whole(world: World) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(100):
            yield b"a=b&" * 100

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    world.client().post("/oauth/access_token", content=parts(), headers=form)

    entry = entries(world)[0]

    assert entry["request_bytes"] == 40_000
    assert entry["request_body"] is None


def test_values_are_shown_only_when_asked_for_and_secrets_never(world: World) -> None:
    assert change(world, masked=False).json()["masked"] is False
    code = code_for(world, "elsa", login_hint="nobody@exempel.se")
    token = redeem(world, code).json()["access_token"]
    world.client().post("/portal/api/sessions", json={"persona": "disa", "token": token})

    row = whole_table(world)

    assert "nobody@exempel.se" in row
    assert '\'{"persona": "disa"' in row
    assert [secret for secret in (code, token, SECRET) if secret in row] == []
    assert change(world, masked=True).json()["masked"] is True
    world.client().get("/v2/partner/user?email=somebody@exempel.se")
    assert "somebody" not in whole_table(world)


@pytest.mark.parametrize(
    "wish",
    [{"masked": "perhaps"}, {"most_entries": 0}, {"most_bytes": 1}, {"surprise": 1}, []],
    ids=str,
)
def test_a_wish_for_the_journal_that_cannot_be_is_refused(world: World, wish: object) -> None:
    answer = world.control.patch(f"/sandboxes/{world.name}/journal", json=wish)

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_the_journal_is_steered_only_by_who_may(world: World) -> None:
    stranger = world.client()
    path = f"http://localhost/sandboxes/{world.name}/journal"

    answers = [
        stranger.get(path),
        stranger.get(f"{path}/count"),
        stranger.get(f"{path}/settings"),
        stranger.post(f"{path}/wait", json={}),
        stranger.patch(path, json={"masked": False}),
        stranger.delete(path),
        world.control.delete(path, headers={"Origin": "https://evil.example"}),
    ]

    assert {answer.status_code for answer in answers} == {HTTPStatus.FORBIDDEN}


def test_in_production_there_is_no_journal(tmp_path: Path) -> None:
    settings = Settings(
        mode=Mode.PRODUCTION,
        data_directory=tmp_path,
        skolon_client_id="real",
        skolon_client_secret="real",  # type: ignore[arg-type]  # Pydantic makes a secret of it
        signing_key="real",  # type: ignore[arg-type]  # as above
        log_level="error",
    )
    with TestClient(create_app(settings), base_url="http://localhost") as client:
        answers = [
            client.get("/sandboxes/default/journal"),
            client.patch("/sandboxes/default/journal", json={"masked": False}),
            client.get("/sandboxes/default/traces"),
            client.get("/journal"),
            client.get("/traces"),
        ]

    assert {answer.status_code for answer in answers} == {HTTPStatus.NOT_FOUND}


def test_entries_are_counted_and_cleared_and_numbered_on(world: World) -> None:
    as_tool(world).get("/v2/partner/user")
    as_tool(world).get("/v2/partner/school")
    highest = entries(world)[0]["id"]
    assert (count(world, path="/v2/"), count(world, path="/oauth/", method="POST")) == (2, 2)

    world.control.delete(f"/sandboxes/{world.name}/journal")

    assert count(world, path="/oauth/") == 0
    as_tool(world)
    assert entries(world)[0]["id"] > highest


def test_entries_are_found_by_the_sandboxs_time_and_by_persona(world: World) -> None:
    world.move_clock(freeze=True)
    world.move_clock(set_to="2031-01-01T08:00:00Z")
    as_user(world, "elsa").get("/v2/partner/user/session")
    world.move_clock(advance_by="P1D")
    as_user(world, "maja").get("/v2/partner/user/session")

    assert count(world, since="2031-01-02T00:00:00Z", path="/v2/") == 1
    assert count(world, until="2031-01-02T00:00:00+00:00", path="/v2/") == 1
    assert count(world, until="2031-01-01T08:00:00Z") == 0
    assert count(world, persona="elsa", path="/v2/") == 1
    assert count(world, persona="nils") == 0


def test_old_entries_go_when_there_are_too_many_or_they_are_too_large(world: World) -> None:
    journal = journal_of(world)
    for number in range(50):
        journal.keep(exchange(number))

    change(world, most_entries=20)
    assert count(world) == 20
    change(world, most_bytes=4096)
    left = entries(world)
    journal.keep(exchange(51))

    assert 5 <= len(left) <= 10
    assert left[0]["request_id"] == "request-49"
    assert entries(world)[0]["request_id"] == "request-51"
    assert count(world) <= 10


def test_what_comes_too_fast_is_counted_instead(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_WAITING", 10)
    journal = journal_of(world)

    for number in range(25):
        journal.keep(exchange(number))
    answer = world.control.get(f"/sandboxes/{world.name}/journal").json()

    kept, dropped = len(answer["entries"]), answer["dropped"]
    assert dropped > 0
    assert 25 <= kept + dropped <= 27
    assert f"{dropped} anrop kom fortare" in world.browser().get("/journal").text


def test_large_bodies_that_wait_are_bounded_too(world: World) -> None:
    journal = journal_of(world)
    body = b'{"kind": "' + b"x" * 8000 + b'"}'

    for number in range(2000):
        asked = Body(JSON)
        asked.passes(body)
        journal.keep(exchange(number, asked=asked))
    waiting = journal._bytes  # noqa: SLF001, what is measured

    assert waiting <= keeping.MOST_BYTES_WAITING + 10_000


def test_what_cannot_be_written_now_is_written_later(world: World) -> None:
    journal = journal_of(world)
    journal.flush()
    with world.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE sandbox_journal RENAME TO elsewhere"))
    journal.keep(exchange(1))
    journal.flush()
    with world.database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO sandbox_journal"))
    journal.keep(exchange(2))

    answer = world.control.get(f"/sandboxes/{world.name}/journal").json()

    # SQLite cannot tell a table that is away from a database that is busy.
    found = {entry["request_id"] for entry in answer["entries"]}
    assert len(found) + answer["dropped"] >= 2
    assert "request-2" in found


def test_nothing_of_the_world_before_a_reset_comes_into_the_one_after(world: World) -> None:
    before = journal_of(world)
    as_tool(world)

    world.control.post(f"/sandboxes/{world.name}/reset", json={"seed": "demo"})
    before.keep(exchange(1))
    before.flush()

    assert entries(world) == []


def test_sandboxes_do_not_see_each_others_journals(world: World) -> None:
    other = f"{world.name}-other"
    world.control.post("/sandboxes", json={"name": other, "seed": "empty"})
    as_tool(world)

    answer = world.control.get(f"/sandboxes/{other}/journal").json()
    world.control.delete(f"/sandboxes/{other}")

    assert answer["entries"] == []
    assert count(world, path="/oauth/") == 1


def test_two_hundred_requests_at_once_are_all_there_in_the_order_of_their_answers(
    world: World,
) -> None:
    async def ask() -> list[str]:
        transport = httpx.ASGITransport(world.app)
        async with httpx.AsyncClient(transport=transport) as client:
            base = f"http://localhost/s/{world.name}/v2/partner/user"
            answers = await asyncio.gather(
                *(client.get(f"{base}?limit={number}") for number in range(200))
            )
        return [answer.headers["x-request-id"] for answer in answers]

    ids = asyncio.run(ask())
    first = entries(world, limit=200, path="/v2/")

    assert {entry["request_id"] for entry in first} == set(ids)
    assert [entry["id"] for entry in first] == sorted((one["id"] for one in first), reverse=True)


def test_whoever_is_forgotten_is_forgotten_in_the_journal_too(world: World) -> None:
    as_user(world, "elsa").get("/v2/partner/user/session")
    as_user(world, "maja").get("/v2/partner/user/session")
    elsa = public_id_of(world, "elsa")
    journal_of(world).flush()

    with world.database.write() as session:
        world.database.forget(session, [elsa])

    assert count(world, persona="elsa") == 0
    assert count(world, persona="maja") == 3
    with world.database.read() as session:
        of_elsa = JournalEntry.person == hashed(elsa)
        assert session.scalars(select(JournalEntry).where(of_elsa)).all() == []


def test_a_transaction_that_fails_forgets_nobody(world: World) -> None:
    as_user(world, "elsa").get("/v2/partner/user/session")
    journal_of(world).flush()

    def forget_and_fail() -> None:
        with world.database.write() as session:
            world.database.forget(session, [public_id_of(world, "elsa")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        forget_and_fail()

    assert count(world, persona="elsa") == 3


def test_forgetting_reaches_what_is_not_written_down_yet_and_not_what_comes_later(
    world: World,
) -> None:
    elsa = public_id_of(world, "elsa")
    journal = journal_of(world)
    body = Body(JSON, 2, b'{"kind": "trial"}')
    journal.keep(exchange(1, person=elsa, asked=body))

    with world.database.write() as session:
        world.database.forget(session, [elsa])
    as_user(world, "elsa")

    found = {one["request_id"]: one for one in entries(world)}
    assert found["request-1"]["person"] is None
    assert found["request-1"]["request_body"] is None
    assert count(world, persona="elsa") == 2


def test_forgetting_takes_every_value_that_was_shown(world: World) -> None:
    change(world, masked=False)
    world.client().get("/v2/partner/user/elsa.akerlund?email=elsa@exempel.se")
    world.client().post("/portal/api/sessions", json={"persona": "elsa.akerlund"})
    assert "elsa" in whole_table(world)

    with world.database.write() as session:
        world.database.forget(session, ["somebody"])

    assert "elsa" not in whole_table(world)
    assert "/v2/partner/user/…" in whole_table(world)


def test_a_test_waits_until_a_request_has_come(world: World) -> None:
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(wait, world, path="/v2/partner/user", count=2, timeout_seconds=20)
        tool = as_tool(world)
        tool.get("/v2/partner/user?limit=1")
        tool.get("/v2/partner/school")
        tool.get("/v2/partner/user?limit=2")
        answer = waiting.result()

    assert answer.status_code == HTTPStatus.OK, answer.text
    assert [one["query"] for one in answer.json()["entries"]] == ["limit=1", "limit=2"]


def test_what_was_there_before_counts_unless_it_is_told_after_what(world: World) -> None:
    as_tool(world).get("/v2/partner/user")
    last = entries(world)[0]["id"]

    before = wait(world, path="/v2/", timeout_seconds=0)
    after = wait(world, path="/v2/", timeout_seconds=0, after=last)

    assert before.status_code == HTTPStatus.OK
    assert after.status_code == HTTPStatus.GATEWAY_TIMEOUT


def test_who_waits_in_vain_is_told_what_came_instead(world: World) -> None:
    as_tool(world).get("/v2/partner/school")

    answer = wait(world, path="/v2/partner/user", timeout_seconds=0.1)

    assert answer.status_code == HTTPStatus.GATEWAY_TIMEOUT
    assert answer.json()["type"] == "/problems/not_seen"
    assert answer.json()["matched"] == 0
    seen = [one for one in answer.json()["seen"] if "/webhooks/" not in one]
    assert seen == ["GET /v2/partner/school 200", "POST /oauth/access_token 200"]


@pytest.mark.parametrize(
    "asked",
    [
        {"timeout_seconds": 31},
        {"timeout_seconds": -1},
        {"timeout_seconds": "NaN"},
        {"count": 0},
        {"count": 201},
        {"status": "9xx"},
        {"path": "\x00"},
        {"after": -1},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_wait_that_cannot_be_is_refused(world: World, asked: dict[str, object]) -> None:
    assert wait(world, **asked).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_twenty_wait_at_once_and_nobody_else_waits_for_them(world: World) -> None:
    path = f"http://localhost/sandboxes/{world.name}/journal/wait"
    asked = {"path": "/v2/partner/user", "timeout_seconds": 20}

    async def all_at_once() -> tuple[list[int], int]:
        transport = httpx.ASGITransport(world.app)
        async with httpx.AsyncClient(transport=transport, timeout=60) as client:
            headers = {"Authorization": world.control.headers["Authorization"]}
            waiting = [
                asyncio.create_task(client.post(path, json=asked, headers=headers))
                for _ in range(20)
            ]
            connections = len(waiting)
            # Each looks once before it waits; who waits for long holds nothing.
            for _ in range(50):
                await asyncio.sleep(0.1)
                connections = world.database.engine.pool.checkedout()  # type: ignore[attr-defined]  # a QueuePool
                if connections <= 2:
                    break
            await client.get(f"http://localhost/s/{world.name}/v2/partner/user")
            return [(await one).status_code for one in waiting], connections

    statuses, connections = asyncio.run(all_at_once())

    assert statuses == [HTTPStatus.OK] * 20
    assert connections <= 2


def test_who_waits_for_a_sandbox_that_goes_is_told_so(world: World) -> None:
    name = f"{world.name}-gone"
    world.control.post("/sandboxes", json={"name": name, "seed": "empty"})
    asked = {"timeout_seconds": 20}
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(world.control.post, f"/sandboxes/{name}/journal/wait", json=asked)
        time.sleep(0.3)
        world.control.delete(f"/sandboxes/{name}")

        answer = waiting.result()

    assert answer.status_code == HTTPStatus.CONFLICT
    assert answer.json()["type"] == "/problems/sandbox_gone"


@contextmanager
def journal_in(file: Path) -> Iterator[Journal]:
    file.touch()
    database = Database(f"sqlite:///file:{file}?mode=rw&uri=true")
    migrations.bring_up_to_date(database)
    yield Journal(database, system_clock)
    database.close()


def test_memory_stays_flat_over_two_hundred_thousand_requests(tmp_path: Path) -> None:
    """Only some can wait for the next time that they are written down; the others are counted."""
    with journal_in(tmp_path / "world.db") as journal:
        journals = Journals()
        blocks = []
        for number in range(200_000):
            journals.keep(journal, exchange(number, trace_id="t", span_id="s"))
            if number % 50_000 == 49_999:
                journals.write()
                gc.collect()
                blocks.append(sys.getallocatedblocks())
        with journal.database.read() as session:
            kept = len(session.scalars(select(JournalEntry.id)).all())
        dropped = journal.settings().dropped

    # An entry takes up dozens of blocks; what the process does meanwhile, a few thousand.
    assert max(blocks) - blocks[0] < 20_000
    assert kept == 10_000
    assert dropped == 200_000 - 4 * keeping.MOST_WAITING


def test_ten_thousand_entries_are_searched_in_few_steps(tmp_path: Path) -> None:
    with journal_in(tmp_path / "world.db") as journal:
        for number in range(10_000):
            journal.keep(exchange(number, trace_id=f"{number:032}"))
            if number % 4_000 == 3_999:
                journal.flush()
        found = journal.page(Filters(trace=f"{5_000:032}"), 10).entries
        with journal.database.engine.connect() as connection:
            query = "SELECT * FROM sandbox_journal WHERE trace_id = 'x' OR sent_trace_id = 'x'"
            plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all())

    assert [one.request_id for one in found] == ["request-5000"]
    assert "ix_sandbox_journal_trace_id" in plan
    assert "SCAN" not in plan
