"""Faults: rules of a sandbox by which calls and webhooks go wrong, each as often as it says."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from threading import Lock
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from sqlalchemy import JSON, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.clock import Clock
from app.database import Base, Database
from app.errors import ConflictError, NotFoundError
from app.sandboxes.calls import Call, Calls

MOST_RULES = 200
LONGEST_LATENCY = 60_000


class FaultKind(StrEnum):
    """In which way something goes wrong."""

    LATENCY = "latency"
    STATUS = "status"
    DROPPED = "dropped"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    EXPIRED_TOKEN = "expired_token"  # noqa: S105, a kind of fault
    REVOKED_TOKEN = "revoked_token"  # noqa: S105, a kind of fault
    WEBHOOK_LOST = "webhook_lost"
    WEBHOOK_DUPLICATED = "webhook_duplicated"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_REORDERED = "webhook_reordered"

    @property
    def is_of_webhooks(self) -> bool:
        return self.startswith("webhook_")

    @property
    def is_of_tokens(self) -> bool:
        return self in {FaultKind.EXPIRED_TOKEN, FaultKind.REVOKED_TOKEN}


# What only some kinds have; of the others it would be a misunderstanding.
_OWN_FIELDS = {
    "milliseconds": {FaultKind.LATENCY},
    "status": {FaultKind.STATUS},
    "retry_after": {FaultKind.STATUS},
    "at": {FaultKind.DROPPED},
    "webhook": {kind for kind in FaultKind if kind.is_of_webhooks},
    "seconds": {FaultKind.WEBHOOK_LATE, FaultKind.WEBHOOK_REORDERED},
}
_OF_CALLS = ("method", "path", "company", "persona")


class UnknownFaultError(NotFoundError):
    """There is no fault of that number."""

    code = "unknown_fault"


class TooManyFaultsError(ConflictError):
    """A sandbox has 200 faults at most; remove some first."""

    code = "too_many_faults"


class FaultIn(Calls):
    """What goes wrong, for whom, and how often; without `count` or `probability`, always."""

    kind: FaultKind
    count: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None, description="How many times at most."
    )
    probability: float = Field(1, gt=0, le=1, description="Of each call that matches.")
    seed: int = Field(
        0, ge=0, lt=2**63, description="With the same one, the same calls are hit again."
    )
    after: int = Field(0, ge=0, le=1_000_000, description="How many matching calls pass first.")
    milliseconds: Annotated[int, Field(ge=1, le=LONGEST_LATENCY)] | None = Field(
        None, description="Of `latency`: how long the call waits, in real time."
    )
    status: Annotated[int, Field(ge=400, le=599)] | None = Field(
        None, description="Of `status`: what is answered."
    )
    retry_after: Annotated[int, Field(ge=0, le=86_400)] | None = Field(
        None, description="Of `status`: the header Retry-After, in seconds."
    )
    at: Literal["before", "middle"] | None = Field(
        None,
        description="Of `dropped`: before anything is done, or in the middle of the answer.",
    )
    webhook: Literal["data-edits", "remove-user", "remove-class"] | None = Field(
        None, description="Of webhooks: which kind; any if left out."
    )
    seconds: Annotated[int, Field(ge=1, le=86_400)] | None = Field(
        None, description="Of `webhook_late`, `webhook_reordered`: on the sandbox's clock."
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        for name, kinds in _OWN_FIELDS.items():
            if getattr(self, name) is not None and self.kind not in kinds:
                raise ValueError(f"{name} does not go with {self.kind}")
        if self.kind is FaultKind.LATENCY and self.milliseconds is None:
            raise ValueError("latency needs milliseconds")
        if self.kind is FaultKind.STATUS and self.status is None:
            raise ValueError("status needs the status that is answered")
        if self.kind.is_of_webhooks and {*_OF_CALLS} & self.model_fields_set:
            raise ValueError("webhooks are told apart by client_id and webhook alone")
        return self

    def may_include(self, call: Call) -> bool:
        if self.kind.is_of_webhooks or (
            self.kind.is_of_tokens and not call.path.startswith(("/v1/partner/", "/v2/partner/"))
        ):
            return False
        return super().may_include(call)

    def hits(self, turn: int, fired: int) -> bool:
        """Say whether the call of this turn is hit; the same seed hits the same turns."""
        if turn <= self.after or (self.count is not None and fired >= self.count):
            return False
        if self.probability == 1:
            return True
        # Not a secret, but a series that can be repeated.
        return random.Random(f"{self.seed} {turn}").random() < self.probability  # noqa: S311


class FaultRule(Base):
    """A rule by which something goes wrong, and how often it has."""

    __tablename__ = "sandbox_faults"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    # Calls that it was meant for while it was in force, and those that it hit.
    matched: Mapped[int] = mapped_column(default=0)
    fired: Mapped[int] = mapped_column(default=0)

    @property
    def fault(self) -> FaultIn:
        return FaultIn.model_validate(self.rule)


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule as it is kept in memory."""

    id: int
    rule: FaultIn


