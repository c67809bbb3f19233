"""How sure this mock is of everything that its OpenAPI document says about the real Skolon."""

from collections import Counter
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app import pages
from app.skolon.schemas.claims import Claim, claims, in_words
from app.skolon.schemas.provenance import Certainty

router = APIRouter(prefix="/skolon", include_in_schema=False)


class Reconstruction(FastAPI):
    """Skolon's application, whose document says in words too how sure it is."""

    def openapi(self) -> dict[str, Any]:
        return self._document

    @cached_property
    def claims(self) -> list[Claim]:
        return claims(self._document)

    @cached_property
    def _document(self) -> dict[str, Any]:
        return in_words(super().openapi())


class Claims(BaseModel):
    """What the JSON answer holds; the counts are of all claims, whatever is asked for."""

    counts: dict[Certainty, int]
    claims: list[Claim]


@router.get("/provenance", name="skolon:provenance", response_model=Claims)
def read_provenance(request: Request, certainty: Certainty | None = None) -> Response | Claims:
    """Show each path and field with its certainty, to a person or to a program."""
    every: list[Claim] = request.app.claims
    found = Counter(claim.certainty for claim in every)
    counts = {each: found[each] for each in Certainty}
    chosen = [claim for claim in every if certainty in (None, claim.certainty)]
    if not pages.wants_html(request):
        return Claims(counts=counts, claims=chosen)
    return pages.page(
        request,
        "skolon/provenance.html",
        chosen=certainty,
        counts=counts,
        total=len(every),
        groups=[(where, list(group)) for where, group in groupby(chosen, attrgetter("where"))],
    )
