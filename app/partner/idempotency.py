"""A call that is repeated under its Idempotency-Key gets its first answer again."""

import hashlib
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import find_or_add
from app.errors import InvalidError
from app.partner.api_keys import Caller
from app.partner.models import IdempotencyKey


class IdempotencyKeyReusedError(InvalidError):
    """This Idempotency-Key was used for another body before."""

    code = "idempotency_key_reused"


def claim(
    session: Session, caller: Caller, key: str, body: str, *, now: datetime
) -> IdempotencyKey:
    """Return the key's row: with the first answer if there was one, else to be filled.

    A call that runs at the same time waits here until the first has its answer.
    """
    body_hash = hashlib.sha256(body.encode()).hexdigest()
    row = find_or_add(
        session,
        select(IdempotencyKey).where(
            IdempotencyKey.api_key_id == caller.key_id, IdempotencyKey.key == key
        ),
        partial(
            IdempotencyKey, api_key_id=caller.key_id, key=key, body_hash=body_hash, created_at=now
        ),
    )
    if row.body_hash != body_hash:
        raise IdempotencyKeyReusedError
    return row
