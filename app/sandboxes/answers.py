"""Scripted answers: what an endpoint answers next, each exactly as often as was asked for."""

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from sqlalchemy import JSON, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.clock import Clock
from app.database import Base, Database
from app.errors import ConflictError, NotFoundError
from app.sandboxes.calls import Call, Endpoint

MOST_ANSWERS = 1000
LONGEST_DELAY = 60_000

# What the server says of the body and of the connection itself; to script it is to smuggle.
_SERVERS_OWN = {
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
_WITHOUT_BODY = (204, 205, 304)


class UnknownAnswerError(NotFoundError):
    """There is no scripted answer of that number."""

    code = "unknown_answer"


class TooManyAnswersError(ConflictError):
    """A sandbox has 1000 scripted answers at most; remove some first."""

    code = "too_many_answers"


def _is_harmless(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if name.lower() in _SERVERS_OWN:
            raise ValueError("the server itself says how long a body is and how it travels")
    return headers


HeaderName = Annotated[
    str, StringConstraints(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\z", max_length=100)
]
HeaderValue = Annotated[str, StringConstraints(pattern=r"^[\t\x20-\x7e]{0,4000}\z")]


class AnswerIn(Endpoint):
    """The next answer of an endpoint, or its next few."""

    status: int = Field(200, ge=200, le=599)
    headers: Annotated[
        dict[HeaderName, HeaderValue], Field(max_length=50), AfterValidator(_is_harmless)
    ] = Field(default_factory=dict)
    body: Any = Field(None, description="JSON; instead of `text`.")
    text: Annotated[str, StringConstraints(max_length=500_000)] | None = Field(
        None, description="The body as it is sent, for what is no JSON."
    )
    count: int = Field(1, ge=1, le=10_000, description="How many times it is given.")
    delay_milliseconds: int = Field(0, ge=0, le=LONGEST_DELAY, description="In real time.")

    @model_validator(mode="after")
    def _has_one_body(self) -> Self:
        given = {"body", "text"} & self.model_fields_set
        if len(given) > 1:
            raise ValueError("an answer has a body or a text, not both")
        if given and self.status in _WITHOUT_BODY:
            raise ValueError("an answer of this status has no body")
        return self

    def content(self) -> bytes:
        if self.text is not None:
            return self.text.encode()
        if "body" in self.model_fields_set:
            return json.dumps(self.body, ensure_ascii=False).encode()
        return b""

    @property
    def media_type(self) -> str | None:
        """What the body is, unless a header says so."""
        if any(re.fullmatch("content-type", name, re.IGNORECASE) for name in self.headers):
            return None
        return "application/json" if "body" in self.model_fields_set else "text/plain"


class ScriptedAnswer(Base):
    """An answer that waits for a call, or that was given."""

    __tablename__ = "sandbox_answers"

    id: Mapped[int] = mapped_column(primary_key=True)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    waiting: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    last_used_at: Mapped[datetime | None]

    @property
    def scripted(self) -> AnswerIn:
        return AnswerIn.model_validate(self.answer)


class Answers:
    """The queues of one world: in its database, and a copy of which endpoints have one."""

    def __init__(
        self, database: Database, clock: Clock, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed
        self._lock = Lock()
        self.waiting: tuple[tuple[int, AnswerIn], ...] = ()
        self.refresh()

    def refresh(self) -> None:
        """Read which answers wait, the oldest first."""
        # Whoever reads later has the last word.
        with self._lock:
            with self._database.read() as session:
                rows = session.scalars(
                    select(ScriptedAnswer)
                    .where(ScriptedAnswer.waiting > 0)
                    .order_by(ScriptedAnswer.id)
                ).all()
            self.waiting = tuple((row.id, row.scripted) for row in rows)

    def every(self) -> Sequence[ScriptedAnswer]:
        with self._database.read() as session:
            return session.scalars(select(ScriptedAnswer).order_by(ScriptedAnswer.id)).all()

    def one(self, number: int) -> ScriptedAnswer:
        with self._database.read() as session:
            row = session.get(ScriptedAnswer, number)
            if row is None:
                raise UnknownAnswerError
            return row

    def add(self, answers: Sequence[AnswerIn]) -> list[int]:
        """Queue these, in this order."""
        with self._database.write() as session:
            there = session.scalar(select(func.count(ScriptedAnswer.id))) or 0
            if there + len(answers) > MOST_ANSWERS:
                raise TooManyAnswersError
            rows = []
            for one in answers:
                row = ScriptedAnswer(
                    answer=one.model_dump(mode="json", exclude_unset=True),
                    made_at=self._clock(),
                    waiting=one.count,
                )
                session.add(row)
                # One by one, so that the numbers are in this order.
                session.flush()
                rows.append(row.id)
        self.refresh()
        self._changed()
        return rows

    def remove(self, number: int) -> None:
        with self._database.write() as session:
            row = session.get(ScriptedAnswer, number)
            if row is None:
                raise UnknownAnswerError
            session.delete(row)
        self.refresh()
        self._changed()

    def remove_all(self) -> None:
        with self._database.write() as session:
            session.execute(delete(ScriptedAnswer))
        self.refresh()
        self._changed()

    def is_waiting_for(self, call: Call) -> bool:
        return any(answer.is_called(call) for _, answer in self.waiting)

    def take(self, call: Call) -> tuple[int, AnswerIn] | None:
        """Return the oldest answer that waits for this call, which nobody else gets."""
        for number, answer in self.waiting:
            if not answer.is_called(call):
                continue
            with self._database.write() as session:
                left = session.scalar(
                    update(ScriptedAnswer)
                    .where(ScriptedAnswer.id == number, ScriptedAnswer.waiting > 0)
                    .values(
                        waiting=ScriptedAnswer.waiting - 1,
                        used=ScriptedAnswer.used + 1,
                        last_used_at=self._clock(),
                    )
                    .returning(ScriptedAnswer.waiting)
                    .execution_options(synchronize_session=False)
                )
            if not left:
                with self._lock:
                    self.waiting = tuple(one for one in self.waiting if one[0] != number)
            if left is not None:
                return number, answer
        return None
