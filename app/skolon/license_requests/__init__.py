"""License requests: asked by an organization, delivered to the partner, answered by it."""

from app.skolon.license_requests.answering import answer
from app.skolon.license_requests.asking import (
    OwnSchool,
    Posting,
    ask,
    ask_again,
    note_delivery,
    own_schools,
)
from app.skolon.license_requests.lateness import Lateness
from app.skolon.license_requests.reading import Asked, asked_by_organization, read

__all__ = [
    "Asked",
    "Lateness",
    "OwnSchool",
    "Posting",
    "answer",
    "ask",
    "ask_again",
    "asked_by_organization",
    "note_delivery",
    "own_schools",
    "read",
]
