"""Code cases: how urgent one is, which official units it may be, and which codes are free."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.partner.domain.errors import CaseResolvedError
from app.partner.domain.identity import SchoolUnitCode, folded
from app.partner.domain.licensing import Standing, standing_of

# Always eight digits and never a code of the register: none of those begins with a zero.
FICTIVE_CODES = range(1, 1_000_000)
MOST_PROPOSALS = 10
_ALIKE_ENOUGH = 0.5


class CaseStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """By which kind of code a case was resolved; an official one may follow a fictive one."""

    OFFICIAL = "official"
    FICTIVE = "fictive"


def resolve(status: CaseStatus, earlier: Resolution | None, resolution: Resolution) -> CaseStatus:
    """Return the status after a resolution, or refuse it."""
    supersedes = earlier is Resolution.FICTIVE and resolution is Resolution.OFFICIAL
    if status is CaseStatus.OPEN or supersedes:
        return CaseStatus.RESOLVED
    raise CaseResolvedError(current_status=status, resolution=str(earlier))


class Urgency(StrEnum):
    """How a case stands towards its due date."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"


def urgency_on(due: date, day: date) -> Urgency:
    """Say how urgent a case is on a day; it is overdue the day after its due date."""
    if day > due:
        return Urgency.OVERDUE
    return Urgency.TODAY if day == due else Urgency.LATER


def fictive_code(number: int) -> SchoolUnitCode:
    """Return the fictive code of a number in FICTIVE_CODES."""
    if number not in FICTIVE_CODES:
        message = "fictive codes have run out"
        raise ValueError(message)
    return SchoolUnitCode(f"{number:08}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit of the register that a unit without code may be."""

    school_unit_code: str
    name: str
    status: str
    organization_number: str | None
    municipality_code: str | None
    unit_type: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A candidate, and why it is proposed."""

    candidate: Candidate
    is_same_organization: bool
    is_same_municipality: bool
    likeness: float

    @property
    def standing(self) -> Standing:
        return standing_of(self.candidate.school_unit_code, self.candidate.status)


def propose(
    name: str,
    *,
    is_administrative: bool,
    organization_number: str,
    municipality_codes: Collection[str],
    candidates: Iterable[Candidate],
) -> list[Proposal]:
    """Rank candidates: same organization, then same municipality, then likeness of name."""
    from rapidfuzz import fuzz  # noqa: PLC0415, 4 MB, and only who resolves a case needs it

    wanted = folded(name)
    proposals = [
        Proposal(
            candidate,
            candidate.organization_number == organization_number,
            candidate.municipality_code in municipality_codes,
            round(fuzz.token_set_ratio(wanted, folded(candidate.name)) / 100, 2),
        )
        for candidate in candidates
    ]
    alike = [
        proposal
        for proposal in proposals
        if proposal.likeness >= _ALIKE_ENOUGH
        or (is_administrative and _is_own_central_unit(proposal))
    ]

    def rank(proposal: Proposal) -> tuple[object, ...]:
        return (
            not (is_administrative and proposal.candidate.unit_type == "CENTRAL"),
            not proposal.is_same_organization,
            not proposal.is_same_municipality,
            -proposal.likeness,
            proposal.candidate.school_unit_code,
        )

    return sorted(alike, key=rank)[:MOST_PROPOSALS]


def _is_own_central_unit(proposal: Proposal) -> bool:
    return proposal.is_same_organization and proposal.candidate.unit_type == "CENTRAL"
