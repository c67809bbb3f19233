"""Who may call and who is logged in."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class BrowserSession(Base):
    """A logged-in browser, of a user or of an implementer; its token is kept hashed."""

    __tablename__ = "browser_sessions"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (implementer_id IS NULL)", "one_of_two"),
    )

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    implementer_id: Mapped[UUID | None] = mapped_column(ForeignKey("implementers.id"))
    # Whichever comes first: so long unused, or so long open.
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # The other account that this browser has proved to control, and when and how (R15).
    proved_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    proved_at: Mapped[datetime | None]
    proved_by: Mapped[str | None]


class ApiKey(Base):
    """A key of a calling program, kept hashed, with what it may do."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[str]
    revoked_at: Mapped[datetime | None]


class IdempotencyKey(Base):
    """The answer that a repeated call gets again."""

    __tablename__ = "idempotency_keys"

    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("api_keys.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    answer: Mapped[str | None]
    license_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("license_requests.id"))
    created_at: Mapped[datetime]
