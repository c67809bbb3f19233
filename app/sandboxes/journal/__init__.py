"""The journal of one world: which requests were refused, what was wrong, what would be right."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, mapped_column
from starlette.types import Scope

from app.clock import Clock
from app.database import Base, Database
from app.explaining import Certainty, Explained

MOST_ENTRIES = 10_000

_MASK = "…"
_SHOWN_PARAMETERS = {
    "code_challenge_method",
    "grant_type",
    "limit",
    "response_type",
    "scope",
    "versionTag",
}
# Tokens, secrets and ids are long, personal numbers are digits, emails and user names hold other
# signs: what is none of them may be shown, also where it was put by mistake.
_SHOWN_VALUE = re.compile(
    r"(?!.*[A-Za-z0-9_-]{25})(?!.*[0-9]{6}(?:[0-9]{2})?-?[0-9]{4})[A-Za-z0-9_:. -]{0,200}"
)
_SHOWN_STEP = re.compile(r"(?!.*[0-9]{6})[A-Za-z0-9_-]{0,24}")
_SHOWN_CLIENT = re.compile(r"[A-Za-z0-9._-]{1,64}…?")


class JournalEntry(Base):
    """A request that was refused. Nothing secret is kept, and nothing of a person."""

    __tablename__ = "sandbox_journal"

    # Counts up: the newest are read, and the oldest let go, by the primary key.
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    request_id: Mapped[str]
    company: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    status: Mapped[int]
    error: Mapped[str]
    client_id: Mapped[str | None]
    wrong: Mapped[str]
    right: Mapped[str]
    certainty: Mapped[str]

    @property
    def certainty_means(self) -> str:
        """A sentence on how far to trust that the real service refuses this too."""
        return Certainty(self.certainty).meaning


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some entries, the newest first, and before which one the next page goes on."""

    entries: Sequence[JournalEntry]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class Journal:
    """What one world remembers of the requests that were refused in it."""

    database: Database
    clock: Clock

    def note(self, scope: Scope, status: int, explained: Explained) -> None:
        """Keep why this request is answered so, and let go of the oldest beyond the most."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        client_id = explained.client_id or ""
        with self.database.write() as session:
            entry = JournalEntry(
                at=self.clock(),
                request_id=scope["state"]["request_id"],
                company=scope["state"].get("company", ""),
                method=_shown(_SHOWN_STEP, scope["method"]),
                path=_masked_path(scope["path"].removeprefix(scope.get("root_path", ""))),
                query=_masked([*query, *explained.parameters]),
                status=status,
                error=explained.error,
                client_id=client_id if _SHOWN_CLIENT.fullmatch(client_id) else None,
                wrong=explained.explanation.wrong,
                right=explained.explanation.right,
                certainty=explained.explanation.certainty.value,
            )
            session.add(entry)
            session.flush()
            session.execute(
                delete(JournalEntry)
                .where(JournalEntry.id <= entry.id - MOST_ENTRIES)
                .execution_options(synchronize_session=False)
            )

    def newest(
        self,
        limit: int,
        *,
        before: int | None = None,
        path: str = "",
        status: int | None = None,
        client_id: str | None = None,
    ) -> JournalPage:
        """Return the entries of this description, the newest first."""
        statement = select(JournalEntry).order_by(JournalEntry.id.desc()).limit(limit + 1)
        if before is not None:
            statement = statement.where(JournalEntry.id < before)
        if path:
            # Not LIKE, which takes large letters for small ones on one store and not on the other.
            statement = statement.where(func.substr(JournalEntry.path, 1, len(path)) == path)
        if status is not None:
            statement = statement.where(JournalEntry.status == status)
        if client_id is not None:
            statement = statement.where(JournalEntry.client_id == client_id)
        with self.database.read() as session:
            found = session.scalars(statement).all()
        entries = found[:limit]
        return JournalPage(entries, entries[-1].id if len(found) > limit else None)


def _masked(parameters: Iterable[tuple[str, str]]) -> str:
    return "&".join(
        f"{_shown(_SHOWN_STEP, name)}="
        f"{_shown(_SHOWN_VALUE, value) if name in _SHOWN_PARAMETERS else _MASK}"
        for name, value in parameters
    )


def _masked_path(path: str) -> str:
    return "/".join(_shown(_SHOWN_STEP, step) for step in path.split("/"))


def _shown(harmless: re.Pattern[str], text: str) -> str:
    return text if harmless.fullmatch(text) else _MASK
