"""Traces: a login or a license request through all companies, step by step."""

import asyncio
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app import tracing
from app.main import create_app
from app.partner.domain.placement import Outcome
from app.sandboxes.journal import Filters
from app.sandboxes.traces.wording import WHAT
from app.settings import Settings
from app.tracing import Exchange, Kind
from tests.conftest import World
from tests.contract.skolon import (
    as_tool,
    ask_for_tokens,
    bearing,
    code_for,
    redeem,
)
from tests.factories import license_school

APP = Path(__file__).parents[2] / "app"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
INTERNAL = {"Authorization": "Bearer skolonmock-demo-api-key-of-internal-tools"}


def traces(world: World, **query: str | int) -> list[dict[str, Any]]:
    answer = world.control.get(f"/sandboxes/{world.name}/traces", params=query)
    assert answer.status_code == HTTPStatus.OK, answer.text
    found: list[dict[str, Any]] = answer.json()["traces"]
    return found


def trace(world: World, name: str) -> dict[str, Any]:
    answer = world.control.get(f"/sandboxes/{world.name}/traces/{name}")
    assert answer.status_code == HTTPStatus.OK, answer.text
    found: dict[str, Any] = answer.json()
    return found


def log_in(world: World, persona: str) -> Any:  # noqa: ANN401, a response
    browser = world.browser()
    begun = browser.get("/sso/login").headers["location"]
    browser.get(begun)
    return browser.get(browser.post(begun, data={"persona": persona}).headers["location"])


def steps(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (one["exchange"]["caller"], one["exchange"]["company"], one["exchange"]["path"])
        for one in found["steps"]
    ]


def decisions(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        decision["what"]: decision["facts"]
        for one in found["steps"]
        for decision in one["exchange"]["decisions"]
    }


def test_a_login_is_one_trace_through_browser_partner_and_skolon(world: World) -> None:
    license_school(world, "Ekbackaskolan")

    log_in(world, "elsa")

    (listed,) = traces(world, kind="login")
    assert (listed["kind"], listed["persona"], listed["failed"]) == ("login", "elsa", 0)
    found = trace(world, listed["trace_id"])
    assert steps(found)[:5] == [
        ("browser", "partner", "/sso/login"),
        ("browser", "skolon", "/oauth/auth"),
        ("browser", "skolon", "/oauth/auth"),
        ("browser", "partner", "/sso/callback"),
        ("partner", "skolon", "/oauth/access_token"),
    ]
    assert {one["inside"] for one in found["steps"][4:]} == {4}
    decided = decisions(found)
    assert decided["login.known"] == {"role": "student"}
    assert decided["account.judged"]["why"] == "new"
    assert decided["codes.judged"]["official"] == 1
    assert decided["login.judged"] == {"outcome": "first_login"}


def test_two_logins_are_two_traces(world: World) -> None:
    license_school(world, "Ekbackaskolan")

    log_in(world, "elsa")
    log_in(world, "elsa")

    second, first = (trace(world, one["trace_id"]) for one in traces(world, kind="login"))
    assert decisions(first)["account.judged"]["why"] == "new"
    assert decisions(second)["account.judged"]["why"] == "identity_known"
    assert len(first["steps"]) == len(second["steps"])


def test_the_reference_of_a_refused_login_leads_to_its_trace(world: World) -> None:
    page = log_in(world, "bo").text
    reference = re.search(r"\b[2-9A-HJ-NP-Z]{8}\b", page)
    assert reference

    found = trace(world, reference[0])
    by_form = world.browser().get("/traces", params={"find": f" {reference[0]} "})

    assert found["reference"] == reference[0]
    assert decisions(found)["login.judged"] == {"outcome": Outcome.SCHOOL_CODE_MISSING}
    assert by_form.headers["location"] == f"/s/{world.name}/traces/{reference[0]}"
    assert "Skolans koder bedömdes" in world.browser().get(f"/traces/{reference[0]}").text


def test_the_calls_of_somebody_elses_partner_belong_to_the_login_by_its_code(world: World) -> None:
    code = code_for(world, "elsa", state="of-somebody-elses-login")
    tokens = redeem(world, code).json()
    bearing(world, tokens["access_token"]).get("/v2/partner/user/session")
    again = ask_for_tokens(
        world, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    ).json()
    bearing(world, again["access_token"]).get("/v2/partner/license")

    (listed,) = traces(world)

    assert listed["trace_id"] == tracing.trace_of("state of-somebody-elses-login")
    assert [path for _, _, path in steps(trace(world, listed["trace_id"]))] == [
        "/oauth/auth",
        "/oauth/access_token",
        "/v2/partner/user/session",
        "/oauth/access_token",
        "/v2/partner/license",
    ]


