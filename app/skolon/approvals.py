"""Which tools an organization lets fetch its people before they log in (pre-provisioning)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, select, tuple_
from sqlalchemy.orm import Session

from app.skolon import tools
from app.skolon.domain.errors import InvalidCursorError
from app.skolon.licenses import holds, organization_administrator
from app.skolon.logins import PortalUser
from app.skolon.models import Approval, Tool

A_PAGE = 50


def in_portal(
    session: Session,
    administrator: PortalUser,
    *,
    search: str = "",
    after: str = "",
    limit: int = A_PAGE,
) -> tuple[Sequence[tuple[Tool, Approval | None]], str | None]:
    """Return a page of tools, by name, with what the organization has said of each."""
    organization_administrator(administrator)
    theirs = and_(
        Approval.tool_id == Tool.id, Approval.organization_id == administrator.organization.id
    )
    page = (
        select(Tool, Approval)
        .outerjoin(Approval, theirs)
        .order_by(Tool.name, Tool.id)
        .limit(limit + 1)
    )
    if search:
        page = page.where(holds(Tool.name, search))
    if after:
        place = session.execute(
            select(Tool.name, Tool.id).where(Tool.client_id == after)
        ).one_or_none()
        if place is None:
            raise InvalidCursorError
        page = page.where(tuple_(Tool.name, Tool.id) > tuple_(*place))
    rows = [(tool, approval) for tool, approval in session.execute(page)]
    return rows[:limit], rows[limit - 1][0].client_id if len(rows) > limit else None


def decide(
    session: Session,
    administrator: PortalUser,
    client_id: str,
    *,
    is_given: bool,
    now: datetime,
) -> tuple[Tool, Approval | None]:
    """Let a tool fetch the organization's people, or no longer; said twice is fine."""
    organization_administrator(administrator)
    organization = administrator.organization
    tools.approve(session, client_id, organization.public_id, is_given=is_given, now=now)
    tool, _ = tools.read(session, client_id)
    return tool, session.get(Approval, (organization.id, tool.id))
