"""Forgetting people and classes: what was known of them goes; that somebody was there stays."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from app.clock import swedish_date
from app.database import Database
from app.partner.accounts import require_own, with_merged
from app.partner.models import (
    Account,
    AccountEvent,
    BrowserSession,
    CompletedLesson,
    Identity,
    Merge,
    Placement,
    SchoolClass,
)


def erase_account(session: Session, database: Database, account_id: UUID, *, now: datetime) -> None:
    """Forget the person who has this account; refuse if nobody has."""
    people = _held(session, lambda: with_merged(session, Account.id == account_id))
    require_own(session, account_id)
    _erase(session, database, people, now=now)


def erase_identity(
    session: Session, database: Database, issuer: str, subject: str, *, now: datetime
) -> None:
    """Forget whom an issuer knows by this id, whoever else they are; nobody if it is unknown."""
    theirs = Account.id.in_(
        select(Identity.account_id).where(Identity.issuer == issuer, Identity.subject == subject)
    )
    people = _held(session, lambda: with_merged(session, theirs))
    _erase(session, database, people, now=now)


def erase_unused(
    session: Session, database: Database, *, since: datetime, most: int, now: datetime
) -> None:
    """Forget so many people who have not been here since then, those gone longest first."""
    unused = (
        select(Account.id)
        .where(Account.last_used_at <= since, Account.merged_into_id.is_(None))
        .order_by(Account.last_used_at, Account.id)
        .limit(most)
    )
    people = _held(session, lambda: with_merged(session, Account.id.in_(unused)))
    _erase(session, database, people, now=now)


def erase_merged_away(session: Session, account_ids: Collection[UUID], *, now: datetime) -> None:
    """Let go of what is left of accounts that were merged into others."""
    left = Account.id.in_(account_ids) & Account.merged_into_id.is_not(None)
    _remove(session, _held(session, lambda: with_merged(session, left)), now=now)


def erase_class(session: Session, skolon_id: str, *, now: datetime) -> None:
    """Forget a class of every school year; its people stay, without having been in it."""
    classes = session.scalars(
        select(SchoolClass)
        .where(SchoolClass.skolon_id == skolon_id)
        .order_by(SchoolClass.id)
        .with_for_update()
    ).all()
    for school_class in classes:
        school_class.skolon_id, school_class.name = None, ""
    there = Placement.school_class_id.in_([school_class.id for school_class in classes])
    _leave_out_of_merges(session, there)
    _make_nobodys(session, there, now=now)


def _held(session: Session, find: Callable[[], set[UUID]]) -> set[UUID]:
    """Lock the accounts, in the order in which everybody does; those who log in or merge wait.

    What they did while this waited counts: then it is found out anew whose accounts these are.
    """
    while True:
        found = find()
        with session.begin_nested() as attempt:
            session.execute(
                select(Account.id)
                .where(Account.id.in_(found))
                .order_by(Account.id)
                .with_for_update()
            )
            if find() == found:
                return found
            attempt.rollback()


def _erase(
    session: Session, database: Database, account_ids: Collection[UUID], *, now: datetime
) -> None:
    subjects = session.scalars(
        select(Identity.subject).where(Identity.account_id.in_(account_ids))
    ).all()
    _remove(session, account_ids, now=now)
    database.forget(session, subjects)


def _remove(session: Session, account_ids: Collection[UUID], *, now: datetime) -> None:
    if not account_ids:
        return
    session.execute(
        update(BrowserSession)
        .where(BrowserSession.proved_account_id.in_(account_ids))
        .values(proved_account_id=None, proved_at=None, proved_by=None)
    )
    _make_nobodys(session, Placement.account_id.in_(account_ids), now=now)
    # Whoever logged in to one account may have left a place in another.
    identities = select(Identity.id).where(Identity.account_id.in_(account_ids))
    session.execute(
        update(Placement).where(Placement.identity_id.in_(identities)).values(identity_id=None)
    )
    for theirs in (
        BrowserSession.account_id,
        Identity.account_id,
        CompletedLesson.account_id,
        AccountEvent.account_id,
    ):
        session.execute(delete(theirs.class_).where(theirs.in_(account_ids)))
    session.execute(
        delete(Merge).where(
            or_(Merge.kept_account_id.in_(account_ids), Merge.merged_account_id.in_(account_ids))
        )
    )
    # In one statement: they refer to each other.
    session.execute(delete(Account).where(Account.id.in_(account_ids)))


def _leave_out_of_merges(session: Session, which: ColumnElement[bool]) -> None:
    """Let no merge tell whose these placements were, nor an undone one give them back."""
    placements = session.execute(
        select(Placement.id, Placement.account_id).where(which, Placement.account_id.is_not(None))
    ).all()
    gone = {str(row.id) for row in placements}
    people = with_merged(session, Account.id.in_([row.account_id for row in placements]))
    for merge in session.scalars(select(Merge).where(Merge.kept_account_id.in_(people))):
        merge.moved = {
            name: [each for each in ids if each not in gone] if isinstance(ids, list) else ids
            for name, ids in merge.moved.items()
        }


def _make_nobodys(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Keep of placements the class, the role and the days: by the minute people are found again."""
    rows = session.execute(
        select(Placement.id, Placement.placed_at, Placement.ended_at).where(which)
    ).all()
    anonymous: list[dict[str, Any]] = [
        {
            "id": row.id,
            "account_id": None,
            "identity_id": None,
            "placed_at": _midnight(row.placed_at),
            "ended_at": _midnight(row.ended_at or now),
        }
        for row in rows
    ]
    if anonymous:
        session.execute(update(Placement), anonymous)


def _midnight(instant: datetime) -> datetime:
    """Return the Swedish day, as the midnight with which that date begins in UTC."""
    return datetime.combine(swedish_date(instant), time(), UTC)
