"""The world that begins with licenses: license requests in every state, made as companies do it.

The requests travel over HTTP between Skolon and the partner, at instants of the past days, so that
both sides tell the same of them.
"""

import asyncio
import re
import secrets
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from app.applications import Companies, partner_application, skolon_application
from app.database import Database
from app.partner.demo import DEMO_API_KEY
from app.settings import Company, Settings

CHECKS = ("agreement", "data-processing-agreement", "data")


def populate(database: Database, settings: Settings, *, now: datetime) -> None:
    """Make a request that is overdue, one with a no, one with a yes and one without an answer.

    And let a pupil log in who then changes schools.
    """
    asyncio.run(_populate(database, settings, now))


async def _populate(database: Database, settings: Settings, now: datetime) -> None:
    # For what a browser keeps between two of these calls.
    settings = settings.model_copy(update={"signing_key": SecretStr(secrets.token_urlsafe(32))})
    partner, skolon = partner_application(settings), skolon_application(settings)
    companies = Companies({Company.PARTNER: partner, Company.SKOLON: skolon}, None)
    instant = now

    async def here(scope: Scope, receive: Receive, send: Send) -> None:
        state = {"database": database, "clock": lambda: instant, "is_sandbox": True}
        await companies({**scope, "state": state}, receive, send)

    inside = httpx.AsyncClient(transport=httpx.ASGITransport(here))
    for application in (partner, skolon):
        application.state.in_process = application.state.network = inside
    async with (
        _visitor(here, {"Accept": "text/html"}) as admin,
        _visitor(here, {"Authorization": f"Bearer {DEMO_API_KEY}"}) as tool,
    ):
        schools = await _schools(admin)
        for days, school, decision in (
            (20, "Ekbackaskolan", "confirm"),
            (6, "Solängsskolan", "decline"),
            (2, "Björkhagsskolan", "confirm"),
            (0, None, None),
        ):
            instant = now - timedelta(days=days, hours=1)
            scope = {"scope": "all"} if school is None else {"school": schools[school]}
            await _ask(admin, {"kind": "transfer"} | scope)
            if decision:
                await _decide(tool, decision)
        instant = now - timedelta(days=40)
        await _log_in(here, "mattis")
        instant = now - timedelta(days=30)
        await _move(here, "prim", "mattis", "Prövoskolan")


def _visitor(here: Any, headers: dict[str, str]) -> httpx.AsyncClient:  # noqa: ANN401, an ASGI application
    transport = httpx.ASGITransport(here)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


async def _schools(admin: httpx.AsyncClient) -> dict[str, str]:
    """Log in to the portal, and return the ids of the schools by their names."""
    answer = await admin.post("/portal/log-in", data={"persona": "disa"})
    _expect(answer, HTTPStatus.SEE_OTHER)
    form = await admin.get("/portal/license-requests/new")
    _expect(form, HTTPStatus.OK)
    found = re.findall(r'name="school" value="(\w+)"> ([^<\n]+)', form.text)
    return {name.strip(): public_id for public_id, name in found}


async def _ask(admin: httpx.AsyncClient, form: dict[str, str]) -> None:
    answer = await admin.post("/portal/license-requests", data=form)
    _expect(answer, HTTPStatus.SEE_OTHER)


async def _log_in(here: Any, persona: str) -> None:  # noqa: ANN401, an ASGI application
    """Log in to the partner through Skolon."""
    async with _visitor(here, {"Accept": "text/html"}) as browser:
        answer = await browser.get("/sso/login")
        answer = await browser.post(answer.headers["location"], data={"persona": persona})
        _expect(answer, HTTPStatus.SEE_OTHER)
        _expect(await browser.get(answer.headers["location"]), HTTPStatus.SEE_OTHER)


async def _move(here: Any, administrator: str, pupil: str, school: str) -> None:  # noqa: ANN401, as above
    """Move a pupil to another school, in the portal."""
    async with _visitor(here, {}) as program:
        session = await program.post("/portal/api/sessions", json={"persona": administrator})
        ids = {one["name"]: one["id"] for one in session.json()["schools"]}
        edit = {"kind": "move_user", "user": pupil, "schools": [ids[school]]}
        headers = {"Authorization": f"Bearer {session.json()['token']}"}
        answer = await program.post("/portal/api/roster/edits", json=edit, headers=headers)
        _expect(answer, HTTPStatus.OK)
        groups = await program.get(
            "/portal/api/groups", params={"school": ids[school]}, headers=headers
        )
        (group,) = (one["id"] for one in groups.json()["groups"])
        joining = {"kind": "add_members", "group": group, "users": [pupil]}
        answer = await program.post("/portal/api/roster/edits", json=joining, headers=headers)
        _expect(answer, HTTPStatus.OK)


async def _decide(tool: httpx.AsyncClient, decision: str) -> None:
    """Decide about the request that has come last."""
    answer = await tool.get("/api/v1/license-requests", params={"status": "received"})
    _expect(answer, HTTPStatus.OK)
    (row,) = answer.json()["license_requests"]
    at = f"/api/v1/license-requests/{row['id']}"
    if decision == "confirm":
        for check in CHECKS:
            _expect(await tool.post(f"{at}/checks/{check}"), HTTPStatus.OK)
    reason = {"reason": "Inget avtal."} if decision == "decline" else {}
    _expect(await tool.post(f"{at}/{decision}", json=reason), HTTPStatus.OK)


def _expect(answer: httpx.Response, status: HTTPStatus) -> None:
    if answer.status_code != status:
        message = f"{answer.request.url.path} answered {answer.status_code}: {answer.text[:300]}"
        raise RuntimeError(message)
