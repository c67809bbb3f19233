"""Customers, their schools, the codes of those, and cases of missing codes."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class Implementer(Base):
    """A member of the partner's staff whom organizers turn to."""

    __tablename__ = "implementers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    email: Mapped[str] = mapped_column(unique=True)


class Organization(Base):
    """A customer: the municipality or company that runs schools (huvudman)."""

    __tablename__ = "organizations"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    municipality: Mapped[str | None]
    implementer_id: Mapped[UUID | None] = mapped_column(ForeignKey("implementers.id"), index=True)
    agreement_signed_on: Mapped[date | None]
    data_processing_agreement_signed_on: Mapped[date | None]
    data_processing_agreement_version: Mapped[str | None]


class School(Base):
    """A school or other unit of an organization, as Skolon knows it."""

    __tablename__ = "schools"
    __table_args__ = (
        Index("ix_schools_organization_id_name", "organization_id", "folded_name"),
        Index(
            "ix_schools_known_by_name",
            "organization_id",
            "folded_name",
            unique=True,
            sqlite_where=text("skolon_id IS NULL"),
            postgresql_where=text("skolon_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    # None for a unit that an organization has listed before Skolon knew it.
    skolon_id: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    # For comparison: an organization has one unit of a name.
    folded_name: Mapped[str]


class SchoolCode(Base):
    """A school unit code that a school has or had; a school may have several at a time."""

    __tablename__ = "school_unit_codes"
    __table_args__ = (
        CheckConstraint("length(digits) = 8", "eight_digits"),
        CheckConstraint(
            "(kind = 'fictive') = (substr(digits, 1, 1) = '0')", "fictive_begins_with_zero"
        ),
        Index(
            "ix_school_unit_codes_fictive_once",
            "digits",
            unique=True,
            sqlite_where=text("kind = 'fictive'"),
            postgresql_where=text("kind = 'fictive'"),
        ),
        Index(
            "ix_school_unit_codes_open",
            "school_id",
            "digits",
            unique=True,
            sqlite_where=text("ended_on IS NULL"),
            postgresql_where=text("ended_on IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    digits: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]


class CodeCase(Base):
    """A unit without a usable code, until somebody finds or assigns one."""

    __tablename__ = "code_cases"
    __table_args__ = (
        Index("ix_code_cases_urgency", "status", "due_on", "id"),
        Index(
            "ix_code_cases_open",
            "school_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"))
    unit_kind: Mapped[str]
    standing: Mapped[str]
    sent_code: Mapped[str | None]
    status: Mapped[str]
    opened_at: Mapped[datetime]
    due_on: Mapped[date]
    resolution: Mapped[str | None]
    school_unit_code: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
