"""Rules of license pools: whom licenses are for, who is next, what fits into a pool."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import RefusalError
from app.skolon.domain import license_pool as rules
from app.skolon.domain.errors import (
    EndedLicenseError,
    LicenseTakenError,
    OtherAudienceError,
    OtherToolError,
    TooFewLicensesError,
    TooFewSeatsError,
    UncoveredRoleError,
)
from app.skolon.domain.license_pool import Offered, Wanting
from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.domain.rosters import Role

TODAY = date(2026, 11, 24)
TOOL, SCHOOL = uuid4(), uuid4()

ids = st.lists(st.uuids(), unique=True, max_size=8)
queues = st.lists(st.builds(Wanting, st.uuids(), st.sampled_from(Role)), max_size=12)


@pytest.mark.parametrize(
    ("audience", "roles"),
    [
        (Audience.ALL, {Role.STUDENT, Role.TEACHER, Role.STAFF}),
        (Audience.STUDENTS, {Role.STUDENT}),
        (Audience.TEACHERS, {Role.TEACHER, Role.STAFF}),
    ],
)
def test_licenses_are_for_these_roles(audience: Audience, roles: set[Role]) -> None:
    assert {role for role in Role if rules.covers(audience, role)} == roles


def test_a_pool_without_licenses_may_be_linked_to_anybody_at_a_school() -> None:
    rules.check_role(None, Role.STUDENT)

    with pytest.raises(UncoveredRoleError):
        rules.check_role(None, Role.PARTNER)
    with pytest.raises(UncoveredRoleError):
        rules.check_role(Audience.TEACHERS, Role.STUDENT)


@given(ids, st.sampled_from(Audience), queues)
def test_a_license_goes_to_one_person_and_nobody_gets_two(
    free: list[UUID], audience: Audience, queue: list[Wanting]
) -> None:
    given_out = rules.hand_out(free, audience, [*queue, *queue])

    licenses = [license_id for license_id, _ in given_out]
    people = [who.user_id for _, who in given_out]
    fitting = [who for who in queue if rules.covers(audience, who.role)]
    assert licenses == free[: len(licenses)]
    assert len(set(people)) == len(people)
    # The first in the queue get them, and none is left while somebody waits.
    assert people == [who.user_id for who in fitting][: len(people)]
    assert len(people) == min(len(free), len({who.user_id for who in fitting}))


@given(ids, st.integers(1, 9))
def test_no_more_is_taken_than_there_is(available: list[UUID], count: int) -> None:
    if count > len(available):
        with pytest.raises(TooFewLicensesError):
            rules.chosen(available, count)
        with pytest.raises(TooFewSeatsError):
            rules.spared(available, count)
        return

    assert rules.chosen(available, count) == available[:count]
    assert rules.spared(available, count) == available[-count:]


def _offered(**other: object) -> Offered:
    fields: dict[str, object] = {
        "tool_id": TOOL,
        "school_id": SCHOOL,
        "type": LicenseType.SINGLE,
        "audience": Audience.ALL,
        "ends_on": TODAY,
        "has_holder": False,
        "pool_id": None,
    }
    return Offered(**(fields | other))  # type: ignore[arg-type]  # each is of its field's type


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"tool_id": uuid4()}, OtherToolError),
        ({"school_id": uuid4()}, OtherToolError),
        ({"type": LicenseType.SCHOOL}, OtherToolError),
        ({"has_holder": True}, LicenseTakenError),
        ({"pool_id": uuid4()}, LicenseTakenError),
        ({"ends_on": date(2026, 11, 23)}, EndedLicenseError),
        ({"audience": Audience.TEACHERS}, OtherAudienceError),
    ],
)
def test_a_license_that_does_not_belong_into_the_pool_is_refused(
    other: dict[str, object], error: type[RefusalError]
) -> None:
    rules.check_offer(
        _offered(), tool_id=TOOL, school_id=SCHOOL, audience=Audience.ALL, today=TODAY
    )

    with pytest.raises(error):
        rules.check_offer(
            _offered(**other), tool_id=TOOL, school_id=SCHOOL, audience=Audience.ALL, today=TODAY
        )
