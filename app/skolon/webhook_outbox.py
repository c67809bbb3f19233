"""What tools are owed by webhook: edits told together, and each removal by itself."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from app import tracing
from app.database import add_rows
from app.skolon import switches
from app.skolon.changes import was_approved
from app.skolon.domain import webhooks as rules
from app.skolon.domain.errors import MissingIdError
from app.skolon.domain.webhooks import WebhookKind, WebhookState
from app.skolon.listing import as_uuid
from app.skolon.models import (
    EditNote,
    Group,
    GroupMembership,
    License,
    Persona,
    Seat,
    Token,
    Tool,
    User,
    Webhook,
)
from app.skolon.schemas.switches import Switches
from app.skolon.schemas.webhooks import (
    DataEdits,
    Entity,
    RemoveClass,
    RemoveUser,
    WebhookBody,
    WebhookIn,
)

# The order in which known partners read them: a school is there before its license.
_ENTITIES: tuple[Entity, ...] = get_args(Entity)


def is_old(now: datetime) -> ColumnElement[bool]:
    """Say whether a note has waited long enough for others to be told with it."""
    return EditNote.noted_at <= now - rules.COALESCED_FOR


def gather(session: Session, *, now: datetime) -> None:
    """Make one webhook for each tool of the edits that were noted for it some time ago."""
    noted_for = select(EditNote.tool_id).where(is_old(now))
    # A tool's notes are gathered by one process; others leave them to it, and wait for nobody.
    # So held, the tool can still be referred to.
    tool_ids = session.scalars(
        select(Tool.id)
        .where(Tool.id.in_(noted_for))
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    # Asks anew who has old notes: another process may have told them a moment ago.
    notes = session.execute(
        delete(EditNote)
        .where(EditNote.tool_id.in_(tool_ids), EditNote.tool_id.in_(noted_for))
        .returning(EditNote.tool_id, EditNote.entity)
        .execution_options(synchronize_session=False)
    ).all()
    if switches.read(session).data_edits == "dropped":
        return
    edited: dict[UUID, set[str]] = {}
    for tool_id, entity in notes:
        edited.setdefault(tool_id, set()).add(entity)
    for tool_id, entities in edited.items():
        names = [entity for entity in _ENTITIES if entity in entities]
        owe(session, tool_id, WebhookKind.DATA_EDITS, DataEdits(entities=names), now=now)


def owe_user_removals(session: Session, user_ids: Collection[UUID], *, now: datetime) -> int:
    """Owe each tool that knows one of these a webhook to forget them; return how many there are."""
    has_seat = (
        select(Seat.user_id)
        .join(License, License.id == Seat.license_id)
        .where(Seat.user_id == User.id, License.tool_id == Tool.id, was_approved())
    )
    logged_in = select(Token.id).where(Token.user_id == User.id, Token.tool_id == Tool.id)
    positions = switches.read(session)
    knowing = session.execute(
        select(Tool.id.label("tool_id"), User.public_id, User.id)
        .join(User, User.id.in_(user_ids))
        .where(Tool.remove_user_url.is_not(None), or_(has_seat.exists(), logged_in.exists()))
    ).all()
    return _owe_all(
        session,
        WebhookKind.REMOVE_USER,
        [(row.tool_id, _user_removal(positions, row.public_id, row.id)) for row in knowing],
        now,
    )


def owe_class_removals(session: Session, group_ids: Collection[UUID], *, now: datetime) -> int:
    """Owe each tool that knows one of these groups a webhook to forget it; return how many."""
    at_school = select(License.id).where(
        License.owner_school_id == Group.school_id, License.tool_id == Tool.id, was_approved()
    )
    member_logged_in = (
        select(Token.id)
        .join(GroupMembership, GroupMembership.user_id == Token.user_id)
        .where(GroupMembership.group_id == Group.id, Token.tool_id == Tool.id)
    )
    positions = switches.read(session)
    knowing = session.execute(
        select(Tool.id.label("tool_id"), Group.public_id, Group.id)
        .join(Group, Group.id.in_(group_ids))
        .where(
            Tool.remove_class_url.is_not(None),
            or_(at_school.exists(), member_logged_in.exists()),
        )
    ).all()
    return _owe_all(
        session,
        WebhookKind.REMOVE_CLASS,
        [(row.tool_id, _class_removal(positions, row.public_id, row.id)) for row in knowing],
        now,
    )


def owe_by_hand(session: Session, tool_id: UUID, asked: WebhookIn, *, now: datetime) -> Webhook:
    """Owe a webhook without anything having happened, whatever the switch for data-edits says."""
    body: WebhookBody
    if asked.kind is WebhookKind.DATA_EDITS:
        body = DataEdits(entities=list(dict.fromkeys(asked.entities)) or ["user"])
    elif asked.id is None:
        raise MissingIdError(pointer="/id")
    elif asked.kind is WebhookKind.REMOVE_USER:
        body = _user_removal(switches.read(session), *_names_of_user(session, asked.id))
    else:
        body = _class_removal(switches.read(session), *_names_of_group(session, asked.id))
    webhook = owe(session, tool_id, asked.kind, body, now=now)
    session.flush()
    return webhook


def owe(
    session: Session,
    tool_id: UUID,
    kind: WebhookKind,
    body: WebhookBody,
    *,
    now: datetime,
) -> Webhook:
    """Write down a webhook, which is due at once."""
    tracing.note("skolon", "webhook.owed", kind=kind, tools=1)
    webhook = Webhook(**_row(tool_id, kind, body, now))
    session.add(webhook)
    return webhook


def _row(tool_id: UUID, kind: WebhookKind, body: WebhookBody, now: datetime) -> dict[str, Any]:
    return {
        "tool_id": tool_id,
        "kind": kind,
        "body": body.model_dump_json(by_alias=True, exclude_none=True),
        "made_at": now,
        "state": WebhookState.WAITING,
        "due_at": now,
    }


def _owe_all(
    session: Session,
    kind: WebhookKind,
    bodies: Sequence[tuple[UUID, WebhookBody]],
    now: datetime,
) -> int:
    if bodies:
        tracing.note("skolon", "webhook.owed", kind=kind, tools=len(bodies))
        rows = [_row(tool_id, kind, body, now) for tool_id, body in bodies]
        add_rows(session, Webhook, rows)
    return len(bodies)


def _user_removal(positions: Switches, public_id: str, uuid: UUID | None) -> RemoveUser:
    is_given = positions.removal_uuids == "given"
    return RemoveUser(user_id=public_id, user_uuid=uuid if is_given else None)


def _class_removal(positions: Switches, public_id: str, uuid: UUID | None) -> RemoveClass:
    is_class = positions.remove_class_key == "classId"
    return RemoveClass(
        class_id=public_id if is_class else None,
        group_id=None if is_class else public_id,
        group_uuid=uuid if positions.removal_uuids == "given" else None,
    )


def _names_of_user(session: Session, name: str) -> tuple[str, UUID | None]:
    """Return id and uuid, also of somebody deleted; of somebody unknown what was said of them."""
    row = session.execute(
        select(User.public_id, User.id)
        .outerjoin(Persona, Persona.user_id == User.id)
        .where((User.public_id == name) | (Persona.key == name) | (User.id == as_uuid(name)))
    ).first()
    return (row.public_id, row.id) if row else (name, None)


def _names_of_group(session: Session, name: str) -> tuple[str, UUID | None]:
    row = session.execute(
        select(Group.public_id, Group.id).where(
            (Group.public_id == name) | (Group.id == as_uuid(name))
        )
    ).first()
    return (row.public_id, row.id) if row else (name, None)
