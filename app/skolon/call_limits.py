"""A limit of calls a minute, counted for each tool on the sandbox's clock."""

from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy import case, or_, select, update
from sqlalchemy.orm import Session

from app.database import find_or_add
from app.skolon.models import CallCount

WINDOW = timedelta(minutes=1)


def seconds_to_wait(session: Session, tool_id: UUID, most: int, *, now: datetime) -> int:
    """Count a call, and return for how long the tool has called too often; 0 lets it pass."""
    find_or_add(
        session,
        select(CallCount).where(CallCount.tool_id == tool_id),
        lambda: CallCount(tool_id=tool_id, since=now, calls=0),
    )
    # A clock that was set back would otherwise keep the tool waiting for the old time.
    is_over = or_(CallCount.since <= now - WINDOW, CallCount.since > now)
    since, calls = session.execute(
        update(CallCount)
        .where(CallCount.tool_id == tool_id)
        .values(
            calls=case((is_over, 1), else_=CallCount.calls + 1),
            since=case((is_over, now), else_=CallCount.since),
        )
        .returning(CallCount.since, CallCount.calls)
        .execution_options(synchronize_session=False)
    ).one()
    return ceil((since + WINDOW - now).total_seconds()) if calls > most else 0
