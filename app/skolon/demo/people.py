"""The people of the demo: the personas, and a hundred ordinary pupils around them."""

import re
from collections.abc import Sequence
from itertools import cycle
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.skolon.demo.characters import FREE, ORGANIZER, OWNERS, TOWN, TRIAL_OWNERS, Character
from app.skolon.demo.rows import add_records, uuid_of
from app.skolon.domain.rosters import GroupType, Role
from app.skolon.models import Administrator, Group, GroupMembership, Persona, SchoolMembership, User

CLASSES = [f"{grade}{parallel}" for grade in (4, 5, 6, 7, 8, 9) for parallel in "AB"]
PUPILS_IN_A_CLASS = 11
_FIRST_NAMES = (
    "Alva Björn Cleo Dag Edda Folke Greta Hugo Inez Joar Kaj Liv Måns Nora Olle Pia Quinn Rut "
    "Sixten Tyra Ulf Vera Wille Ylva Zeb Åke Ängla Östen Noor Samir Leyla Mateo"
).split()
_LAST_NAMES = (
    "Alm Backe Cederäng Dahlsjö Ekvall Forsmo Granö Hedlöf Isbäck Julin Kvarnby Lövdal Modig "
    "Nordsjö Orrfelt Päronqvist Rönnäs Sjövik Tallheim Ulvsten Viksäter Ytterdal Åkervi Älgsten"
).split()
_DOMAINS = {
    TOWN: "exempelstad.example",
    FREE: "friskolan.example",
    ORGANIZER: "provokoping.example",
    None: "partner.example",
}
_ALL_OWNERS = OWNERS | TRIAL_OWNERS


class Pupil(NamedTuple):
    """Somebody who is there to fill a class."""

    key: str
    first_name: str
    last_name: str
    school: str
    group: str
    role: Role = Role.STUDENT


def add_people(
    session: Session, characters: Sequence[Character], pupils: Sequence[Pupil], *, after: int = 0
) -> None:
    """Add people, the groups that they are in, and the personas, which come after so many."""
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

    for who in characters:
        owner = who.administers or (_ALL_OWNERS[who.schools[0]] if who.schools else None)
        user = _user(who.key, who.first_name, who.last_name, who.role, owner, who.has_email)
        users.append(user | ({"email": who.email} if who.email else {}))
        memberships += _memberships(who.key, who.schools)
        for place, group in enumerate(who.groups):
            # The second group is at the second school, if there is one.
            join(who.key, group, who.schools[min(place, len(who.schools) - 1)])
    for key, first_name, last_name, school, group, role in pupils:
        users.append(_user(key, first_name, last_name, role, _ALL_OWNERS[school], has_email=True))
        memberships += _memberships(key, (school,))
        join(key, group, school)

    add_records(session, User, users)
    session.execute(insert(SchoolMembership), memberships)
    there = set(session.scalars(select(Group.id)))
    new = [group for group in groups.values() if uuid_of(group["key"]) not in there]
    add_records(session, Group, new)
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
                "misfortune": who.misfortune,
            }
            for position, who in enumerate(characters, start=after)
        ],
    )
    session.add_all(
        Administrator(user_id=uuid_of(who.key), organization_id=uuid_of(who.administers))
        for who in characters
        if who.administers
    )


def pupils_of(
    school: str,
    groups: Sequence[str],
    number: int,
    *,
    key: str = "pupil",
    role: Role = Role.STUDENT,
) -> list[Pupil]:
    """Return so many invented people for each group, numbered in their keys."""
    first_names, last_names = cycle(_FIRST_NAMES), cycle(_LAST_NAMES)
    return [
        Pupil(f"{key}-{place}", next(first_names), next(last_names), school, group, role)
        for place, group in enumerate((g for g in groups for _ in range(number)), start=1)
    ]


def _user(
    key: str, first_name: str, last_name: str, role: Role, owner: str | None, has_email: bool
) -> dict[str, Any]:
    domain = _DOMAINS[owner]
    # Numbered where namesakes would otherwise share an address.
    number = key.removeprefix("pupil-") if re.search(r"-[0-9]+$", key) else ""
    # Of odd names there might be nothing left.
    is_odd = owner == ORGANIZER
    local = key if is_odd else f"{_ascii(first_name)}.{_ascii(last_name)}{number}"
    username = f"{local}@{domain}"
    return {
        "key": key,
        "organization_id": uuid_of(owner) if owner else None,
        "role": role,
        "first_name": first_name,
        "last_name": last_name,
        "username": username,
        "email": username if has_email else None,
        "language": "sv",
        "search_name": f"{first_name} {last_name}".strip().lower(),
    }


def _memberships(key: str, schools: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"user_id": uuid_of(key), "school_id": uuid_of(school), "position": position}
        for position, school in enumerate(schools)
    ]


def _ascii(name: str) -> str:
    return name.lower().translate(str.maketrans("åäö", "aao"))
