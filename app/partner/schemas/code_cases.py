"""Code cases, their proposals and resolutions, and overviews of units without a code."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from app.partner.domain.code_cases import CaseStatus, Resolution, Urgency
from app.partner.domain.licensing import Standing
from app.partner.schemas.fields import CodeAsSent, Name, SkolonId, Strict, UnitKind
from app.partner.schemas.organizations import OrganizationIn, OrganizationOut


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
