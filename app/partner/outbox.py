"""What Skolon is to be told: written down with the decision, told after it, until it is known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from app.clock import system_clock
from app.partner.models import SkolonMessage

AT_ONCE = 50
# So long nobody else tells what somebody has taken on to tell.
CLAIM = timedelta(seconds=60)

_IS_UNTOLD = (SkolonMessage.delivered_at.is_(None), SkolonMessage.refused_at.is_(None))


@dataclass(frozen=True, slots=True)
class Message:
    """One call to Skolon that has not succeeded yet, and until when it is ours to make."""

    id: int
    method: str
    path: str
    body: dict[str, Any]
    claimed_until: datetime


def put(
    session: Session,
    method: str,
    path: str,
    body: dict[str, Any],
    *,
    license_request_id: UUID | None = None,
    now: datetime,
) -> None:
    """Write down a call that is to be made once the transaction is committed."""
    session.add(
        SkolonMessage(
            license_request_id=license_request_id,
            method=method,
            path=path,
            body=json.dumps(body),
            created_at=now,
        )
    )


def is_any_untold(session: Session) -> bool:
    """Say whether there is anything that Skolon has not been told."""
    return bool(session.scalar(select(exists().where(*_IS_UNTOLD))))


def claim(session: Session) -> list[Message]:
    """Return what Skolon has not been told and nobody else is telling, the oldest first.

    What comes after something that another is telling of the same request or school waits for it.
    """
    session.flush()
    now = system_clock()
    until = now + CLAIM
    # Whoever else claims at the same moment is waited for, and seen.
    rows = session.execute(
        select(
            SkolonMessage.id,
            SkolonMessage.method,
            SkolonMessage.path,
            SkolonMessage.body,
            SkolonMessage.claimed_until,
        )
        .where(*_IS_UNTOLD)
        .order_by(SkolonMessage.id)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    elsewhere: set[str] = set()
    claimed = []
    for row in rows:
        subject = _subject(row.path)
        if subject in elsewhere or (row.claimed_until is not None and row.claimed_until > now):
            elsewhere.add(subject)
        else:
            claimed.append(Message(row.id, row.method, row.path, json.loads(row.body), until))
    if claimed:
        session.execute(
            update(SkolonMessage)
            .where(SkolonMessage.id.in_([message.id for message in claimed]))
            .values(claimed_until=until)
            .execution_options(synchronize_session=False)
        )
    return claimed


def mark(
    session: Session,
    *,
    delivered: Sequence[Message],
    refused: Sequence[Message],
    failed: Sequence[Message],
    not_tried: Sequence[Message],
    now: datetime,
) -> None:
    """Remember what came of each call; the failed ones are tried another time, by anybody."""
    for messages, outcome in (
        (delivered, {"delivered_at": now}),
        (refused, {"refused_at": now}),
        (failed, {}),
    ):
        if messages:
            session.execute(
                update(SkolonMessage)
                .where(
                    SkolonMessage.id.in_([message.id for message in messages]),
                    # What another caller delivered meanwhile stays as it is.
                    SkolonMessage.delivered_at.is_(None),
                )
                .values(attempts=SkolonMessage.attempts + 1, **outcome)
            )
    for message in (*failed, *not_tried):
        session.execute(
            update(SkolonMessage)
            .where(
                SkolonMessage.id == message.id,
                # Unless the claim ran out and another has it.
                SkolonMessage.claimed_until == message.claimed_until,
            )
            .values(claimed_until=None)
        )


def _subject(path: str) -> str:
    """Return what a call is about: `/portal/api/schools/7/unit-codes` is about the school."""
    return "/".join(path.split("/")[:5])
