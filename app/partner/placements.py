"""The placement of a person: school, class, account and place, however many arrive at once.

At most nine statements for somebody new at a school that is new; two for somebody who is known.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import and_, insert, null, or_, select, update
from sqlalchemy.orm import Session

from app import tracing
from app.clock import swedish_date
from app.database import add_missing
from app.partner import schools
from app.partner.arrivals import ClassGroup, Profile
from app.partner.domain.identity import Email, SchoolUnitCode, folded
from app.partner.domain.licensing import Standing
from app.partner.domain.placement import school_year
from app.partner.models import (
    Account,
    AccountEvent,
    Identity,
    Placement,
    School,
    SchoolClass,
    SchoolCode,
)
from app.partner.recognition import Recognized


class OvertakenError(Exception):
    """Another transaction did the same first, or moved the account; begin again."""


class Place(NamedTuple):
    """Whose login it is, at what school, and whether it is their first."""

    account_id: UUID
    school_id: UUID
    is_first: bool


def place(
    session: Session, profile: Profile, known: Recognized, email: Email, *, now: datetime
) -> Place:
    """Bring school, account and placements to what Skolon says today."""
    organization_id, school_id = _school(session, profile, known)
    _keep_codes(session, school_id, known, today=swedish_date(now))
    at = {"organization_id": organization_id, "school_id": school_id}
    attributes = at | {"email": email.address, "email_key": email.key, "last_used_at": now}
    if known.account_id is None or known.identity_id is None:
        account_id, identity_id = _first_account(session, profile, email, attributes, now=now)
        has_classes = known.school_id is not None
    else:
        account_id, identity_id, has_classes = known.account_id, known.identity_id, True
        tracing.note("partner", "account.judged", why="identity_known", rule="R14")
        _update_account(session, profile, known, attributes, now=now)
    whose = {"account_id": account_id, "identity_id": identity_id}
    _place_in_classes(session, profile, whose, school_id, has_classes=has_classes, now=now)
    tracing.note("partner", "classes.placed", number=len(profile.classes), rule="R4")
    return Place(account_id, school_id, known.account_id is None)


def _school(session: Session, profile: Profile, known: Recognized) -> tuple[UUID, UUID]:
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


def _keep_codes(session: Session, school_id: UUID, known: Recognized, *, today: date) -> None:
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


def _first_account(
    session: Session, profile: Profile, email: Email, attributes: dict[str, Any], *, now: datetime
) -> tuple[UUID, UUID]:
    """Keep the account that waits for this email, or make one; bind it to Skolon's id (R14)."""
    name = {"first_name": profile.first_name, "last_name": profile.last_name}
    account_id = _claimed(session, email, attributes)
    is_kept = account_id is not None
    tracing.note("partner", "account.judged", why="email_known" if is_kept else "new", rule="R14")
    if account_id is not None:
        _note(session, account_id, "kept", now=now)
    else:
        account_id = uuid4()
        session.execute(insert(Account).values(id=account_id, created_at=now, **attributes, **name))
    identity_id = uuid4()
    identity = {
        "id": identity_id,
        "account_id": account_id,
        "issuer": profile.issuer,
        "subject": profile.subject,
        **name,
    }
    if not add_missing(session, Identity, [identity]):
        raise OvertakenError
    return account_id, identity_id


def _claimed(session: Session, email: Email, attributes: dict[str, Any]) -> UUID | None:
    """Take the account with this email that nobody from Skolon has been matched to yet.

    In the organization itself, or in none: an address elsewhere may be anybody's. Once taken it is
    found by Skolon's id alone, so that whoever has the address next does not get in.
    """
    organization_id = attributes["organization_id"]
    waiting = (
        select(Account.id)
        .where(
            Account.match_key == email.key,
            Account.merged_into_id.is_(None),
            or_(Account.organization_id == organization_id, Account.organization_id.is_(None)),
        )
        .order_by(Account.organization_id.is_(None))
        .limit(1)
        .scalar_subquery()
    )
    return session.execute(
        update(Account)
        # Asked again of the row itself: two who share an address may come at once.
        .where(
            Account.id == waiting,
            Account.match_key == email.key,
            Account.merged_into_id.is_(None),
        )
        .values(match_key=None, **attributes)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).scalar()


def _update_account(
    session: Session,
    profile: Profile,
    known: Recognized,
    attributes: dict[str, Any],
    *,
    now: datetime,
) -> None:
    name = {"first_name": profile.first_name, "last_name": profile.last_name}
    # A kept account has a name of its own, until Skolon has another than it had.
    is_renamed = (known.first_name, known.last_name) != (profile.first_name, profile.last_name)
    if is_renamed:
        attributes = attributes | name
        session.execute(update(Identity).where(Identity.id == known.identity_id).values(name))
        assert known.account_id is not None  # noqa: S101, only known accounts are updated
        _note(session, known.account_id, "renamed", now=now)
    updated = session.execute(
        update(Account)
        .where(Account.id == known.account_id, Account.merged_into_id.is_(None))
        .values(attributes)
        .execution_options(synchronize_session=False)
    )
    if updated.rowcount != 1:  # type: ignore[attr-defined]  # a CursorResult
        raise OvertakenError


def _note(session: Session, account_id: UUID, kind: str, *, now: datetime) -> None:
    session.execute(
        insert(AccountEvent).values(
            id=uuid4(), account_id=account_id, kind=kind, actor="skolon", happened_at=now
        )
    )


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


def _classes(
    session: Session, account_id: UUID, groups: Sequence[ClassGroup], year: str
) -> list[_Class]:
    """Return the classes of this year that are named, and those where the account is placed."""
    is_own = and_(
        Placement.school_class_id == SchoolClass.id,
        Placement.account_id == account_id,
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
            SchoolClass.skolon_id.in_([group.skolon_id for group in groups]),
            SchoolClass.school_year == year,
            ~select(Placement.id).where(is_own).exists(),
        )
    )
    return [_Class(*row) for row in session.execute(placed.union_all(named))]


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
