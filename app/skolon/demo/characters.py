"""The personas of the demo, and the schools that they belong to."""

from typing import NamedTuple

from app.skolon.domain.rosters import Misfortune, Role

TOWN, FREE = "Exempelstads kommun", "Friskolan Exempel AB"
MAIN, UNKNOWN_CODE, NO_CODE, UNLICENSED = (
    "Ekbackaskolan",
    "Solängsskolan",
    "Tallkottens förskola",
    "Lindängsskolan",
)
FREE_SCHOOL = "Friskolan Exempel"
# Only in the world that begins with licenses.
POOL_SCHOOL = "Björkhagsskolan"
OWNERS = dict.fromkeys((MAIN, UNKNOWN_CODE, NO_CODE, UNLICENSED, POOL_SCHOOL), TOWN) | {
    FREE_SCHOOL: FREE
}
# The organizer whose people try a partner's program, and its schools.
ORGANIZER = "Prövoköpings kommun"
TRIAL, MILL, CLOSED, POOLED, ENDED = (
    "Prövoskolan",
    "Kvarnbyskolan",
    "Nedlagda Åskolan",
    "Poolängsskolan",
    "Utgångsskolan",
)
TRIAL_OWNERS = dict.fromkeys((TRIAL, MILL, CLOSED, POOLED, ENDED), ORGANIZER)


class Character(NamedTuple):
    """A persona: who it is, where, and the situation that it is there for."""

    key: str
    first_name: str
    last_name: str
    role: Role
    schools: tuple[str, ...]
    groups: tuple[str, ...]
    description_sv: str
    description_en: str
    has_email: bool = True
    administers: str | None = None
    misfortune: Misfortune | None = None
    # Where it is not the user name.
    email: str | None = None


CHARACTERS = (
    Character(
        "elsa", "Elsa", "Åkerlund", Role.STUDENT, (MAIN,), ("7A", "7A Engelska"),
        "Elev i 7A, allt är som det ska.", "Student in 7A, everything is in order.",
    ),
    Character(
        "maja", "Maja", "Ek", Role.TEACHER, (MAIN,), ("7A", "7A Engelska"),
        "Lärare i 7A.", "Teacher of 7A.",
    ),
    Character(
        "nils", "Nils", "Berg", Role.TEACHER, (MAIN,), ("7B",),
        "Lärare i 7B: ska inte se eleverna i 7A.", "Teacher of 7B: must not see 7A's students.",
    ),
    Character(
        "bo", "Bo", "Björk", Role.STUDENT, (NO_CODE,), ("Blåklockan",),
        "Förskolan saknar skolenhetskod.", "The preschool has no school unit code.",
    ),
    Character(
        "lo", "Lo", "Lind", Role.STUDENT, (MAIN,), ("7A",),
        "Elev i 7A utan e-postadress.", "Student in 7A without an email address.",
        has_email=False,
    ),
    Character(
        "tim", "Tim", "Ask", Role.STUDENT, (UNKNOWN_CODE,), ("5C",),
        "Skolans kod finns inte i registret.", "The school's code is not in the register.",
    ),
    Character(
        "omar", "Omar", "Holm", Role.STUDENT, (MAIN,), ("7A",),
        "Klasskamrat i 7A.", "Classmate in 7A.",
    ),
    Character(
        "iris", "Iris", "Öberg", Role.STUDENT, (MAIN,), ("7B", "7B Franska"),
        "Elev i 7B.", "Student in 7B.",
    ),
    Character(
        "ture", "Ture", "Tvärå", Role.TEACHER, (UNLICENSED, MAIN), ("6A Lindäng", "7B Franska"),
        "Lärare på två skolor, den första utan licens.",
        "Teacher at two schools, the first without a license.",
    ),
    Character(
        "sara", "Sara", "Sund", Role.STAFF, (NO_CODE,), ("Blåklockan",),
        "Personal på förskolan utan kod.", "Staff of the preschool without a code.",
    ),
    Character(
        "frida", "Frida", "Frisk", Role.TEACHER, (FREE_SCHOOL,), ("8F",),
        "Lärare hos en huvudman som inte delar data i förväg.",
        "Teacher at an organizer that shares no data ahead of time.",
    ),
    Character(
        "filip", "Filip", "Fors", Role.STUDENT, (FREE_SCHOOL,), ("8F",),
        "Elev hos samma huvudman.", "Student of the same organizer.",
    ),
    Character(
        "disa", "Disa", "Dahl", Role.STAFF, (), (),
        "Administratör för Exempelstads kommun.", "Administrator of Exempelstads kommun.",
        administers=TOWN,
    ),
    Character(
        "frej", "Frej", "Fältö", Role.STAFF, (), (),
        "Administratör för Friskolan Exempel AB.", "Administrator of Friskolan Exempel AB.",
        administers=FREE,
    ),
    Character(
        "stina", "Stina", "Skog", Role.TEACHER, (MAIN,), (),
        "Lärare som är skoladministratör.", "Teacher who administers her school.",
    ),
    Character(
        "partnerportal", "Pim", "Partner", Role.PARTNER, (), (),
        "Konto i Partner Portal: Skolon svarar 500.", "Partner Portal account: Skolon answers 500.",
    ),
)  # fmt: skip
