"""A seat is claimed at first use; who finds none waits for the next (R17)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, select
from sqlalchemy.orm import Session

from app import tracing
from app.clock import swedish_date
from app.database import add_rows
from app.skolon import changes, coverage, pool_seats
from app.skolon.domain.errors import NotLinkedError
from app.skolon.logins import PortalUser
from app.skolon.models import License, LicensePool, PoolWait, Tool, User
from app.skolon.pools.administering import own_pool, person_at

# The pools of the tool that somebody without access is linked to. Put together once: to do so at
# each login takes longer than the database does.
_LACKING = (
    select(LicensePool)
    .join(User, User.id == bindparam("user_id"))
    .where(
        LicensePool.tool_id == bindparam("tool_id"),
        pool_seats.is_linked(),
        pool_seats.fits_somebody_of_role(),
        ~pool_seats.has_access(bindparam("today")),
    )
    .order_by(LicensePool.made_at, LicensePool.id)
)
_IS_LACKING = _LACKING.with_only_columns(LicensePool.id).limit(1)


def claim(session: Session, tool_id: UUID, user_id: UUID, *, now: datetime) -> LicensePool | None:
    """Claim a seat for somebody who comes to the tool without a license; return an empty pool.

    Nothing happens to whoever has access or is linked to no pool. Who gets no seat now is noted
    as waiting, which is to be committed.
    """
    who = {"tool_id": tool_id, "user_id": user_id, "today": swedish_date(now)}
    # Most who come have a license: they wait for nobody.
    if session.connection().scalar(_IS_LACKING, who) is None:
        tracing.note("skolon", "seat.judged", outcome="not_needed")
        return None
    changes.hold(session, License)
    pools = session.scalars(_LACKING, who).all()
    if not pools:
        return None
    waits = select(PoolWait.pool_id).where(PoolWait.user_id == user_id)
    waiting = set(session.scalars(waits))
    new = [pool.id for pool in pools if pool.id not in waiting]
    # Behind those who wait already, so that nobody is overtaken.
    if new:
        rows = [{"pool_id": pool_id, "user_id": user_id, "since": now} for pool_id in new]
        add_rows(session, PoolWait, rows)
    coverage.hand_out(session, [pool.id for pool in pools], now=now)
    left = session.scalars(_LACKING, who).all()
    tracing.note("skolon", "seat.judged", outcome="none_free" if left else "claimed")
    return left[0] if left else None


def claim_for(
    session: Session, administrator: PortalUser, pool_id: UUID, name: str, *, now: datetime
) -> tuple[User, LicensePool | None]:
    """Claim a seat for a person as their first use would; return also the pool if it is empty."""
    changes.hold(session, License)
    pool = own_pool(session, administrator, pool_id)
    user = person_at(session, pool, name)
    reaches = (
        select(LicensePool.id)
        .join(User, User.id == user.id)
        .where(
            LicensePool.id == pool.id, pool_seats.is_linked(), pool_seats.fits_somebody_of_role()
        )
    )
    if session.scalar(reaches) is None:
        raise NotLinkedError
    return user, claim(session, pool.tool_id, user.id, now=now)


def people_moved(session: Session, people: ColumnElement[bool], *, now: datetime) -> None:
    """Make pools follow when people (of `User`) came to or left groups, schools or roles."""
    coverage.settle(session, pool_seats.held_by(people), now=now)
    # Whoever has come back may have waited here before.
    reached = select(LicensePool.id).join(User, and_(people, pool_seats.is_linked()))
    coverage.hand_out(session, session.scalars(reached.distinct()).all(), now=now)


def tools_linked_to(session: Session, user_id: UUID) -> Sequence[Tool]:
    """Return the tools that a person may claim a seat for, or has one of."""
    tools = (
        select(LicensePool.tool_id)
        .join(User, User.id == user_id)
        .where(pool_seats.is_linked(), pool_seats.fits_somebody_of_role())
    )
    return session.scalars(select(Tool).where(Tool.id.in_(tools)).order_by(Tool.name)).all()
