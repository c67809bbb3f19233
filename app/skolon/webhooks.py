"""Webhooks: what tools are owed, who takes on delivering it, and what became of it.

A webhook is taken on with a lease, called without a transaction, and noted afterwards. Whoever
dies in between leaves a lease that runs out; then somebody else calls, so a tool may hear twice.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session, selectinload

from app.skolon import switches
from app.skolon.domain import webhooks as rules
from app.skolon.domain.errors import UnknownWebhookError
from app.skolon.domain.webhooks import WebhookFailure, WebhookKind, WebhookState
from app.skolon.models import (
    EditNote,
    Group,
    License,
    Seat,
    Token,
    Tool,
    User,
    Webhook,
    WebhookAttempt,
)

A_BATCH = 32
A_PAGE = 50

# The order in which known partners read them: a school is there before its license.
_ENTITIES = ("organization", "school", "license", "user", "group")


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook that was taken on: where it goes, and what proves that it is Skolon's."""

    webhook_id: UUID
    client_id: str
    # None when the tool has withdrawn the address since.
    url: str | None
    body: str
    signature: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went; `status` is the tool's answer if there was one."""

    url: str
    milliseconds: int
    status: int | None
    failure: WebhookFailure | None


def is_any_due(session: Session, *, now: datetime, real_now: datetime) -> bool:
    """Say whether there is anything to do, without taking anything on."""
    notes = select(EditNote.id).where(EditNote.noted_at <= now - rules.COALESCED_FOR)
    calls = select(Webhook.id).where(_is_due(now, real_now))
    return bool(session.scalar(select(or_(notes.exists(), calls.exists()))))


def is_any_owed(session: Session) -> bool:
    """Say whether there is anything to do at any time."""
    calls = select(Webhook.id).where(Webhook.state == WebhookState.WAITING)
    return bool(session.scalar(select(or_(select(EditNote.id).exists(), calls.exists()))))


def gather(session: Session, *, now: datetime) -> None:
    """Make one webhook for each tool of the edits that were noted for it some time ago."""
    tools = select(EditNote.tool_id).where(EditNote.noted_at <= now - rules.COALESCED_FOR)
    notes = session.scalars(
        select(EditNote).where(EditNote.tool_id.in_(tools)).with_for_update(skip_locked=True)
    ).all()
    entities: dict[UUID, set[str]] = {}
    for noted in notes:
        entities.setdefault(noted.tool_id, set()).add(noted.entity)
    if switches.read(session).data_edits == "sent":
        for tool_id, edited in entities.items():
            names = [entity for entity in _ENTITIES if entity in edited]
            owe(session, tool_id, WebhookKind.DATA_EDITS, {"entities": names}, now=now)
    session.execute(delete(EditNote).where(EditNote.id.in_(noted.id for noted in notes)))


def owe_user_removal(session: Session, user: User, *, now: datetime) -> int:
    """Owe each tool that knows this user a webhook to forget them; return how many there are."""
    body: dict[str, object] = {"userId": user.public_id}
    if switches.read(session).removal_uuids == "given":
        body["userUuid"] = str(user.id)
    has_seat = select(License.tool_id).join(Seat).where(Seat.user_id == user.id)
    logged_in = select(Token.tool_id).where(Token.user_id == user.id)
    tools = select(Tool.id).where(
        Tool.remove_user_url.is_not(None), or_(Tool.id.in_(has_seat), Tool.id.in_(logged_in))
    )
    return _owe_all(session, tools, WebhookKind.REMOVE_USER, body, now)


def owe_class_removal(session: Session, group: Group, *, now: datetime) -> int:
    """Owe each tool with a license at the school a webhook to forget it; return how many."""
    positions = switches.read(session)
    body: dict[str, object] = {positions.remove_class_key: group.public_id}
    if positions.removal_uuids == "given":
        body["groupUuid"] = str(group.id)
    at_school = select(License.tool_id).where(License.owner_school_id == group.school_id)
    tools = select(Tool.id).where(Tool.remove_class_url.is_not(None), Tool.id.in_(at_school))
    return _owe_all(session, tools, WebhookKind.REMOVE_CLASS, body, now)


def take_on(
    session: Session, *, now: datetime, real_now: datetime, lease: timedelta
) -> Sequence[Call]:
    """Return calls that are due and that nobody else makes meanwhile."""
    due = session.execute(
        select(Webhook, Tool)
        .join(Tool, Tool.id == Webhook.tool_id)
        .where(_is_due(now, real_now))
        .order_by(Webhook.due_at, Webhook.id)
        .limit(A_BATCH)
        .with_for_update(of=Webhook, skip_locked=True)
    ).all()
    signature = switches.read(session).webhook_signature
    for webhook, _ in due:
        webhook.leased_until = real_now + lease
    return [
        Call(webhook.id, tool.client_id, url_of(tool, webhook.kind), webhook.body, signature)
        for webhook, tool in due
    ]


