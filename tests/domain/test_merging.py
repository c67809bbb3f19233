"""Merging two accounts: which is kept, on what proof, and how long it can be undone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.partner.domain import merging
from app.partner.domain.errors import (
    AlreadyMergedError,
    AlreadyUndoneError,
    ExpiredProofError,
    KeptMergedError,
    SameAccountError,
    TooLateToUndoError,
)
from app.partner.domain.merging import Mergeable

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
TOWN, FREE = UUID(int=101), UUID(int=102)

accounts = st.builds(
    Mergeable,
    id=st.integers(1, 4).map(lambda number: UUID(int=number)),
    created_at=st.sampled_from([NOON, NOON + SECOND]),
    organization_id=st.sampled_from([None, TOWN, FREE]),
    merged_into_id=st.none(),
)


def _account(number: int, **given_values: object) -> Mergeable:
    values: dict[str, object] = {
        "id": UUID(int=number),
        "created_at": NOON,
        "organization_id": None,
        "merged_into_id": None,
    }
    return Mergeable(**(values | given_values))  # type: ignore[arg-type]  # a test's own values


@given(accounts, accounts)
def test_r15_the_same_account_is_kept_from_whichever_side_the_merge_is_asked(
    one: Mergeable, other: Mergeable
) -> None:
    if one.id == other.id:
        with pytest.raises(SameAccountError):
            merging.pair(one, other)
        return

    pair = merging.pair(one, other)

    assert {pair.kept.id, pair.merged.id} == {one.id, other.id}
    assert merging.pair(other, one) == pair
    assert pair.kept.created_at <= pair.merged.created_at


def test_r15_the_older_account_is_kept() -> None:
    young, old = _account(1), _account(2, created_at=NOON - SECOND)

    assert merging.pair(young, old).kept is old


def test_r15_no_account_is_merged_twice() -> None:
    gone = _account(1, merged_into_id=UUID(int=3))

    for one, other in ((gone, _account(2)), (_account(2), gone)):
        with pytest.raises(AlreadyMergedError):
            merging.pair(one, other)


@pytest.mark.parametrize(
    ("one", "other", "crosses"),
    [(TOWN, TOWN, False), (TOWN, FREE, True), (None, TOWN, False), (None, None, False)],
    ids=["the same", "two", "one and none", "none"],
)
def test_a_merge_crosses_organizations_only_when_there_are_two(
    one: UUID | None, other: UUID | None, crosses: bool
) -> None:
    pair = merging.pair(_account(1, organization_id=one), _account(2, organization_id=other))

    assert pair.crosses_organizations is crosses


def test_r15_a_proof_is_good_for_ten_minutes() -> None:
    merging.check_proof(NOON, NOON + merging.PROOF_LASTS)

    with pytest.raises(ExpiredProofError):
        merging.check_proof(NOON, NOON + merging.PROOF_LASTS + SECOND)


def test_a_merge_can_be_undone_once_within_thirty_days_and_only_as_the_last() -> None:
    last = NOON + merging.UNDOABLE_FOR
    merging.check_undoable(merged_at=NOON, undone_at=None, kept_merged_into=None, now=last)

    for undone_at, kept_merged_into, now, refusal in (
        (NOON, None, NOON, AlreadyUndoneError),
        (None, None, last + SECOND, TooLateToUndoError),
        (None, TOWN, last, KeptMergedError),
    ):
        with pytest.raises(refusal):
            merging.check_undoable(
                merged_at=NOON, undone_at=undone_at, kept_merged_into=kept_merged_into, now=now
            )
