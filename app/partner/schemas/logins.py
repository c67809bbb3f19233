"""How logins ended, for support."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.partner.domain.placement import Outcome
from app.partner.schemas.license_requests import WordingOut
from app.partner.schemas.organizations import OrganizationOut


class LoginRow(BaseModel):
    reference: str = Field(description="what the person reads to support")
    outcome: Outcome
    is_success: bool
    attempted_at: datetime
    school: str | None = Field(description="as Skolon named it, if it came so far")


class OpenCaseOut(BaseModel):
    id: UUID
    organization: OrganizationOut
    due_on: date
    url: str


class LoginOut(LoginRow):
    heading: WordingOut | None = Field(description="what the person was told, if it was a refusal")
    advice: WordingOut | None
    next_step: WordingOut = Field(description="what support does now")
    code_cases: list[OpenCaseOut] = Field(description="open cases of schools of this name")


class LoginPage(BaseModel):
    since: datetime
    counts: dict[Outcome, int] = Field(description="of all logins since then, not of this page")
    logins: list[LoginRow] = Field(description="the newest first")
    next_cursor: str | None
