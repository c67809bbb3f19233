"""Webhooks: what was sent to whom, how it went, and sending one again or by hand."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from app import pages
from app.control import may_control, steers
from app.dependencies import Clock, Database
from app.skolon import tools, webhook_outbox, webhooks
from app.skolon.browser import go
from app.skolon.domain.webhooks import WebhookKind, WebhookState
from app.skolon.models import Tool, Webhook
from app.skolon.schemas import Text
from app.skolon.schemas.webhooks import AttemptOut, WebhookIn, WebhookOut, WebhooksOut
from app.skolon.webhooks import A_PAGE, Wanted

MOST_LISTED = 200

router = APIRouter(prefix="/webhooks")


@router.get("", name="skolon:webhooks", response_model=WebhooksOut)
def list_webhooks(
    request: Request,
    database: Database,
    may_send: Annotated[bool, Depends(steers)],
    client_id: Text | None = None,
    kind: WebhookKind | None = None,
    state: WebhookState | None = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = A_PAGE,
) -> Any:  # noqa: ANN401, a page or JSON
    """List webhooks and the attempts at each, newest first."""
    wanted = Wanted(client_id, kind, state, before, limit)
    with database.read() as session:
        rows = webhooks.newest(session, wanted)
        if pages.wants_html(request):
            return pages.page(
                request,
                "skolon/webhooks.html",
                rows=rows[:limit],
                more=rows[limit - 1][0].id if len(rows) > limit else None,
                wanted=wanted,
                states=WebhookState,
                may_send=may_send,
            )
        return WebhooksOut(
            webhooks=[_out(webhook, tool) for webhook, tool in rows[:limit]],
            before=str(rows[limit - 1][0].id) if len(rows) > limit else None,
        )


@router.post("", name="skolon:send_webhook", status_code=201, dependencies=[Depends(may_control)])
def send_webhook(asked: WebhookIn, database: Database, clock: Clock) -> WebhookOut:
    """Send a webhook without anything having happened, to see what the tool makes of it."""
    with database.write() as session:
        tool, _ = tools.read(session, asked.client_id)
        made = webhook_outbox.owe_by_hand(session, tool.id, asked, now=clock())
        return _out(webhooks.read(session, made.id), tool)


@router.get("/{webhook_id}", name="skolon:webhook")
def read_webhook(webhook_id: UUID, database: Database) -> WebhookOut:
    with database.read() as session:
        webhook = webhooks.read(session, webhook_id)
        return _out(webhook, session.get_one(Tool, webhook.tool_id))


@router.post(
    "/{webhook_id}/resend",
    name="skolon:resend_webhook",
    response_model=WebhookOut,
    dependencies=[Depends(may_control)],
)
def resend_webhook(webhook_id: UUID, request: Request, database: Database, clock: Clock) -> Any:  # noqa: ANN401, a page or JSON
    """Send a webhook once more, whatever became of it."""
    with database.write() as session:
        webhook = webhooks.send_again(session, webhook_id, now=clock())
        if pages.wants_html(request):
            return go(request, "/skolon/webhooks")
        return _out(webhook, session.get_one(Tool, webhook.tool_id))


def _out(webhook: Webhook, tool: Tool) -> WebhookOut:
    return WebhookOut(
        id=str(webhook.id),
        client_id=tool.client_id,
        kind=webhook.kind,
        body=webhook.body,
        made_at=webhook.made_at.isoformat(),
        state=webhook.state,
        due_at=webhook.due_at.isoformat() if webhook.due_at else None,
        mishap=webhook.mishap,
        attempts=[
            AttemptOut(
                number=one.number,
                made_at=one.made_at.isoformat(),
                url=one.url,
                milliseconds=one.milliseconds,
                status=one.status,
                failure=one.failure,
            )
            for one in webhook.attempts
        ],
    )
