"""Rules of license pools: who may have a seat, who is next, and what can be put into one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.skolon.domain.errors import (
    EndedLicenseError,
    LicenseTakenError,
    OtherAudienceError,
    OtherToolError,
    TooFewLicensesError,
    TooFewSeatsError,
    UncoveredRoleError,
)
from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.domain.rosters import Role


@dataclass(frozen=True, slots=True)
class Offered:
    """A license that somebody wants to put into a pool."""

    tool_id: UUID
    school_id: UUID
    type: LicenseType
    audience: Audience
    ends_on: date
    has_holder: bool
    pool_id: UUID | None


@dataclass(frozen=True, slots=True)
class Wanting:
    """Somebody who is linked to a pool, and waits or is simply there."""

    user_id: UUID
    role: Role


def covers(audience: Audience, role: Role) -> bool:
    """Say whether a license for these may be given to somebody of this role."""
    if audience is Audience.ALL:
        return role is not Role.PARTNER
    if audience is Audience.STUDENTS:
        return role is Role.STUDENT
    return role in {Role.TEACHER, Role.STAFF}


def check_role(audience: Audience | None, role: Role) -> None:
    """Refuse to link somebody who could never have a seat; an empty pool is for anybody yet."""
    if role is Role.PARTNER or (audience is not None and not covers(audience, role)):
        raise UncoveredRoleError


def check_offer(
    offered: Offered, *, tool_id: UUID, school_id: UUID, audience: Audience | None, today: date
) -> None:
    """Refuse a license that does not belong into the pool; all in one are of the same kind."""
    is_single = offered.type is LicenseType.SINGLE
    if not is_single or (offered.tool_id, offered.school_id) != (tool_id, school_id):
        raise OtherToolError
    if offered.has_holder or offered.pool_id is not None:
        raise LicenseTakenError
    if offered.ends_on < today:
        raise EndedLicenseError
    if audience is not None and offered.audience is not audience:
        raise OtherAudienceError


def chosen(available: Sequence[UUID], count: int) -> Sequence[UUID]:
    """Take so many of the licenses that could be put into a pool."""
    if count > len(available):
        raise TooFewLicensesError(available=str(len(available)))
    return available[:count]


def spared(free: Sequence[UUID], count: int) -> Sequence[UUID]:
    """Take so many licenses out of those that nobody has; the last ones that would be given."""
    if count > len(free):
        raise TooFewSeatsError(free=str(len(free)))
    return free[len(free) - count :]


def hand_out(
    free: Sequence[UUID], audience: Audience, queue: Iterable[Wanting]
) -> list[tuple[UUID, Wanting]]:
    """Give each free license to the next in the queue whom it covers, and nobody two."""
    fitting = {one.user_id: one for one in queue if covers(audience, one.role)}
    return list(zip(free, fitting.values(), strict=False))
