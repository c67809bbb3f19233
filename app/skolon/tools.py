"""Tools: what a partner registers at Skolon, and the OAuth client that it gets for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.skolon import changes
from app.skolon.domain import oauth
from app.skolon.domain.errors import (
    ToolExistsError,
    UnknownOrganizationError,
    UnknownToolError,
)
from app.skolon.domain.licenses import LicenseType
from app.skolon.in_force import is_assigned
from app.skolon.listing import as_uuid
from app.skolon.models import (
    Approval,
    Group,
    GroupMembership,
    License,
    Organization,
    RedirectUri,
    Seat,
    Tool,
    User,
)
from app.skolon.schemas.tools import ToolChange, ToolIn


def every(session: Session) -> Sequence[tuple[Tool, list[str]]]:
    """List the tools with their redirect URIs."""
    tools = session.scalars(select(Tool).order_by(Tool.name, Tool.client_id)).all()
    uris: dict[object, list[str]] = {tool.id: [] for tool in tools}
    for row in session.scalars(select(RedirectUri).order_by(RedirectUri.uri)):
        uris[row.tool_id].append(row.uri)
    return [(tool, uris[tool.id]) for tool in tools]


def read(session: Session, client_id: str) -> tuple[Tool, list[str]]:
    tool = session.scalar(select(Tool).where(Tool.client_id == client_id))
    if tool is None:
        raise UnknownToolError
    uris = select(RedirectUri.uri).where(RedirectUri.tool_id == tool.id).order_by(RedirectUri.uri)
    return tool, list(session.scalars(uris))


def register(session: Session, asked: ToolIn) -> tuple[Tool, str]:
    """Add a tool and return it with its secret, in the clear for the last time."""
    secret = asked.client_secret.get_secret_value() if asked.client_secret else oauth.random_name()
    tool = Tool(
        client_id=asked.client_id or oauth.random_name()[:32],
        secret_hash=oauth.hashed(secret),
        **_columns(asked),
    )
    try:
        with session.begin_nested():
            session.add(tool)
    except IntegrityError as error:
        raise ToolExistsError from error
    _register_uris(session, tool, asked.redirect_uris)
    return tool, secret


def change(session: Session, client_id: str, asked: ToolChange) -> Tool:
    """Change what is given of a tool; the rest stays."""
    tool = session.scalar(select(Tool).where(Tool.client_id == client_id).with_for_update())
    if tool is None:
        raise UnknownToolError
    for name, value in _columns(asked).items():
        setattr(tool, name, value)
    if "redirect_uris" in asked.model_fields_set:
        session.execute(delete(RedirectUri).where(RedirectUri.tool_id == tool.id))
        _register_uris(session, tool, asked.redirect_uris)
    return tool


def renew_secret(session: Session, client_id: str) -> str:
    """Give the tool a new secret; the old one is void at once, tokens stay as they are."""
    tool, _ = read(session, client_id)
    secret = oauth.random_name()
    tool.secret_hash = oauth.hashed(secret)
    return secret


def approve(
    session: Session, client_id: str, organization: str, *, is_given: bool, now: datetime
) -> None:
    """Let a tool fetch the people of an organization before they log in, or no longer."""
    changes.hold(session, License)
    tool, _ = read(session, client_id)
    owner = session.scalar(
        select(Organization).where(
            (Organization.public_id == organization)
            | (Organization.id == as_uuid(organization))
            | (Organization.name == organization),
            Organization.deleted_at.is_(None),
        )
    )
    if owner is None:
        raise UnknownOrganizationError
    approval = session.get(Approval, (owner.id, tool.id))
    if is_given == (approval is not None and approval.revoked_at is None):
        return
    if approval is None:
        session.add(Approval(organization_id=owner.id, tool_id=tool.id, approved_at=now))
    else:
        approval.revoked_at = None if is_given else now
    session.flush()
    theirs = select(License.id).where(
        License.tool_id == tool.id, License.organization_id == owner.id
    )
    # Whoever lost their seat before that was never seen, and is not to be told of as gone.
    in_force = theirs.where(is_assigned())
    whole_schools = select(License.owner_school_id).where(
        License.id.in_(in_force), License.type.in_((LicenseType.SCHOOL, LicenseType.ORGANIZATION))
    )
    with_seats = select(Seat.user_id).where(Seat.license_id.in_(in_force), Seat.ended_at.is_(None))
    their_groups = select(GroupMembership.group_id).where(GroupMembership.user_id.in_(with_seats))
    changes.mark(
        session,
        Group,
        or_(Group.school_id.in_(whole_schools), Group.id.in_(their_groups)),
        now=now,
    )
    changes.mark(session, User, User.id.in_(with_seats), now=now)


def _columns(asked: ToolChange) -> dict[str, Any]:
    columns = asked.model_dump(
        exclude_unset=True, exclude={"client_id", "client_secret", "redirect_uris"}
    )
    if "scopes" in columns:
        columns["scopes"] = " ".join(columns["scopes"])
    return columns


def _register_uris(session: Session, tool: Tool, uris: Sequence[str]) -> None:
    session.add_all(RedirectUri(tool_id=tool.id, uri=uri) for uri in dict.fromkeys(uris))
    session.flush()
