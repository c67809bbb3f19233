"""Why a request was refused, for the developer who sent it; the answer itself stays as it is.

Whoever refuses explains. Who listens, if anybody, is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol


class Certainty(StrEnum):
    """How sure it is that the real service refuses just so."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"
    ASSUMED = "assumed"

    @property
    def meaning(self) -> str:
        return _MEANING[self]


_MEANING = {
    Certainty.DOCUMENTED: "Skolon documents this refusal; how its answer is worded is not known.",
    Certainty.OBSERVED: "Real clients have been refused so.",
    Certainty.INFERRED: "That the real service refuses this follows from how its clients behave; "
    "what it answers is not known.",
    Certainty.ASSUMED: "What the real service answers is not known.",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence on what was wrong, and one on what would have been right.

    Neither holds anything secret, nor anything of a person.
    """

    wrong: str
    right: str
    certainty: Certainty = Certainty.ASSUMED


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal on its way out: its code on the wire, and whose request it was."""

    explanation: Explanation
    error: str
    client_id: str | None
    # What was sent beside the query, such as the fields of a form; masked before it is kept.
    parameters: tuple[tuple[str, str], ...]


class Asked(Protocol):
    """What is needed of a request, so that rules can be explained without a framework."""

    @property
    def state(self) -> Any: ...  # noqa: ANN401, Starlette's own type for it


def how_long(duration: timedelta) -> str:
    """Return a duration in whole seconds, as hours:minutes:seconds and the days before them."""
    return str(timedelta(seconds=max(0, int(duration.total_seconds()))))


def is_heard(request: Asked) -> bool:
    """Say whether anybody listens; if not, it is not worth a question to find out more."""
    return getattr(request.state, "explained", False) is None


def beginning_of(client_id: str) -> str:
    """Return what may be kept of a client_id that no client is known by: it may be a secret."""
    return f"{client_id[: min(4, len(client_id) // 4)]}…" if client_id else ""


def explain(
    request: Asked,
    explanation: Explanation,
    *,
    error: str,
    client_id: str | None = None,
    parameters: Iterable[tuple[str, str]] = (),
) -> None:
    """Say why the answer to this request will be a refusal."""
    request.state.explained = Explained(explanation, error, client_id, tuple(parameters))
