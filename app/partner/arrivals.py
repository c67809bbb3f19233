"""What Skolon tells about somebody who logs in, or why it told nothing."""

from dataclasses import dataclass
from datetime import date

from app.partner.domain.placement import Outcome, Role


@dataclass(frozen=True, slots=True)
class ClassGroup:
    """A class that the person belongs to, and the school that it is of."""

    skolon_id: str
    name: str
    school_id: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A person and the school through which they come, as Skolon sees them at this login."""

    issuer: str
    subject: str
    role: Role
    first_name: str
    last_name: str
    email: str | None
    school_id: str
    school_name: str
    organization_number: str | None
    school_unit_codes: tuple[str, ...]
    # All of the person's schools, this one among them.
    school_ids: tuple[str, ...]
    classes: tuple[ClassGroup, ...]
    license_end_dates: tuple[date | None, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why no profile came."""

    outcome: Outcome
