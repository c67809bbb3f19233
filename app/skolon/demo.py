"""The demo world: invented organizations, schools and people, the same in every sandbox."""

import hashlib
from datetime import UTC, datetime
from itertools import count, cycle
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.settings import Settings
from app.skolon.domain.oauth import ALPHABET, NAME_LENGTH, hashed
from app.skolon.domain.rosters import GroupType, Role, UnitKind
from app.skolon.models import (
    Administrator,
    Approval,
    ChangeCounter,
    Group,
    GroupMembership,
    Organization,
    Persona,
    RedirectUri,
    School,
    SchoolMembership,
    SchoolUnitCode,
    Tool,
    User,
)

# Before anything that happens in the demo, whenever that is.
BEGINNING = datetime(2026, 8, 17, 6, tzinfo=UTC)

TOWN, FREE = "Exempelstads kommun", "Friskolan Exempel AB"
MAIN, UNKNOWN_CODE, NO_CODE, UNLICENSED = (
    "Ekbackaskolan",
    "Solängsskolan",
    "Tallkottens förskola",
    "Lindängsskolan",
)
FREE_SCHOOL = "Friskolan Exempel"

_CLASSES = [f"{grade}{parallel}" for grade in (4, 5, 6, 7, 8, 9) for parallel in "AB"]
_PUPILS_IN_A_CLASS = 11
_FIRST_NAMES = (
    "Alva Björn Cleo Dag Edda Folke Greta Hugo Inez Joar Kaj Liv Måns Nora Olle Pia Quinn Rut "
    "Sixten Tyra Ulf Vera Wille Ylva Zeb Åke Ängla Östen Noor Samir Leyla Mateo"
).split()
_LAST_NAMES = (
    "Alm Backe Cederäng Dahlsjö Ekvall Forsmo Granö Hedlöf Isbäck Julin Kvarnby Lövdal Modig "
    "Nordsjö Orrfelt Päronqvist Rönnäs Sjövik Tallheim Ulvsten Viksäter Ytterdal Åkervi Älgsten"
).split()


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
        "partnerportal", "Pim", "Partner", Role.PARTNER, (), (),
        "Konto i Partner Portal: Skolon svarar 500.", "Partner Portal account: Skolon answers 500.",
    ),
)  # fmt: skip

_DOMAINS = {TOWN: "exempelstad.example", FREE: "friskolan.example", None: "partner.example"}
_OWNERS = dict.fromkeys((MAIN, UNKNOWN_CODE, NO_CODE, UNLICENSED), TOWN) | {FREE_SCHOOL: FREE}


def populate(session: Session, settings: Settings) -> None:
    """Fill Skolon's tables; there are no requests and no licenses yet, the story begins here."""
    _add(session, Organization, _organizations())
    _add(session, School, _schools())
    session.execute(
        insert(SchoolUnitCode),
        [
            {"school_id": _uuid(school), "code": code, "added_at": BEGINNING}
            for school, code in (
                (MAIN, "10000001"),
                (UNKNOWN_CODE, "10009999"),
                (UNLICENSED, "10000003"),
                (FREE_SCHOOL, "10000011"),
            )
        ],
    )
    _add_people(session)
    _add_tool(session, settings)


def _organizations() -> list[dict[str, Any]]:
    return [
        {"key": TOWN, "name": TOWN, "number": "2990000016", "short_code": "SK-4F7Q2",
         "municipality": "Exempelstad"},
        {"key": FREE, "name": FREE, "number": "5990010018", "short_code": "SK-9B3XK",
         "municipality": "Exempelstad"},
    ]  # fmt: skip


def _schools() -> list[dict[str, Any]]:
    return [
        {
            "key": school,
            "name": school,
            "organization_id": _uuid(owner),
            "kind": UnitKind.PRESCHOOL if school == NO_CODE else UnitKind.SCHOOL,
        }
        for school, owner in _OWNERS.items()
    ]


