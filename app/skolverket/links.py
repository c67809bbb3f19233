"""Addresses inside the register, under whatever address the register itself was reached at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.skolverket.adult_education_schemas import RelatedLink, RelatedLinks, Wrapped
from app.skolverket.organizer_schemas import ListLink
from app.skolverket.schemas import Link


@dataclass(frozen=True, slots=True)
class RegisterLinks:
    """Makes links below the register's own address."""

    root: str

    def own(self, path: str) -> Link:
        return Link(href=f"{self.root}/{path}", rel="self")

    def related(self, path: str) -> Link:
        return Link(href=f"{self.root}/{path}")

    def collection(self, path: str, members: Sequence[str]) -> ListLink:
        """Return a link to a list with links to what it holds."""
        return ListLink(
            href=f"{self.root}/{path}",
            rel="self",
            related=[self.related(member) for member in members],
        )

    def members(self, members: Sequence[str]) -> RelatedLinks:
        return RelatedLinks(related=[self.related(member) for member in members])

    def wrapped(self, path: str) -> Wrapped:
        return Wrapped(links=RelatedLink(related=self.related(path)))


async def _links(request: Request) -> RegisterLinks:
    # A sandbox and a proxy both change what is in front of the path: never guess it.
    address = str(request.url_for("skolverket:list_school_units"))
    return RegisterLinks(address.removesuffix("/school-units"))


Links = Annotated[RegisterLinks, Depends(_links)]
