"""A request and its answer while they go on, and the row that is kept of them."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.clock import Clock, system_clock
from app.explaining import Explained
from app.sandboxes.journal import masking
from app.tracing import Exchange

# What an exchange takes up beside its texts.
_BYTES_OF_A_ROW = 400


@dataclass(frozen=True, slots=True)
class Names:
    """What Skolon's ids stand for: public id and persona of people, client ids of tools."""

    people: Mapping[UUID | str, tuple[str, str | None]] = field(default_factory=dict)
    clients: Mapping[UUID, str] = field(default_factory=dict)


Naming = Callable[[Session, Collection[UUID | str], Collection[UUID]], Names]


def nobody(_session: Session, _people: Collection[UUID | str], _tools: Collection[UUID]) -> Names:
    """Know no names."""
    return Names()


def hashed(public_id: str) -> str:
    """Return by what entries about a person are found; it says nothing without the id."""
    return sha256(f"person {public_id}".encode()).hexdigest()[:16]


@dataclass(slots=True)
class Body:
    """A body as it passes: its type, its size, and its bytes if they are few and can be read."""

    type: str | None = None
    size: int = 0
    content: bytes = b""

    def passes(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > masking.MOST_BYTES_READ:
            self.content = b""
        elif part and masking.kind_of(self.type):
            self.content += part

    def shown(self, *, masked: bool) -> str | None:
        return masking.body(masking.kind_of(self.type), self.content, masked=masked)


@dataclass(slots=True, eq=False, kw_only=True)
class Acting(Exchange):
    """What a company does in a world, with or without having been asked."""

    clock: Clock
    keep: Callable[["HttpExchange"], None]


@dataclass(slots=True, eq=False, kw_only=True)
class HttpExchange(Acting):
    """An exchange over HTTP, to one of the companies or from one of them to the outside."""

    at: datetime
    real_at: datetime = field(default_factory=system_clock)
    request_id: str
    caller: str
    method: str
    path: str
    query: str
    host: str | None = None
    status: int | None = None
    duration_ms: float = 0.0
    asked: Body = field(default_factory=Body)
    answered: Body = field(default_factory=Body)
    explained: Explained | None = None

    @property
    def weight(self) -> int:
        """How many bytes it holds in memory, roughly."""
        bodies = len(self.asked.content) + len(self.answered.content)
        return _BYTES_OF_A_ROW + len(self.path) + len(self.query) + bodies

    def row(
        self,
        names: Names,
        forgotten: Mapping[str, datetime],
        *,
        masked: bool,
        unheard_until: datetime,
    ) -> dict[str, Any]:
        """Return what is kept; of whoever was forgotten since it began, nothing.

        Until when it was not heard who is forgotten, that may be anybody.
        """
        public_id, persona = names.people.get(self.person or "", (None, None))
        if public_id is None and isinstance(self.person, str):
            public_id = self.person
        person = hashed(public_id) if public_id else None
        if person and self.real_at <= max(forgotten.get(person, unheard_until), unheard_until):
            person, persona, masked = None, None, True
            self.asked.content = self.answered.content = b""
        explained = self.explained
        row = {
            "at": self.at,
            "real_at": self.real_at,
            "duration_ms": self.duration_ms,
            "trace_id": self.trace_id,
            "sent_trace_id": self.sent_trace_id,
            "span_id": self.span_id,
            "parent_id": self.parent_id,
            "kind": self.kind,
            "request_id": self.request_id,
            "caller": self.caller,
            "company": self.company,
            "host": self.host and masking.host(self.host),
            "client_id": self._client_id(names),
            "persona": persona,
            "person": person,
            "reference": self.reference,
            "method": masking.method(self.method),
            "path": masking.path(self.path, masked=masked),
            "query": self._query(masked=masked),
            "status": self.status,
            "error": explained.error if explained else self.error,
            "request_type": self.asked.type,
            "request_bytes": self.asked.size,
            "response_type": self.answered.type,
            "response_bytes": self.answered.size,
            "masked": masked,
            "wrong": explained and masking.plain(explained.explanation.wrong),
            "right": explained and masking.plain(explained.explanation.right),
            "certainty": explained and explained.explanation.certainty.value,
            "request_body": self.asked.shown(masked=masked),
            "response_body": self.answered.shown(masked=masked),
            "noted": json.dumps(self.decisions) if self.decisions else None,
        }
        texts = (text for text in row.values() if isinstance(text, str))
        return row | {"size": _BYTES_OF_A_ROW + sum(map(len, texts))}

    def _client_id(self, names: Names) -> str | None:
        if self.explained is not None and self.explained.client_id is not None:
            return masking.client(self.explained.client_id)
        if isinstance(self.client, UUID):
            return names.clients.get(self.client)
        return self.client and masking.plain(self.client)[:64]

    def _query(self, *, masked: bool) -> str:
        form = self.explained.parameters if self.explained else ()
        shown = masking.query(self.query, masked=masked)
        of_form = masking.parameters(form, masked=masked)
        return "&".join(part for part in (shown, of_form) if part)
