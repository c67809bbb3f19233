"""Licenses, approvals and license requests as an administrator's program sees them; assumed."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.skolon.domain.licenses import (
    Audience,
    Delivery,
    Doubles,
    Failure,
    LicenseState,
    LicenseType,
    Progress,
    RequestKind,
)
from app.skolon.domain.rosters import Role
from app.skolon.schemas.license_requests import SensibleDate
from app.skolon.schemas.portal import OwnSchool, Strict
from app.skolon.schemas.provenance import PortalProcess
from app.skolon.schemas.tools import Id

MOST_AT_ONCE = 1000
_Seats = Annotated[int, Field(ge=0, le=100_000)]


class Person(PortalProcess):
    id: str
    name: str
    role: Role


class GroupShown(PortalProcess):
    id: str
    name: str


class LicenseShown(PortalProcess):
    id: str
    client_id: str
    tool: str
    type: LicenseType
    audience: Audience
    school: OwnSchool
    group: GroupShown | None = Field(description="the class or group of a group license")
    student_seats: int | None
    teacher_seats: int | None
    is_demo: bool
    starts_on: date
    ends_on: date
    state: LicenseState
    holder: Person | None = Field(description="who has a single license")
    covered: int = Field(description="people who have a seat of it")
    organization_license_id: UUID | None = Field(description="what it is a part of")


class ToolCount(PortalProcess):
    client_id: str
    tool: str
    total: int
    available: int = Field(description="neither assigned nor ended")


class LicensesPage(PortalProcess):
    licenses: list[LicenseShown]
    tools: list[ToolCount] = Field(description="all that match, not only those of this page")
    next: str | None = Field(description="`after` of the next page")


class PeoplePage(PortalProcess):
    people: list[Person]
    next: str | None = Field(description="`after` of the next page")


class OrganizationLicenseShown(PortalProcess):
    id: UUID
    client_id: str
    tool: str
    audience: Audience
    is_demo: bool
    starts_on: date
    ends_on: date
    schools: list[OwnSchool] = Field(description="those that have their part")


class OrganizationLicenses(PortalProcess):
    organization_licenses: list[OrganizationLicenseShown]


class NewLicense(Strict):
    """A license made by hand, where the real portal has a store."""

    client_id: Id
    type: LicenseType
    audience: Audience = Audience.ALL
    school: Id | None = Field(None, description="id; an organization license has none")
    group: Id | None = Field(None, description="of a group license: id or name at the school")
    number: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = Field(
        1, description="of single licenses"
    )
    student_seats: _Seats | None = Field(None, description="of a group license; all when left out")
    teacher_seats: _Seats | None = Field(None, description="as the other")
    starts_on: SensibleDate | None = Field(None, description="today when left out")
    ends_on: SensibleDate | None = Field(
        None, description="when left out, the end of the school year, or 30 days for a trial"
    )
    is_demo: bool = False


class MadeLicenses(PortalProcess):
    licenses: list[str] = Field(description="ids; none for an organization license")
    organization_license_id: UUID | None


class AssignIn(Strict):
    """Whom to give it to; nothing for a school or organization license."""

    users: list[Id] = Field(
        default_factory=list, max_length=MOST_AT_ONCE, description="of single licenses: ids"
    )
    group: Id | None = Field(
        None,
        description="of a group license, another than it was made for; of single licenses, one "
        "whose members get one each",
    )
    doubles: Doubles = Field(
        Doubles.WARN, description="what becomes of people who have a license of the tool already"
    )


class Assigned(PortalProcess):
    licenses: list[str] = Field(description="ids of those that were given")
    covered: int = Field(description="people who have a seat of them")


class DistributeIn(Strict):
    schools: list[Id] | None = Field(
        None, max_length=5000, description="ids; when left out, all that have no part yet"
    )


class ApprovalShown(PortalProcess):
    client_id: str
    tool: str
    provider: str
    is_approved: bool
    approved_at: datetime | None
    revoked_at: datetime | None


class ApprovalsPage(PortalProcess):
    approvals: list[ApprovalShown]
    next: str | None = Field(description="`after` of the next page")


class NewRequest(Strict):
    """A question to the provider of a tool; it holds no field for a person."""

    client_id: Id | None = Field(None, description="of a tool; this world's partner when left out")
    kind: RequestKind
    wanted_on: SensibleDate | None = Field(None, description="today when left out")
    schools: Annotated[list[Id], Field(max_length=5000)] | None = Field(
        None, description="ids; all that the administrator may ask for when left out"
    )
    id: UUID | None = Field(None, description="asked again under the same id, it counts once")


class StandingShown(PortalProcess):
    school: OwnSchool
    school_unit_code: str | None
    standing: str | None = Field(description="the provider's word; none before its receipt")
    reason_sv: str | None
    reason_en: str | None
    next_step_sv: str | None
    next_step_en: str | None


class RequestListed(PortalProcess):
    id: UUID
    client_id: str
    provider: str
    kind: RequestKind
    asked_at: datetime
    wanted_on: date
    delivery: Delivery
    failure: Failure | None
    attempts: int = Field(description="none where the provider has no address for requests")
    is_answered: bool
    progress: Progress | None
    is_late: bool
    schools: int


class RequestShown(RequestListed):
    available_on: date | None = Field(description="the date that the provider confirmed")
    ends_on: date | None
    message: str | None
    answered_at: datetime | None
    implementer_name: str | None
    implementer_email: str | None
    units: list[StandingShown]


class RequestsPage(PortalProcess):
    license_requests: list[RequestListed]
    next: str | None = Field(description="`after` of the next page")
