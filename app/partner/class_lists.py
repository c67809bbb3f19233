"""Class lists: who is seen by whom, once they have logged in (R3)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.partner.domain.placement import Role, school_year, swedish_order
from app.partner.models import Account, Placement, School, SchoolClass

# Built once: SQLAlchemy takes longer to build a statement and to find it in its cache than SQLite
# to answer it.
_OWN = (
    select(
        SchoolClass.id,
        SchoolClass.name,
        SchoolClass.school_year,
        School.name.label("school_name"),
        Placement.role,
    )
    .join(Placement, Placement.school_class_id == SchoolClass.id)
    .join(School, School.id == SchoolClass.school_id)
    .where(
        Placement.account_id == bindparam("account_id"),
        Placement.ended_at.is_(None),
        SchoolClass.school_year == bindparam("school_year"),
        # One that was forgotten while somebody logged in is nobody's class.
        SchoolClass.skolon_id.is_not(None),
    )
    .order_by(School.name, SchoolClass.name, SchoolClass.id)
)
_SEEN = (
    select(Placement.school_class_id, Account.first_name, Account.last_name)
    .join(Account, Account.id == Placement.account_id)
    .where(
        Placement.school_class_id.in_(bindparam("class_ids", expanding=True)),
        Placement.role == Role.STUDENT,
        Placement.ended_at.is_(None),
    )
)


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
    asked = {"account_id": account_id, "school_year": school_year(today)}
    own = session.execute(_OWN, asked).all()
    taught = [row.id for row in own if row.role == Role.TEACHER]
    students: defaultdict[UUID, list[str]] = defaultdict(list)
    if taught:
        seen = session.execute(_SEEN, {"class_ids": taught}).all()
        # Here and not by the database: only some collations know where Å, Ä and Ö belong.
        by_name = sorted(seen, key=lambda row: (swedish_order(row[2]), swedish_order(row[1])))
        for class_id, first_name, last_name in by_name:
            students[class_id].append(f"{first_name} {last_name}".strip())
    return [
        ClassList(
            school=row.school_name,
            name=row.name,
            school_year=row.school_year,
            role=Role(row.role),
            students=tuple(students[row.id]),
        )
        for row in own
    ]
