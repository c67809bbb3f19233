"""License requests: what Skolon posts to a partner, the receipt, and the partner's answer."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from app.skolon.domain.licenses import Progress, RequestKind
from app.skolon.domain.rosters import UnitKind
from app.skolon.models import LicenseRequest, Organization, RequestedSchool, School
from app.skolon.schemas.provenance import PortalProcess

ShortText = Annotated[str, StringConstraints(max_length=200)]
LongText = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
SensibleDate = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]


class OrganizationOut(PortalProcess):
    organization_number: str
    name: str
    municipality: str


class UnitOut(PortalProcess):
    skolon_id: str
    name: str
    unit_kind: UnitKind
    school_unit_code: str | None
    students: int
    teachers: int
    staff: int


class LicenseRequestOut(PortalProcess):
    """What the partner is sent; there is no field for a person (R2)."""

    skolon_request_id: UUID
    organization: OrganizationOut
    kind: RequestKind
    wanted_on: date
    units: list[UnitOut]

    @classmethod
    def of(
        cls,
        request: LicenseRequest,
        organization: Organization,
        units: list[tuple[RequestedSchool, School]],
    ) -> Self:
        """Say what was asked as it was then, so that a repeated attempt says the same."""
        return cls(
            skolon_request_id=request.id,
            organization=OrganizationOut(
                organization_number=organization.number,
                name=request.organization_name,
                municipality=request.municipality,
            ),
            kind=request.kind,
            wanted_on=request.wanted_on,
            units=[
                UnitOut(
                    skolon_id=school.public_id,
                    name=unit.name,
                    unit_kind=unit.kind,
                    school_unit_code=unit.school_unit_code,
                    students=unit.students,
                    teachers=unit.teachers,
                    staff=unit.staff,
                )
                for unit, school in units
            ],
        )


class Wording(PortalProcess):
    sv: LongText
    en: LongText


class Implementer(PortalProcess):
    name: ShortText
    email: ShortText


class JudgedUnit(PortalProcess):
    skolon_id: ShortText
    standing: ShortText
    reason: Wording | None = None
    next_step: Wording | None = None


class Check(PortalProcess):
    name: ShortText
    passed_at: AwareDatetime | None = None


class Receipt(PortalProcess):
    """What a partner answers to a license request; fields we do not know are left alone."""

    id: ShortText
    status: ShortText
    starts_on: date | None = None
    implementer: Implementer | None = None
    units: list[JudgedUnit] = Field(max_length=5000)
    checks: list[Check] = Field(default_factory=list, max_length=100)


class Strict(PortalProcess):
    model_config = ConfigDict(extra="forbid")


class AnswerIn(Strict):
    """How far the partner has come; in the real partner portal, a YES or a NO."""

    status: Progress
    version: int = Field(ge=1, lt=2**31, description="grows with each; something older is not news")
    available_on: SensibleDate | None = Field(None, description="the wanted date when left out")
    ends_on: SensibleDate | None = Field(
        None, description="when left out, the end of the school year, or 30 days for a trial"
    )
    message: LongText | None = None


class GrantedLicense(PortalProcess):
    id: str
    school_id: str


class AnswerOut(PortalProcess):
    id: UUID
    status: Progress | None
    version: int
    available_on: date | None
    ends_on: date | None
    message: str | None
    licenses: list[GrantedLicense]


class UnitCodeIn(Strict):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")] = Field(examples=["00000001"])


class UnitCodesOut(PortalProcess):
    codes: list[str]
