"""The placement of a person: school, class, account and place, however many arrive at once.

At most nine statements for somebody new at a school that is new; two for somebody who is known.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import CompoundSelect, and_, bindparam, null, select, update
from sqlalchemy.orm import Session

from app import tracing
from app.clock import swedish_date
from app.database import add_missing
from app.partner import arrived_schools, matching
from app.partner.arrivals import ClassGroup, Profile
from app.partner.domain.identity import Email
from app.partner.domain.placement import school_year
from app.partner.models import Placement, School, SchoolClass
from app.partner.recognition import OvertakenError, Recognized


class Place(NamedTuple):
    """Whose login it is, at what school, and whether it is their first."""

    account_id: UUID
    school_id: UUID
    is_first: bool


def place(
    session: Session, profile: Profile, known: Recognized, email: Email, *, now: datetime
) -> Place:
    """Bring school, account and placements to what Skolon says today."""
    organization_id, school_id = arrived_schools.find_or_add(session, profile, known)
    arrived_schools.keep_codes(session, school_id, known, today=swedish_date(now))
    at = {"organization_id": organization_id, "school_id": school_id}
    attributes = at | {"email": email.address, "email_key": email.key, "last_used_at": now}
    if known.account_id is None or known.identity_id is None:
        account_id, identity_id = matching.first_account(
            session, profile, email, attributes, now=now
        )
        has_classes = known.school_id is not None
    else:
        account_id, identity_id, has_classes = known.account_id, known.identity_id, True
        tracing.note("partner", "account.judged", why="identity_known", rule="R14")
        matching.update_account(session, profile, known, attributes, now=now)
    whose = {"account_id": account_id, "identity_id": identity_id}
    _place_in_classes(session, profile, whose, school_id, has_classes=has_classes, now=now)
    tracing.note("partner", "classes.placed", number=len(profile.classes), rule="R4")
    return Place(account_id, school_id, known.account_id is None)


class _Class(NamedTuple):
    id: UUID
    skolon_id: str | None
    school_year: str
    name: str
    school_id: UUID
    school_skolon_id: str | None
    placement_id: UUID | None
    role: str | None
    identity_id: UUID | None


def _select_classes() -> CompoundSelect[*tuple[Any, ...]]:
    is_own = and_(
        Placement.school_class_id == SchoolClass.id,
        Placement.account_id == bindparam("account_id"),
        Placement.ended_at.is_(None),
    )
    columns = (
        SchoolClass.id,
        SchoolClass.skolon_id,
        SchoolClass.school_year,
        SchoolClass.name,
        SchoolClass.school_id,
        School.skolon_id.label("school_skolon_id"),
    )
    placed = (
        select(
            *columns,
            Placement.id.label("placement_id"),
            Placement.role,
            Placement.identity_id,
        )
        .join(Placement, is_own)
        .join(School, School.id == SchoolClass.school_id)
    )
    named = (
        select(*columns, null(), null(), null())
        .join(School, School.id == SchoolClass.school_id)
        .where(
            SchoolClass.skolon_id.in_(bindparam("skolon_ids", expanding=True)),
            SchoolClass.school_year == bindparam("year"),
            ~select(Placement.id).where(is_own).exists(),
        )
    )
    return placed.union_all(named)


# Built once, as in recognition.
_CLASSES = _select_classes()


def _classes(
    session: Session, account_id: UUID, groups: Sequence[ClassGroup], year: str
) -> list[_Class]:
    """Return the classes of this year that are named, and those where the account is placed."""
    skolon_ids = [group.skolon_id for group in groups]
    asked = {"account_id": account_id, "skolon_ids": skolon_ids, "year": year}
    return [_Class(*row) for row in session.execute(_CLASSES, asked)]


def _place_in_classes(
    session: Session,
    profile: Profile,
    whose: dict[str, UUID],
    school_id: UUID,
    *,
    has_classes: bool,
    now: datetime,
) -> None:
    """Place the account in its classes of this school, and end what Skolon no longer says."""
    year = school_year(swedish_date(now))
    # In one order for all, so that two logins never wait for each other.
    groups = sorted(
        (group for group in profile.classes if group.school_id == profile.school_id),
        key=lambda group: group.skolon_id,
    )
    found = _classes(session, whose["account_id"], groups, year) if has_classes else []
    named = {group.skolon_id for group in groups}
    current = {
        one.skolon_id: one
        for one in found
        if one.school_year == year and one.skolon_id and one.skolon_id in named
    }
    _rename(session, groups, current, school_id)
    class_ids = _class_ids(session, groups, current, school_id, year)
    # Not what another one keeps up to date who logs in to the same account.
    own = [
        one
        for one in found
        if one.id in class_ids or one.identity_id in (whose["identity_id"], None)
    ]
    _end_others(session, profile, own, set(class_ids), now=now)
    placed = {one.id for one in found if one.placement_id and one.role == profile.role}
    rows = [
        {
            "id": uuid4(),
            **whose,
            "school_class_id": class_id,
            "role": profile.role,
            "placed_at": now,
        }
        for class_id in class_ids
        if class_id not in placed
    ]
    if rows:
        add_missing(session, Placement, rows)


def _rename(
    session: Session,
    groups: Sequence[ClassGroup],
    current: dict[str, _Class],
    school_id: UUID,
) -> None:
    for group in groups:
        one = current.get(group.skolon_id)
        if one is not None and (one.name, one.school_id) != (group.name, school_id):
            session.execute(
                update(SchoolClass)
                .where(SchoolClass.id == one.id)
                .values(name=group.name, school_id=school_id)
            )


def _class_ids(
    session: Session,
    groups: Sequence[ClassGroup],
    current: dict[str, _Class],
    school_id: UUID,
    year: str,
) -> list[UUID]:
    """Return the class of each group, added if this year does not have it yet."""
    rows = [
        {
            "id": uuid4(),
            "school_id": school_id,
            "skolon_id": group.skolon_id,
            "school_year": year,
            "name": group.name,
        }
        for group in groups
        if group.skolon_id not in current
    ]
    if rows and len(add_missing(session, SchoolClass, rows)) != len(rows):
        # A classmate came at the same moment and was first.
        raise OvertakenError
    return [one.id for one in current.values()] + [UUID(str(row["id"])) for row in rows]


def _end_others(
    session: Session,
    profile: Profile,
    found: Sequence[_Class],
    class_ids: set[UUID],
    *,
    now: datetime,
) -> None:
    ended = [
        one.placement_id
        for one in found
        if one.placement_id
        and not (one.id in class_ids and one.role == profile.role)
        and not _goes_on_elsewhere(one, profile)
    ]
    if ended:
        session.execute(
            update(Placement)
            .where(Placement.id.in_(ended))
            .values(ended_at=now)
            .execution_options(synchronize_session=False)
        )


def _goes_on_elsewhere(one: _Class, profile: Profile) -> bool:
    """Say whether a place at another school stays, of which this login tells less."""
    if one.school_skolon_id == profile.school_id or one.school_skolon_id not in profile.school_ids:
        return False
    listed = {
        group.skolon_id for group in profile.classes if group.school_id == one.school_skolon_id
    }
    # A school of which Skolon lists no class to us is one that it does not show us.
    return not listed or one.skolon_id in listed
