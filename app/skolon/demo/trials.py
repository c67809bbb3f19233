"""The organizer whose people try a partner's program: each login goes wrong, or is odd, in its way.

Its licenses are in force from the start and it shares nobody ahead of time, so the rest of the
demo is as it would be without it.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.settings import Settings
from app.skolon import changes, coverage
from app.skolon.demo.characters import (
    CLOSED,
    ENDED,
    MILL,
    ORGANIZER,
    POOLED,
    TRIAL,
    Character,
)
from app.skolon.demo.people import add_people, pupils_of
from app.skolon.demo.rows import BEGINNING, add_records, uuid_of
from app.skolon.domain.licenses import LicenseType, RequestKind, last_day
from app.skolon.domain.rosters import Misfortune, Role, UnitKind
from app.skolon.models import (
    License,
    LicensePool,
    Organization,
    PoolLink,
    School,
    SchoolUnitCode,
    Seat,
    Tool,
)

CODES = {
    TRIAL: "10000021",
    MILL: "10000022",
    CLOSED: "10000023",
    POOLED: "10000024",
    ENDED: "10000025",
}
SHARED_EMAIL = "familjen.delad@provokoping.example"
LONG_NAME = "Guldbrand-Silverstråle af Västanåkersstrandfors till Hästhag"
# After whatever else is on the picker.
_LAST = 1000


class Oddity(NamedTuple):
    """A student of the trial school: key, names, and what will happen."""

    key: str
    first_name: str
    last_name: str
    sv: str
    en: str
    misfortune: Misfortune | None = None
    email: str | None = None


_ODDITIES = (
    Oddity(
        "nejla", "Nejla", "Nekar",
        "Samtycker aldrig: verktyget får access_denied tillbaka.",
        "Never consents: the tool gets access_denied back.",
        Misfortune.CONSENT_DENIED,
    ),
    Oddity(
        "sigge", "Sigge", "Sen",
        "Token kommer först efter åtta sekunder.", "The token comes after eight seconds.",
        Misfortune.SLOW_TOKEN,
    ),
    Oddity(
        "fia", "Fia", "För-Ofta",
        "Koden växlas aldrig in: svaret är 429 med Retry-After.",
        "The code is never redeemed: the answer is 429 with Retry-After.",
        Misfortune.TOO_MANY_CALLS,
    ),
    Oddity(
        "namnlos", "", "",
        "Skyddade uppgifter: Skolon skickar inget namn alls.",
        "Protected identity: Skolon sends no name at all.",
    ),
    Oddity(
        "initial", "K", "",
        "Skyddade uppgifter: av namnet finns en bokstav.",
        "Protected identity: of the name there is one letter.",
    ),
    Oddity(
        "alias", "Alex", "Andersson",
        "Skyddade uppgifter: namnet är påhittat, och inget i data säger det.",
        "Protected identity: the name is made up, and nothing in the data says so.",
    ),
    Oddity(
        "sam", "Sam", "Delad",
        "Delar e-postadress med Sami: två personer får inte bli ett konto.",
        "Shares an email address with Sami: two people must not become one account.",
        email=SHARED_EMAIL,
    ),
    Oddity(
        "sami", "Sami", "Delad",
        "Delar e-postadress med Sam.", "Shares an email address with Sam.",
        email=SHARED_EMAIL,
    ),
    Oddity(
        "asa", "Åsa-Märta", "Öström Ängsbäck",
        "Namn med å, ä och ö, bindestreck och mellanslag.",
        "A name with å, ä and ö, a hyphen and a space.",
    ),
    Oddity(
        "rene", "Renée", "O\N{RIGHT SINGLE QUOTATION MARK}Malley D'Ângelo",
        "Namn med é, â och båda sorternas apostrof.",
        "A name with é, â and apostrophes of both kinds.",
    ),
    Oddity(
        "o", "Y", "Å",
        "För- och efternamn är en bokstav var.", "First and last name are one letter each.",
    ),
    Oddity(
        "lang", "Maximiliana", LONG_NAME,
        "Efternamnet är sextio tecken långt.", "The last name is sixty characters long.",
    ),
)  # fmt: skip

TRIALS = (
    *(
        Character(
            one.key, one.first_name, one.last_name, Role.STUDENT, (TRIAL,), ("5P",),
            one.sv, one.en, misfortune=one.misfortune, email=one.email,
        )
        for one in _ODDITIES
    ),
    Character(
        "siv", "Siv", "Salinger", Role.TEACHER, (TRIAL,), ("5P",),
        "Lärare i 5P: ser hur klasslistan bär namnen.",
        "Teacher of 5P: sees how the class list bears the names.",
    ),
    Character(
        "tove", "Tove", "Tvenne", Role.STUDENT, (TRIAL, MILL), ("5P", "4K"),
        "Elev på två skolor, båda med licens.", "Student at two schools, both with a license.",
    ),
    Character(
        "mattis", "Mattis", "Flyttman", Role.STUDENT, (MILL,), ("4K",),
        "Byter skola: i världen licensed har han loggat in på Kvarnbyskolan och flyttat.",
        "Changes schools: in the world licensed he has logged in at Kvarnbyskolan, and moved.",
    ),
    Character(
        "cilla", "Cilla", "Stängd", Role.STUDENT, (CLOSED,), ("6N",),
        "Skolans kod är nedlagd i Skolverkets register.",
        "The school's code is closed in Skolverket's register.",
    ),
    Character(
        "pelle", "Pelle", "Poolén", Role.STUDENT, (POOLED,), ("4L",),
        "Licenspoolen är tom: Skolon säger det, och platsen kan frigöras i portalen.",
        "The license pool is empty: Skolon says so, and the seat can be reclaimed in the portal.",
    ),
    Character(
        "ebba", "Ebba", "Ände", Role.STUDENT, (ENDED,), ("8U",),
        "Licensen har gått ut.", "The license has ended.",
    ),
    Character(
        "prim", "Prim", "Prövare", Role.STAFF, (), (),
        f"Administratör för {ORGANIZER}.", f"Administrator of {ORGANIZER}.",
        administers=ORGANIZER,
    ),
)  # fmt: skip


def populate_trials(session: Session, settings: Settings, *, now: datetime) -> None:
    """Add the organizer, its schools, people and licenses."""
    add_records(
        session,
        Organization,
        [
            {"key": ORGANIZER, "name": ORGANIZER, "number": "2990000024",
             "short_code": "SK-7P5VX", "municipality": "Prövoköping"},
        ],
    )  # fmt: skip
    add_records(
        session,
        School,
        [
            {
                "key": school,
                "name": school,
                "organization_id": uuid_of(ORGANIZER),
                "kind": UnitKind.SCHOOL,
            }
            for school in CODES
        ],
    )
    session.add_all(
        SchoolUnitCode(school_id=uuid_of(school), code=code, added_at=BEGINNING)
        for school, code in CODES.items()
    )
    add_people(session, TRIALS, pupils_of(POOLED, ["4L"], 1, key="trial-pool-pupil"), after=_LAST)
    tool_id = session.scalars(
        select(Tool.id).where(Tool.client_id == settings.skolon_client_id)
    ).one()
    _add_licenses(session, tool_id, swedish_date(now), now)


def _add_licenses(session: Session, tool_id: UUID, today: date, now: datetime) -> None:
    pool = LicensePool(
        id=uuid_of("the trial pool"),
        tool_id=tool_id,
        school_id=uuid_of(POOLED),
        name="Poolängs enda licens",
        made_at=now,
    )
    session.add(pool)
    session.flush()
    session.add(PoolLink(pool_id=pool.id, group_id=uuid_of(f"{POOLED} 4L"), linked_at=now))
    in_june = last_day(RequestKind.PURCHASE, today)
    in_force = {"starts_on": today - timedelta(90), "ends_on": in_june}
    over = {"starts_on": today - timedelta(400), "ends_on": today - timedelta(35)}

    def license_at(school: str, of_type: LicenseType, **more: object) -> License:
        made = License(
            tool_id=tool_id,
            type=of_type,
            organization_id=uuid_of(ORGANIZER),
            owner_school_id=uuid_of(school),
            is_demo=False,
            assigned_at=now,
            change_number=changes.draw(session, License),
            **more,
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

    for school in (TRIAL, MILL, CLOSED):
        license_at(school, LicenseType.SCHOOL, **in_force)
    seat(license_at(POOLED, LicenseType.SINGLE, pool_id=pool.id, **in_force), "trial-pool-pupil-1")
    seat(license_at(ENDED, LicenseType.SINGLE, **over), "ebba")
    coverage.settle(session, License.organization_id == uuid_of(ORGANIZER), now=now)
