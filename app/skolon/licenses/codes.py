"""School unit codes, which partners put on the schools that they were asked for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.skolon import changes
from app.skolon.domain.errors import UnknownSchoolError
from app.skolon.models import LicenseRequest, RequestedSchool, School, SchoolUnitCode
from app.skolon.tokens import tools_of_provider


def add_code(
    session: Session, tool_id: UUID, school_id: str, code: str, *, now: datetime
) -> Sequence[str]:
    """Put a code on a school that the tool has been asked for, and return all its codes."""
    school = _asked_for(session, tool_id, school_id)
    # One after the other, so that two who add the same code do not meet.
    changes.hold(session, School)
    if code not in _codes(session, school):
        session.add(SchoolUnitCode(school_id=school.id, code=code, added_at=now))
        session.flush()
        changes.mark(session, School, School.id == school.id, now=now)
    return _codes(session, school)


def remove_code(
    session: Session, tool_id: UUID, school_id: str, code: str, *, now: datetime
) -> Sequence[str]:
    """Take a code off a school, and return those that are left; gone already is fine."""
    school = _asked_for(session, tool_id, school_id)
    changes.hold(session, School)
    if code in _codes(session, school):
        session.execute(
            delete(SchoolUnitCode).where(
                SchoolUnitCode.school_id == school.id, SchoolUnitCode.code == code
            )
        )
        changes.mark(session, School, School.id == school.id, now=now)
    return _codes(session, school)


def _asked_for(session: Session, tool_id: UUID, school_id: str) -> School:
    school = session.scalar(
        select(School).where(
            School.public_id == school_id,
            School.id.in_(
                select(RequestedSchool.school_id)
                .join(LicenseRequest, LicenseRequest.id == RequestedSchool.request_id)
                .where(LicenseRequest.tool_id.in_(tools_of_provider(session, tool_id)))
            ),
        )
    )
    if school is None:
        raise UnknownSchoolError
    return school


def _codes(session: Session, school: School) -> Sequence[str]:
    return session.scalars(
        select(SchoolUnitCode.code)
        .where(SchoolUnitCode.school_id == school.id)
        .order_by(SchoolUnitCode.added_at, SchoolUnitCode.code)
    ).all()
