"""Who and what the requests are about: a sample of a world, and one-time codes for its people."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any
from uuid import UUID, uuid4

from itsdangerous import URLSafeSerializer
from sqlalchemy import Select, and_, exists, insert, select
from sqlalchemy.orm import Session, aliased

from app.clock import swedish_date, system_clock
from app.database import Database
from app.partner import models as partner
from app.partner.domain.placement import school_year
from app.skolon import changes
from app.skolon.domain import oauth
from app.skolon.domain.rosters import Role
from app.skolon.models import (
    AuthorizationCode,
    License,
    Organization,
    School,
    SchoolMembership,
    SchoolUnitCode,
    Seat,
    Tool,
    User,
)

# So many of each, drawn by chance: a database has not all of them at hand.
A_SAMPLE = 512
MOST_PEOPLE = 40_000
STATE = "state-of-the-benchmark"
CODE_LASTS = timedelta(hours=2)

# The id, Skolon's id, and the school.
Person = tuple[UUID, str, UUID]


@dataclass(slots=True)
class Sample:
    """What is asked about in one world."""

    name: str
    database: Database
    signing_key: str
    unit_codes: Sequence[str]
    class_ids: Sequence[UUID]
    organizations: Sequence[Organization]
    old_hands: Sequence[Person]
    newcomers: list[Person]
    newest_user: int
    tool_id: UUID
    scope: str
    _turn: Any = field(init=False)

    def __post_init__(self) -> None:
        self._turn = cycle(self.old_hands)

    @property
    def prefix(self) -> str:
        return f"/s/{self.name}"

    @property
    def callback(self) -> str:
        return f"http://localhost{self.prefix}/sso/callback"

    @property
    def state_cookie(self) -> str:
        """The cookie of a browser that has begun a login, which any number may show."""
        until = (system_clock() + CODE_LASTS).timestamp()
        kept = {"state": STATE, "until": until, "asked_by": ""}
        return str(URLSafeSerializer(self.signing_key, salt="sso-state").dumps(kept))

    def codes_of_old_hands(self, count: int) -> list[str]:
        return self._codes(list(islice(self._turn, count)))

    def codes_of_newcomers(self, count: int) -> list[str]:
        """Return codes of people who have never logged in; each comes once."""
        taken, self.newcomers = self.newcomers[:count], self.newcomers[count:]
        return self._codes(taken)

    def _codes(self, people: Sequence[Person]) -> list[str]:
        codes = [oauth.random_name() for _ in people]
        expires_at = system_clock() + CODE_LASTS
        rows = [
            {
                "id": uuid4(),
                "code_hash": oauth.hashed(code),
                "tool_id": self.tool_id,
                "user_id": user_id,
                "school_id": school_id,
                "redirect_uri": self.callback,
                "scope": self.scope,
                "expires_at": expires_at,
            }
            for code, (user_id, _, school_id) in zip(codes, people, strict=True)
        ]
        if rows:
            with self.database.write() as session:
                session.execute(insert(AuthorizationCode), rows)
        return codes


def sample_of(name: str, database: Database, signing_key: str) -> Sample:
    """Draw a sample of a world; the same of the same world."""
    rng = random.Random(name)  # noqa: S311, nothing is secret about it
    now = system_clock()
    with database.read() as session:
        tool = session.scalars(select(Tool).order_by(Tool.id)).first()
        assert tool is not None
        licensed = select(partner.SchoolCode.digits).join(
            partner.License, partner.License.school_id == partner.SchoolCode.school_id
        )
        present = partner.SchoolClass.school_year == school_year(swedish_date(now))
        organizations = list(
            session.scalars(
                select(Organization)
                .where(Organization.municipality != "")
                .order_by(Organization.change_number)
                .limit(A_SAMPLE)
            )
        )
        session.expunge_all()
        return Sample(
            name=name,
            database=database,
            signing_key=signing_key,
            unit_codes=_drawn(rng, session.scalars(licensed).all(), A_SAMPLE),
            class_ids=_drawn(
                rng, session.scalars(select(partner.SchoolClass.id).where(present)).all(), A_SAMPLE
            ),
            organizations=organizations,
            old_hands=_drawn(rng, _people(session, now, has_come=True), MOST_PEOPLE),
            newcomers=_drawn(rng, _people(session, now, has_come=False), MOST_PEOPLE),
            newest_user=changes.newest(session, User),
            tool_id=tool.id,
            scope=tool.scopes,
        )


def _people(session: Session, now: datetime, *, has_come: bool) -> list[Person]:
    return [
        (row[0], row[1], row[2]) for row in session.execute(_who_can_log_in(now, has_come=has_come))
    ]


def _who_can_log_in(now: datetime, *, has_come: bool) -> Select[UUID, str, UUID]:
    """Return students with an email and a license in force, at one school, which has a code."""
    today = swedish_date(now)
    other = aliased(SchoolMembership)
    known = exists().where(partner.Identity.subject == User.public_id)
    seated = (
        exists()
        .where(
            Seat.user_id == User.id,
            Seat.ended_at.is_(None),
            License.id == Seat.license_id,
            License.owner_school_id == SchoolMembership.school_id,
            License.assigned_at.is_not(None),
            License.starts_on <= today,
            License.ends_on >= today,
        )
    )  # fmt: skip
    return (
        select(User.id, User.public_id, SchoolMembership.school_id)
        .join(SchoolMembership, SchoolMembership.user_id == User.id)
        .join(School, School.id == SchoolMembership.school_id)
        .where(
            User.role == Role.STUDENT,
            User.email.is_not(None),
            User.deleted_at.is_(None),
            exists().where(SchoolUnitCode.school_id == School.id),
            # The school must be a customer's: others are refused.
            exists().where(
                and_(
                    partner.School.skolon_id == School.public_id,
                    partner.SchoolCode.school_id == partner.School.id,
                )
            ),
            ~exists().where(other.user_id == User.id, other.school_id != School.id),
            seated,
            known if has_come else ~known,
        )
        # By an id that comes in the order of the schools: every so manieth is from everywhere.
        .order_by(User.change_number)
    )


def _drawn(rng: random.Random, found: Sequence[Any], most: int) -> list[Any]:
    assert found, "the world has nothing of this kind"
    return rng.sample(list(found), min(most, len(found)))
