"""What tools are told by webhook: edits that wait to be told, calls, and attempts at them."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.skolon.domain.webhooks import WebhookFailure, WebhookKind, WebhookMishap, WebhookState
from app.skolon.models.rosters import one_of


class EditNote(Base):
    """Some kind of record has changed that a tool sees; notes are told together, not one by one."""

    __tablename__ = "skolon_edit_notes"
    __table_args__ = (Index(None, "tool_id", "noted_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"))
    entity: Mapped[str]
    noted_at: Mapped[datetime]


class Webhook(Base):
    """A call that Skolon owes a tool, with everything that repeating it takes."""

    __tablename__ = "skolon_webhooks"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "made_at", "id"),
        CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", "due"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), index=True)
    kind: Mapped[WebhookKind] = mapped_column(one_of(WebhookKind, "kind"))
    # The JSON as it is sent, byte for byte: a signature is over these.
    body: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[WebhookState] = mapped_column(one_of(WebhookState, "state"))
    # On the sandbox's clock.
    due_at: Mapped[datetime | None]
    # Failures since it was made or sent again by hand.
    failures: Mapped[int] = mapped_column(default=0)
    # In real time: whoever took it on may be dead by then.
    leased_until: Mapped[datetime | None]
    # Befalls it once at most.
    mishap: Mapped[WebhookMishap | None] = mapped_column(one_of(WebhookMishap, "mishap"))
    attempts: Mapped[list["WebhookAttempt"]] = relationship(
        lazy="raise_on_sql", order_by="WebhookAttempt.number"
    )


class WebhookAttempt(Base):
    """One try at delivering a webhook, and what the tool answered."""

    __tablename__ = "skolon_webhook_attempts"
    __table_args__ = (UniqueConstraint("webhook_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_webhooks.id"))
    number: Mapped[int]
    made_at: Mapped[datetime]
    url: Mapped[str]
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    failure: Mapped[WebhookFailure | None] = mapped_column(one_of(WebhookFailure, "failure"))
