"""Class lists: who is seen by whom, once they have logged in (R3)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.partner.domain.placement import Role, school_year, swedish_order
from app.partner.models import Account, Placement, School, SchoolClass


@dataclass(frozen=True, slots=True)
class ClassList:
    """A class as one of its members sees it; only teachers see the students."""

    school: str
    name: str
    school_year: str
    role: Role
    students: tuple[str, ...]


def of_account(session: Session, account_id: UUID, *, today: date) -> list[ClassList]:
    """Return the classes of this school year where the account is placed, in two statements."""
    own = session.execute(
        select(SchoolClass, School.name, Placement.role)
        .join(Placement, Placement.school_class_id == SchoolClass.id)
        .join(School, School.id == SchoolClass.school_id)
        .where(
            Placement.account_id == account_id,
            Placement.ended_at.is_(None),
            SchoolClass.school_year == school_year(today),
            # One that was forgotten while somebody logged in is nobody's class.
            SchoolClass.skolon_id.is_not(None),
        )
        .order_by(School.name, SchoolClass.name, SchoolClass.id)
    ).all()
    taught = [school_class.id for school_class, _, role in own if role == Role.TEACHER]
    students: defaultdict[UUID, list[str]] = defaultdict(list)
    if taught:
        seen = session.execute(
            select(Placement.school_class_id, Account.first_name, Account.last_name)
            .join(Account, Account.id == Placement.account_id)
            .where(
                Placement.school_class_id.in_(taught),
                Placement.role == Role.STUDENT,
                Placement.ended_at.is_(None),
            )
        ).all()
        # Here and not by the database: only some collations know where Å, Ä and Ö belong.
        by_name = sorted(seen, key=lambda row: (swedish_order(row[2]), swedish_order(row[1])))
        for class_id, first_name, last_name in by_name:
            students[class_id].append(f"{first_name} {last_name}".strip())
    return [
        ClassList(
            school=school_name,
            name=school_class.name,
            school_year=school_class.school_year,
            role=Role(role),
            students=tuple(students[school_class.id]),
        )
        for school_class, school_name, role in own
    ]
