"""One page of a list, for both ways in which real clients walk through it.

Some repeat with the answer's `cursor`, some with its `versionTag`. Records come in the order of
their change numbers, so a page's tag is that of its last record while there is more. A walk by
cursor also remembers where it began: what was deleted behind its back is told at the end.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.skolon import changes
from app.skolon.domain.errors import InvalidCursorError, InvalidVersionTagError
from app.skolon.models import Listed
from app.skolon.schemas.partner_api import ListQuery
from app.skolon.schemas.switches import Switches
from app.skolon.visibility import Sight

L = TypeVar("L", bound=Listed)

_NOBODY = UUID(int=0)
# No list tells them, and what is read is also parsed, a thousand times a page.
_UNTOLD = frozenset({"organization_id", "search_name", "deleted_at"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a client stands, and since when it wants to hear of deletions."""

    after: int
    deletions_after: int

    @classmethod
    def of(cls, query: ListQuery, newest: int, switches: Switches) -> Self:
        if query.cursor:
            return cls.read(query.cursor)
        tag = _version_tag(query.version_tag, switches)
        if tag is not None:
            return cls(tag, tag)
        return cls(0, newest if switches.tombstones_without_tag == "absent" else 0)

    @classmethod
    def read(cls, cursor: str) -> Self:
        try:
            after, deletions_after = urlsafe_b64decode(cursor).split(b".")
            place = cls(int(after), int(deletions_after))
        except ValueError as error:
            raise InvalidCursorError from error
        if not all(0 <= number < 2**63 for number in (place.after, place.deletions_after)):
            raise InvalidCursorError
        return place

    def cursor(self) -> str:
        return urlsafe_b64encode(f"{self.after}.{self.deletions_after}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Slice(Generic[L]):
    """The rows of one page, each with whether it is still there for the caller.

    The envelope has the names and the order of the wire.
    """

    records: Sequence[tuple[L, bool]]
    envelope: dict[str, Any]

    def told(self, switches: Switches) -> list[L]:
        """Return the records of which more is told than that they are gone."""
        everything = switches.tombstones == "full"
        return [record for record, is_live in self.records if is_live or everything]


def read_slice(
    session: Session,
    kind: type[L],
    sight: Sight,
    query: ListQuery,
    conditions: Sequence[ColumnElement[bool]],
    switches: Switches,
) -> Slice[L]:
    """Read the next page of what the caller sees and the conditions allow."""
    # Read first: whatever gets a newer number meanwhile belongs to the next synchronization.
    newest = changes.newest(session, kind)
    place = Place.of(query, newest, switches)
    size = min(query.limit or switches.page_size, switches.most_per_page)
    # Columns, and past the session, which keeps book of what it gives.
    statement = (
        select(
            *(column for column in kind.__table__.columns if column.name not in _UNTOLD),
            sight.now.label("is_live"),
        )
        .where(
            kind.change_number > place.after,
            kind.change_number <= newest,
            or_(sight.now, and_(kind.change_number > place.deletions_after, sight.once)),
            *named(kind, query.id, query.uuid),
            *conditions,
        )
        .order_by(kind.change_number)
        .limit(size + 1)
    )
    rows = session.connection().execute(statement).all()
    records = [(cast("L", row), bool(row.is_live)) for row in rows[:size]]
    has_more = len(rows) > size
    last = records[-1][0].change_number if has_more else newest
    tag = newest if switches.paging == "cursor" else last
    envelope: dict[str, Any] = {
        "versionTag": str(tag) if switches.version_tag == "text" else tag,
        "hasMore": has_more,
    }
    if has_more and switches.paging != "version_tag":
        envelope["cursor"] = Place(last, place.deletions_after).cursor()
    return Slice(records, envelope)


def tombstone(record: Listed) -> dict[str, Any]:
    """Return what is told of a record that is gone."""
    return {"id": record.public_id, "uuid": record.id, "isDeleted": True}


def _version_tag(text: str | None, switches: Switches) -> int | None:
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,19}", text) and int(text) < 2**63:
        return int(text)
    if switches.unknown_version_tag == "ignored":
        return None
    raise InvalidVersionTagError


def named(kind: type[Listed], public_id: str | None, uuid: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions that these two names of a record put; none when neither is given."""
    conditions: list[ColumnElement[bool]] = []
    if public_id is not None:
        conditions.append(kind.public_id == public_id)
    if uuid is not None:
        conditions.append(kind.id == as_uuid(uuid))
    return conditions


def as_uuid(text: str) -> UUID:
    """Return the UUID that the text is, or one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return _NOBODY
