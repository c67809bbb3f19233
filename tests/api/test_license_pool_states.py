"""License pools under anything that administrators and people may do, one after the other."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.errors import RefusalError
from app.skolon import licenses, logins, pools, removals, switches
from app.skolon.domain.licenses import Audience, LicenseType
from app.skolon.domain.rosters import Role
from app.skolon.logins import PortalUser
from app.skolon.models import (
    Group,
    GroupMembership,
    License,
    LicensePool,
    PoolLink,
    PoolWait,
    School,
    SchoolMembership,
    Seat,
    Tool,
    User,
)
from app.skolon.pools import LinkTo
from app.skolon.schemas.switches import Switches
from app.skolon.schemas.tools import LicenseIn
from tests.conftest import World
from tests.contract.skolon import CLIENT_ID
from tests.pools import SCHOOL

PEOPLE, GROUPS, POOLS = 5, 2, 2

people = st.integers(0, PEOPLE - 1)
groups = st.integers(0, GROUPS - 1)
of_pools = st.integers(0, POOLS - 1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there at the beginning of every run, and what they belong to."""

    disa: PortalUser
    tool: UUID
    school: UUID
    school_name: str
    people: list[tuple[UUID, str]]
    groups: list[tuple[UUID, str]]

    @classmethod
    def of(cls, world: World, now: datetime) -> Self:
        with world.database.write() as session:
            token = logins.log_in(session, "disa", now=now)
        with world.database.read() as session:
            school = session.scalars(select(School).filter_by(name=SCHOOL)).one()
            at_school = (
                select(User.id, User.public_id)
                .join(SchoolMembership, SchoolMembership.user_id == User.id)
                .where(SchoolMembership.school_id == school.id, User.deleted_at.is_(None))
                .order_by(User.search_name, User.id)
            )
            # One of them of another role, whom a license may not cover.
            students = at_school.where(User.role == Role.STUDENT).limit(PEOPLE - 1)
            teachers = at_school.where(User.role == Role.TEACHER).limit(1)
            people = [*session.execute(students), *session.execute(teachers)]
            of_school = select(Group.id, Group.public_id).filter_by(school_id=school.id)
            groups = session.execute(of_school.order_by(Group.name).limit(GROUPS)).all()
            return cls(
                logins.portal_user(session, token, now=now),
                session.scalars(select(Tool.id).filter_by(client_id=CLIENT_ID)).one(),
                school.id,
                school.public_id,
                [(user_id, public_id) for user_id, public_id in people],
                [(group_id, public_id) for group_id, public_id in groups],
            )

    def begin_anew(self, session: Session, now: datetime) -> None:
        """Leave nothing of the run before, however it ended."""
        switches.reset(session)
        users = [user_id for user_id, _ in self.people]
        session.execute(delete(PoolWait))
        session.execute(delete(PoolLink))
        session.execute(update(Seat).where(Seat.pool_id.is_not(None)).values(ended_at=now))
        session.execute(update(License).values(pool_id=None, deleted_at=now))
        session.execute(update(LicensePool).values(deleted_at=now))
        session.execute(update(User).where(User.id.in_(users)).values(deleted_at=None))
        session.execute(delete(SchoolMembership).where(SchoolMembership.user_id.in_(users)))
        session.execute(delete(GroupMembership).where(GroupMembership.user_id.in_(users)))
        session.add_all(SchoolMembership(user_id=one, school_id=self.school) for one in users)
        session.add_all(
            GroupMembership(group_id=self.groups[0][0], user_id=user_id) for user_id in users
        )


