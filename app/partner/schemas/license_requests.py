"""License requests, what is answered to them, and decisions."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from sqlalchemy import Row

from app.partner.domain.licensing import CheckName, Decision, RequestStatus, Standing
from app.partner.schemas.fields import CodeAsSent, Name, Reason, SkolonId, Strict, UnitKind, Volume
from app.partner.schemas.organizations import ContactOut, OrganizationIn, OrganizationOut
from app.partner.wording import NEXT_STEPS, REASONS, Wording

MOST_UNITS = 1000


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


_REASONS = {standing: WordingOut.of(wording) for standing, wording in REASONS.items()}
_NEXT_STEPS = {standing: WordingOut.of(wording) for standing, wording in NEXT_STEPS.items()}


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
    def of(cls, unit: Row[*tuple[Any, ...]]) -> "UnitOut":
        """Return a requested unit; a request has up to a thousand, so nothing is checked twice."""
        standing = Standing(unit.standing)
        return cls.model_construct(
            skolon_id=unit.skolon_id,
            name=unit.name,
            unit_kind=unit.unit_kind,
            school_unit_code=unit.school_unit_code,
            standing=standing,
            can_log_in=standing.is_usable,
            reason=_REASONS[standing],
            next_step=_NEXT_STEPS[standing],
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
    skolon_refused: bool = Field(
        description="whether Skolon will not be told, as of a request that did not come from it"
    )
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
