"""License requests and what comes of them."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class LicenseRequest(Base):
    """An organization's wish to use the partner's product (licensförfrågan)."""

    __tablename__ = "license_requests"
    __table_args__ = (
        Index("ix_license_requests_newest", "received_at", "id"),
        Index("ix_license_requests_newest_of_status", "status", "received_at", "id"),
        Index("ix_license_requests_newest_of_organization", "organization_id", "received_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    skolon_request_id: Mapped[str] = mapped_column(unique=True)
    # Of what was asked, to tell a repetition from something else under the same id.
    body_hash: Mapped[str | None]
    kind: Mapped[str]
    wanted_on: Mapped[date]
    status: Mapped[str]
    received_at: Mapped[datetime]
    answer_by: Mapped[date]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    reason: Mapped[str | None]


class RequestedUnit(Base):
    """A unit for which licenses are asked, with its code as it was sent."""

    __tablename__ = "requested_units"
    __table_args__ = (
        UniqueConstraint("license_request_id", "position"),
        # With the school, so that the status of a license is answered from the index alone.
        Index("ix_requested_units_school_unit_code", "school_unit_code", "school_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    license_request_id: Mapped[UUID] = mapped_column(ForeignKey("license_requests.id"))
    position: Mapped[int]
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    name: Mapped[str]
    unit_kind: Mapped[str]
    school_unit_code: Mapped[str | None]
    standing: Mapped[str]
    students: Mapped[int]
    teachers: Mapped[int]
    staff: Mapped[int]


class RequestCheck(Base):
    """One thing that is reconciled before a request is confirmed."""

    __tablename__ = "request_checks"

    license_request_id: Mapped[UUID] = mapped_column(
        ForeignKey("license_requests.id"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    passed_at: Mapped[datetime | None]
    passed_by: Mapped[str | None]


class RequestEvent(Base):
    """A step in the life of a request: what happened, when, and by whose hand."""

    __tablename__ = "request_events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    license_request_id: Mapped[UUID] = mapped_column(ForeignKey("license_requests.id"), index=True)
    happened_at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    note: Mapped[str | None]


class SkolonMessage(Base):
    """Something that Skolon is to be told, kept until it has been."""

    __tablename__ = "skolon_messages"
    __table_args__ = (
        Index(
            "ix_skolon_messages_undelivered",
            "id",
            sqlite_where=text("delivered_at IS NULL"),
            postgresql_where=text("delivered_at IS NULL"),
        ),
    )

    # In the order in which things happened; they are told in that order.
    id: Mapped[int] = mapped_column(primary_key=True)
    license_request_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("license_requests.id"), index=True
    )
    method: Mapped[str]
    path: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    delivered_at: Mapped[datetime | None]
    # Skolon will never take it, so it is not told again and holds up no other.
    refused_at: Mapped[datetime | None]
    # Until then, in real time, somebody is telling it; one who died over it holds it no longer.
    claimed_until: Mapped[datetime | None]


class License(Base):
    """A school's right to the product, with its seats."""

    __tablename__ = "licenses"
    __table_args__ = (UniqueConstraint("license_request_id", "school_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    license_request_id: Mapped[UUID] = mapped_column(ForeignKey("license_requests.id"))
    school_id: Mapped[UUID] = mapped_column(ForeignKey("schools.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    seats: Mapped[int]
