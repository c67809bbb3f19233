"""Approvals of pre-provisioning as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.dependencies import Clock, Database
from app.skolon import approvals
from app.skolon.models import Approval, Tool
from app.skolon.portal_api.access import A_PAGE, PortalToken, administrator_with
from app.skolon.schemas import Text
from app.skolon.schemas.portal_licenses import ApprovalShown, ApprovalsPage
from app.skolon.schemas.provenance import assumed

router = APIRouter(prefix="/approvals")


@router.get("", name="skolon:list_approvals", openapi_extra=A_PAGE)
def list_approvals(
    token: PortalToken,
    database: Database,
    clock: Clock,
    search: Annotated[Text, Query(json_schema_extra=assumed())] = "",
    after: Annotated[Text, Query(json_schema_extra=assumed())] = "",
    limit: Annotated[int, Query(ge=1, le=200, json_schema_extra=assumed())] = approvals.A_PAGE,
) -> ApprovalsPage:
    """List the tools, and which of them may fetch the organization's people ahead of time."""
    with database.read() as session:
        administrator = administrator_with(session, token, clock)
        rows, more = approvals.in_portal(
            session, administrator, search=search, after=after, limit=limit
        )
        return ApprovalsPage(approvals=[_shown(*row) for row in rows], next=more)


@router.put("/{client_id}", name="skolon:give_approval", openapi_extra=A_PAGE)
def give_approval(
    client_id: Text, token: PortalToken, database: Database, clock: Clock
) -> ApprovalShown:
    """Let a tool fetch the organization's people; they are news to it from now on."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        return _shown(
            *approvals.decide(session, administrator, client_id, is_given=True, now=clock())
        )


@router.delete("/{client_id}", name="skolon:revoke_approval", openapi_extra=A_PAGE)
def revoke_approval(
    client_id: Text, token: PortalToken, database: Database, clock: Clock
) -> ApprovalShown:
    """Take that back; the tool is told that they are gone."""
    with database.write() as session:
        administrator = administrator_with(session, token, clock)
        return _shown(
            *approvals.decide(session, administrator, client_id, is_given=False, now=clock())
        )


def _shown(tool: Tool, approval: Approval | None) -> ApprovalShown:
    return ApprovalShown(
        client_id=tool.client_id,
        tool=tool.name,
        provider=tool.provider,
        is_approved=approval is not None and approval.revoked_at is None,
        approved_at=approval.approved_at if approval else None,
        revoked_at=approval.revoked_at if approval else None,
    )
