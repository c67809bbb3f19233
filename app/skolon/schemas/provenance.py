"""How sure we are that the real Skolon is so, as an OpenAPI extension of each path and field."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

EXTENSION = "x-provenance"


class Certainty(StrEnum):
    """The best source of a claim, surest first; a documented one may also be observed."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"
    ASSUMED = "assumed"


_SUREST_FIRST = list(Certainty)


class Provenance(BaseModel):
    """Where a claim about the real Skolon comes from."""

    model_config = ConfigDict(frozen=True)

    certainty: Certainty
    # Independent public clients that run against the real service.
    observed_in: int | None = None
    note: str | None = None

    def extension(self) -> JsonDict:
        return {EXTENSION: self.model_dump(mode="json", exclude_none=True)}

    def sentence(self) -> str:
        clients = f"{self.observed_in} client{'' if self.observed_in == 1 else 's'}"
        says = "Documented by Skolon" if self.certainty is Certainty.DOCUMENTED else ""
        seen = f"observed in {clients}" if self.observed_in else ""
        claim = "; ".join(filter(None, (says, seen))) or self.certainty
        return " ".join(filter(None, (f"{claim[0].upper()}{claim[1:]}.", self.note)))

    def no_surer_than(self, outer: Self) -> Self:
        """Return what is left of this claim inside something that is less sure."""
        certainty = max(self.certainty, outer.certainty, key=_SUREST_FIRST.index)
        clients = min(filter(None, (self.observed_in, outer.observed_in)), default=None)
        if certainty not in {Certainty.DOCUMENTED, Certainty.OBSERVED} or not self.observed_in:
            clients = None
        return self.model_copy(update={"certainty": certainty, "observed_in": clients})


def documented(note: str | None = None, *, seen_in: int | None = None) -> JsonDict:
    """Skolon says so, and so many independent clients rely on it."""
    return Provenance(certainty=Certainty.DOCUMENTED, observed_in=seen_in, note=note).extension()


def observed(seen_in: int, note: str | None = None) -> JsonDict:
    """So many independent clients rely on it; Skolon is not known to say so."""
    return Provenance(certainty=Certainty.OBSERVED, observed_in=seen_in, note=note).extension()


def inferred(note: str | None = None) -> JsonDict:
    """It follows from how a client or a library behaves."""
    return Provenance(certainty=Certainty.INFERRED, note=note).extension()


def assumed(note: str | None = None) -> JsonDict:
    """Nobody knows; this is our choice."""
    return Provenance(certainty=Certainty.ASSUMED, note=note).extension()


def _assume_every_field(schema: JsonDict) -> None:
    fields = schema.get("properties")
    assert isinstance(fields, dict)  # noqa: S101, Pydantic made it
    for field in fields.values():
        assert isinstance(field, dict)  # noqa: S101
        field.update(assumed())


class PortalProcess(BaseModel):
    """What is a page of a portal in reality: every field of a call for it is assumed."""

    model_config = ConfigDict(json_schema_extra=_assume_every_field)
