"""One trace through the companies: the exchange that goes on, what was decided in it, and why.

Whoever decides notes it. Who listens, if anybody, is not known here; without a listener, nothing
costs anything.
"""

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from random import Random
from typing import NamedTuple
from uuid import UUID

# The header of W3C Trace Context: https://www.w3.org/TR/trace-context/#traceparent-header
TRACEPARENT = "traceparent"
MOST_DECISIONS = 200
# Stands for a fact that is neither a code, nor a count, nor yes or no.
NOT_TOLD = "…"

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")
# What our own code is written with: never a name, an address, a number of somebody or a secret.
_CODE = re.compile(r"(?!.*[0-9]{6})[a-z][a-z0-9_]{0,39}(?:[.-][a-z0-9_]{1,40}){0,3}|R[0-9]{1,2}")
_LARGEST = 1_000_000
# Its own, which nobody else seeds.
_random = Random()  # noqa: S311, no secrets

Fact = str | int | bool | None


class Kind(StrEnum):
    """What a trace tells of."""

    LOGIN = "login"
    LICENSE_REQUEST = "license_request"


class Decision(NamedTuple):
    """What a company decided in an exchange, by which facts, and how long after its beginning."""

    company: str
    what: str
    facts: dict[str, Fact]
    after_ms: float


def random_id(bits: int) -> str:
    """Return an id in hexadecimal that nothing hangs on but finding things again.

    Asking the operating system would let other threads go first.
    """
    return f"{_random.getrandbits(bits):0{bits // 4}x}"


@dataclass(slots=True, eq=False, kw_only=True)
class Exchange:
    """A request that is being answered, or something that goes on without one."""

    company: str
    trace_id: str = field(default_factory=lambda: random_id(128))
    span_id: str = field(default_factory=lambda: random_id(64))
    parent_id: str | None = None
    # Another trace that the caller named, once the exchange is known to belong to one of ours.
    sent_trace_id: str | None = None
    # Company by whose code the request was made in this process.
    called_from: str | None = None
    kind: Kind | None = None
    # Of whom and by whom: by Skolon's ids inside, which are given their names when it is kept.
    person: UUID | str | None = None
    client: UUID | str | None = None
    reference: str | None = None
    error: str | None = None
    decisions: list[Decision] = field(default_factory=list)
    begun: float = field(default_factory=time.perf_counter)

    def continue_from(self, parent: "Exchange | None", header: str) -> None:
        """Belong to the trace of the exchange that made this request, or that the header names."""
        if parent is not None:
            self.trace_id, self.parent_id = parent.trace_id, parent.span_id
            self.called_from, self.kind = parent.company, parent.kind
        elif named := _TRACEPARENT.fullmatch(header):
            self.trace_id, self.parent_id = named.groups()

    def move_to(self, trace_id: str, kind: Kind) -> None:
        if trace_id != self.trace_id and self.parent_id is not None and self.called_from is None:
            self.sent_trace_id = self.trace_id
        self.trace_id, self.kind = trace_id, kind


_current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def going_on(exchange: Exchange) -> Iterator[None]:
    """Let everything inside, and what it calls, be part of this exchange."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Exchange | None:
    """Return the exchange that goes on, if anybody listens."""
    return _current.get()


def note(company: str, what: str, **facts: object) -> None:
    """Keep what was decided and why, in codes, counts and yes or no; never anything of a person."""
    exchange = _current.get()
    if exchange is None or len(exchange.decisions) >= MOST_DECISIONS:
        return
    checked = {name: _fact(fact) for name, fact in facts.items()}
    after_ms = round((time.perf_counter() - exchange.begun) * 1000, 1)
    exchange.decisions.append(Decision(company, what, checked, after_ms))


def trace_of(name: UUID | str) -> str:
    """Return the id of the trace of a license request by its id, or of a login by its state."""
    if isinstance(name, UUID):
        return name.hex
    try:
        return UUID(name).hex
    except ValueError:
        return hashlib.sha256(f"trace of {name}".encode("utf-8", "replace")).hexdigest()[:32]


def belongs_to(trace_id: str | None, kind: Kind) -> None:
    """Let the exchange be part of a trace that began before, if it is known which."""
    exchange = _current.get()
    if exchange is not None and trace_id:
        exchange.move_to(trace_id, kind)


def trace_id() -> str | None:
    """Return what is to be kept with whatever goes on in another exchange."""
    exchange = _current.get()
    return exchange.trace_id if exchange else None


def concerns(person: UUID | str) -> None:
    """Say whom the exchange is about, by Skolon's id or, outside it, by the public one."""
    if exchange := _current.get():
        exchange.person = person


def called_by(client: UUID | str) -> None:
    """Say which program calls: a tool of Skolon by its id, another by the name of its key."""
    if exchange := _current.get():
        exchange.client = client


def refers_to(reference: str) -> None:
    """Say by what people find it again: a login's reference, a license request's id."""
    if exchange := _current.get():
        exchange.reference = reference


def refused(code: str) -> None:
    """Say with which code the answer is a refusal."""
    if exchange := _current.get():
        exchange.error = code


def traceparent() -> str | None:
    """Return the header with which another company goes on with the trace."""
    exchange = _current.get()
    return f"00-{exchange.trace_id}-{exchange.span_id}-01" if exchange else None


def _fact(fact: object) -> Fact:
    if isinstance(fact, Enum):
        fact = fact.value
    if fact is None or isinstance(fact, bool):
        return fact
    if isinstance(fact, int) and abs(fact) <= _LARGEST:
        return fact
    if isinstance(fact, str) and _CODE.fullmatch(fact):
        return str(fact)
    # It may be just what must not be told; and nobody's login fails because of a note.
    return NOT_TOLD
