"""A nation into a world, from the first organization to the last index."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from app.clock import swedish_date
from app.database import Database
from app.nation import plan
from app.nation.loading import loading
from app.nation.people import Census
from app.partner import nation as partner_nation
from app.patience import unhurried
from app.population import Person, School
from app.skolon import changes
from app.skolon import nation as skolon_nation
from app.skolon.models import Group, License, Organization, Tool, User
from app.skolon.models import School as SkolonSchool

# From 0 to 1, and what is being done.
Tell = Callable[[float, str], None]

# How much of the time the rows take; the rest is for indexes and statistics.
_ROWS = 0.7
_NUMBERED = (Organization, SkolonSchool, Group, License, User)
# Spreads any share of people evenly over schools and classes.
_GOLDEN = 0.6180339887


def settle(database: Database, *, scale: float, arrived: float, now: datetime, tell: Tell) -> None:
    """Let a nation live in a world that has a tool and nobody of the nation yet.

    The same scale gives the same organizations, schools, people and ids. On the clock depend the
    school year, with which the names of classes that bear a year and all periods go, and the days
    on which license requests were made, some of which are still waiting for their answer.
    """
    begun_on = plan.begun_on(swedish_date(now))
    begun = datetime.combine(begun_on, time(6), tzinfo=UTC)
    owners = plan.owners_of(scale, now=now)
    census = Census(owners, begun_on)
    with database.read() as session:
        tool_id = session.scalars(select(Tool.id)).first()
        before = {kind.__name__: changes.newest(session, kind) for kind in _NUMBERED}
    assert tool_id is not None  # noqa: S101, the world before has one
    newest = dict(before)
    sheets = (*skolon_nation.SHEETS, *partner_nation.SHEETS)

    def finishing(share: float) -> None:
        tell(_ROWS + (1 - _ROWS) * share, "indexes")

    total = sum(len(owner.schools) for owner in owners)
    done = 0
    with unhurried(), loading(database, sheets, finishing) as put:
        skolon = skolon_nation.Nation(put, tool_id.hex, newest, begun=begun, until=census.until)
        partner = partner_nation.Nation(put, begun=begun, until=census.until)
        skolon.add_partner_account(census.partner_account)
        for owner in owners:
            skolon.add_owner(owner)
            if owner.request:
                skolon.add_request(owner, now=now)
                partner.add_request(owner, now=now)
            for school in owner.schools:
                census.fill(school)
                skolon.add_school(school)
                if arrived:
                    partner.add_arrivals(school, _arrived(school, arrived, swedish_date(now)))
                # Who is written down is let go of: a nation is larger than a memory.
                school.people, school.groups, school.grants = [], [], []
                done += 1
                tell(_ROWS * done / total, "people")
    with database.write() as session:
        for kind in _NUMBERED:
            changes.draw(session, kind, newest[kind.__name__] - before[kind.__name__])


def _arrived(school: School, share: float, today: date) -> list[Person]:
    """Return this share of those who can log in: a license, an email, a school with a code."""
    if not school.codes:
        return []
    holders = {
        person.number: person
        for grant in school.grants
        if grant.starts_on <= today <= grant.ends_on
        for person in grant.holders
    }
    return [
        person
        for number, person in holders.items()
        # Whoever is at two schools is told of at the first, which has no license.
        if person.email and person.also_at is None and number * _GOLDEN % 1 < share
    ]
