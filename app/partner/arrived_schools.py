"""The school through which somebody comes: found or added, its name and codes those of today."""

from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.database import add_missing
from app.partner import schools
from app.partner.arrivals import Profile
from app.partner.domain.identity import SchoolUnitCode, folded
from app.partner.domain.licensing import Standing
from app.partner.models import School, SchoolCode
from app.partner.recognition import OvertakenError, Recognized


def find_or_add(session: Session, profile: Profile, known: Recognized) -> tuple[UUID, UUID]:
    """Return organization and school, with the name that Skolon gives the school today."""
    named = {"name": profile.school_name, "folded_name": folded(profile.school_name)}
    if known.school_id is not None:
        if known.school_name != profile.school_name:
            session.execute(update(School).where(School.id == known.school_id).values(named))
        assert known.organization_id is not None  # noqa: S101, each school has one
        return known.organization_id, known.school_id
    organization_id = known.organization_id
    if organization_id is None:
        # A school without an organization number stands for itself.
        number = profile.organization_number or profile.school_id
        organization_id = schools.add_organization(session, number, profile.school_name)
    if organization_id is None:
        raise OvertakenError
    named["skolon_id"] = profile.school_id
    if known.named_school_id is not None:
        listed = update(School).where(
            School.id == known.named_school_id, School.skolon_id.is_(None)
        )
        if session.execute(listed.values(named)).rowcount != 1:  # type: ignore[attr-defined]  # a CursorResult
            raise OvertakenError
        return organization_id, known.named_school_id
    row = {"id": uuid4(), "organization_id": organization_id, **named}
    for school_id in add_missing(session, School, [row]):
        return organization_id, school_id
    raise OvertakenError


def keep_codes(session: Session, school_id: UUID, known: Recognized, *, today: date) -> None:
    """Make the open codes of the school those that Skolon shows today; ended ones stay dated."""
    shown = {
        SchoolUnitCode.parse(code).digits
        for code, standing in known.standings.items()
        # Fictive codes are the partner's own: Skolon is told of them, it does not tell them.
        if standing in (Standing.OFFICIAL, Standing.PLANNED)
    }
    open_codes = set((known.open_codes or "").split(",")) - {""}
    if new := sorted(shown - open_codes):
        add_missing(
            session,
            SchoolCode,
            [
                {
                    "id": uuid4(),
                    "school_id": school_id,
                    "digits": digits,
                    "kind": Standing.OFFICIAL,
                    "started_on": today,
                }
                for digits in new
            ],
        )
    if gone := open_codes - shown:
        session.execute(
            update(SchoolCode)
            .where(
                SchoolCode.school_id == school_id,
                SchoolCode.digits.in_(gone),
                SchoolCode.kind == Standing.OFFICIAL,
                SchoolCode.ended_on.is_(None),
            )
            .values(ended_on=today)
            .execution_options(synchronize_session=False)
        )
