"""Webhooks on their way: who takes on delivering one, and what became of it.

A webhook is taken on with a lease, called without a transaction, and noted afterwards. Whoever
dies in between leaves a lease that runs out; then somebody else calls, so a tool may hear twice.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from app.skolon import switches, webhook_outbox
from app.skolon.domain import webhooks as rules
from app.skolon.domain.errors import UnknownWebhookError
from app.skolon.domain.webhooks import WebhookFailure, WebhookKind, WebhookMishap, WebhookState
from app.skolon.models import EditNote, Tool, Webhook, WebhookAttempt

A_BATCH = 32
A_PAGE = 50

_HELD = (WebhookMishap.LATE, WebhookMishap.REORDERED)


@dataclass(frozen=True, slots=True)
class Call:
    """A webhook that was taken on: where it goes, and what proves that it is Skolon's."""

    webhook_id: UUID
    tool_id: UUID
    client_id: str
    # Tells whether it is still this call that the webhook waits for when it ends.
    leased_until: datetime
    # None when the tool has withdrawn the address since.
    url: str | None
    body: str
    signature: str
    # What befalls this call of it.
    mishap: WebhookMishap | None = None


# Says what befalls a webhook to this tool, of this kind, and for how many seconds.
Mishaps = Callable[[Session, str, str], tuple[str, int] | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went; `status` is the tool's answer if there was one."""

    url: str
    milliseconds: int
    status: int | None
    failure: WebhookFailure | None


def is_any_due(
    session: Session, *, now: datetime, real_now: datetime, busy: Collection[UUID] = ()
) -> bool:
    """Say whether there is anything to do, without taking anything on."""
    notes = select(EditNote.id).where(webhook_outbox.is_old(now))
    calls = select(Webhook.id).where(_is_due(now, real_now, busy))
    return bool(session.scalar(select(or_(notes.exists(), calls.exists()))))


def is_any_owed(session: Session) -> bool:
    """Say whether there is anything to do at any time."""
    calls = select(Webhook.id).where(Webhook.state == WebhookState.WAITING)
    return bool(session.scalar(select(or_(select(EditNote.id).exists(), calls.exists()))))


def take_on(
    session: Session,
    *,
    now: datetime,
    real_now: datetime,
    lease: timedelta,
    busy: Collection[UUID] = (),
    mishaps: Mishaps = lambda *_: None,
) -> Sequence[Call]:
    """Return calls that are due and that nobody else makes meanwhile; to `busy` tools none."""
    due = session.execute(
        select(Webhook, Tool)
        .join(Tool, Tool.id == Webhook.tool_id)
        .where(_is_due(now, real_now, busy))
        .order_by(Webhook.due_at, Webhook.id)
        .limit(A_BATCH)
        .with_for_update(of=Webhook, skip_locked=True)
    ).all()
    signature = switches.read(session).webhook_signature
    until = real_now + lease
    calls = []
    for webhook, tool in due:
        mishap = None
        if webhook.mishap is None and not webhook.failures:
            mishap = _met(webhook, mishaps(session, tool.client_id, webhook.kind), now)
        if mishap in _HELD:
            continue
        webhook.leased_until = until
        calls.append(
            Call(
                webhook_id=webhook.id,
                tool_id=tool.id,
                client_id=tool.client_id,
                leased_until=until,
                url=url_of(tool, webhook.kind),
                body=webhook.body,
                signature=signature,
                mishap=mishap,
            )
        )
    return calls


def _met(webhook: Webhook, mishap: tuple[str, int] | None, now: datetime) -> WebhookMishap | None:
    """Write down what befalls the webhook; one that is held is due later."""
    if mishap is None:
        return None
    webhook.mishap = WebhookMishap(mishap[0])
    if webhook.mishap in _HELD:
        webhook.due_at = now + timedelta(seconds=mishap[1])
    return webhook.mishap


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
    if webhook.leased_until != call.leased_until:
        # It was sent again by hand meanwhile, or the lease ran out: what that brings counts.
        return
    webhook.leased_until = None
    # Those that were held to be overtaken have been.
    session.execute(
        update(Webhook)
        .where(
            Webhook.tool_id == webhook.tool_id,
            Webhook.id != webhook.id,
            Webhook.mishap == WebhookMishap.REORDERED,
            Webhook.state == WebhookState.WAITING,
            Webhook.failures == 0,
            Webhook.due_at > now,
        )
        .values(due_at=now)
        .execution_options(synchronize_session=False)
    )
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
    # A call that is under way was made before this was asked for.
    webhook.leased_until = None
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


def _is_due(now: datetime, real_now: datetime, busy: Collection[UUID]) -> ColumnElement[bool]:
    return and_(
        Webhook.state == WebhookState.WAITING,
        Webhook.due_at <= now,
        Webhook.tool_id.not_in(busy),
        or_(Webhook.leased_until.is_(None), Webhook.leased_until < real_now),
    )
