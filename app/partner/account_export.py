"""Everything that is held on one person, for whoever asks on their behalf (GDPR, article 15)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.partner import accounts
from app.partner.models import (
    Account,
    AccountEvent,
    BrowserSession,
    CompletedLesson,
    Merge,
    Organization,
    Placement,
    School,
    SchoolClass,
)
from app.partner.schemas import (
    AccountEventOut,
    ExportOut,
    LessonOut,
    MergedAwayOut,
    MergeOut,
    OrganizationOut,
    PlacementOut,
    SessionOut,
)


def export(session: Session, account_id: UUID, *, now: datetime) -> ExportOut:
    """Return what every table holds on the person who has this account."""
    own = accounts.read(session, account_id)
    ids = accounts.with_merged(session, Account.id == account_id)
    merged = session.scalars(
        select(Account)
        .where(Account.id.in_(ids), Account.id != account_id)
        .order_by(Account.created_at, Account.id)
    ).all()
    return ExportOut(
        exported_at=now,
        account=own,
        placements=_placements(session, ids),
        lessons=[
            LessonOut(lesson=row.lesson, completed_at=row.completed_at)
            for row in session.scalars(
                select(CompletedLesson)
                .where(CompletedLesson.account_id.in_(ids))
                .order_by(CompletedLesson.completed_at, CompletedLesson.lesson)
            )
        ],
        events=[
            AccountEventOut(kind=row.kind, actor=row.actor, happened_at=row.happened_at)
            for row in session.scalars(
                select(AccountEvent)
                .where(AccountEvent.account_id.in_(ids))
                .order_by(AccountEvent.happened_at, AccountEvent.id)
            )
        ],
        merges=[
            MergeOut(
                merged_account_id=row.merged_account_id,
                merged_at=row.merged_at,
                proved_by=row.proved_by,
                undone_at=row.undone_at,
                undone_by=row.undone_by,
            )
            for row in session.scalars(
                select(Merge)
                .where(or_(Merge.kept_account_id.in_(ids), Merge.merged_account_id.in_(ids)))
                .order_by(Merge.merged_at, Merge.id)
            )
        ],
        merged_accounts=[
            MergedAwayOut(
                id=account.id,
                email=account.email,
                first_name=account.first_name,
                last_name=account.last_name,
                language=account.language,
                created_at=account.created_at,
                last_used_at=account.last_used_at,
            )
            for account in merged
        ],
        sessions=[
            SessionOut(last_used_at=row.last_used_at, expires_at=row.expires_at)
            for row in session.scalars(
                select(BrowserSession)
                .where(BrowserSession.account_id.in_(ids))
                .order_by(BrowserSession.expires_at)
            )
        ],
    )


def _placements(session: Session, account_ids: set[UUID]) -> list[PlacementOut]:
    rows = session.execute(
        select(Placement, SchoolClass, School, Organization)
        .join(SchoolClass, SchoolClass.id == Placement.school_class_id)
        .join(School, School.id == SchoolClass.school_id)
        .join(Organization, Organization.id == School.organization_id)
        .where(Placement.account_id.in_(account_ids))
        .order_by(Placement.placed_at, Placement.id)
    )
    return [
        PlacementOut(
            organization=OrganizationOut(
                organization_number=organization.organization_number, name=organization.name
            ),
            school=school.name,
            school_class=school_class.name,
            school_year=school_class.school_year,
            role=placement.role,
            placed_at=placement.placed_at,
            ended_at=placement.ended_at,
        )
        for placement, school_class, school, organization in rows
    ]
