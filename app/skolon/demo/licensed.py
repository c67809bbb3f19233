"""The world that begins with licenses: one of each type, and people in every situation.

So a partner's program meets all odd cases at its first synchronization.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.settings import Settings
from app.skolon import changes, coverage, removals
from app.skolon.demo.characters import (
    CHARACTERS,
    FREE_SCHOOL,
    MAIN,
    OWNERS,
    POOL_SCHOOL,
    TOWN,
    UNKNOWN_CODE,
    UNLICENSED,
    Character,
)
from app.skolon.demo.people import add_people, pupils_of
from app.skolon.demo.rows import BEGINNING, add_records, uuid_of
from app.skolon.domain.licenses import Audience, LicenseType, RequestKind, last_day
from app.skolon.domain.rosters import GroupType, Role, UnitKind
from app.skolon.models import (
    Group,
    License,
    LicensePool,
    OrganizationLicense,
    PoolLink,
    School,
    SchoolUnitCode,
    Seat,
    Tool,
)

SEATS_IN_POOL = 10
PUPILS_AT_POOL_SCHOOL = 25

NEWCOMERS = (
    Character(
        "vide", "Vide", "Prov", Role.STUDENT, (POOL_SCHOOL,), ("4B",),
        "Elev med provlicens.", "Student with a trial license.",
    ),
    Character(
        "arne", "Arne", "Utgren", Role.TEACHER, (POOL_SCHOOL,), ("4B",),
        "Lärare vars licens har gått ut.", "Teacher whose license has ended.",
    ),
    Character(
        "ulla", "Ulla", "Utanlund", Role.TEACHER, (UNLICENSED,), ("6A Lindäng",),
        "Lärare utan licens.", "Teacher without a license.",
    ),
    Character(
        "gösta", "Gösta", "Gådd", Role.STUDENT, (MAIN,), ("7A",),
        "Borttagen elev: går inte att bli.", "Deleted student: nobody can be him.",
    ),
)  # fmt: skip


def populate_licensed(session: Session, settings: Settings, *, now: datetime) -> None:
    """Add to the demo a license of each type, and people in every situation that one can meet."""
    _add_school(session)
    add_people(
        session,
        NEWCOMERS,
        [
            *pupils_of(POOL_SCHOOL, ["4B"], PUPILS_AT_POOL_SCHOOL, key="pool-pupil"),
            # More than the class license has seats for.
            *pupils_of(UNKNOWN_CODE, ["5C"], 32, key="class-pupil"),
            *pupils_of(UNKNOWN_CODE, ["5C"], 3, key="class-teacher", role=Role.TEACHER),
        ],
        after=len(CHARACTERS),
    )
    add_records(
        session,
        Group,
        [
            {"key": f"{MAIN} {name}", "name": name, "school_id": uuid_of(MAIN), "type": of_type}
            for name, of_type in (
                ("9C", GroupType.CLASS),
                ("Skolkören", GroupType.TEACHING_GROUP),
            )
        ],
    )
    tool = session.scalars(select(Tool).where(Tool.client_id == settings.skolon_client_id)).one()
    _add_licenses(session, tool.id, swedish_date(now), now)
    removals.remove_user(session, str(uuid_of("gösta")), now=now)
    removals.remove_group(session, str(uuid_of(f"{MAIN} 9C")), now=now)


def _add_school(session: Session) -> None:
    add_records(
        session,
        School,
        [
            {
                "key": POOL_SCHOOL,
                "name": POOL_SCHOOL,
                "organization_id": uuid_of(OWNERS[POOL_SCHOOL]),
                "kind": UnitKind.SCHOOL,
            }
        ],
    )
    session.add_all(
        SchoolUnitCode(school_id=uuid_of(POOL_SCHOOL), code=code, added_at=BEGINNING)
        for code in ("10000004", "10000005")
    )


def _add_licenses(session: Session, tool_id: UUID, today: date, now: datetime) -> None:
    in_june = last_day(RequestKind.PURCHASE, today)
    pool = LicensePool(
        id=uuid_of("pool"),
        tool_id=tool_id,
        school_id=uuid_of(POOL_SCHOOL),
        name="Björkhags licenser",
        made_at=now,
    )
    bundle = OrganizationLicense(
        id=uuid_of("the organization's license"),
        tool_id=tool_id,
        organization_id=uuid_of(TOWN),
        starts_on=today,
        ends_on=in_june,
        made_at=now,
    )
    session.add_all((pool, bundle))
    session.flush()
    session.add(PoolLink(pool_id=pool.id, group_id=uuid_of(f"{POOL_SCHOOL} 4B"), linked_at=now))

    def license_at(school: str, of_type: LicenseType, **more: object) -> License:
        defaults = {"starts_on": today, "ends_on": in_june, "is_demo": False, "assigned_at": now}
        made = License(
            tool_id=tool_id,
            type=of_type,
            organization_id=uuid_of(OWNERS[school]),
            owner_school_id=uuid_of(school),
            change_number=changes.draw(session, License),
            **(defaults | more),
        )
        session.add(made)
        session.flush()
        return made

    def seat(license_: License, user: str) -> None:
        session.add(
            Seat(
                license_id=license_.id,
                user_id=uuid_of(user),
                given_at=now,
                is_single=True,
                pool_id=license_.pool_id,
            )
        )

    # The organization's, handed on to two schools, of which one has assigned it.
    license_at(MAIN, LicenseType.ORGANIZATION, bundle_id=bundle.id)
    license_at(UNKNOWN_CODE, LicenseType.ORGANIZATION, bundle_id=bundle.id, assigned_at=None)
    license_at(
        UNKNOWN_CODE,
        LicenseType.GROUP,
        group_id=uuid_of(f"{UNKNOWN_CODE} 5C"),
        student_seats=30,
        teacher_seats=2,
    )
    # For students alone: the class's teacher is not to wait for a seat.
    pooled = {"pool_id": pool.id, "audience": Audience.STUDENTS}
    for place in range(1, SEATS_IN_POOL + 1):
        seat(license_at(POOL_SCHOOL, LicenseType.SINGLE, **pooled), f"pool-pupil-{place}")
    trial = {"is_demo": True, "ends_on": last_day(RequestKind.TRIAL, today)}
    seat(license_at(POOL_SCHOOL, LicenseType.SINGLE, **trial), "vide")
    last_year = {"starts_on": today - timedelta(400), "ends_on": today - timedelta(35)}
    seat(license_at(POOL_SCHOOL, LicenseType.SINGLE, **last_year), "arne")
    # Its organization shares nobody ahead of time.
    license_at(FREE_SCHOOL, LicenseType.SCHOOL)
    schools = [uuid_of(school) for school in OWNERS]
    changes.mark_with_owners(session, School.id.in_(schools), now=now)
    coverage.settle(session, License.tool_id == tool_id, now=now)
