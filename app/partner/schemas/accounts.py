"""Accounts, and everything that is held on one person."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.partner.schemas.code_cases import SchoolRef
from app.partner.schemas.fields import EmailText, Strict
from app.partner.schemas.organizations import OrganizationOut


class IdentityOut(BaseModel):
    issuer: str = Field(description="who knows the person by this id, for example Skolon")
    subject: str
    first_name: str = Field(description="as the issuer last told it; empty if it told none")
    last_name: str


class AccountRow(BaseModel):
    id: UUID
    organization: OrganizationOut | None
    school: SchoolRef | None = Field(description="through which they came last")
    first_name: str
    last_name: str
    created_at: datetime
    last_used_at: datetime


class AccountOut(AccountRow):
    email: str
    language: str | None
    is_matchable: bool = Field(
        description="whether somebody from Skolon with the same email would get this account (R14)"
    )
    identities: list[IdentityOut]


class AccountSearchIn(Strict):
    """In the body and not in the address: addresses are written to logs."""

    email: EmailText


class AccountsFound(BaseModel):
    accounts: list[AccountRow] = Field(description="the oldest first, a hundred at most")


class PlacementOut(BaseModel):
    organization: OrganizationOut
    school: str
    school_class: str
    school_year: str
    role: str
    placed_at: datetime
    ended_at: datetime | None


class LessonOut(BaseModel):
    lesson: str
    completed_at: datetime


class AccountEventOut(BaseModel):
    kind: str
    actor: str
    happened_at: datetime


class MergeOut(BaseModel):
    merged_account_id: UUID
    merged_at: datetime
    proved_by: str
    undone_at: datetime | None
    undone_by: str | None


class SessionOut(BaseModel):
    """A logged-in browser; what it proves itself with is not kept, so it is not here."""

    last_used_at: datetime
    expires_at: datetime


class MergedAwayOut(BaseModel):
    id: UUID
    email: str
    first_name: str
    last_name: str
    language: str | None
    created_at: datetime
    last_used_at: datetime


class ExportOut(BaseModel):
    """Everything that is held on one person."""

    exported_at: datetime
    account: AccountOut
    placements: list[PlacementOut]
    lessons: list[LessonOut]
    events: list[AccountEventOut]
    merges: list[MergeOut]
    merged_accounts: list[MergedAwayOut] = Field(
        description="what is kept of the other accounts while a merge can be undone"
    )
    sessions: list[SessionOut]