def note_outcome(session: Session, call: Call, outcome: Outcome, *, now: datetime) -> None:
    """Remember an attempt, and when the next is due if it failed."""
    webhook = session.scalars(
        select(Webhook).where(Webhook.id == call.webhook_id).with_for_update()
    ).one()
    before = session.scalar(
        select(func.max(WebhookAttempt.number)).where(WebhookAttempt.webhook_id == webhook.id)
    )
    session.add(
        WebhookAttempt(
            webhook_id=webhook.id,
            number=(before or 0) + 1,
            made_at=now,
            url=outcome.url,
            milliseconds=outcome.milliseconds,
            status=outcome.status,
            failure=outcome.failure,
        )
    )
    webhook.leased_until = None
    if outcome.failure is None:
        webhook.state, webhook.due_at = WebhookState.DELIVERED, None
        return
    webhook.failures += 1
    wait = rules.next_try(webhook.failures)
    if wait is None:
        webhook.state, webhook.due_at = WebhookState.FAILED, None
    else:
        webhook.state, webhook.due_at = WebhookState.WAITING, now + wait


def send_again(session: Session, webhook_id: UUID, *, now: datetime) -> Webhook:
    """Let a webhook be sent once more, with as many retries as a new one."""
    webhook = session.scalar(select(Webhook).where(Webhook.id == webhook_id).with_for_update())
    if webhook is None:
        raise UnknownWebhookError
    webhook.state, webhook.due_at, webhook.failures = WebhookState.WAITING, now, 0
    session.flush()
    return read(session, webhook_id)


def read(session: Session, webhook_id: UUID) -> Webhook:
    webhook = session.scalar(
        select(Webhook)
        .where(Webhook.id == webhook_id)
        .options(selectinload(Webhook.attempts))
        .execution_options(populate_existing=True)
    )
    if webhook is None:
        raise UnknownWebhookError
    return webhook


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which webhooks are asked for; `before` is the id of one, and older ones are meant."""

    client_id: str | None = None
    kind: WebhookKind | None = None
    state: WebhookState | None = None
    before: UUID | None = None
    limit: int = A_PAGE


def newest(session: Session, wanted: Wanted) -> Sequence[tuple[Webhook, Tool]]:
    """List webhooks with their attempts, newest first; one more than asked if there are more."""
    rows = (
        select(Webhook, Tool)
        .join(Tool, Tool.id == Webhook.tool_id)
        .options(selectinload(Webhook.attempts))
        .order_by(Webhook.made_at.desc(), Webhook.id.desc())
        .limit(wanted.limit + 1)
    )
    if wanted.client_id is not None:
        rows = rows.where(Tool.client_id == wanted.client_id)
    if wanted.kind is not None:
        rows = rows.where(Webhook.kind == wanted.kind)
    if wanted.state is not None:
        rows = rows.where(Webhook.state == wanted.state)
    if wanted.before is not None:
        last = session.get(Webhook, wanted.before)
        if last is None:
            raise UnknownWebhookError
        rows = rows.where(
            or_(
                Webhook.made_at < last.made_at,
                and_(Webhook.made_at == last.made_at, Webhook.id < last.id),
            )
        )
    return [(webhook, tool) for webhook, tool in session.execute(rows)]


def url_of(tool: Tool, kind: WebhookKind) -> str | None:
    """Return where a tool wants to be told this."""
    return {
        WebhookKind.DATA_EDITS: tool.data_edits_url,
        WebhookKind.REMOVE_USER: tool.remove_user_url,
        WebhookKind.REMOVE_CLASS: tool.remove_class_url,
    }[kind]


def owe(
    session: Session,
    tool_id: UUID,
    kind: WebhookKind,
    body: Mapping[str, object],
    *,
    now: datetime,
) -> Webhook:
    """Write down a webhook, which is due at once."""
    webhook = Webhook(
        tool_id=tool_id,
        kind=kind,
        body=json.dumps(body, separators=(",", ":")),
        made_at=now,
        state=WebhookState.WAITING,
        due_at=now,
    )
    session.add(webhook)
    return webhook


def _owe_all(
    session: Session,
    tools: Select[UUID],
    kind: WebhookKind,
    body: Mapping[str, object],
    now: datetime,
) -> int:
    tool_ids = session.scalars(tools).all()
    for tool_id in tool_ids:
        owe(session, tool_id, kind, body, now=now)
    return len(tool_ids)


def _is_due(now: datetime, real_now: datetime) -> ColumnElement[bool]:
    return and_(
        Webhook.state == WebhookState.WAITING,
        Webhook.due_at <= now,
        or_(Webhook.leased_until.is_(None), Webhook.leased_until < real_now),
    )
