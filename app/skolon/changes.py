"""Change numbers: what is newer than what, one sequence for each kind of record.

The counter's row stays locked until the transaction ends, so that numbers become visible in their
order and a stored `versionTag` never skips a change. Whoever changes several kinds draws them in
the order licenses, schools, organizations, groups, users: else two could wait for each other.

What gets a new number is also noted for the tools that see it and want to be told by webhook.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from app.database import add_rows, find_or_add
from app.skolon.models import (
    Approval,
    ChangeCounter,
    EditNote,
    Group,
    License,
    Listed,
    Organization,
    School,
    Seat,
    Tool,
    User,
)

# Put together once: every list begins with it.
_NEWEST = select(ChangeCounter.newest).where(ChangeCounter.record_kind == bindparam("kind"))


def newest(session: Session, kind: type[Listed]) -> int:
    """Return the newest change number of this kind of record; 0 when there has been none."""
    return session.connection().scalar(_NEWEST, {"kind": kind.__name__}) or 0


def draw(session: Session, kind: type[Listed], count: int = 1) -> int:
    """Take `count` new numbers and return the first."""
    take = (
        update(ChangeCounter)
        .where(_counts(kind))
        .values(newest=ChangeCounter.newest + count)
        .returning(ChangeCounter.newest)
        .execution_options(synchronize_session=False)
    )
    last = session.scalar(take)
    if last is None:
        find_or_add(
            session,
            select(ChangeCounter).where(_counts(kind)),
            lambda: ChangeCounter(record_kind=kind.__name__, newest=0),
        )
        last = session.scalars(take).one()
    return last - count + 1


def hold(session: Session, kind: type[Listed]) -> int:
    """Let nobody else number records of this kind until the end; return the next number."""
    return draw(session, kind, 0)


def mark(
    session: Session, kind: type[Listed], which: ColumnElement[bool], *, now: datetime
) -> None:
    """Give each of these records a new change number, in the order that they had; tell tools."""
    first = hold(session, kind)
    numbered = (
        select(kind.id, func.row_number().over(order_by=kind.change_number).label("place"))
        .where(which)
        .subquery()
    )
    marked = session.scalars(
        update(kind)
        .where(kind.id == numbered.c.id)
        .values(change_number=first - 1 + numbered.c.place)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    ).all()
    draw(session, kind, len(marked))
    if marked:
        note(session, kind, which, now=now)


def mark_with_owners(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    """Mark schools that come into sight, and the organizations whose lists of schools grow."""
    mark(session, School, which, now=now)
    owners = select(School.organization_id).where(which)
    mark(session, Organization, Organization.id.in_(owners), now=now)


def note(
    session: Session, kind: type[Listed], which: ColumnElement[bool], *, now: datetime
) -> None:
    """Note for each tool that is told of edits, and sees or saw such a record, that some changed.

    A note is a row of its own, so that nobody waits for anybody; they are told together later.
    """
    tools = session.scalars(
        select(Tool.id).where(Tool.data_edits_url.is_not(None), _concerns(kind, which))
    ).all()
    if tools:
        entity = kind.__name__.lower()
        add_rows(
            session,
            EditNote,
            [{"tool_id": tool_id, "entity": entity, "noted_at": now} for tool_id in tools],
        )


def was_approved() -> ColumnElement[bool]:
    """Say whether the license's organization lets its tool fetch people, or once did."""
    return exists().where(
        Approval.organization_id == License.organization_id, Approval.tool_id == License.tool_id
    )


def _concerns(kind: type[Listed], which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Say whether a record of these is, or was, of the tool's business."""
    licenses = select(License.id).where(License.tool_id == Tool.id)
    approved = licenses.where(was_approved())
    how: dict[type[Any], Any] = {
        License: licenses,
        School: licenses.join(School, School.id == License.owner_school_id),
        Organization: licenses.join(Organization, Organization.id == License.organization_id),
        Group: approved.join(Group, Group.school_id == License.owner_school_id),
        User: approved.join(Seat, Seat.license_id == License.id).join(User),
    }
    return exists(how[kind].where(which).correlate(Tool))


def _counts(kind: type[Listed]) -> ColumnElement[bool]:
    return ChangeCounter.record_kind == kind.__name__