def test_a_refused_code_is_seen_in_the_trace_of_the_login(world: World) -> None:
    code = code_for(world, "elsa", state="a-login")
    redeem(world, code)
    redeem(world, code)

    found = trace(world, tracing.trace_of("state a-login"))

    assert [one["exchange"]["status"] for one in found["steps"]] == [303, 200, 400]
    assert decisions(found)["tokens.refused"] == {"why": "invalid_grant"}
    assert found["steps"][-1]["exchange"]["wrong"].startswith("The code was redeemed before")


def test_a_call_of_the_tool_itself_belongs_to_no_login(world: World) -> None:
    as_tool(world).get("/v2/partner/user")

    assert traces(world) == []


def test_a_trace_that_a_client_names_is_gone_on_with(world: World) -> None:
    headers = {tracing.TRACEPARENT: f"00-{TRACE}-{SPAN}-01"}
    world.client(headers=headers).get("/v2/partner/user")

    (only,) = trace(world, TRACE)["steps"]

    assert only["exchange"]["parent_id"] == SPAN
    assert only["exchange"]["trace_id"] == TRACE


def test_a_named_trace_is_found_also_when_the_call_belongs_to_a_login(world: World) -> None:
    code = code_for(world, "elsa", state="a-login")
    token = redeem(world, code).json()["access_token"]
    client = bearing(world, token)
    client.headers[tracing.TRACEPARENT] = f"00-{TRACE}-{SPAN}-01"
    client.get("/v2/partner/user/session")

    by_login = trace(world, tracing.trace_of("state a-login"))

    assert [path for _, _, path in steps(by_login)][-1] == "/v2/partner/user/session"
    assert trace(world, TRACE)["trace_id"] == by_login["trace_id"]


@pytest.mark.parametrize(
    "header",
    [
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}' OR 1=1 --",
        "x" * 5000,
    ],
    ids=["capitals", "no trace", "no span", "version", "more", "hostile", "long"],
)
def test_a_malformed_header_is_taken_for_none(world: World, header: str) -> None:
    world.client(headers={tracing.TRACEPARENT: header}).get("/v2/partner/user")

    entry = world.control.get(f"/sandboxes/{world.name}/journal").json()["entries"][0]

    assert entry["trace_id"] not in header.lower()
    assert entry["parent_id"] is None


def _administrator(world: World) -> dict[str, str]:
    answer = world.client().post("/portal/api/sessions", json={"persona": "disa"})
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_a_license_request_is_one_trace_however_many_days_it_takes(world: World) -> None:
    portal = world.client(headers=_administrator(world))
    asked = portal.post("/portal/api/license-requests", json={"kind": "trial"}).json()
    world.move_clock(advance_by="P3D")
    partner = world.client(headers=INTERNAL)
    number = trace(world, asked["id"])["reference"]
    for check in ("agreement", "data-processing-agreement", "data"):
        partner.post(f"/api/v1/license-requests/{number}/checks/{check}")
    world.move_clock(advance_by="P2D")
    partner.post(f"/api/v1/license-requests/{number}/confirm", json={})
    partner.post(f"/api/v1/license-requests/{number}/activate", json={})

    found = trace(world, asked["id"])

    assert found["kind"] == "license_request"
    assert found["trace_id"] == UUID(asked["id"]).hex
    assert trace(world, number)["trace_id"] == found["trace_id"]
    through = [(caller, company) for caller, company, _ in steps(found)]
    assert through[:2] == [("program", "skolon"), ("skolon", "partner")]
    assert through.count(("partner", "skolon")) >= 2
    decided = decisions(found)
    assert decided["request.asked"]["kind"] == "trial"
    assert decided["units.judged"]["rule"] == "R5"
    assert decided["cases.opened"]["rule"] == "R11"
    assert decided["request.decided"]["decision"] == "activate"
    assert decided["skolon.told"] == {"outcome": "delivered"}
    assert decided["licenses.granted"]["schools"] > 0
    (listed,) = traces(world, kind="license_request")
    assert listed["begun_at"][:10] != listed["ended_at"][:10]


def test_a_trace_that_nobody_knows_is_not_found(world: World) -> None:
    for name in ("nobody", TRACE, str(UUID(TRACE)), "%00", "x" * 201, "..%2f..%2fetc"):
        answer = world.control.get(f"/sandboxes/{world.name}/traces/{name}")
        assert answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY), name
    assert world.browser().get("/traces/nobody").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "before=0", "kind=x", "surprise=1"])
def test_a_list_that_cannot_be_is_refused(world: World, query: str) -> None:
    answer = world.control.get(f"/sandboxes/{world.name}/traces?{query}")

    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_traces_are_steered_only_by_who_may(world: World) -> None:
    path = f"http://localhost/sandboxes/{world.name}/traces"

    answers = [world.client().get(path), world.client().get(f"{path}/{TRACE}")]

    assert {answer.status_code for answer in answers} == {HTTPStatus.FORBIDDEN}


