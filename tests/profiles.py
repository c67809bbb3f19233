"""People as Skolon tells of them at a login, and their logins without the way through Skolon."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.database import Database
from app.partner import login
from app.partner.arrivals import ClassGroup, Profile
from app.partner.domain.placement import Role
from app.partner.login import Login
from app.partner.recognition import OvertakenError

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SCHOOL, OTHER_SCHOOL = "skolon-school-1", "skolon-school-2"

_ELSA = Profile(
    issuer="skolon-mock",
    subject="skolon-user-elsa",
    role=Role.STUDENT,
    first_name="Elsa",
    last_name="Åkerlund",
    email="elsa@exempelstad.example",
    school_id=SCHOOL,
    school_name="Provskolan",
    organization_number="2990000099",
    school_unit_codes=("10000001",),
    school_ids=(SCHOOL,),
    classes=(ClassGroup("skolon-class-7a", "7A", SCHOOL),),
    license_end_dates=(None,),
)


def profile(**given: Any) -> Profile:  # noqa: ANN401, fields of a profile
    """Return a student in 7A of an ordinary school, but for what is given."""
    return replace(_ELSA, **given)


def group(name: str, school: str = SCHOOL) -> ClassGroup:
    """Return a class of that name, whose id goes by it."""
    return ClassGroup(f"skolon-class-{name.lower()}", name, school)


def arrive(database: Database, arrival: Profile, *, now: datetime = NOW) -> Login:
    """Log the person in, and begin again when somebody else was first, as the route does."""
    while True:
        try:
            with database.write() as session:
                done = login.finish(session, arrival, now=now)
                if done.account_id is not None:
                    login.open_session(session, done, replaces="", now=now)
                return done
        except OvertakenError:
            continue


def account_of(database: Database, arrival: Profile, *, now: datetime = NOW) -> UUID:
    """Log the person in, who must succeed; return whose account it was."""
    done = arrive(database, arrival, now=now)
    assert done.account_id is not None, done.outcome
    return done.account_id