class Pools(RuleBasedStateMachine):
    """What can happen to two pools of a tool at a school, and what must hold after it."""

    # Of the subclass that a test makes for its world.
    world: ClassVar[World]
    cast: ClassVar[Cast]

    def __init__(self) -> None:
        super().__init__()
        self.disa, self.people, self.groups = self.cast.disa, self.cast.people, self.cast.groups
        now = self.now()
        with self.world.database.write() as session:
            self.cast.begin_anew(session, now)
        with self.world.database.write() as session:
            self.pools = [
                pools.create(
                    session,
                    self.disa,
                    client_id=CLIENT_ID,
                    school=self.cast.school_name,
                    name=f"Pool {number}",
                    fills_itself=False,
                    now=now,
                ).id
                for number in range(POOLS)
            ]
        # So that the first step may be anything: both have seats, and somebody waits.
        self.new_licenses(3, Audience.ALL)
        for pool, to in enumerate((LinkTo(), LinkTo(group=self.groups[0][1]))):
            self.fill(pool, 2 - pool, Audience.ALL)
            self._link(pool, to)
        for person in range(PEOPLE):
            self.claim(person)
        with self.world.database.write() as session:
            pools.change(session, self.disa, self.pools[1], fills_itself=True)
            assert session.scalar(select(func.count()).select_from(PoolWait))

    def now(self) -> datetime:
        return self.world.app.sandboxes.open(self.world.name).clock()

    def _try(self, does: Any) -> None:  # noqa: ANN401, a call with a session
        try:
            with self.world.database.write() as session:
                does(session)
        except RefusalError:
            # A refusal is an answer, and undoes what it began.
            return

    @rule(number=st.integers(1, 3), audience=st.sampled_from(Audience))
    def new_licenses(self, number: int, audience: Audience) -> None:
        asked = LicenseIn(
            client_id=CLIENT_ID,
            school=self.cast.school_name,
            type=LicenseType.SINGLE,
            audience=audience,
        )
        for _ in range(number):
            self._try(lambda session: licenses.give(session, asked, now=self.now()))

    @rule(pool=of_pools, count=st.integers(1, 3), audience=st.sampled_from(Audience))
    def fill(self, pool: int, count: int, audience: Audience) -> None:
        self._try(
            lambda session: pools.fill(
                session, self.disa, self.pools[pool], count, audience, now=self.now()
            )
        )

    @rule(pool=of_pools, count=st.integers(1, 3))
    def take_out(self, pool: int, count: int) -> None:
        self._try(
            lambda session: pools.take_out(
                session, self.disa, self.pools[pool], count, now=self.now()
            )
        )

    @rule(pool=of_pools)
    def link_school(self, pool: int) -> None:
        self._link(pool, LinkTo())

    @rule(pool=of_pools, group=groups)
    def link_group(self, pool: int, group: int) -> None:
        self._link(pool, LinkTo(group=self.groups[group][1]))

    @rule(pool=of_pools, person=people)
    def link_person(self, pool: int, person: int) -> None:
        self._link(pool, LinkTo(user=self.people[person][1]))

    def _link(self, pool: int, to: LinkTo) -> None:
        self._try(
            lambda session: pools.link(session, self.disa, self.pools[pool], to, now=self.now())
        )

    @rule(pool=of_pools, place=st.integers(0, 3))
    def unlink(self, pool: int, place: int) -> None:
        def does(session: Session) -> None:
            of_pool = select(PoolLink.id).filter_by(pool_id=self.pools[pool])
            links = session.scalars(of_pool.order_by(PoolLink.linked_at, PoolLink.id)).all()
            if place < len(links):
                pools.unlink(session, self.disa, self.pools[pool], links[place], now=self.now())

        self._try(does)

    @rule(person=people)
    def claim(self, person: int) -> None:
        self._try(
            lambda session: pools.claim(
                session, self.cast.tool, self.people[person][0], now=self.now()
            )
        )

    @rule(pool=of_pools, person=people)
    def reclaim(self, pool: int, person: int) -> None:
        self._try(
            lambda session: pools.reclaim(
                session, self.disa, self.pools[pool], self.people[person][1], now=self.now()
            )
        )

    @rule(person=people, group=groups)
    def leave_or_join_group(self, person: int, group: int) -> None:
        user_id, group_id = self.people[person][0], self.groups[group][0]

        def does(session: Session) -> None:
            member = session.get(GroupMembership, (group_id, user_id))
            if member is None:
                session.add(GroupMembership(group_id=group_id, user_id=user_id))
            else:
                session.delete(member)
            session.flush()
            pools.people_moved(session, User.id == user_id, now=self.now())

        self._try(does)

    @rule(person=people)
    def leave_or_join_school(self, person: int) -> None:
        user_id = self.people[person][0]

        def does(session: Session) -> None:
            member = session.get(SchoolMembership, (user_id, self.cast.school))
            if member is None:
                session.add(SchoolMembership(user_id=user_id, school_id=self.cast.school))
            else:
                session.delete(member)
            session.flush()
            pools.people_moved(session, User.id == user_id, now=self.now())

        self._try(does)

    @rule(person=people)
    def delete_person(self, person: int) -> None:
        self._try(
            lambda session: removals.remove_user(session, self.people[person][1], now=self.now())
        )

    @rule(position=st.sampled_from(["first_use", "linking"]))
    def turn_switch(self, position: Any) -> None:  # noqa: ANN401, of a Literal
        self._try(lambda session: switches.change(session, Switches(pool_seats=position)))

    @invariant()
    def seats_are_as_they_must_be(self) -> None:
        with self.world.database.read() as session:
            for pool_id in self.pools:
                _check(session, self.disa, pool_id, self.now().date())


