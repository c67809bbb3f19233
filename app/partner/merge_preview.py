"""What a merge would do, shown before it is done (R15)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.partner import merging
from app.partner.domain.merging import LOCAL_ISSUER
from app.partner.models import (
    Account,
    CompletedLesson,
    Identity,
    Organization,
    Placement,
    School,
    SchoolClass,
)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two accounts, as its owner knows it."""

    id: UUID
    name: str
    email: str
    organization: str | None
    created_on: date
    logs_in: frozenset[str]
    lessons: frozenset[str]
    classes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """The account that is kept, the one that goes up in it, and what the one then holds."""

    kept: Side
    merged: Side
    crosses_organizations: bool

    @property
    def lessons(self) -> frozenset[str]:
        return self.kept.lessons | self.merged.lessons

    @property
    def classes(self) -> frozenset[str]:
        return self.kept.classes | self.merged.classes


def preview(session: Session, token: str, *, now: datetime) -> Preview:
    """Return what would be merged, or refuse as the merge itself would."""
    pair = merging.proof(session, token, now=now).pair(now=now)
    sides = sides_of(session, {pair.kept.id, pair.merged.id})
    return Preview(sides[pair.kept.id], sides[pair.merged.id], pair.crosses_organizations)


def sides_of(session: Session, account_ids: Collection[UUID]) -> dict[UUID, Side]:
    """Return accounts with their ways to log in, what they have done, and where they are today."""
    accounts = session.execute(
        select(Account, Organization.name)
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .where(Account.id.in_(account_ids))
    ).all()
    issuers = session.execute(
        select(Identity.account_id, Identity.issuer).where(Identity.account_id.in_(account_ids))
    ).all()
    lessons = session.execute(
        select(CompletedLesson.account_id, CompletedLesson.lesson).where(
            CompletedLesson.account_id.in_(account_ids)
        )
    ).all()
    classes = session.execute(
        select(Placement.account_id, School.name, SchoolClass.name)
        .join(SchoolClass, SchoolClass.id == Placement.school_class_id)
        .join(School, School.id == SchoolClass.school_id)
        .where(Placement.account_id.in_(account_ids), Placement.ended_at.is_(None))
    ).all()
    return {
        account.id: Side(
            id=account.id,
            name=f"{account.first_name} {account.last_name}".strip(),
            email=account.email,
            organization=organization,
            created_on=swedish_date(account.created_at),
            logs_in=frozenset(
                "local" if issuer == LOCAL_ISSUER else "skolon"
                for owner, issuer in issuers
                if owner == account.id
            ),
            lessons=frozenset(lesson for owner, lesson in lessons if owner == account.id),
            classes=frozenset(
                f"{name}, {school}" for owner, school, name in classes if owner == account.id
            ),
        )
        for account, organization in accounts
    }
