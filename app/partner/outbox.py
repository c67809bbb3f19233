"""What Skolon is to be told: written down with the decision, told after it, until it is known."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.partner.models import SkolonMessage

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Message:
    """One call to Skolon that has not succeeded yet."""

    id: int
    method: str
    path: str
    body: dict[str, Any]


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


def undelivered(session: Session) -> list[Message]:
    """Return what Skolon has not been told, oldest first."""
    session.flush()
    rows = session.scalars(
        select(SkolonMessage)
        .where(SkolonMessage.delivered_at.is_(None), SkolonMessage.refused_at.is_(None))
        .order_by(SkolonMessage.id)
        .limit(AT_ONCE)
    )
    return [Message(row.id, row.method, row.path, json.loads(row.body)) for row in rows]


def mark(
    session: Session,
    *,
    delivered: Sequence[Message],
    refused: Sequence[Message],
    failed: Sequence[Message],
    now: datetime,
) -> None:
    """Remember what came of each call; the failed ones are tried another time."""
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
