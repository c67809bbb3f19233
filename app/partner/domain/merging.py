"""Two accounts of one person made one (R15): which is kept, on what proof, how long undoable."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.partner.domain.errors import (
    AlreadyMergedError,
    AlreadyUndoneError,
    ExpiredProofError,
    KeptMergedError,
    SameAccountError,
    TooLateToUndoError,
)

# By Skolon, or by the partner's own login of old accounts.
LOCAL_ISSUER = "local"

PROOF_LASTS = timedelta(minutes=10)
UNDOABLE_FOR = timedelta(days=30)


class ProvedBy(StrEnum):
    """How somebody has shown that the other account is theirs as well."""

    SKOLON = "skolon"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Mergeable:
    """What decides about an account in a merge."""

    id: UUID
    created_at: datetime
    organization_id: UUID | None
    merged_into_id: UUID | None


@dataclass(frozen=True, slots=True)
class Pair:
    """The account that is kept and the one that goes up in it."""

    kept: Mergeable
    merged: Mergeable

    @property
    def crosses_organizations(self) -> bool:
        """Say whether the two belong to different customers; an old account may have none."""
        both = {self.kept.organization_id, self.merged.organization_id} - {None}
        return len(both) > 1


def pair(own: Mergeable, other: Mergeable) -> Pair:
    """Return who is kept: the older account, because it has the longer history."""
    if own.id == other.id:
        raise SameAccountError
    if own.merged_into_id is not None or other.merged_into_id is not None:
        raise AlreadyMergedError
    kept, merged = sorted((own, other), key=lambda account: (account.created_at, account.id))
    return Pair(kept, merged)


def check_proof(proved_at: datetime, now: datetime) -> None:
    """Refuse a proof that somebody else may have left behind at this computer."""
    if not now - PROOF_LASTS <= proved_at:
        raise ExpiredProofError


def check_undoable(
    *, merged_at: datetime, undone_at: datetime | None, kept_merged_into: UUID | None, now: datetime
) -> None:
    """Refuse to undo what is undone, too old, or buried under a later merge."""
    if undone_at is not None:
        raise AlreadyUndoneError
    if now > merged_at + UNDOABLE_FOR:
        raise TooLateToUndoError
    if kept_merged_into is not None:
        raise KeptMergedError