def _check(session: Session, disa: PortalUser, pool_id: Any, today: Any) -> None:  # noqa: ANN401
    seats = session.execute(
        select(Seat.license_id, Seat.user_id, License.pool_id)
        .join(License, License.id == Seat.license_id)
        .where(Seat.pool_id == pool_id, Seat.ended_at.is_(None))
    ).all()
    row = pools.read(session, disa, pool_id, today)
    by_license = Counter(seat.license_id for seat in seats)
    by_person = Counter(seat.user_id for seat in seats)
    # Never oversold, never negative, and nobody holds two.
    assert row.used == len(seats) <= row.seats
    assert row.free >= 0
    assert set(by_license.values()) <= {1}
    assert set(by_person.values()) <= {1}
    assert {seat.pool_id for seat in seats} <= {pool_id}
    # Only those who are linked, at the school and there at all have a seat.
    reached = _reached(session, pool_id)
    assert set(by_person) <= reached
    # No seat is free while somebody waits who may have it.
    waiting = set(session.scalars(select(PoolWait.user_id).filter_by(pool_id=pool_id)))
    seated = set(
        session.scalars(
            select(Seat.user_id).where(Seat.ended_at.is_(None), Seat.pool_id.is_not(None))
        )
    )
    assert not waiting & seated
    if row.free:
        assert not waiting & reached


def _reached(session: Session, pool_id: Any) -> set[Any]:  # noqa: ANN401
    """Work out whom the pool is linked to, without the statement that the code has for it."""
    pool = session.get_one(LicensePool, pool_id)
    at_school = set(
        session.scalars(
            select(User.id)
            .join(SchoolMembership, SchoolMembership.user_id == User.id)
            .where(SchoolMembership.school_id == pool.school_id, User.deleted_at.is_(None))
        )
    )
    reached: set[Any] = set()
    for link in session.scalars(select(PoolLink).filter_by(pool_id=pool_id)):
        if link.user_id is not None:
            reached.add(link.user_id)
        elif link.group_id is not None:
            members = select(GroupMembership.user_id).filter_by(group_id=link.group_id)
            reached.update(session.scalars(members))
        else:
            reached.update(at_school)
    return reached & at_school


def test_whatever_happens_a_pool_is_never_oversold_and_a_freed_seat_goes_to_who_waits(
    world: World,
) -> None:
    cast = Cast.of(world, world.app.sandboxes.open(world.name).clock())

    run_state_machine_as_test(
        type("PoolsOfWorld", (Pools,), {"world": world, "cast": cast}),
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            # A failure is shown as it was found: to make it smaller takes minutes.
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
