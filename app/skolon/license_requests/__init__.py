"""License requests: asked by an organization, delivered to the partner, answered by it."""

from app.skolon.license_requests.answering import answer
from app.skolon.license_requests.asking import (
    OwnSchool,
    Posting,
    ask,
    ask_again,
    note_delivery,
    own_schools,
    providers,
    retry,
    undelivered,
)
from app.skolon.license_requests.lateness import Lateness
from app.skolon.license_requests.reading import (
    ANSWERS,
    Answered,
    Asked,
    Listed,
    Wanted,
    asked,
    read,
)

__all__ = [
    "ANSWERS",
    "Answered",
    "Asked",
    "Lateness",
    "Listed",
    "OwnSchool",
    "Posting",
    "Wanted",
    "answer",
    "ask",
    "ask_again",
    "asked",
    "note_delivery",
    "own_schools",
    "providers",
    "read",
    "retry",
    "undelivered",
]
