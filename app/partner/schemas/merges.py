"""Merges of two accounts, and the import of accounts that were there before Skolon."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field


class MovedOut(BaseModel):
    """How many rows came to the kept account."""

    identities: int = Field(description="ways to log in")
    placements: int
    lessons: int = Field(description="those that the kept account did not have yet")


class MergeRecordOut(BaseModel):
    id: UUID
    kept_account_id: UUID
    merged_account_id: UUID
    merged_at: datetime
    proved_by: str = Field(description="how control of the other account was shown")
    across_organizations: bool
    moved: MovedOut
    undoable_until: datetime
    undone_at: datetime | None
    undone_by: str | None


class ImportOut(BaseModel):
    added: int
    already_known: int = Field(description="accounts with such a login are there, and left alone")
