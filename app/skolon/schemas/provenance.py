"""How sure we are that the real Skolon is so, as an OpenAPI extension of each path and field."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

EXTENSION = "x-provenance"

PORTAL_PROCESS = "In reality it is a page of a portal, and no API of it is known."


class Certainty(StrEnum):
    """The best source of a claim; a documented one may have been observed as well."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"
    ASSUMED = "assumed"


def documented(note: str = "", *, seen_in: int = 0) -> JsonDict:
    """Skolon says so, and so many independent clients of the real service rely on it."""
    return _extension(Certainty.DOCUMENTED, note, seen_in)


def observed(seen_in: int, note: str = "") -> JsonDict:
    """So many independent clients of the real service rely on it; Skolon is not known to say so."""
    return _extension(Certainty.OBSERVED, note, seen_in)


def inferred(note: str = "") -> JsonDict:
    """It follows from how a client or a library behaves."""
    return _extension(Certainty.INFERRED, note)


def assumed(note: str = "") -> JsonDict:
    """Nobody knows; this is our choice."""
    return _extension(Certainty.ASSUMED, note)


def _extension(certainty: Certainty, note: str, seen_in: int = 0) -> JsonDict:
    provenance: JsonDict = {"certainty": certainty.value}
    if seen_in:
        provenance["observed_in"] = seen_in
    if note:
        provenance["note"] = note
    return {EXTENSION: provenance}


def _assume_every_field(schema: JsonDict) -> None:
    fields = schema.get("properties")
    assert isinstance(fields, dict)  # noqa: S101, Pydantic made it
    for name, field in fields.items():
        assert isinstance(field, dict)  # noqa: S101
        fields[name] = field | assumed(PORTAL_PROCESS)


class PortalProcess(BaseModel):
    """What is a page of a portal in reality: every field of a call for it is assumed."""

    model_config = ConfigDict(json_schema_extra=_assume_every_field)
