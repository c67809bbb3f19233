"""Accounts, who logs in to them, where they are placed, and how logins ended."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Account(Base):
    """A person's account in the partner's product."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("match_key", "organization_id"),
        Index(
            "ix_accounts_matched_anywhere",
            "match_key",
            unique=True,
            sqlite_where=text("organization_id IS NULL"),
            postgresql_where=text("organization_id IS NULL"),
        ),
        # Nearly all accounts are live ones: they are looked for by age, and the others by whom
        # they were merged into.
        Index(
            "ix_accounts_live",
            "last_used_at",
            "id",
            sqlite_where=text("merged_into_id IS NULL"),
            postgresql_where=text("merged_into_id IS NULL"),
        ),
        Index(
            "ix_accounts_merged",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    # None for an account that was bought before any organization was a customer.
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    # The school through which they came last.
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey("schools.id"))
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    # The email's key until somebody from Skolon is matched by it, which happens once (R14).
    match_key: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    # The last login, or the import of an account that nobody has logged in to.
    last_used_at: Mapped[datetime]
    # The account that was kept when the two were merged (R15).
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))


class Identity(Base):
    """Who logs in to an account: an issuer's own id for a person."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    issuer: Mapped[str]
    subject: Mapped[str]
    # As the issuer last told it: an account's own name changes only when this does.
    first_name: Mapped[str]
    last_name: Mapped[str]


class CompletedLesson(Base):
    """What a user has done in the product; it follows the account."""

    __tablename__ = "completed_lessons"
    __table_args__ = (UniqueConstraint("account_id", "lesson"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    lesson: Mapped[str]
    completed_at: Mapped[datetime]


class SchoolClass(Base):
    """A class of one school year; the same name is another class the year after."""

    __tablename__ = "school_classes"
    __table_args__ = (UniqueConstraint("skolon_id", "school_year"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    # None once Skolon has said to forget the class; its name is empty then.
    skolon_id: Mapped[str | None]
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
    # None once the person is forgotten: that somebody was there stays for the statistics.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    # By whose login it is kept up to date: two may log in to one account.
    identity_id: Mapped[UUID | None] = mapped_column(ForeignKey("identities.id"), index=True)
    school_class_id: Mapped[UUID] = mapped_column(ForeignKey("school_classes.id"), index=True)
    role: Mapped[str]
    placed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class AccountEvent(Base):
    """A step in the life of an account, for its owner and for support; without personal data."""

    __tablename__ = "account_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str]
    actor: Mapped[str]
    happened_at: Mapped[datetime]


class Merge(Base):
    """Two accounts of one person made one (R15), and what it takes to undo that."""

    __tablename__ = "merges"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kept_account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    merged_account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    # How control of the other account was proved.
    proved_by: Mapped[str]
    merged_at: Mapped[datetime] = mapped_column(index=True)
    # The rows that moved: ids of identities, placements, lessons and events, by table.
    moved: Mapped[dict[str, Any]] = mapped_column(JSON)
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class LoginAttempt(Base):
    """How a login ended, without a trace of the person."""

    __tablename__ = "login_attempts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str] = mapped_column(unique=True)
    outcome: Mapped[str]
    school_name: Mapped[str | None]
    attempted_at: Mapped[datetime] = mapped_column(index=True)
