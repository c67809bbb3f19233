"""What each login changes: placements, names, schools, codes, and whose account it is."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select, update

from app.database import Database
from app.partner import class_lists
from app.partner.domain.placement import Outcome, Role
from app.partner.models import (
    Account,
    AccountEvent,
    Identity,
    License,
    LicenseRequest,
    LoginAttempt,
    Organization,
    Placement,
    School,
    SchoolClass,
    SchoolCode,
)
from tests.conftest import World
from tests.profiles import NOW, OTHER_SCHOOL, SCHOOL, account_of, arrive, group, profile
from tests.waiting import waiting_account

ORDINARY_DAY = timedelta(days=1)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """List the statements that are run meanwhile; those of the background are in other threads."""
    statements: list[str] = []
    here = threading.get_ident()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if threading.get_ident() == here and not statement.startswith(("BEGIN", "PRAGMA")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def places(database: Database, account_id: UUID) -> list[tuple[str, str, bool]]:
    """Return school year and name of each class of the account, and whether it is in it today."""
    with database.read() as session:
        rows = session.execute(
            select(SchoolClass.school_year, SchoolClass.name, Placement.ended_at)
            .join(Placement, Placement.school_class_id == SchoolClass.id)
            .where(Placement.account_id == account_id)
            .order_by(Placement.placed_at, SchoolClass.name)
        ).all()
    return [(year, name, ended_at is None) for year, name, ended_at in rows]


def name_of(database: Database, account_id: UUID) -> str:
    with database.read() as session:
        account = session.get_one(Account, account_id)
        return f"{account.first_name} {account.last_name}"


def test_r4_the_first_login_at_a_school_that_nobody_knew_takes_twelve_statements(
    world: World,
) -> None:
    with counted(world.database) as statements:
        done = arrive(world.database, profile())

    assert done.outcome is Outcome.FIRST_LOGIN
    assert len(statements) <= 12, statements


def test_r4_the_first_login_at_a_known_school_takes_twelve_statements_with_a_new_class_and_code(
    world: World,
) -> None:
    arrive(world.database, profile(subject="somebody-else", email="else@exempelstad.example"))

    with counted(world.database) as statements:
        arrive(
            world.database,
            profile(classes=(group("8B"), group("8B ma")), school_unit_codes=("10000002",)),
        )

    assert len(statements) <= 12, statements


def test_r4_a_repeated_login_takes_six_statements(world: World) -> None:
    arrive(world.database, profile())

    with counted(world.database) as statements:
        done = arrive(world.database, profile(), now=NOW + ORDINARY_DAY)

    assert done.outcome is Outcome.OK
    assert len(statements) <= 6, statements


def test_r4_a_unit_that_was_listed_by_name_is_the_school_of_its_first_login(world: World) -> None:
    with world.database.write() as session:
        organization = Organization(organization_number="2990000099", name="Provköping")
        session.add(organization)
        session.flush()
        school = School(
            organization_id=organization.id, name="provskolan", folded_name="provskolan"
        )
        session.add(school)
        session.flush()
        listed = school.id

    arrive(world.database, profile())

    with world.database.read() as session:
        assert session.scalars(select(School.id).where(School.skolon_id == SCHOOL)).all() == [
            listed
        ]


def test_r4_a_new_class_ends_the_place_in_the_old_one_and_keeps_it_as_history(
    world: World,
) -> None:
    account_id = account_of(world.database, profile())

    account_of(world.database, profile(classes=(group("7B"),)), now=NOW + ORDINARY_DAY)

    assert places(world.database, account_id) == [("2026/27", "7A", False), ("2026/27", "7B", True)]


def test_r4_whoever_comes_back_to_a_class_has_two_places_there_and_one_of_them_open(
    world: World,
) -> None:
    account_id = account_of(world.database, profile())
    account_of(world.database, profile(classes=()), now=NOW + ORDINARY_DAY)

    account_of(world.database, profile(), now=NOW + 2 * ORDINARY_DAY)

    assert places(world.database, account_id) == [("2026/27", "7A", False), ("2026/27", "7A", True)]


def test_r4_a_renamed_class_stays_the_same_class(world: World) -> None:
    account_id = account_of(world.database, profile())

    renamed = replace(group("7A"), name="7 A (Ekan)")
    account_of(world.database, profile(classes=(renamed,)), now=NOW + ORDINARY_DAY)

    assert places(world.database, account_id) == [("2026/27", "7 A (Ekan)", True)]


def test_r4_a_new_school_year_makes_a_new_class_of_the_same_name(world: World) -> None:
    account_id = account_of(world.database, profile())

    account_of(world.database, profile(), now=datetime(2027, 8, 17, 8, tzinfo=NOW.tzinfo))

    assert places(world.database, account_id) == [("2026/27", "7A", False), ("2027/28", "7A", True)]


def test_r4_whoever_moves_to_another_school_leaves_the_classes_of_the_old_one(
    world: World,
) -> None:
    account_id = account_of(world.database, profile())

    moved = profile(
        school_id=OTHER_SCHOOL,
        school_name="Nya skolan",
        school_ids=(OTHER_SCHOOL,),
        classes=(group("7X", OTHER_SCHOOL),),
    )
    assert account_of(world.database, moved, now=NOW + ORDINARY_DAY) == account_id

    assert places(world.database, account_id) == [("2026/27", "7A", False), ("2026/27", "7X", True)]


@pytest.mark.parametrize("lists_the_other", [True, False], ids=["listed", "not shown"])
def test_r4_a_teacher_at_two_schools_keeps_the_classes_of_both(
    world: World, lists_the_other: bool
) -> None:
    both = (SCHOOL, OTHER_SCHOOL)
    first, second = group("7A"), group("8X", OTHER_SCHOOL)
    teacher = profile(role=Role.TEACHER, school_ids=both, classes=(first, group("7C"), second))
    account_id = account_of(world.database, teacher)

    account_of(
        world.database,
        profile(
            role=Role.TEACHER,
            school_id=OTHER_SCHOOL,
            school_name="Andra skolan",
            school_ids=both,
            classes=(first, second) if lists_the_other else (second,),
        ),
        now=NOW + ORDINARY_DAY,
    )

    kept = lists_the_other is False
    assert places(world.database, account_id) == [
        ("2026/27", "7A", True),
        ("2026/27", "7C", kept),
        ("2026/27", "8X", True),
    ]


def test_r4_a_student_who_becomes_a_teacher_of_the_class_has_a_new_place_in_it(
    world: World,
) -> None:
    account_id = account_of(world.database, profile())

    account_of(world.database, profile(role=Role.TEACHER), now=NOW + ORDINARY_DAY)

    with world.database.read() as session:
        roles = session.execute(
            select(Placement.role, Placement.ended_at.is_(None))
            .where(Placement.account_id == account_id)
            .order_by(Placement.placed_at)
        ).all()
    assert [tuple(row) for row in roles] == [("student", False), ("teacher", True)]


def test_r4_a_code_that_skolon_no_longer_shows_is_dated_and_the_new_one_is_open(
    world: World,
) -> None:
    arrive(world.database, profile())

    arrive(world.database, profile(school_unit_codes=("10000002",)), now=NOW + ORDINARY_DAY)

    with world.database.read() as session:
        codes = session.execute(
            select(SchoolCode.digits, SchoolCode.ended_on)
            .join(School, School.id == SchoolCode.school_id)
            .where(School.skolon_id == SCHOOL)
            .order_by(SchoolCode.digits)
        ).all()
    assert [tuple(row) for row in codes] == [("10000001", date(2026, 11, 25)), ("10000002", None)]


def test_r14_a_new_name_at_skolon_is_a_new_name_of_the_account_and_is_noted(world: World) -> None:
    account_id = account_of(world.database, profile())

    account_of(world.database, profile(last_name="Ek"), now=NOW + ORDINARY_DAY)

    assert name_of(world.database, account_id) == "Elsa Ek"
    with world.database.read() as session:
        assert session.scalars(select(AccountEvent.kind)).all() == ["renamed"]


def test_r14_a_kept_account_keeps_its_name_and_settings_until_skolon_has_another_name(
    world: World,
) -> None:
    kept = waiting_account(world.database, "elsa@exempelstad.example", "2990000099")

    assert account_of(world.database, profile()) == kept
    account_of(world.database, profile(), now=NOW + ORDINARY_DAY)

    assert name_of(world.database, kept) == "Old Name"
    with world.database.read() as session:
        assert session.get_one(Account, kept).language == "en"
    account_of(world.database, profile(last_name="Ek"), now=NOW + 2 * ORDINARY_DAY)
    assert name_of(world.database, kept) == "Elsa Ek"


@pytest.mark.parametrize(
    "email",
    [
        " Elsa@Exempelstad.EXAMPLE ",
        "ELSA@exempelstad.example",
        "elsa@exempelstad.example",
    ],
)
def test_r14_an_account_without_an_organization_is_kept_however_the_email_is_written(
    world: World, email: str
) -> None:
    kept = waiting_account(world.database, "elsa@exempelstad.example", None)

    assert account_of(world.database, profile(email=email)) == kept

    with world.database.read() as session:
        organization_id = session.get_one(Account, kept).organization_id
        assert organization_id is not None
        number = session.get_one(Organization, organization_id).organization_number
        assert number == "2990000099"


def test_r14_the_account_of_the_own_organization_comes_before_one_of_none(world: World) -> None:
    nobodys = waiting_account(world.database, "elsa@exempelstad.example", None)
    own = waiting_account(world.database, "elsa@exempelstad.example", "2990000099")

    assert account_of(world.database, profile()) == own

    with world.database.read() as session:
        assert session.get_one(Account, nobodys).match_key == "elsa@exempelstad.example"


def test_r14_an_account_of_another_organization_is_not_opened_by_its_email(world: World) -> None:
    others = waiting_account(world.database, "elsa@exempelstad.example", "2990000101")

    assert account_of(world.database, profile()) != others


def test_r14_another_email_makes_a_new_account(world: World) -> None:
    old = waiting_account(world.database, "elsa.akerlund@exempelstad.example", "2990000099")

    assert account_of(world.database, profile()) != old


def test_r14_an_email_that_changes_hands_opens_nobody_elses_account(world: World) -> None:
    waiting_account(world.database, "elsa@exempelstad.example", "2990000099")
    first = account_of(world.database, profile())

    second = account_of(world.database, profile(subject="skolon-user-another-elsa"))

    assert second != first
    assert account_of(world.database, profile()) == first


def test_r14_an_account_that_was_merged_away_is_not_matched(world: World) -> None:
    kept = waiting_account(world.database, "else@exempelstad.example", "2990000099")
    merged = waiting_account(world.database, "elsa@exempelstad.example", "2990000099")
    with world.database.write() as session:
        session.execute(update(Account).where(Account.id == merged).values(merged_into_id=kept))

    assert account_of(world.database, profile()) not in (kept, merged)


def test_r14_a_new_email_at_skolon_is_an_attribute_and_no_new_account(world: World) -> None:
    account_id = account_of(world.database, profile())

    assert account_of(world.database, profile(email="elsa.ek@exempelstad.example")) == account_id

    with world.database.read() as session:
        assert session.get_one(Account, account_id).email == "elsa.ek@exempelstad.example"


def _at_once(database: Database, subjects: list[str]) -> set[UUID]:
    begin = threading.Barrier(len(subjects))
    found: list[UUID] = []

    def come(subject: str) -> None:
        begin.wait()
        found.append(account_of(database, profile(subject=subject)))

    threads = [threading.Thread(target=come, args=(subject,)) for subject in subjects]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(subjects)
    return set(found)


def test_r14_of_several_who_share_an_email_and_come_at_once_one_gets_the_account(
    world: World,
) -> None:
    waiting = waiting_account(world.database, "elsa@exempelstad.example", None)

    accounts = _at_once(world.database, [f"skolon-user-{number}" for number in range(8)])

    assert len(accounts) == 8
    assert waiting in accounts


def test_r4_one_person_who_comes_eight_times_at_once_has_one_account_and_one_place(
    world: World,
) -> None:
    accounts = _at_once(world.database, ["skolon-user-elsa"] * 8)

    assert len(accounts) == 1
    with world.database.read() as session:
        for table in (Identity, Placement):
            mine = select(func.count()).where(table.account_id.in_(accounts))
            assert session.scalar(mine) == 1, table
        assert session.scalar(select(func.count()).select_from(Account)) == 1


def test_r3_a_class_list_is_of_this_school_year_and_in_swedish_order(world: World) -> None:
    teacher = account_of(world.database, profile(subject="t", role=Role.TEACHER))
    for number, last_name in enumerate(("Öst", "Ek", "Åkerlund", "Ärlig", "")):
        arrive(
            world.database,
            profile(subject=f"s{number}", first_name=f"S{number}", last_name=last_name),
        )

    with world.database.read() as session:
        (today,) = class_lists.of_account(session, teacher, today=date(2026, 11, 24))
        next_year = class_lists.of_account(session, teacher, today=date(2027, 8, 17))

    assert today.students == ("S4", "S1 Ek", "S2 Åkerlund", "S3 Ärlig", "S0 Öst")
    assert next_year == []


def test_r3_a_teacher_does_not_see_a_student_who_has_left_the_class(world: World) -> None:
    teacher = account_of(world.database, profile(subject="t", role=Role.TEACHER))
    arrive(world.database, profile())
    arrive(world.database, profile(classes=(group("7B"),)), now=NOW + ORDINARY_DAY)

    with world.database.read() as session:
        (seen,) = class_lists.of_account(session, teacher, today=date(2026, 11, 25))

    assert seen.students == ()


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"school_unit_codes": ()}, "school_code_missing"),
        ({"school_unit_codes": ("",)}, "school_code_missing"),
        ({"school_unit_codes": ("99999999",)}, "school_code_unknown"),
        ({"school_unit_codes": ("1234567",)}, "school_code_malformed"),
        ({"school_unit_codes": ("123456789",)}, "school_code_malformed"),
        ({"email": None}, "email_missing"),
        ({"email": "  "}, "email_missing"),
        ({"email": "elsa@exempelstad"}, "email_malformed"),
        ({"email": "elsa,@exempelstad.example"}, "email_malformed"),
        ({"email": "a@exempelstad.example b@exempelstad.example"}, "email_malformed"),
        ({"license_end_dates": ()}, "license_missing"),
        ({"license_end_dates": (date(2026, 11, 23), date(2026, 6, 30))}, "license_expired"),
        ({"license_end_dates": (date(2026, 11, 24),)}, "first_login"),
        ({"license_end_dates": (date(2026, 11, 23), None)}, "first_login"),
        ({"school_unit_codes": ("99999999", "10000001")}, "first_login"),
        ({"first_name": "", "last_name": " "}, "ok_without_name"),
        ({"first_name": "E", "last_name": ""}, "first_login"),
    ],
    ids=str,
)
def test_r8_r12_a_login_ends_as_codes_email_and_licenses_say_and_a_refusal_stores_nobody(
    world: World, given: dict[str, object], outcome: str
) -> None:
    done = arrive(world.database, profile(**given))

    assert done.outcome == outcome
    with world.database.read() as session:
        attempt = session.scalars(
            select(LoginAttempt).where(LoginAttempt.reference == done.reference)
        ).one()
        assert (attempt.outcome, attempt.school_name) == (outcome, "Provskolan")
        mine = (
            select(func.count()).select_from(Identity).where(Identity.subject == "skolon-user-elsa")
        )
        assert session.scalar(mine) == (1 if done.outcome.is_success else 0)


def _request(world: World, status: str, starts_on: date | None) -> None:
    """Note a license request of the organization, and a license if it has a start."""
    arrive(world.database, profile(subject="before", email="before@exempelstad.example"))
    with world.database.write() as session:
        school = session.scalars(select(School).where(School.skolon_id == SCHOOL)).one()
        request = LicenseRequest(
            organization_id=school.organization_id,
            skolon_request_id="asked",
            kind="purchase",
            wanted_on=date(2026, 12, 1),
            status=status,
            received_at=NOW,
            answer_by=date(2026, 12, 1),
            changed_at=NOW,
        )
        session.add(request)
        session.flush()
        if starts_on:
            session.add(
                License(
                    license_request_id=request.id,
                    school_id=school.id,
                    starts_on=starts_on,
                    ends_on=date(2027, 6, 30),
                    seats=10,
                )
            )


@pytest.mark.parametrize(
    ("status", "starts_on", "outcome"),
    [
        ("received", None, "organization_not_confirmed"),
        ("delayed", None, "organization_not_confirmed"),
        ("declined", None, "organization_not_confirmed"),
        ("confirmed", None, "first_login"),
        ("activated", date(2026, 11, 24), "first_login"),
        ("activated", date(2026, 11, 25), "license_not_started"),
    ],
)
def test_r7_who_asked_for_licenses_waits_for_the_confirmation_and_the_first_day(
    world: World, status: str, starts_on: date | None, outcome: str
) -> None:
    _request(world, status, starts_on)

    assert arrive(world.database, profile()).outcome == outcome
