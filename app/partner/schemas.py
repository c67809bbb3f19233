"""The partner's JSON, in and out."""

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from stdnum.exceptions import ValidationError
from stdnum.se import orgnr

from app.partner import models
from app.partner.domain.code_cases import CaseStatus, Resolution, Urgency
from app.partner.domain.licensing import CheckName, Decision, LicenseStatus, RequestStatus, Standing
from app.partner.domain.personal_data import found_in
from app.partner.wording import NEXT_STEPS, REASONS, Wording

MOST_UNITS = 1000

_NUMERIC = re.compile(r"[0-9-]+(TF[0-9]{2})?", re.IGNORECASE)


def _organization_number(text: str) -> str:
    try:
        digits = orgnr.validate(text)
    except ValidationError:
        message = "an organization number is ten digits, the last a check digit"
        raise ValueError(message) from None
    # The third digit tells it from a personal identity number, where it begins a month.
    if digits[2] < "2":
        message = "this is a personal identity number, not an organization number"
        raise ValueError(message)
    return str(digits)


OrganizationNumber = Annotated[
    str, AfterValidator(_organization_number), Field(examples=["2990000016"])
]


def _without_personal_data(text: str) -> str:
    """Refuse what looks like a person's (R2), in words that do not repeat it."""
    found = found_in(text)
    if found is not None:
        message = f"rule R2: no personal data in a license request, and this looks like {found}"
        raise ValueError(message)
    return text


def _not_personal(given_id: str) -> str:
    # In the middle of a random id such a number is chance; as the whole id it is a person's.
    return _without_personal_data(given_id) if _NUMERIC.fullmatch(given_id) else given_id


NoPersonalData = AfterValidator(_without_personal_data)
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"
    ),
    NoPersonalData,
]
Reason = Annotated[
    str,
    # PostgreSQL keeps no NUL in a text.
    StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=r"^[^\x00]+$"),
    NoPersonalData,
]
SkolonId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$"), AfterValidator(_not_personal)
]
# As it was sent, whatever it is: how it stands is part of the answer.
CodeAsSent = Annotated[str, StringConstraints(max_length=32, pattern=r"^[^\x00]*$"), NoPersonalData]
EmailText = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^\x00]*$")]
UnitKind = Literal["school", "preschool", "administrative", "other"]
Volume = Annotated[int, Field(ge=0, le=100_000)]


class Strict(BaseModel):
    """Refuses what it does not know: there is no field for a person (R2)."""

    model_config = ConfigDict(extra="forbid")


class OrganizationIn(Strict):
    organization_number: OrganizationNumber
    name: Name
    municipality: Name | None = None


class UnitIn(Strict):
    skolon_id: SkolonId
    name: Name
    unit_kind: UnitKind = "school"
    school_unit_code: CodeAsSent | None = None
    students: Volume = 0
    teachers: Volume = 0
    staff: Volume = 0


class LicenseRequestIn(Strict):
    skolon_request_id: SkolonId
    organization: OrganizationIn
    kind: Literal["purchase", "transfer", "trial"]
    wanted_on: date
    units: Annotated[list[UnitIn], Field(min_length=1, max_length=MOST_UNITS)]

    @model_validator(mode="after")
    def _each_unit_once(self) -> Self:
        if len({unit.skolon_id for unit in self.units}) < len(self.units):
            message = "a unit is named twice"
            raise ValueError(message)
        return self


class WordingOut(BaseModel):
    sv: str
    en: str

    @classmethod
    def of(cls, wording: Wording) -> Self:
        return cls(sv=wording.sv, en=wording.en)


class UnitOut(BaseModel):
    skolon_id: str | None
    name: str
    unit_kind: str
    school_unit_code: str | None
    standing: Standing
    can_log_in: bool
    reason: WordingOut
    next_step: WordingOut
    students: int
    teachers: int
    staff: int

    @classmethod
    def of(cls, unit: models.RequestedUnit, skolon_id: str | None) -> Self:
        standing = Standing(unit.standing)
        return cls(
            skolon_id=skolon_id,
            name=unit.name,
            unit_kind=unit.unit_kind,
            school_unit_code=unit.school_unit_code,
            standing=standing,
            can_log_in=standing.is_usable,
            reason=WordingOut.of(REASONS[standing]),
            next_step=WordingOut.of(NEXT_STEPS[standing]),
            students=unit.students,
            teachers=unit.teachers,
            staff=unit.staff,
        )


class CheckOut(BaseModel):
    name: CheckName
    passed_at: datetime | None
    passed_by: str | None


class EventOut(BaseModel):
    happened_at: datetime
    kind: str
    note: str | None
    actor: str


class ContactOut(BaseModel):
    name: str
    email: str


class OrganizationOut(BaseModel):
    organization_number: str
    name: str


