"""Structured logs on standard error: events, ids and outcomes, never a person or a secret."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_log = logging.getLogger("skolon-mock")
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


def configure(level: str) -> None:
    """Write one JSON object a line, with the request's id on each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneJsonLine())
    _log.handlers = [handler]
    _log.propagate = False
    _log.setLevel(level.upper())


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
