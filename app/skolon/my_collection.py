"""Min samling: the tools that a person has a license for, and the school they work at."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy import select

from app import pages
from app.clock import swedish_date
from app.dependencies import Clock, Database, Settings, peer
from app.skolon import licenses, logins, personas
from app.skolon.browser import SessionToken, go, keep_session
from app.skolon.domain.errors import NotLoggedInError
from app.skolon.models import School, SchoolMembership
from app.skolon.schemas import Text

router = APIRouter(prefix="/min-samling", include_in_schema=False)

# Of its forms alone: the menu button on a tool's page leads here from another site.
_FROM_HERE = [Depends(pages.same_origin)]


@router.get("", name="skolon:my_collection")
def my_collection(
    request: Request, settings: Settings, database: Database, clock: Clock, token: SessionToken
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
        return pages.page(
            request,
            "skolon/my_collection.html",
            visitor=visitor,
            schools=schools,
            tools=licenses.tools_of(session, visitor.user_id, swedish_date(clock())),
            partner=peer(request, settings.partner_url).url,
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
