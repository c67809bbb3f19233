"""License requests, the licenses that come of them, and consent to pre-provisioning."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.skolon.domain.licenses import (
    Audience,
    Delivery,
    Failure,
    LicenseType,
    Progress,
    RequestKind,
)
from app.skolon.domain.rosters import UnitKind
from app.skolon.models.rosters import Listed, one_of


class Approval(Base):
    """An organization's consent that a tool fetches its users before they log in."""

    __tablename__ = "skolon_approvals"

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("skolon_organizations.id"), primary_key=True
    )
    tool_id: Mapped[UUID] = mapped_column(
        ForeignKey("skolon_tools.id"), primary_key=True, index=True
    )
    approved_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LicenseRequest(Base):
    """An organization's question to a partner (licensförfrågan), and what became of it."""

    __tablename__ = "skolon_license_requests"
    __table_args__ = (
        Index(None, "organization_id", "asked_at"),
        CheckConstraint("available_on <= ends_on", "period"),
        CheckConstraint(
            "(delivery = 'not_delivered') = (failure IS NOT NULL)", "failed_for_a_reason"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_organizations.id"))
    # Kept as they were when asked: a repeated attempt must say exactly the same.
    organization_name: Mapped[str]
    municipality: Mapped[str]
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), index=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"))
    asked_at: Mapped[datetime]
    kind: Mapped[RequestKind] = mapped_column(one_of(RequestKind, "kind"))
    wanted_on: Mapped[date]
    delivery: Mapped[Delivery] = mapped_column(one_of(Delivery, "delivery"))
    tried_at: Mapped[datetime]
    # None where the provider has no address, and finds its requests in Skolon.
    attempts: Mapped[int | None]
    failure: Mapped[Failure | None] = mapped_column(one_of(Failure, "failure"))
    # The partner's receipt, checked when it came and shown as it was.
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    progress: Mapped[Progress | None] = mapped_column(one_of(Progress, "progress"))
    # Counts what the partner has told, so that something old is never taken for news.
    version: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]
    available_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    message: Mapped[str | None]


class RequestedSchool(Base):
    """A school in a license request, as it was when the request was made."""

    __tablename__ = "skolon_requested_schools"
    __table_args__ = (
        CheckConstraint("students >= 0 AND teachers >= 0 AND staff >= 0", "volumes"),
        UniqueConstraint("request_id", "position"),
    )

    request_id: Mapped[UUID] = mapped_column(
        ForeignKey("skolon_license_requests.id"), primary_key=True
    )
    school_id: Mapped[UUID] = mapped_column(
        ForeignKey("skolon_schools.id"), primary_key=True, index=True
    )
    position: Mapped[int]
    name: Mapped[str]
    kind: Mapped[UnitKind] = mapped_column(one_of(UnitKind, "kind"))
    school_unit_code: Mapped[str | None]
    students: Mapped[int]
    teachers: Mapped[int]
    staff: Mapped[int]


class OrganizationLicense(Base):
    """A license of a whole organization, which its administrator hands on to schools."""

    __tablename__ = "skolon_organization_licenses"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", "period"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_organizations.id"), index=True)
    audience: Mapped[Audience] = mapped_column(one_of(Audience, "audience"), default=Audience.ALL)
    is_demo: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    made_at: Mapped[datetime]


class LicensePool(Base):
    """Single licenses at a school that people linked to it get seats of, one each (licenspool)."""

    __tablename__ = "skolon_license_pools"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"), index=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_schools.id"), index=True)
    name: Mapped[str]
    # Takes in new licenses of the same tool by itself.
    fills_itself: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class PoolLink(Base):
    """Who may have a seat of a pool: everybody at its school, a class or group, or one person."""

    __tablename__ = "skolon_pool_links"
    __table_args__ = (
        CheckConstraint("group_id IS NULL OR user_id IS NULL", "one_target"),
        Index(
            "uq_skolon_pool_links_school",
            "pool_id",
            unique=True,
            sqlite_where=text("group_id IS NULL AND user_id IS NULL"),
            postgresql_where=text("group_id IS NULL AND user_id IS NULL"),
        ),
        UniqueConstraint("pool_id", "group_id"),
        UniqueConstraint("pool_id", "user_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    pool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_license_pools.id"))
    # Neither: the pool's whole school.
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_groups.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_users.id"), index=True)
    linked_at: Mapped[datetime]


class PoolWait(Base):
    """Somebody who wanted a seat of a pool that had none; the first to wait gets the next."""

    __tablename__ = "skolon_pool_waits"
    __table_args__ = (Index(None, "pool_id", "since"),)

    pool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_license_pools.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("skolon_users.id"), primary_key=True, index=True
    )
    since: Mapped[datetime]


class License(Listed, Base):
    """A right to use a tool at a school; whom it covers, once it is assigned, has a seat."""

    __tablename__ = "skolon_licenses"
    __table_args__ = (
        UniqueConstraint("request_id", "owner_school_id"),
        Index(None, "tool_id", "change_number"),
        CheckConstraint("starts_on <= ends_on", "period"),
        CheckConstraint("withdrawn_at IS NULL OR assigned_at IS NOT NULL", "withdrawn"),
        CheckConstraint("(type = 'group') = (group_id IS NOT NULL)", "group"),
        CheckConstraint("student_seats >= 0 AND teacher_seats >= 0", "seats"),
    )

    tool_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_tools.id"))
    type: Mapped[LicenseType] = mapped_column(
        one_of(LicenseType, "type"), default=LicenseType.SCHOOL
    )
    audience: Mapped[Audience] = mapped_column(one_of(Audience, "audience"), default=Audience.ALL)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_organizations.id"), index=True)
    owner_school_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_schools.id"), index=True)
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_license_requests.id"))
    # The class or group of a group license, and how many of its people have a seat; None is all.
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_groups.id"), index=True)
    student_seats: Mapped[int | None]
    teacher_seats: Mapped[int | None]
    pool_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_license_pools.id"), index=True)
    # Licenses that came of one license of the organization share this.
    bundle_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("skolon_organization_licenses.id"), index=True
    )
    is_demo: Mapped[bool]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    assigned_at: Mapped[datetime | None]
    # Kept beside the other: whoever was covered once must be told that it ended.
    withdrawn_at: Mapped[datetime | None]


class Seat(Base):
    """A person whom a license covers, or once did: they must be told of when it ends."""

    __tablename__ = "skolon_seats"
    __table_args__ = (
        Index(None, "user_id", "license_id"),
        # A single license has one holder, and nobody has two seats of one pool.
        Index(
            "uq_skolon_seats_single",
            "license_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND is_single"),
            postgresql_where=text("ended_at IS NULL AND is_single"),
        ),
        Index(
            "uq_skolon_seats_pool",
            "pool_id",
            "user_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND pool_id IS NOT NULL"),
            postgresql_where=text("ended_at IS NULL AND pool_id IS NOT NULL"),
        ),
    )

    license_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_licenses.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("skolon_users.id"), primary_key=True)
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    is_single: Mapped[bool] = mapped_column(default=False)
    pool_id: Mapped[UUID | None] = mapped_column(ForeignKey("skolon_license_pools.id"))