def _add_people(session: Session) -> None:
    users, memberships, groups = [], [], dict[str, dict[str, Any]]()
    in_groups: list[dict[str, Any]] = []

    def join(user: str, group: str, school: str) -> None:
        kind = GroupType.TEACHING_GROUP if " " in group and "Lindäng" not in group else None
        groups.setdefault(
            f"{school} {group}",
            {
                "key": f"{school} {group}",
                "name": group.removesuffix(" Lindäng"),
                "school_id": _uuid(school),
                "type": kind or GroupType.CLASS,
            },
        )
        in_groups.append({"group_id": _uuid(f"{school} {group}"), "user_id": _uuid(user)})

    for who in CHARACTERS:
        owner = who.administers or (_OWNERS[who.schools[0]] if who.schools else None)
        users.append(_user(who.key, who.first_name, who.last_name, who.role, owner, who.has_email))
        memberships += _memberships(who.key, who.schools)
        for group in who.groups:
            at_first = len(who.schools) == 1 or "Lindäng" in group
            join(who.key, group, who.schools[0 if at_first else 1])
    for number, (name, first_name, last_name) in enumerate(_ordinary_pupils(), start=1):
        key = f"pupil-{number}"
        users.append(_user(key, first_name, last_name, Role.STUDENT, TOWN, has_email=True))
        memberships += _memberships(key, (MAIN,))
        join(key, name, MAIN)

    _add(session, User, users)
    session.execute(insert(SchoolMembership), memberships)
    _add(session, Group, list(groups.values()))
    session.execute(insert(GroupMembership), in_groups)
    session.execute(
        insert(Persona),
        [
            {
                "user_id": _uuid(who.key),
                "key": who.key,
                "position": position,
                "description_sv": who.description_sv,
                "description_en": who.description_en,
            }
            for position, who in enumerate(CHARACTERS)
        ],
    )
    session.execute(
        insert(Administrator),
        [
            {"user_id": _uuid(who.key), "organization_id": _uuid(who.administers)}
            for who in CHARACTERS
            if who.administers
        ],
    )


def _ordinary_pupils() -> list[tuple[str, str, str]]:
    first_names, last_names = cycle(_FIRST_NAMES), cycle(_LAST_NAMES)
    return [
        (name, next(first_names), next(last_names))
        for name in _CLASSES
        for _ in range(_PUPILS_IN_A_CLASS)
    ]


def _add_tool(session: Session, settings: Settings) -> None:
    tool = Tool(
        id=_uuid("tool"),
        name=settings.partner_name,
        description_sv="Läromedel från en påhittad installation av partnern.",
        description_en="Learning material from an invented installation of the partner.",
        client_id=settings.skolon_client_id,
        secret_hash=hashed(settings.skolon_client_secret.get_secret_value()),
        launch_url="/sso/login",
    )
    session.add(tool)
    session.flush()
    session.add(RedirectUri(tool_id=tool.id, uri="/sso/callback"))
    session.add(Approval(organization_id=_uuid(TOWN), tool_id=tool.id, approved_at=BEGINNING))


def _user(
    key: str, first_name: str, last_name: str, role: Role, owner: str | None, has_email: bool
) -> dict[str, Any]:
    domain = _DOMAINS[owner]
    # Numbered where namesakes would otherwise share an address.
    number = key.removeprefix("pupil-") if key.startswith("pupil-") else ""
    username = f"{_ascii(first_name)}.{_ascii(last_name)}{number}@{domain}"
    return {
        "key": key,
        "organization_id": _uuid(owner) if owner else None,
        "role": role,
        "first_name": first_name,
        "last_name": last_name,
        "username": username,
        "email": username if has_email else None,
        "language": "sv",
        "search_name": f"{first_name} {last_name}".lower(),
    }


def _memberships(key: str, schools: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"user_id": _uuid(key), "school_id": _uuid(school), "position": position}
        for position, school in enumerate(schools)
    ]


def _add(
    session: Session,
    kind: type[Organization | School | User | Group],
    records: list[dict[str, Any]],
) -> None:
    """Insert records with ids that follow from their keys, and number them as changes."""
    numbers = count(1)
    session.execute(
        insert(kind),
        [
            {
                **{name: value for name, value in record.items() if name != "key"},
                "id": _uuid(record["key"]),
                "public_id": _public_id(record["key"]),
                "change_number": next(numbers),
            }
            for record in records
        ],
        execution_options={"render_nulls": True},
    )
    session.add(ChangeCounter(record_kind=kind.__name__, newest=len(records)))


def _uuid(key: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://skolon-mock.example/{key}")


def _public_id(key: str) -> str:
    """Return fifty letters and digits, like Skolon's own ids."""
    stream = hashlib.shake_256(key.encode()).digest(NAME_LENGTH)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in stream)


def _ascii(name: str) -> str:
    return name.lower().translate(str.maketrans("åäö", "aao"))
