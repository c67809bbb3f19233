"""Why a request was refused, for the developer who sent it; the answer itself stays as it is.

Whoever refuses explains. Who listens, if anybody, is not known here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
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
    Certainty.DOCUMENTED: "Skolon's documentation says that it refuses this so.",
    Certainty.OBSERVED: "Real clients have been refused so.",
    Certainty.INFERRED: "That the real service refuses this is concluded from how clients behave.",
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
