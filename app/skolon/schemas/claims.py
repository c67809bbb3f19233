"""The claims that the OpenAPI document makes about Skolon, and how sure it is of each."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.skolon.schemas.provenance import EXTENSION, Certainty, Provenance

Node = dict[str, Any]

_FIRST_REFUSAL = 400


class Part(StrEnum):
    """What a claim is about; of a refusal, it is the status or a field."""

    PATH = "path"
    PARAMETER = "parameter"
    REQUEST_BODY = "request body"
    ANSWER = "answer"
    REFUSAL = "refusal"


class Claim(BaseModel):
    """A path or a field of the real Skolon, as far as it is known."""

    model_config = ConfigDict(frozen=True)

    where: str
    part: Part
    field: str
    certainty: Certainty
    observed_in: int | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A path or a field in the document, which says how sure it is, or fails to."""

    where: str
    part: Part
    field: str
    node: Node
    says: Provenance | None
    limit: Provenance | None = None

    @property
    def provenance(self) -> Provenance | None:
        """How sure the field is where it stands: `users[].id` is no surer than `users`."""
        if self.says is None or self.limit is None:
            return self.says
        return self.says.no_surer_than(self.limit)


def claims(document: Node) -> list[Claim]:
    """List what the document claims, in its own order, each claim once."""
    found = {
        Claim(
            where=piece.where,
            part=piece.part,
            field=piece.field,
            certainty=piece.provenance.certainty,
            observed_in=piece.provenance.observed_in,
            note=piece.provenance.note,
        ): None
        for piece in pieces(document)
        if piece.provenance is not None
    }
    return list(found)


def in_words(document: Node) -> Node:
    """Return the document with each claim's certainty in its description as well."""
    document = deepcopy(document)
    told = set()
    for piece in pieces(document):
        if piece.says is None or id(piece.node) in told:
            continue
        # Several operations share the schema of an answer.
        told.add(id(piece.node))
        own = piece.node.get("description")
        gap = "\n\n" if piece.part is Part.PATH else " "
        piece.node["description"] = gap.join(filter(None, (own, piece.says.sentence())))
        piece.node.update(piece.says.extension())
    return document


def pieces(document: Node) -> Iterator[Piece]:
    """Walk every path, parameter, body, answer and refusal of the document."""
    for where, operation in _operations(document):
        path = _piece(where, Part.PATH, "", operation)
        yield path
        for parameter in operation.get("parameters", ()):
            yield _parameter(path, parameter)
        yield from _content(document, where, Part.REQUEST_BODY, operation.get("requestBody", {}))
        answers = [
            (Part.ANSWER if int(status) < _FIRST_REFUSAL else Part.REFUSAL, status, response)
            for status, response in operation["responses"].items()
        ]
        for part, status, response in answers:
            # That there is another answer than a refusal is what the path is about.
            if part is Part.REFUSAL:
                yield _piece(where, part, status, response)
        for part, _status, response in answers:
            for name, header in response.get("headers", {}).items():
                yield _piece(where, part, name, header)
            yield from _content(document, where, part, response)


def _operations(document: Node) -> Iterator[tuple[str, Node]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation
    for name, methods in document.get("webhooks", {}).items():
        for operation in methods.values():
            yield f"webhook {name}", operation


def _piece(where: str, part: Part, field: str, node: Node) -> Piece:
    said = node.get(EXTENSION)
    return Piece(where, part, field, node, said and Provenance.model_validate(said))


def _parameter(path: Piece, node: Node) -> Piece:
    piece = _piece(path.where, Part.PARAMETER, node["name"], node)
    if node["in"] == "path" and path.says is not None:
        of_the_path = path.says.model_copy(update={"note": None})
        return replace(piece, says=piece.says or of_the_path)
    # FastAPI puts what a field says of itself into the parameter's schema.
    in_schema = _piece(path.where, Part.PARAMETER, node["name"], node["schema"])
    return replace(piece, says=piece.says or in_schema.says)


def _content(document: Node, where: str, part: Part, holder: Node) -> Iterator[Piece]:
    for media in holder.get("content", {}).values():
        root = Piece(where, part, "", {}, None)
        yield from _fields(document, root, media.get("schema", {}))


def _fields(document: Node, outer: Piece, schema: Node) -> Iterator[Piece]:
    for beginning, properties in _objects(document, schema, outer.field):
        for name, node in properties.items():
            field = f"{beginning}.{name}" if beginning else name
            piece = replace(_piece(outer.where, outer.part, field, node), limit=outer.provenance)
            yield piece
            yield from _fields(document, piece, node)


def _objects(document: Node, schema: Node, field: str) -> Iterator[tuple[str, Node]]:
    """Find the objects that a value is or holds, and what the names of their fields begin with."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        yield from _objects(document, document["components"]["schemas"][name], field)
    for choice in ("allOf", "anyOf", "oneOf"):
        for one in schema.get(choice, ()):
            yield from _objects(document, one, field)
    if "items" in schema:
        yield from _objects(document, schema["items"], f"{field}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _objects(document, schema["additionalProperties"], f"{field}.*")
    if "properties" in schema:
        yield field, schema["properties"]
