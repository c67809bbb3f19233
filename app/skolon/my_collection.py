"""Min samling: the tools that a person has a license for, and the school they work at."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings, peer
from app.skolon import licenses, logins, personas, pools
from app.skolon.browser import TO_TOOLS, SessionToken, go, keep_session
from app.skolon.domain.errors import NoAccessError, NotLoggedInError, PoolEmptyError
from app.skolon.models import School, SchoolMembership, Tool
from app.skolon.schemas import Text

router = APIRouter(prefix="/min-samling", include_in_schema=False)

# Of its forms alone: the menu button on a tool's page leads here from another site.
_FROM_HERE = [Depends(pages.same_origin)]


@router.get("", name="skolon:my_collection")
def my_collection(
    request: Request, database: Database, clock: Clock, token: SessionToken
) -> Response:
    with database.read() as session:
        visitor = logins.visitor(session, token, now=clock())
        if visitor is None:
            return go(request, "/min-samling/log-in")
        schools = session.scalars(
            select(School)
            .join(SchoolMembership, SchoolMembership.school_id == School.id)
            .where(SchoolMembership.user_id == visitor.user_id, School.deleted_at.is_(None))
            .order_by(SchoolMembership.position)
        ).all()
        today = swedish_date(clock())
        tools = _tools(session, visitor, today)
        return pages.page(
            request,
            "skolon/my_collection.html",
            visitor=visitor,
            schools=schools,
            tools=tools,
            lack=None if tools else licenses.why_nothing(session, visitor.user_id, today),
        )


@router.get("/tools/{client_id}/open", name="skolon:open_tool")
def open_tool(
    client_id: Text,
    request: Request,
    settings: Settings,
    database: Database,
    clock: Clock,
    token: SessionToken,
) -> Response:
    """Go to the tool of a tile, at the address that it registered; a first use claims a seat."""
    with database.read() as session:
        visitor = logins.visitor(session, token, now=clock())
        if visitor is None:
            return go(request, "/min-samling/log-in")
        found = _tools(session, visitor, swedish_date(clock()))
        tool = next((one for one in found if one.client_id == client_id), None)
        if tool is None:
            raise NoAccessError
        tool_id, address = tool.id, tool.launch_url
    with database.write() as session:
        empty = pools.claim(session, tool_id, visitor.user_id, now=clock())
    # After the commit, so that who waits is remembered (R17).
    if empty is not None:
        raise PoolEmptyError
    # A path is one of this world's partner.
    partner = peer(request, settings.partner_url).url
    return RedirectResponse(
        partner + address if address.startswith("/") else address, 303, headers=TO_TOOLS
    )


@router.get("/log-in", name="skolon:my_collection_log_in")
def choose_persona(
    request: Request,
    database: Database,
    persona_search: Annotated[Text, Query()] = "",
    persona_page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    with database.read() as session:
        return pages.page(
            request,
            "skolon/log_in.html",
            tool=None,
            action="/min-samling/log-in",
            kept=[],
            is_hint_unknown=False,
            choice=personas.choice(session, persona_search, persona_page),
            cancel_url=None,
        )


@router.post("/log-in", name="skolon:my_collection_logged_in", dependencies=_FROM_HERE)
def log_in(
    request: Request, persona: Annotated[Text, Form()], database: Database, clock: Clock
) -> Response:
    with database.write() as session:
        token = logins.log_in(session, persona, now=clock())
    response = go(request, "/min-samling")
    keep_session(request, response, token)
    return response


@router.post("/school", name="skolon:choose_school", dependencies=_FROM_HERE)
def choose_school(
    request: Request,
    school: Annotated[Text, Form()],
    database: Database,
    clock: Clock,
    token: SessionToken,
) -> Response:
    """Work at another of one's schools: tools are told this one from now on."""
    with database.write() as session:
        visitor = logins.visitor(session, token, now=clock())
        if visitor is None:
            raise NotLoggedInError
        logins.choose_school(session, visitor, school)
    return go(request, "/min-samling")


def _tools(session: Session, visitor: logins.Visitor, today: date) -> Sequence[Tool]:
    usable = licenses.tools_of(session, visitor.user_id, today)
    # Also what they have no seat of yet: opening it claims one.
    linked = pools.tools_linked_to(session, visitor.user_id)
    return sorted({*usable, *linked}, key=lambda tool: tool.name)
