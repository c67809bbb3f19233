"""Structured logs on standard error: events, ids and outcomes, never a person or a secret."""

import asyncio
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_log = logging.getLogger("skolon-mock")
_GATHERED_SECONDS = 0.02
_encode = json.JSONEncoder(ensure_ascii=False).encode


class OneJsonLine(logging.Formatter):
    """Writes an event and its facts as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "facts", {})
        at = datetime.fromtimestamp(record.created, UTC)
        return _encode(
            {
                "at": at.isoformat(timespec="milliseconds"),
                "level": record.levelname.lower(),
                "event": record.getMessage(),
                "request_id": _request_id.get(),
                **facts,
            }
        )


class Gathered(logging.StreamHandler[TextIO]):
    """Writes the lines of an event loop together, a moment later, and errors at once.

    Each write lets the threads have the interpreter, and under load it takes the loop
    milliseconds to get it back.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lines: list[str] = []
        # The loop that has been asked to write them; one that ends before may never do so.
        self._asked: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record) + self.terminator)
            if record.levelno < logging.ERROR and (loop := _running_loop()):
                if self._asked is not loop:
                    self._asked = loop
                    loop.call_later(_GATHERED_SECONDS, self.flush)
            else:
                self.flush()
        except Exception:  # noqa: BLE001, as the standard library's own handlers do
            self.handleError(record)

    def flush(self) -> None:
        with self.lock or nullcontext():
            lines, self._lines, self._asked = self._lines, [], None
            if lines:
                self.stream.write("".join(lines))
            super().flush()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def configure(level: str) -> None:
    """Write one JSON object a line, with the request's id on each."""
    handler = Gathered(sys.stderr)
    handler.setFormatter(OneJsonLine())
    _log.handlers = [handler]
    _log.propagate = False
    _log.setLevel(level.upper())


def crash(error: Exception) -> None:
    """Log what nobody had thought of; its message may quote a value, its kind and place may not."""
    # What a driver said lies within what SQLAlchemy made of it.
    cause = getattr(error, "orig", error)
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    told = {"sqlstate": state} if (state := getattr(cause, "sqlstate", None)) else {}
    event(logging.ERROR, "crash", error=type(error).__name__, places=places, **told)


def event(level: int, name: str, **facts: object) -> None:
    """Write down that something happened."""
    if _log.isEnabledFor(level):
        # Made by hand: nobody wants to know from which line it came, and finding out takes longest.
        extra = {"facts": facts}
        _log.handle(_log.makeRecord(_log.name, level, "", 0, name, (), None, extra=extra))


def request_id() -> str | None:
    """Return the id of the request that is being answered."""
    return _request_id.get()


@contextmanager
def about_request(this_id: str) -> Iterator[None]:
    """Put the id on every line that is written inside, also by what the request calls."""
    token = _request_id.set(this_id)
    try:
        yield
    finally:
        _request_id.reset(token)
