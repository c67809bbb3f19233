"""The partner's copy of Skolverket's register."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import BindParameter, bindparam, literal, select
from sqlalchemy.orm import Session

from app.partner.domain.errors import InvalidSchoolUnitCodeError
from app.partner.domain.identity import SchoolUnitCode
from app.partner.domain.licensing import FICTIVE_STATUS, Standing, standing_of
from app.partner.models import RegisterUnit, SchoolCode

_DIGITS: BindParameter[Any] = bindparam("digits", expanding=True)
# Built once: SQLAlchemy takes longer to build it and to find it in its cache than SQLite to answer.
_STATUSES = (
    select(RegisterUnit.school_unit_code, RegisterUnit.status)
    .where(RegisterUnit.school_unit_code.in_(_DIGITS))
    .union(
        select(SchoolCode.digits, literal(FICTIVE_STATUS)).where(
            SchoolCode.digits.in_(_DIGITS), SchoolCode.kind == Standing.FICTIVE
        )
    )
)


def standings(session: Session, codes: Iterable[str | None]) -> dict[str | None, Standing]:
    """Judge codes as they were sent, with one statement for all of them."""
    asked = set(codes)
    digits = {found for code in asked if (found := _digits(code))}
    statuses: dict[str, str] = {}
    if digits:
        statuses = dict(session.execute(_STATUSES, {"digits": list(digits)}).all())
    return {code: standing_of(code, statuses.get(_digits(code) or "")) for code in asked}


def _digits(code: str | None) -> str | None:
    try:
        return SchoolUnitCode.parse(code or "").digits
    except InvalidSchoolUnitCodeError:
        return None
