"""The people of the demo: the personas, and a hundred ordinary pupils around them."""

from itertools import cycle
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.skolon.demo.characters import CHARACTERS, FREE, MAIN, OWNERS, TOWN
from app.skolon.demo.rows import add_records, uuid_of
from app.skolon.domain.rosters import GroupType, Role
from app.skolon.models import Administrator, Group, GroupMembership, Persona, SchoolMembership, User

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
_DOMAINS = {TOWN: "exempelstad.example", FREE: "friskolan.example", None: "partner.example"}


def add_people(session: Session) -> None:
    users, memberships, groups = [], [], dict[str, dict[str, Any]]()
    in_groups: list[dict[str, Any]] = []

    def join(user: str, group: str, school: str) -> None:
        kind = GroupType.TEACHING_GROUP if " " in group and "Lindäng" not in group else None
        groups.setdefault(
            f"{school} {group}",
            {
                "key": f"{school} {group}",
                "name": group.removesuffix(" Lindäng"),
                "school_id": uuid_of(school),
                "type": kind or GroupType.CLASS,
            },
        )
        in_groups.append({"group_id": uuid_of(f"{school} {group}"), "user_id": uuid_of(user)})

    for who in CHARACTERS:
        owner = who.administers or (OWNERS[who.schools[0]] if who.schools else None)
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

    add_records(session, User, users)
    session.execute(insert(SchoolMembership), memberships)
    add_records(session, Group, list(groups.values()))
    session.execute(insert(GroupMembership), in_groups)
    session.execute(
        insert(Persona),
        [
            {
                "user_id": uuid_of(who.key),
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
            {"user_id": uuid_of(who.key), "organization_id": uuid_of(who.administers)}
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


def _user(
    key: str, first_name: str, last_name: str, role: Role, owner: str | None, has_email: bool
) -> dict[str, Any]:
    domain = _DOMAINS[owner]
    # Numbered where namesakes would otherwise share an address.
    number = key.removeprefix("pupil-") if key.startswith("pupil-") else ""
    username = f"{_ascii(first_name)}.{_ascii(last_name)}{number}@{domain}"
    return {
        "key": key,
        "organization_id": uuid_of(owner) if owner else None,
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
        {"user_id": uuid_of(key), "school_id": uuid_of(school), "position": position}
        for position, school in enumerate(schools)
    ]


def _ascii(name: str) -> str:
    return name.lower().translate(str.maketrans("åäö", "aao"))