class Faults:
    """The rules of one world: in its database, and a copy of those in force that costs nothing.

    Whether a rule hits is settled in the database, so each hits as often as it says, whoever asks.
    Another process reads its copy anew when it is told, or within a second (see
    `keep_reading_rules`).
    """

    def __init__(
        self, database: Database, clock: Clock, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed
        self._lock = Lock()
        self.in_force: tuple[Fault, ...] = ()
        # Since the copy was read last.
        self.is_asked = False
        self.refresh()

    def refresh(self) -> None:
        """Read the rules that are in force."""
        self.is_asked = False
        # Whoever reads later has the last word.
        with self._lock:
            with self._database.read() as session:
                rows = session.scalars(select(FaultRule).order_by(FaultRule.id)).all()
            kept = [(Fault(row.id, row.fault), row.fired) for row in rows]
            self.in_force = tuple(
                fault
                for fault, fired in kept
                if fault.rule.count is None or fired < fault.rule.count
            )

    def every(self) -> Sequence[FaultRule]:
        with self._database.read() as session:
            return session.scalars(select(FaultRule).order_by(FaultRule.id)).all()

    def one(self, number: int) -> FaultRule:
        with self._database.read() as session:
            row = session.get(FaultRule, number)
            if row is None:
                raise UnknownFaultError
            return row

    def add(self, asked: FaultIn) -> int:
        with self._database.write() as session:
            if (session.scalar(select(func.count(FaultRule.id))) or 0) >= MOST_RULES:
                raise TooManyFaultsError
            row = FaultRule(
                rule=asked.model_dump(mode="json", exclude_unset=True), made_at=self._clock()
            )
            session.add(row)
            session.flush()
            number = row.id
        self.refresh()
        self._changed()
        return number

    def remove(self, number: int) -> None:
        with self._database.write() as session:
            row = session.get(FaultRule, number)
            if row is None:
                raise UnknownFaultError
            session.delete(row)
        self.refresh()
        self._changed()

    def remove_all(self) -> None:
        with self._database.write() as session:
            session.execute(delete(FaultRule))
        self.refresh()
        self._changed()

    def fire(self, faults: Iterable[Fault]) -> list[Fault]:
        """Count a call for these rules, and return those that hit it.

        The first that answers the call is the last that is asked; latency alone goes before it.
        """
        with self._database.write() as session:
            return self._fired(session, faults)

    def of_webhook(self, session: Session, client_id: str, webhook: str) -> tuple[str, int] | None:
        """Return what befalls this webhook and for how long, in the sender's transaction."""
        meant = [
            fault
            for fault in self.in_force
            if fault.rule.kind.is_of_webhooks
            and fault.rule.client_id in (None, client_id)
            and fault.rule.webhook in (None, webhook)
        ]
        for fault in self._fired(session, meant):
            return fault.rule.kind.removeprefix("webhook_"), fault.rule.seconds or 30
        return None

    def _fired(self, session: Session, faults: Iterable[Fault]) -> list[Fault]:
        fired, spent = [], set()
        for fault in faults:
            row = session.execute(
                update(FaultRule)
                .where(FaultRule.id == fault.id)
                .values(matched=FaultRule.matched + 1)
                .returning(FaultRule.matched, FaultRule.fired)
                .execution_options(synchronize_session=False)
            ).one_or_none()
            # Removed meanwhile, in this process or another.
            if row is None or not fault.rule.hits(row.matched, row.fired):
                continue
            # The row is ours until the end, so nobody has fired it since.
            session.execute(
                update(FaultRule)
                .where(FaultRule.id == fault.id)
                .values(fired=row.fired + 1)
                .execution_options(synchronize_session=False)
            )
            fired.append(fault)
            if row.fired + 1 == fault.rule.count:
                spent.add(fault.id)
            if fault.rule.kind is not FaultKind.LATENCY:
                break
        if spent:
            with self._lock:
                self.in_force = tuple(one for one in self.in_force if one.id not in spent)
        return fired
