"""Edits made in the school's own register, which reach Skolon at night."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.clock import STOCKHOLM
from app.errors import RefusalError
from app.skolon import logins
from app.skolon.domain.errors import NotAdministratorError, UnknownEditError
from app.skolon.domain.rosters import next_sync
from app.skolon.logins import PortalUser
from app.skolon.models import PendingEdit, User
from app.skolon.roster_edits.places import perform, take_turn
from app.skolon.schemas.rosters import EDITS, AnyEdit, Synced


def keep_for_tonight(
    session: Session, administrator: PortalUser, edit: AnyEdit, now: datetime
) -> PendingEdit:
    """Write down an edit; edits are made one at a time, so none has another's position."""
    last = session.scalar(select(func.max(PendingEdit.position)))
    kept = PendingEdit(
        organization_id=administrator.organization.id,
        made_by=administrator.user_id,
        position=(last or 0) + 1,
        kind=edit.kind,
        call=edit.model_dump(mode="json", exclude={"when"}),
        made_at=now,
        due_at=next_sync(now.astimezone(STOCKHOLM)).astimezone(UTC),
    )
    session.add(kept)
    session.flush()
    return kept


def of_organization(session: Session, administrator: PortalUser) -> Sequence[PendingEdit]:
    """List what waits, and what did not fit, in the order in which it was made."""
    return session.scalars(
        select(PendingEdit).where(_of(administrator)).order_by(PendingEdit.position)
    ).all()


def forget(session: Session, administrator: PortalUser, edit_id: UUID) -> None:
    """Take back an edit that waits, or put away one that did not fit."""
    take_turn(session)
    kept = session.scalar(select(PendingEdit).where(_of(administrator), PendingEdit.id == edit_id))
    if kept is None:
        raise UnknownEditError
    session.delete(kept)


def next_due(session: Session) -> datetime | None:
    """Return when the next night of a waiting edit comes, or came."""
    first = select(PendingEdit.due_at).where(_waits()).order_by(PendingEdit.due_at).limit(1)
    return session.scalar(first)


def apply_due(session: Session, *, now: datetime) -> Synced:
    """Do what was made in the registers before this night."""
    take_turn(session)
    return _apply(session, PendingEdit.due_at <= now, now)


def apply_all(session: Session, administrator: PortalUser, *, now: datetime) -> Synced:
    """Do what waits in the organization as if its night had come."""
    take_turn(session)
    return _apply(session, _of(administrator), now)


def _apply(session: Session, which: ColumnElement[bool], now: datetime) -> Synced:
    edits = session.scalars(
        select(PendingEdit).where(which, _waits()).order_by(PendingEdit.position)
    ).all()
    refused = 0
    for kept in edits:
        try:
            with session.begin_nested():
                _perform(session, kept, now)
        except RefusalError as error:
            kept.refused_at, kept.refusal, kept.reason = now, error.code, str(error)
            refused += 1
        else:
            session.delete(kept)
    session.flush()
    return Synced(done=len(edits) - refused, refused=refused)


def _perform(session: Session, kept: PendingEdit, now: datetime) -> None:
    """Do the edit with the rights that whoever made it has by now."""
    maker = session.get(User, kept.made_by)
    if maker is None or maker.deleted_at is not None:
        raise NotAdministratorError
    name = f"{maker.first_name} {maker.last_name}"
    edit = EDITS.validate_python(kept.call)
    perform(edit, session, logins.administrator(session, maker.id, name), now)


def _of(administrator: PortalUser) -> ColumnElement[bool]:
    return PendingEdit.organization_id == administrator.organization.id


def _waits() -> ColumnElement[bool]:
    return PendingEdit.refused_at.is_(None)
