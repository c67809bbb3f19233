"""Accounts, who logs in to them, and where they are placed."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Account(Base):
    """A person's account in the partner's product."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("organization_id", "email_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str]
    email_key: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime]


class Identity(Base):
    """Who logs in to an account: an issuer's own id for a person."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]


class SchoolClass(Base):
    """A class of one school year; the same name is another class the year after."""

    __tablename__ = "school_classes"
    __table_args__ = (UniqueConstraint("skolon_id", "school_year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    skolon_id: Mapped[str]
    school_year: Mapped[str]
    name: Mapped[str]


class Placement(Base):
    """A user's place in a school class. Created on first login, never guessed."""

    __tablename__ = "placements"
    __table_args__ = (
        Index(
            "ix_placements_open",
            "account_id",
            "school_class_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    school_class_id: Mapped[UUID] = mapped_column(ForeignKey("school_classes.id"), index=True)
    role: Mapped[str]
    placed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LoginAttempt(Base):
    """How a login ended, without a trace of the person."""

    __tablename__ = "login_attempts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str] = mapped_column(unique=True)
    outcome: Mapped[str]
    school_name: Mapped[str | None]
    attempted_at: Mapped[datetime] = mapped_column(index=True)
