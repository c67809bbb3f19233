"""Which tools may fetch the organization's people before they log in."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from app import pages
from app.dependencies import Clock, Database
from app.skolon import approvals, logins
from app.skolon.browser import SessionToken, go
from app.skolon.portal.log_in import administering
from app.skolon.schemas import Text

router = APIRouter(prefix="/portal/approvals")


@router.get("", name="skolon:portal_approvals")
def list_approvals(
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    search: Annotated[Text, Query()] = "",
    after: Annotated[Text, Query()] = "",
) -> Response:
    with administering(request, database, token, clock) as (session, administrator):
        rows, more = approvals.in_portal(session, administrator, search=search, after=after)
        return pages.page(
            request,
            "skolon/approvals.html",
            administrator=administrator,
            rows=rows,
            more=more,
            search=search,
        )


@router.post("/{client_id}", name="skolon:decide_approval")
def decide(
    client_id: Text,
    request: Request,
    database: Database,
    clock: Clock,
    token: SessionToken,
    is_given: Annotated[bool, Form()],
) -> Response:
    """Approve pre-provisioning of a tool, or take that back."""
    with database.write() as session:
        administrator = logins.portal_user(session, token, now=clock())
        approvals.decide(session, administrator, client_id, is_given=is_given, now=clock())
    return go(request, "/portal/approvals")
