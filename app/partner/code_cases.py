"""Code cases: opened for units without a usable code, resolved by an official or a fictive one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.database import add_rows, find_or_add
from app.errors import NotFoundError
from app.partner import outbox, register
from app.partner.domain import code_cases as rules
from app.partner.domain.code_cases import CaseStatus, Resolution
from app.partner.domain.errors import CodeInUseError, UnusableCodeError
from app.partner.domain.identity import SchoolUnitCode
from app.partner.domain.licensing import Standing
from app.partner.domain.working_days import due_on
from app.partner.models import CodeCase, RegisterUnit, RequestedUnit, School, SchoolCode

TRIES = 20


class UnknownCodeCaseError(NotFoundError):
    """There is no code case of that id."""

    code = "unknown_code_case"


@dataclass(frozen=True, slots=True)
class Wanting:
    """A unit that lacks a usable code, and what was sent instead of one."""

    school_id: UUID
    unit_kind: str
    standing: Standing
    sent_code: str | None


def open_for(session: Session, units: Sequence[Wanting], *, now: datetime) -> list[UUID]:
    """Open a case for each unit that has neither a case nor a code yet; return the new ones."""
    ids = [unit.school_id for unit in units]
    if not ids:
        return []
    settled = set(
        session.scalars(
            select(CodeCase.school_id)
            .where(CodeCase.school_id.in_(ids), CodeCase.status == CaseStatus.OPEN)
            .union(
                select(SchoolCode.school_id).where(
                    SchoolCode.school_id.in_(ids), SchoolCode.ended_on.is_(None)
                )
            )
        )
    )
    due = due_on(swedish_date(now))
    wanting = {unit.school_id: unit for unit in units if unit.school_id not in settled}
    if not wanting:
        return []
    rows = [_row(unit, due, now) for unit in wanting.values()]
    try:
        with session.begin_nested():
            add_rows(session, CodeCase, rows)
    except IntegrityError:
        # Somebody opens cases for the same units just now; each unit gets one.
        return [
            find_or_add(
                session,
                select(CodeCase).where(
                    CodeCase.school_id == school_id, CodeCase.status == CaseStatus.OPEN
                ),
                partial(_case, unit, due, now),
            ).id
            for school_id, unit in wanting.items()
        ]
    return [row["id"] for row in rows]


def resolve(
    session: Session,
    case_id: UUID,
    official: SchoolUnitCode | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Resolve a case by an official code, or without one by a fictive code of its own."""
    case = session.scalar(select(CodeCase).where(CodeCase.id == case_id).with_for_update())
    if case is None:
        raise UnknownCodeCaseError
    resolution = Resolution.OFFICIAL if official else Resolution.FICTIVE
    earlier = Resolution(case.resolution) if case.resolution else None
    case.status = rules.resolve(CaseStatus(case.status), earlier, resolution)
    school = session.get_one(School, case.school_id)
    if official:
        _require_usable(session, official, school)
        _end_fictive_codes(session, school, now=now)
        code = _put_on(session, school, official, Standing.OFFICIAL, now=now)
    else:
        code = _assign_fictive(session, school, now=now)
    case.resolution, case.school_unit_code = resolution, code
    case.resolved_at, case.resolved_by = now, actor
    session.execute(
        update(RequestedUnit)
        .where(RequestedUnit.school_id == school.id)
        .values(standing=resolution.value)
    )
    _tell_skolon(session, school, "POST", code, now=now)


def _case(unit: Wanting, due: date, now: datetime) -> CodeCase:
    return CodeCase(**_row(unit, due, now))


def _row(unit: Wanting, due: date, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "school_id": unit.school_id,
        "unit_kind": unit.unit_kind,
        "standing": unit.standing,
        "sent_code": unit.sent_code,
        "status": CaseStatus.OPEN,
        "opened_at": now,
        "due_on": due,
    }


def _require_usable(session: Session, code: SchoolUnitCode, school: School) -> None:
    standing = register.standings(session, [code.digits])[code.digits]
    if standing not in (Standing.OFFICIAL, Standing.PLANNED):
        raise UnusableCodeError(pointer="/school_unit_code")
    taken = session.scalar(
        select(SchoolCode.id).where(
            SchoolCode.digits == code.digits,
            SchoolCode.school_id != school.id,
            SchoolCode.ended_on.is_(None),
        )
    )
    if taken is not None:
        raise CodeInUseError


def _put_on(
    session: Session, school: School, code: SchoolUnitCode, kind: Standing, *, now: datetime
) -> str:
    find_or_add(
        session,
        select(SchoolCode).where(
            SchoolCode.school_id == school.id,
            SchoolCode.digits == code.digits,
            SchoolCode.ended_on.is_(None),
        ),
        lambda: SchoolCode(
            school_id=school.id, digits=code.digits, kind=kind, started_on=swedish_date(now)
        ),
    )
    return code.digits


def _end_fictive_codes(session: Session, school: School, *, now: datetime) -> None:
    ended = session.scalars(
        update(SchoolCode)
        .where(
            SchoolCode.school_id == school.id,
            SchoolCode.kind == Standing.FICTIVE,
            SchoolCode.ended_on.is_(None),
        )
        .values(ended_on=swedish_date(now))
        .returning(SchoolCode.digits)
    ).all()
    for digits in ended:
        _tell_skolon(session, school, "DELETE", digits, now=now)


def _assign_fictive(session: Session, school: School, *, now: datetime) -> str:
    """Take the next free fictive code; a code that was ever given is never given again."""
    for _ in range(TRIES):
        code = _next_fictive(session)
        try:
            with session.begin_nested():
                session.add(
                    SchoolCode(
                        school_id=school.id,
                        digits=code.digits,
                        kind=Standing.FICTIVE,
                        started_on=swedish_date(now),
                    )
                )
        except IntegrityError:
            continue  # Somebody took that number just now.
        return code.digits
    message = "no fictive code was free in many tries"
    raise AssertionError(message)


def _next_fictive(session: Session) -> SchoolUnitCode:
    """Return the code after the last one given, leaving out any that the register has."""
    last = session.scalar(
        select(func.max(SchoolCode.digits)).where(SchoolCode.kind == Standing.FICTIVE)
    )
    code = rules.fictive_code(int(last or 0) + 1)
    while session.get(RegisterUnit, code.digits) is not None:
        code = rules.fictive_code(int(code.digits) + 1)
    return code


def _tell_skolon(
    session: Session, school: School, method: str, code: str, *, now: datetime
) -> None:
    """Put the code on the school at Skolon too, or take it off; unknown units have no school."""
    if school.skolon_id is None:
        return
    path = f"/portal/api/schools/{school.skolon_id}/unit-codes"
    if method == "DELETE":
        outbox.put(session, method, f"{path}/{code}", {}, now=now)
    else:
        outbox.put(session, method, path, {"code": code}, now=now)