class CustomerIn(Strict):
    name: Name
    municipality: Name | None = None
    implementer: EmailText | None = Field(None, description="the email address of one")
    agreement_signed_on: date | None = None
    data_processing_agreement_signed_on: date | None = None
    data_processing_agreement_version: Name | None = Field(
        None, description="the template and its version, for example `SKR 2023-02`"
    )


class CustomerOut(BaseModel):
    organization_number: str
    name: str
    municipality: str | None
    implementer: ContactOut | None
    agreement_signed_on: date | None
    data_processing_agreement_signed_on: date | None
    data_processing_agreement_version: str | None


class LicenseRequestOut(BaseModel):
    id: UUID
    skolon_request_id: str
    organization: OrganizationOut
    implementer: ContactOut | None
    kind: str
    status: RequestStatus
    received_at: datetime
    changed_at: datetime
    answer_by: date = Field(description="five Swedish working days after it was received")
    wanted_on: date
    starts_on: date | None
    ends_on: date | None
    reason: str | None = Field(description="why it is delayed or declined")
    skolon_knows: bool = Field(description="whether Skolon has been told all of this")
    decisions: list[Decision] = Field(description="what may be decided now")
    units: list[UnitOut]
    checks: list[CheckOut]
    timeline: list[EventOut]


class LicenseRequestRow(BaseModel):
    id: UUID
    organization: OrganizationOut
    implementer: str | None
    kind: str
    status: RequestStatus
    received_at: datetime
    changed_at: datetime
    answer_by: date
    is_overdue: bool
    wanted_on: date
    starts_on: date | None


class LicenseRequestPage(BaseModel):
    license_requests: list[LicenseRequestRow]
    next_cursor: str | None = Field(description="for the next page; absent on the last")


class DecisionIn(Strict):
    """What a decision needs: `delay` a reason and a date, `decline` a reason."""

    starts_on: date | None = Field(None, description="confirm: the wanted date if absent")
    ends_on: date | None = Field(None, description="activate: 30 June if absent")
    reason: Reason | None = None


class LicenseStatusOut(BaseModel):
    school_unit_code: str
    standing: Standing
    school: str | None
    organization: OrganizationOut | None
    status: LicenseStatus
    starts_on: date | None
    ends_on: date | None
    seats: int | None
    on: date = Field(description="the day that the status is about")


class LicenseOut(BaseModel):
    school: str
    organization_number: str | None = None
    status: LicenseStatus
    starts_on: date | None
    ends_on: date | None
    seats: int | None


class OrganizationStatusOut(BaseModel):
    organization_number: str
    on: date
    schools: list[LicenseOut]


class LicensePage(BaseModel):
    licenses: list[LicenseOut]
    next_cursor: str | None


class SchoolRef(BaseModel):
    name: str
    skolon_id: str | None


class CodeCaseOut(BaseModel):
    id: UUID
    school: SchoolRef
    organization: OrganizationOut
    implementer: str | None
    unit_kind: str
    standing: Standing
    sent_code: str | None
    status: CaseStatus
    urgency: Urgency | None = Field(description="of an open case")
    opened_at: datetime
    due_on: date = Field(description="five Swedish working days after it was opened")
    resolution: Resolution | None
    school_unit_code: str | None
    resolved_at: datetime | None
    resolved_by: str | None


class CodeCasePage(BaseModel):
    code_cases: list[CodeCaseOut]
    next_cursor: str | None


class ProposalOut(BaseModel):
    school_unit_code: str
    name: str
    standing: Standing
    unit_type: str | None
    school_types: list[str]
    is_same_organization: bool
    is_same_municipality: bool
    likeness: float = Field(description="of the names, 0 to 1")


class ResolutionIn(Strict):
    """An official code, or `fictive` for one that the partner makes up."""

    resolution: Resolution
    school_unit_code: CodeAsSent | None = None

    @model_validator(mode="after")
    def _code_with_official(self) -> Self:
        if (self.resolution is Resolution.OFFICIAL) != (self.school_unit_code is not None):
            message = "an official resolution names a code, a fictive one does not"
            raise ValueError(message)
        return self


class ListedUnit(Strict):
    """A unit of the overview that an organization sends ahead of time (R6)."""

    name: Name
    unit_kind: UnitKind = "other"
    skolon_id: SkolonId | None = None
    school_unit_code: CodeAsSent | None = None


class OverviewIn(Strict):
    organization: OrganizationIn
    # Each unit is judged on its own, so that one bad row need not refuse the others.
    units: Annotated[list[dict[str, object]], Field(min_length=1, max_length=5000)]
    all_or_nothing: bool = True


class RowError(BaseModel):
    row: int = Field(description="counted from 1, without the header")
    pointer: str
    code: str
    detail: str


class OverviewOut(BaseModel):
    opened: list[UUID] = Field(description="code cases that are new")
    already_known: int
    not_needed: int = Field(description="units whose code is usable")
    errors: list[RowError]
