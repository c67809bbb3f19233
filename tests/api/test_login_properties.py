"""Whoever logs in, moves, merges and is forgotten in whatever order, the tables stay in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import delete, func, select, update
from starlette.testclient import TestClient

from app.clock import swedish_date
from app.database import Base, Database
from app.errors import RefusalError
from app.main import Service
from app.partner import browser_sessions, class_lists, erasure, merge_undo, merging
from app.partner.domain.merging import ProvedBy
from app.partner.domain.placement import Role, school_year
from app.partner.models import (
    Account,
    AccountEvent,
    BrowserSession,
    CompletedLesson,
    Identity,
    Merge,
    Placement,
    SchoolClass,
)
from tests.profiles import NOW, account_of, group, profile
from tests.waiting import waiting_account

PEOPLE = range(6)
# Two schools of one organization, and one of another.
SCHOOLS = {"school-a": "2990000099", "school-b": "2990000099", "school-c": "2990000101"}
CLASSES = ("7A", "7B", "8A")
COMMON_EMAIL = "expedition@exempelstad.example"

# What belongs to people and is emptied before each run.
EMPTIED = (
    BrowserSession,
    Merge,
    AccountEvent,
    CompletedLesson,
    Placement,
    Identity,
    Account,
    SchoolClass,
)

people = st.sampled_from(PEOPLE)
schools = st.sampled_from(sorted(SCHOOLS))
class_names = st.sets(st.sampled_from(CLASSES))
emails = st.sampled_from(["own", "common"])
roles = st.sampled_from(list(Role))

# Of a class its Skolon id and its year; of a place whose login keeps it up to date.
ClassKey = tuple[str, str]
Place = tuple[Role, str]


@dataclass(slots=True)
class Expected:
    """An account as it should be."""

    name: str
    places: dict[ClassKey, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Made:
    """A merge, and what it moved and ended."""

    id: UUID
    kept: UUID
    merged: UUID
    at: datetime
    subjects: set[str]
    tombstone: Expected
    doubled: dict[ClassKey, Place]


class Logins(RuleBasedStateMachine):
    """Plays with a few people at three schools, and says what should be stored of them."""

    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.accounts: dict[UUID, Expected] = {}
        self.account_by_subject: dict[str, UUID] = {}
        self.waiting: dict[tuple[str, str | None], UUID] = {}
        self.merges: list[Made] = []
        self.forgotten: set[str] = set()
        self.begun = 0
        with self.database.write() as session:
            for table in EMPTIED:
                session.execute(delete(table))

    @rule(person=people, school=schools, names=class_names, email=emails, role=roles)
    def log_in(self, person: int, school: str, names: set[str], email: str, role: Role) -> None:
        subject, number = f"subject-{person}", SCHOOLS[school]
        address = f"person{person}@exempelstad.example" if email == "own" else COMMON_EMAIL
        arrival = profile(
            subject=subject,
            role=role,
            first_name=f"First{person}",
            last_name=f"Last{person}",
            email=address,
            school_id=school,
            school_name=f"The {school}",
            school_ids=(school,),
            organization_number=number,
            classes=tuple(group(f"{school}-{name}", school) for name in names),
        )
        known = self.account_by_subject.get(subject)
        waiting = self.waiting.pop((address, number), None) if known is None else None
        if known is None and waiting is None:
            waiting = self.waiting.pop((address, None), None)

        account_id = account_of(self.database, arrival, now=self.now)

        if known or waiting:
            assert account_id == (known or waiting)
        else:
            assert account_id not in self.accounts
            self._begin_at_an_instant_of_its_own(account_id)
            self.accounts[account_id] = Expected(f"First{person} Last{person}")
        self.account_by_subject[subject] = account_id
        self.forgotten -= {subject, f"First{person}", f"Last{person}"}
        self._place(account_id, subject, role, {one.skolon_id for one in arrival.classes})

    @rule(email=emails, person=people, number=st.sampled_from(["2990000099", None]))
    def sell_before_skolon(self, email: str, person: int, number: str | None) -> None:
        address = f"person{person}@exempelstad.example" if email == "own" else COMMON_EMAIL
        if (address, number) in self.waiting:
            return
        account_id = waiting_account(self.database, address, number)
        self._begin_at_an_instant_of_its_own(account_id)
        self.waiting[address, number] = account_id
        self.accounts[account_id] = Expected("Old Name")

    @precondition(lambda self: len(self.accounts) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        own, other = data.draw(
            st.lists(st.sampled_from(list(self.accounts)), min_size=2, max_size=2, unique=True)
        )
        with self.database.write() as session:
            token = browser_sessions.open_for(session, account_id=own, now=self.now)
        with self.database.write() as session:
            merging.prove(session, token, other, ProvedBy.LOCAL, now=self.now)
        with self.database.read() as session:
            rows = session.scalars(select(Account).where(Account.id.in_([own, other]))).all()
            kept, gone = (row.id for row in sorted(rows, key=lambda row: (row.created_at, row.id)))
        with self.database.write() as session:
            made = merging.merge(session, token, kept, gone, now=self.now)
        self._expect_merged(made.merge_id, kept, gone)

    @precondition(lambda self: self.merges)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        made = data.draw(st.sampled_from(self.merges))
        is_late = self.now - made.at > timedelta(days=30)
        is_possible = made.kept in self.accounts and not is_late
        try:
            with self.database.write() as session:
                merge_undo.undo(session, made.id, actor="support", now=self.now)
        except RefusalError:
            assert not is_possible
            return
        assert is_possible
        self._expect_undone(made)

    @rule(person=people)
    def forget(self, person: int) -> None:
        subject = f"subject-{person}"
        account_id = self.account_by_subject.get(subject)
        with self.database.write() as session:
            erasure.erase_identity(session, self.database, "skolon-mock", subject, now=self.now)
        if account_id is not None:
            self._expect_forgotten(account_id)

    @rule(school=schools, name=st.sampled_from(CLASSES))
    def forget_class(self, school: str, name: str) -> None:
        skolon_id = group(f"{school}-{name}", school).skolon_id
        with self.database.write() as session:
            erasure.erase_class(session, skolon_id, now=self.now)
        for places in (
            *(account.places for account in self.accounts.values()),
            *(made.doubled for made in self.merges),
        ):
            for key in [key for key in places if key[0] == skolon_id]:
                del places[key]

    @rule(days=st.sampled_from([1, 20, 250]))
    def pass_time(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def r4_nobody_is_placed_twice_in_a_class(self) -> None:
        with self.database.read() as session:
            twice = session.execute(
                select(Placement.account_id)
                .where(Placement.ended_at.is_(None), Placement.account_id.is_not(None))
                .group_by(Placement.account_id, Placement.school_class_id)
                .having(func.count() > 1)
            ).all()
        assert twice == []

    @invariant()
    def r15_each_identity_leads_to_one_live_account(self) -> None:
        with self.database.read() as session:
            found = session.execute(
                select(Identity.subject, Identity.account_id, Account.merged_into_id).join(
                    Account, Account.id == Identity.account_id
                )
            ).all()
        assert {row.subject: row.account_id for row in found} == self.account_by_subject
        assert all(row.merged_into_id is None for row in found)

    @invariant()
    def r3_class_lists_are_what_their_definition_says(self) -> None:
        today = swedish_date(self.now)
        year = school_year(today)
        with self.database.read() as session:
            for account_id, expected in self.accounts.items():
                found = {
                    (f"skolon-class-{one.name.lower()}", one.role, frozenset(one.students))
                    for one in class_lists.of_account(session, account_id, today=today)
                }
                assert found == {
                    (
                        key[0],
                        role,
                        frozenset(self._students(key) if role is Role.TEACHER else ()),
                    )
                    for key, (role, _) in expected.places.items()
                    if key[1] == year
                }

    @invariant()
    def nothing_of_a_forgotten_person_remains(self) -> None:
        with self.database.read() as session:
            dump = "\n".join(
                str(row)
                for name, table in Base.metadata.tables.items()
                if not name.startswith(("skolon_", "register_"))
                for row in session.execute(select(table))
            )
        assert [text for text in self.forgotten if text in dump] == []
        assert all(subject in dump for subject in self.account_by_subject)

    def _begin_at_an_instant_of_its_own(self, account_id: UUID) -> None:
        """Let which of two accounts is the older not hang on their random ids."""
        self.begun += 1
        created_at = NOW - timedelta(days=400) + timedelta(seconds=self.begun)
        with self.database.write() as session:
            session.execute(
                update(Account).where(Account.id == account_id).values(created_at=created_at)
            )

    def _place(self, account_id: UUID, subject: str, role: Role, skolon_ids: set[str]) -> None:
        """What the login does: places of the same person end, others' in the same class as well."""
        year = school_year(swedish_date(self.now))
        places = self.accounts[account_id].places
        named = {(skolon_id, year) for skolon_id in skolon_ids}
        for key, (was, whose) in list(places.items()):
            if (whose == subject and key not in named) or (key in named and was is not role):
                del places[key]
        for key in named:
            places.setdefault(key, (role, subject))

    def _students(self, key: ClassKey) -> list[str]:
        return [
            account.name
            for account in self.accounts.values()
            if account.places.get(key, (None,))[0] is Role.STUDENT
        ]

    def _expect_merged(self, merge_id: UUID, kept: UUID, gone: UUID) -> None:
        tombstone = self.accounts.pop(gone)
        subjects = {
            subject for subject, account in self.account_by_subject.items() if account == gone
        }
        places = self.accounts[kept].places
        doubled = {key: place for key, place in tombstone.places.items() if key in places}
        for key, place in tombstone.places.items():
            places.setdefault(key, place)
        for subject in subjects:
            self.account_by_subject[subject] = kept
        # Whoever has somebody from Skolon, or is merged away, is not matched by email any more.
        has_skolon = kept in self.account_by_subject.values()
        taken = {gone, kept} if has_skolon else {gone}
        was_waiting = {key: one for key, one in self.waiting.items() if one in taken}
        self.waiting = {key: one for key, one in self.waiting.items() if one not in taken}
        self.merges.append(Made(merge_id, kept, gone, self.now, subjects, tombstone, doubled))
        self._was_waiting = getattr(self, "_was_waiting", {}) | {merge_id: was_waiting}

    def _expect_undone(self, made: Made) -> None:
        self.merges.remove(made)
        kept = self.accounts[made.kept]
        tombstone = made.tombstone
        back = {key: place for key, place in kept.places.items() if place[1] in made.subjects}
        for key in back:
            del kept.places[key]
        for key, place in made.doubled.items():
            back.setdefault(key, place)
        tombstone.places = back
        self.accounts[made.merged] = tombstone
        for subject in made.subjects:
            if self.account_by_subject.get(subject) == made.kept:
                self.account_by_subject[subject] = made.merged
        for key, account_id in self._was_waiting[made.id].items():
            if account_id not in self.account_by_subject.values() and key not in self.waiting:
                self.waiting[key] = account_id

    def _expect_forgotten(self, account_id: UUID) -> None:
        gone = {account_id}
        while more := {made.merged for made in self.merges if made.kept in gone} - gone:
            gone |= more
        for subject in [one for one, at in self.account_by_subject.items() if at in gone]:
            del self.account_by_subject[subject]
            number = subject.removeprefix("subject-")
            self.forgotten |= {subject, f"First{number}", f"Last{number}"}
        self.forgotten |= {str(one) for one in gone} | {one.hex for one in gone}
        self.accounts = {one: at for one, at in self.accounts.items() if one not in gone}
        self.waiting = {key: one for key, one in self.waiting.items() if one not in gone}
        self.merges = [made for made in self.merges if not {made.kept, made.merged} & gone]


@pytest.fixture(scope="module")
def database(app: Service, control: TestClient) -> Iterator[Database]:
    made = control.post("/sandboxes", json={"name": "random-logins", "seed": "demo"})
    assert made.is_success, made.text
    # By the clock of this world nothing is due that the retention would let go of meanwhile.
    long_ago = {"set_to": "2020-01-01T00:00:00Z", "allow_backwards": True}
    set_back = control.patch("/sandboxes/random-logins/clock", json=long_ago)
    assert set_back.is_success, set_back.text
    yield app.sandboxes.open("random-logins").database
    control.delete("/sandboxes/random-logins")


def test_r3_r4_r14_r15_whatever_happens_in_whatever_order_the_tables_stay_in_order(
    database: Database,
) -> None:
    machine = type("LoginsHere", (Logins,), {"database": database})

    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=25, stateful_step_count=25, deadline=None),
    )