def test_traces_are_listed_newest_first_a_page_at_a_time(world: World) -> None:
    for number in range(5):
        code_for(world, "elsa", state=f"login-{number}")
    path = f"/sandboxes/{world.name}/traces"

    first = world.control.get(path, params={"limit": 3}).json()
    second = world.control.get(path, params={"limit": 3, "before": first["next_before"]}).json()

    read = [one["trace_id"] for page in (first, second) for one in page["traces"]]
    assert read == [tracing.trace_of(f"state login-{number}") for number in (4, 3, 2, 1, 0)]
    assert second["next_before"] is None


def test_the_pages_speak_both_languages_and_need_no_javascript(world: World) -> None:
    log_in(world, "bo")
    browser = world.browser()
    (listed,) = traces(world)

    for path in ("/traces", f"/traces/{listed['trace_id']}"):
        swedish = browser.get(path).text
        english = browser.get(f"{path}?lang=en").text
        browser.cookies.clear()
        assert "Inloggning" in swedish
        assert "Login" in english
        assert "<script" not in swedish
        assert "bo" in swedish
    assert f'href="/s/{world.name}/traces"' in browser.get("/journal").text


def test_traces_of_another_sandbox_are_not_found(world: World) -> None:
    code_for(world, "elsa", state="of-this-world-alone")
    name = tracing.trace_of("state of-this-world-alone")

    assert world.control.get(f"/sandboxes/default/traces/{name}").status_code == 404
    assert trace(world, name)["steps"]


def test_everything_that_is_noted_has_words_on_the_page() -> None:
    sources = [file.read_text(encoding="utf-8") for file in APP.rglob("*.py")]
    call = re.compile(r'tracing\.note\(\s*"\w+",\s*([^)]*?)(?:,\s*\w+=|,?\s*\))')

    noted = {
        code
        for source in sources
        for arguments in call.findall(source)
        for code in re.findall(r'"([a-z_.]+)"', arguments)
    }

    assert len(noted) > 20
    assert noted == set(WHAT)


@pytest.fixture
def going_on() -> Iterator[Exchange]:
    exchange = Exchange(company="partner")
    with tracing.going_on(exchange):
        yield exchange


def test_codes_counts_and_yes_or_no_may_be_noted(going_on: Exchange) -> None:
    tracing.note("partner", "login.judged", outcome=Outcome.OK, rule="R12", codes=2, is_new=True)

    (noted,) = going_on.decisions
    assert noted.facts == {"outcome": "ok", "rule": "R12", "codes": 2, "is_new": True}


@pytest.mark.parametrize(
    "fact",
    [
        "Elsa",
        "elsa akerlund",
        "elsa@exempel.se",
        "åsa",
        "201203042384",
        "n20120304",
        201203042384,
        "x" * 50,
        "",
        b"elsa",
        1.5,
        ["elsa"],
        {"name": "elsa"},
    ],
    ids=repr,
)
def test_what_may_be_personal_is_not_told(going_on: Exchange, fact: object) -> None:
    tracing.note("partner", "login.judged", fact=fact)

    (noted,) = going_on.decisions
    assert noted.facts == {"fact": tracing.NOT_TOLD}


def test_without_a_listener_nothing_is_kept_or_checked() -> None:
    tracing.note("partner", "login.judged", fact="Elsa Åkerlund")
    tracing.belongs_to(TRACE, Kind.LOGIN)
    tracing.concerns("somebody")

    assert tracing.current() is None
    assert tracing.trace_id() is None
    assert tracing.traceparent() is None


def test_an_exchange_keeps_so_many_decisions_at_most(going_on: Exchange) -> None:
    for _ in range(1000):
        tracing.note("partner", "login.judged")

    assert len(going_on.decisions) == tracing.MOST_DECISIONS


def test_a_call_to_another_service_is_kept_and_told_the_trace(
    tmp_path: Path, settings: Settings
) -> None:
    asked: list[httpx.Request] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.path == "/oauth/access_token":
            return httpx.Response(200, json={"access_token": "secret-of-the-other-skolon-1234567"})
        raise httpx.ConnectError("away")

    other = settings.model_copy(
        update={
            "data_directory": tmp_path,
            "database_url": None,
            "skolon_idp_url": "https://idp.example",
            "skolon_api_url": "https://api.example",
        }
    )
    app = create_app(other, httpx.MockTransport(elsewhere))

    async def visit() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as browser:
            begun = await browser.get("/sso/login")
            state = httpx.URL(begun.headers["location"]).params["state"]
            await browser.get("/sso/callback", params={"code": "c", "state": state})

    app.sandboxes.prepare_default("empty")
    asyncio.run(visit())
    journal = app.sandboxes.open("default").journal
    called = journal.page(Filters(company="outside"), 10).entries
    app.sandboxes.close()

    assert [(one.host, one.path, one.status) for one in called] == [
        ("api.example", "/v2/partner/user/session", None),
        ("idp.example", "/oauth/access_token", 200),
    ]
    assert {one.caller for one in called} == {"partner"}
    assert {one.kind for one in called} == {"login"}
    assert all(one.trace_id in asked[0].headers[tracing.TRACEPARENT] for one in called)
    assert "secret-of" not in str([one.response_body for one in called])
