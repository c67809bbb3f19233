"""Whom one may log in as: the test environment's personas first, then everybody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session

from app.skolon.domain.rosters import Role
from app.skolon.models import (
    Administrator,
    Persona,
    School,
    SchoolAdministrator,
    SchoolMembership,
    User,
)

A_PAGE = 20
MOST_ADMINISTRATORS = 50


@dataclass(frozen=True, slots=True)
class PersonaCard:
    """A person on the page where one chooses who to be; `key` is what the form sends."""

    key: str
    name: str
    role: Role
    schools: tuple[str, ...]
    description_sv: str = ""
    description_en: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One page of people to choose from."""

    personas: Sequence[PersonaCard]
    others: Sequence[PersonaCard]
    search: str
    page: int
    has_more: bool


def choice(session: Session, search: str, page: int) -> Choice:
    """Return the personas and a page of the others, all that match the search."""
    named = select(User, Persona).join(Persona).order_by(Persona.position)
    others = (
        select(User, Persona)
        .outerjoin(Persona)
        .where(Persona.user_id.is_(None))
        .order_by(User.search_name, User.id)
        .offset((page - 1) * A_PAGE)
        .limit(A_PAGE + 1)
    )
    if search:
        folded = search.strip().lower()
        named = named.where(User.search_name.contains(folded, autoescape=True))
        others = others.where(User.search_name.contains(folded, autoescape=True))
    found = _cards(session, others)
    return Choice(
        personas=_cards(session, named) if page == 1 else [],
        others=found[:A_PAGE],
        search=search,
        page=page,
        has_more=len(found) > A_PAGE,
    )


def administrators(session: Session, search: str = "") -> tuple[Sequence[PersonaCard], bool]:
    """Return those who may open the portal, organizations' first, and whether there are more."""
    of_organization = User.id.in_(select(Administrator.user_id))
    of_school = User.id.in_(select(SchoolAdministrator.user_id))
    people = (
        select(User, Persona)
        .outerjoin(Persona)
        .where(or_(of_organization, of_school))
        .order_by(case((of_organization, 0), else_=1), User.search_name, User.id)
        .limit(MOST_ADMINISTRATORS + 1)
    )
    if search:
        people = people.where(User.search_name.contains(search.strip().lower(), autoescape=True))
    found = _cards(session, people)
    return found[:MOST_ADMINISTRATORS], len(found) > MOST_ADMINISTRATORS


def _cards(session: Session, people: Select[User, Persona]) -> list[PersonaCard]:
    rows = session.execute(people.where(User.deleted_at.is_(None))).all()
    schools: dict[object, list[str]] = {}
    memberships = session.execute(
        select(SchoolMembership.user_id, School.name)
        .join(School, School.id == SchoolMembership.school_id)
        .where(SchoolMembership.user_id.in_(user.id for user, _ in rows))
        .order_by(SchoolMembership.position)
    )
    for user_id, name in memberships:
        schools.setdefault(user_id, []).append(name)
    return [
        PersonaCard(
            key=persona.key if persona else user.public_id,
            name=f"{user.first_name} {user.last_name}".strip(),
            role=user.role,
            schools=tuple(schools.get(user.id, ())),
            description_sv=persona.description_sv if persona else "",
            description_en=persona.description_en if persona else "",
        )
        for user, persona in rows
    ]
