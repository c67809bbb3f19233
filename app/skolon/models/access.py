"""Tools and their OAuth clients, sessions of browsers, codes and tokens."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.skolon.domain.oauth import SCOPES

# The name of a secret: its SHA-256 in hexadecimal.
SecretHash = String(64)


class Tool(Base):
    """A partner's product, with its OAuth client."""

    __tablename__ = "skolon_tools"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    # The company that sells it; API v1 tells a user's licenses of all tools of one provider.
    provider: Mapped[str] = mapped_column(default="")
    # What the provider calls it (appExtId in API v1).
    external_id: Mapped[str] = mapped_column(default="")
    description_sv: Mapped[str] = mapped_column(default="")
    description_en: Mapped[str] = mapped_column(default="")
    client_id: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str] = mapped_column(SecretHash)
    # Each an address, or a path at the partner of this world.
    launch_url: Mapped[str]
    data_edits_url: Mapped[str | None]
    remove_user_url: Mapped[str | None]
    remove_class_url: Mapped[str | None]
    # What its users' tokens may get, separated by spaces.
    scopes: Mapped[str] = mapped_column(default=" ".join(SCOPES))


class RedirectUri(Base):
    """Where a tool may have its users sent: an address, or a path at this world's partner."""

    __tablename__ = "skolon_redirect_uris"

    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), primary_key=True)
    uri: Mapped[str] = mapped_column(primary_key=True)


class BrowserSession(Base):
    """Somebody logged in to Skolon in a browser, and the school they chose to work at."""

    __tablename__ = "skolon_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    token_hash: Mapped[str] = mapped_column(SecretHash, unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), index=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_schools.id"))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuthorizationCode(Base):
    """A one-time code on its way through a browser to a tool."""

    __tablename__ = "skolon_codes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code_hash: Mapped[str] = mapped_column(SecretHash, unique=True)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), index=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_schools.id"))
    redirect_uri: Mapped[str]
    scope: Mapped[str]
    code_challenge: Mapped[str | None]
    expires_at: Mapped[datetime]
    redeemed_at: Mapped[datetime | None]
    # Of the login, where somebody keeps a journal: what follows belongs to it.
    trace_id: Mapped[str | None]


class Token(Base):
    """An access token, of a tool alone or of a user in it, and the refresh token given with it."""

    __tablename__ = "skolon_tokens"
    __table_args__ = (
        CheckConstraint("(code_id IS NULL) = (user_id IS NULL)", "code_of_user"),
        CheckConstraint("(refresh_hash IS NULL) = (user_id IS NULL)", "refresh_of_user"),
        CheckConstraint("(refresh_hash IS NULL) = (refresh_expires_at IS NULL)", "refresh_expires"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    access_hash: Mapped[str] = mapped_column(SecretHash, unique=True)
    refresh_hash: Mapped[str | None] = mapped_column(SecretHash, unique=True)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_users.id"), index=True)
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_schools.id"))
    # All tokens that grew from one code fall together.
    code_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_codes.id"), index=True)
    scope: Mapped[str]
    expires_at: Mapped[datetime]
    refresh_expires_at: Mapped[datetime | None]
    refreshed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    trace_id: Mapped[str | None]
