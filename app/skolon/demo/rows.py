"""Rows with ids that follow from their keys, so that they are the same in every sandbox."""

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.skolon import changes
from app.skolon.domain.oauth import ALPHABET, NAME_LENGTH
from app.skolon.models import Group, Organization, School, User

# Before anything that happens in the demo, whenever that is.
BEGINNING = datetime(2026, 8, 17, 6, tzinfo=UTC)


def add_records(
    session: Session,
    kind: type[Organization | School | User | Group],
    records: list[dict[str, Any]],
) -> None:
    """Insert records with ids that follow from their keys, and number them as changes."""
    numbers = count(changes.draw(session, kind, len(records)))
    session.execute(
        insert(kind),
        [
            {
                **{name: value for name, value in record.items() if name != "key"},
                "id": uuid_of(record["key"]),
                "public_id": _public_id(record["key"]),
                "change_number": next(numbers),
            }
            for record in records
        ],
        execution_options={"render_nulls": True},
    )


def uuid_of(key: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"https://skolon-mock.example/{key}")


def _public_id(key: str) -> str:
    """Return fifty letters and digits, like Skolon's own ids."""
    stream = hashlib.shake_256(key.encode()).digest(NAME_LENGTH)
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in stream)
