"""Change numbers: what is newer than what, one sequence for each kind of record.

The counter's row stays locked until the transaction ends, so that numbers become visible in their
order and a stored `versionTag` never skips a change. Whoever changes several kinds draws them in
the order licenses, schools, organizations, groups, users: else two could wait for each other.

So could two of whom one numbers records and the other refers to several of them: PostgreSQL lets
nobody change a unique column of a row while a new foreign key to it is not committed. Whoever adds
rows that refer to records that others may number at the same time calls `hold` first.
"""

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.database import find_or_add
from app.skolon.models import ChangeCounter, Listed


def newest(session: Session, kind: type[Listed]) -> int:
    """Return the newest change number of this kind of record; 0 when there has been none."""
    return session.scalar(select(ChangeCounter.newest).where(_counts(kind))) or 0


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


def mark(session: Session, kind: type[Listed], which: ColumnElement[bool]) -> None:
    """Give each of these records a new change number, in the order that they had."""
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


def _counts(kind: type[Listed]) -> ColumnElement[bool]:
    return ChangeCounter.record_kind == kind.__name__
