"""The state of the partner's copy of the register."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.partner.models import RegisterCopy, RegisterPage, RegisterUnit


class RegisterState(BaseModel):
    """How large and how old the copy is."""

    units: int
    refreshed_at: datetime | None
    by_status: dict[str, int]
    unfinished_calls: int
    # Fictive codes begin with a zero because no official one does; one that did would be an alarm.
    official_codes_with_leading_zero: list[str]


def state(session: Session) -> RegisterState:
    """Return the state of the copy."""
    copy = session.get(RegisterCopy, 1)
    counts = session.execute(
        select(RegisterUnit.status, func.count()).group_by(RegisterUnit.status)
    ).all()
    by_status = dict(sorted((status, number) for status, number in counts))
    alarming = session.scalars(
        select(RegisterUnit.school_unit_code)
        .where(RegisterUnit.school_unit_code.startswith("0"))
        .order_by(RegisterUnit.school_unit_code)
    )
    return RegisterState(
        units=sum(by_status.values()),
        refreshed_at=copy.refreshed_at if copy else None,
        by_status=by_status,
        unfinished_calls=session.scalar(select(func.count()).select_from(RegisterPage)) or 0,
        official_codes_with_leading_zero=list(alarming),
    )
